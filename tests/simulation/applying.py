"""Whoever applies configurations while the system is at work, as the command does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended, us
from tests.simulation.teams import TEAMS, altered, document
from tocsin.config.compile import compile_config
from tocsin.config.load import Loaded
from tocsin.config.revision import pack
from tocsin.engine.ports import Ports
from tocsin.store.ports import Conflict
from tocsin_cli import aws

TRIES = 3


class Operators:
    """``number`` is the team whose configuration is current."""

    def __init__(self, cloud: Cloud, begin: datetime) -> None:
        self._cloud = cloud
        self._begin = begin
        self._number = cloud.dice.whole("team", 0, TEAMS - 1)

    def before(self, at: datetime) -> None:
        """The configuration with which the history begins, applied at ``at``; there is none before it."""
        id, blob = pack(document(self._number, self._begin))
        self._cloud.store.apply(id, blob, None, at, "operator")

    def script(self, minutes: int) -> None:
        dice, kernel = self._cloud.dice, self._cloud.kernel
        for index in range(dice.pick("revisions", (0, 0, 1, 2))):
            name = f"revision {index}"
            if dice.happens(f"applied: {name}", 1.0):
                at = us(dice.between(f"{name}/at", 0, 60 * minutes))
                kernel.at(at, lambda name=name: self._decide(name))  # type: ignore[misc]
                if dice.happens(f"applied by two: {name}", 0.2):
                    kernel.at(at, lambda name=name: self._decide(f"{name} too"))  # type: ignore[misc]

    def _decide(self, name: str) -> None:
        """Another team altogether, or something else about the one at work."""
        dice = self._cloud.dice
        how = dice.pick(f"{name}/how", ("team", "team", "people", "people", "services", "anew"))
        if how == "team":
            self._number = dice.whole(f"{name}/team", 0, TEAMS - 1)
            wanted = document(self._number, self._begin)
        else:
            wanted = altered(self._number, self._begin, how, dice.whole(f"{name}/altered", 0, 9))
        self._cloud.witness.say("operator", f"wants {name}: {how} of team {self._number}")
        self._apply(name, wanted, 1)

    def _apply(self, name: str, wanted: Mapping[str, Any], tries: int) -> None:
        cloud, began = self._cloud, self._cloud.kernel.now
        run = f"operator applies {name}#{tries}"

        def done(ended: Ended) -> None:
            if isinstance(ended.error, Conflict):
                cloud.witness.refused_applies.append((began, cloud.kernel.now, run))
            if not ended.well and tries < TRIES:
                # Somebody else was first, or nobody answered: looked at again, and applied again.
                wait = cloud.dice.between(f"{name}#{tries}/again", 1, 20)
                cloud.kernel.later(wait, lambda: self._apply(name, wanted, tries + 1))

        cloud.by_hand(
            run,
            f"machine for {name}",
            lambda ports: apply(ports, wanted),
            done,
        )


def apply(ports: Ports, wanted: Mapping[str, Any]) -> None:
    """As ``tocsin apply`` does it. Raises Conflict when somebody else was first."""
    loaded = Loaded(dict(wanted), {})
    found = aws._proposal(loaded, compile_config(wanted), ports.store, ports.clock.now())
    if not found.same:
        id, blob = pack(found.loaded.document, found.facts)
        ports.store.apply(id, blob, found.id, found.at, "operator", found.settled)
