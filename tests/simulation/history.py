"""One history: a team, its weather, what comes in, and everything that follows, until all of it has come to rest."""

from __future__ import annotations

import gc
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulation import installation, invariants, whatsapp
from tests.simulation.applying import Operators
from tests.simulation.browsers import Pushing
from tests.simulation.chats import BEARER, SECRETS
from tests.simulation.cloud import Cloud
from tests.simulation.desk import Desk
from tests.simulation.dice import Dice
from tests.simulation.kernel import us
from tests.simulation.members import CHANNELS, member_of, members
from tests.simulation.onlooker import look, onlooker
from tests.simulation.people import STRANGER, People
from tests.simulation.receivers import SECRET
from tests.simulation.rota import Rota
from tests.simulation.senders import Senders
from tests.simulation.store import Witnessed
from tests.simulation.teams import (
    BEGINS,
    PEOPLE,
    SERVICES,
    WEBHOOKS,
    endpoints,
    names,
    number_of,
    whatsapp_of,
)
from tests.simulation.weather import Weather
from tocsin.alerts.keys import hash_key
from tocsin.engine.handoffs import MARK
from tocsin.paging.verification import Verified
from tocsin.store.configuration import KeyRecord
from tocsin.store.people import Phone

#: Minutes without faults at the end, in which everything that was begun has to end well.
CALM = 8
#: For so long the system has been running when a history begins.
RUNNING = timedelta(hours=5)


@dataclass(slots=True)
class Played:
    """A history that was played: what was found wrong (nothing, if all is well), and what there was in it."""

    seed: int
    cloud: Cloud
    found: list[str] = field(default_factory=list)

    @property
    def happened(self) -> tuple[str, ...]:
        return tuple(self.cloud.dice.happened)

    def figures(self) -> Counter[str]:
        """How much there was of everything."""
        cloud = self.cloud
        counts = Counter(
            {
                "events accepted": len(cloud.witness.accepted),
                "incidents": len(cloud.witness.changes),
                "changes of incidents": sum(map(len, cloud.witness.changes.values())),
                "triggers dropped by a mute": sum(
                    str(fate.rule).startswith("muted") for fate in cloud.witness.fates.values()
                ),
                "messages sent": len(cloud.witness.taken),
                "answers of people": len(cloud.witness.acts),
                "commands": len(cloud.witness.tally.orders),
                "wishes about the rota": len(cloud.witness.wishes),
                "writes of the rota": len(cloud.witness.written),
                "configurations applied": len(cloud.witness.applied),
                "steps of the scheduler": cloud.kernel.steps,
                "runs of functions": cloud.runs,
                "effects": cloud.effects.count,
                "faults": len(cloud.weather.faults),
                "histories without a fault": int(not cloud.weather.faults),
            }
        )
        counts.update(f"fault: {fault.kind}" for fault in cloud.weather.faults)
        return counts


def play(seed: int, without: frozenset[str] = frozenset(), store: Witnessed | None = None) -> Played:
    """The history of this seed, without some of what happens in it; on a store in memory, unless one is given."""
    with installation.installed():
        return _played(seed, without, store)


def _played(seed: int, without: frozenset[str], store: Witnessed | None) -> Played:
    dice = Dice(seed, without)
    weather = Weather(dice)
    begin = datetime.fromisoformat(dice.pick("begin", BEGINS)).replace(tzinfo=UTC)
    cloud = Cloud(begin, dice, weather, dice.pick("page cap", (100, 100, 100, 5, 12)), store)
    collecting = gc.isenabled()
    gc.disable()
    try:
        _play(cloud, begin)
        found = invariants.judge(cloud)
    except Exception as error:
        # The simulation itself, or code of ours that raises where a process has no business to.
        where = traceback.extract_tb(error.__traceback__)[-1]
        found = [f"raised: {error!r} at {where.name}, line {where.lineno}"]
    finally:
        if collecting:
            gc.enable()
    return Played(seed, cloud, found)


def _play(cloud: Cloud, begin: datetime) -> None:
    dice, kernel = cloud.dice, cloud.kernel
    minutes = dice.pick("minutes", (5, 10, 20, 40, 75))
    operators, rota = Operators(cloud, begin), Rota(cloud)
    operators.before(begin - RUNNING)
    rota.before(begin - RUNNING / 2)
    cloud.store.put_mark(MARK, begin)
    keys = {service: _key(dice, service) for service in SERVICES}
    for service, key in keys.items():
        cloud.store.put_key(KeyRecord(hash_key(key), service, begin))
    cloud.witness.secrets += [*keys.values(), *map(number_of, PEOPLE), STRANGER]
    cloud.witness.secrets += [*map(whatsapp_of, PEOPLE), whatsapp.STRANGER]
    cloud.witness.secrets += [SECRET, *(url.partition("/in/")[2] for url in WEBHOOKS)]
    cloud.witness.secrets += endpoints()
    cloud.witness.secrets += [BEARER, *SECRETS.values()]
    ways = ("voice", "email", "whatsapp", "webhook", "push", *CHANNELS)
    cloud.carriers.off = frozenset(way for way in ways if dice.roll(f"off/{way}") < 0.1)
    cloud.carriers.mail_answers = dice.happens("mails are answered", 0.5)
    # A number may take texts and have no WhatsApp, and whoever is in a chat may have blocked us there.
    addresses = (
        *names(),
        *(f"whatsapp of {number_of(person)}" for person in PEOPLE),
        *(f"{chat} of {member_of(chat, person)}" for chat in CHANNELS for person in PEOPLE),
        *(f"{chat} of {channel}" for chat, there in CHANNELS.items() for channel in there),
    )
    cloud.carriers.dead = frozenset(
        address for address in addresses if dice.happens(f"dead: {address}", dice.pick("dead", (0, 0, 0.2)))
    )
    _verify(cloud, begin)
    people = People(cloud, {**names(), **endpoints(), **members(PEOPLE)})
    pushing = Pushing(cloud)
    pushing.before(begin - RUNNING / 2)
    _script(cloud, Senders(cloud, keys), minutes)
    operators.script(minutes)
    rota.script(minutes)
    Desk(cloud).script(minutes)
    pushing.script(minutes)
    onlooker(cloud, minutes)
    if dice.happens("a stranger writes", 0.15):
        kernel.at(us(dice.between("stranger", 0, 60 * minutes)), lambda: people.stranger("a stranger's text"))
    offset = us(dice.between("tick", 0, 60))
    for number in range(minutes + CALM + 4):
        kernel.at(offset + us(60 * number), lambda number=number: cloud.minute(number))  # type: ignore[misc]
    kernel.run(us(60 * minutes))
    cloud.weather.over = True
    people.over = True
    kernel.run(us(60 * (minutes + CALM)))
    _rest(cloud)


def _verify(cloud: Cloud, begin: datetime) -> None:
    """Contacts have to be verified, and in some histories some are not."""
    dice = cloud.dice
    cloud.verified_only = True
    some = dice.pick("unverified", (0, 0, 0.25))
    cloud.unverified = frozenset(
        address for address in names() if dice.happens(f"unverified: {address}", some)
    )
    for address, person in names().items():
        if address not in cloud.unverified:
            word = Verified(begin, "vouched", "operator")
            cloud.store.put_phone(Phone(address, verified={person: word}))


def _rest(cloud: Cloud) -> None:
    """Time goes on for what is under way, and nothing new begins."""
    cloud.machine.still = True
    cloud.still = True
    cloud.ended = cloud.kernel.now
    cloud.kernel.run()
    look(cloud)


def _key(dice: Dice, service: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(dice.pick(f"key/{service}/{index}", letters) for index in range(32))


def _script(cloud: Cloud, senders: Senders, minutes: int) -> None:
    """What comes in, and when."""
    dice, kernel = cloud.dice, cloud.kernel
    keys = [f"key-{index}" for index in range(dice.whole("keys", 1, 3))]
    for index in range(dice.whole("messages", 1, 9)):
        name = f"message {index}"
        if not dice.happens(f"sent: {name}", 1.0):
            continue
        # The first comes at once, and some come together.
        together = index and dice.roll(f"{name}/together") < 0.35
        at = 0.0 if not index else dice.between(f"{name if not together else 'together'}/at", 0, 60 * minutes)
        at += dice.between(f"{name}/beside", 0, 0.3)
        kernel.at(us(at), lambda name=name: _send(dice, senders, name, keys))  # type: ignore[misc]


def _send(dice: Dice, senders: Senders, name: str, keys: list[str]) -> None:
    action = dice.pick(
        f"{name}/action", ("trigger", "trigger", "trigger", "trigger", "resolve", "acknowledge")
    )
    if dice.roll(f"{name}/aws") < 0.2:
        senders.alarm(name, dice.pick(f"{name}/alarm", keys), action == "trigger")
        return
    rows = [
        {
            "title": f"{name} says it burns",
            "dedup_key": dice.pick(f"{name}/{row}/key", keys),
            "action": action if row == 0 else dice.pick(f"{name}/{row}/action", ("trigger", "resolve")),
            "severity": dice.pick(
                f"{name}/{row}/severity", ("critical", "critical", "error", "warning", "info")
            ),
            "details": _labels(dice, f"{name}/{row}"),
        }
        for row in range(dice.pick(f"{name}/rows", (1, 1, 1, 2, 4)))
    ]
    senders.post(name, dice.pick(f"{name}/service", SERVICES), rows)


def _labels(dice: Dice, name: str) -> dict[str, Any]:
    """A label, among others or as a field of its own, or none at all."""
    zone = dice.pick(f"{name}/zone", ("east", "west"))
    return dice.pick(f"{name}/labels", ({}, {"zone": zone}, {"labels": {"zone": zone}, "zone": "north"}))
