"""Push: who has it in which browsers, which of them are gone, and who switches it while a history goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended, us
from tests.simulation.teams import BROWSERS, PEOPLE, endpoint_of, endpoints
from tocsin.engine import browsers
from tocsin.engine.ports import Ports
from tocsin.paging import webpush
from tocsin.paging.browsers import Browser, Browsers, browser

TRIES = 3
_KEY = "BKey"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@cache
def gives(person: str, number: int) -> str:
    """What the ``number``-th browser of somebody gives to be pushed to."""
    point, auth = b"\4" + f"{person}{number}".encode().ljust(64, b"."), f"{person}{number}".encode()
    keys = {"p256dh": webpush.to_base64(point), "auth": webpush.to_base64(auth.ljust(16, b"."))}
    return json.dumps({"endpoint": endpoint_of(person, number), "keys": keys})


@cache
def kept(person: str, number: int, at: datetime) -> Browser:
    return browser(gives(person, number), _AGENT, at, person, _KEY)


class Pushing:
    """Everybody who has push, or switches it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._dice = cloud.dice
        self._used = self._dice.happens("push is used", 0.35)

    def before(self, at: datetime) -> None:
        """Who has it when the history begins."""
        for person in PEOPLE if self._used else ():
            if self._dice.happens(f"has push: {person}", 0.6):
                count = self._dice.pick(f"{person}/browsers", (1, 1, 2))
                rows = tuple(kept(person, number, at) for number in range(count))
                self._cloud.store.put_browsers(Browsers(person, rows), self._cloud.store.changes())
        self._cloud.pushed = self._cloud.store.changes().push

    def script(self, minutes: int) -> None:
        """Which browsers are gone from when on, and who switches push on or off."""
        dice, kernel = self._dice, self._cloud.kernel
        for where in sorted(endpoints()) if self._used else ():
            if dice.happens(f"gone: {where}", dice.pick("browsers go", (0, 0.3, 0.6))):
                at = us(dice.between(f"{where}/gone", 0, 40 * minutes))
                kernel.at(at, partial(self._cloud.carriers.gone.add, where))
        for index in range(dice.pick("switches", (0, 0, 0, 1, 2)) if self._used else 0):
            name = f"switch {index}"
            if dice.happens(f"made: {name}", 1.0):
                at = us(dice.between(f"{name}/at", 0, 60 * minutes))
                kernel.at(at, partial(self._switch, name))

    def _switch(self, name: str) -> None:
        person = self._dice.pick(f"{name}/who", PEOPLE)
        number = self._dice.whole(f"{name}/browser", 0, BROWSERS - 1)

        def on(ports: Ports) -> None:
            browsers.switch_on(ports, person, gives(person, number), _AGENT, _KEY)

        def off(ports: Ports) -> None:
            browsers.switch_all_off(ports, person)

        switches_on = self._dice.roll(f"{name}/on") < 0.7
        word = "on" if switches_on else "off"
        self._cloud.witness.say(person, f"switches push {word}")
        self._ask(name, f"{person} switches {word} ({name})", on if switches_on else off, 1)

    def _ask(self, name: str, run: str, command: Callable[[Ports], None], tries: int) -> None:
        """Asked for again when no answer came."""

        def done(ended: Ended) -> None:
            if not ended.well and tries < TRIES:
                wait = self._dice.between(f"{run}/again {tries}", 1, 20)
                self._cloud.kernel.later(wait, partial(self._ask, name, run, command, tries + 1))

        self._cloud.by_hand(f"{run}#{tries}", f"machine of {name}", command, done)
