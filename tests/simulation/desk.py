"""People at a desk: everything that can be done with an incident, by command. Twice, too late, half way, or wrong.

Each command has a surface of its own (``via``), so that the timeline tells which one wrote a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended, us
from tests.simulation.tally import Order
from tests.simulation.teams import PEOPLE, SERVICES
from tocsin.incidents.incident import Incident, State

TRIES = 4

_ACTIONS = (
    *("acknowledge", "acknowledge", "unacknowledge", "unacknowledge", "keep", "resolve", "reopen", "reopen"),
    *("snooze", "snooze", "snooze", "escalate", "escalate", "reassign", "reassign", "move", "move", "move"),
    *("ask", "ask", "ask", "accept", "decline", "merge", "merge", "merge", "note", "severity", "severity"),
    *("priority", "priority", "title", "link", "subscribe", "subscribe", "unsubscribe"),
)
#: How many commands are one of these instead: beside the others, so that what happens elsewhere stays as it is.
_MUTING, _MUTES = ("mute", "mute", "mute", "unmute"), 0.15
#: What nobody can do, whatever an incident is like.
_WRONG: dict[str, tuple[dict[str, Any], ...]] = {
    "snooze": ({"seconds": 10}, {"seconds": 8 * 86_400}),
    "mute": ({}, {"seconds": 10}, {"seconds": 32 * 86_400}),
    "escalate": ({"step": 0}, {"step": 99}),
    "reassign": ({"users": []}, {"users": ["zoe"]}),
    "ask": ({"users": []}, {"users": ["zoe"]}),
    "subscribe": ({"users": ["zoe"]},),
    "move": ({"policy": "nowhere"},),
    "merge": ({}, {"number": 99_999}),
    "note": ({"text": " "},),
    "severity": ({"value": "SEV9"}, {"value": ""}),
    "priority": ({"value": "P0"},),
    "title": ({"text": ""},),
    "link": ({"value": "javascript:alert(1)"}, {"value": "https://example.com/ä"}),
}


def _fits(action: str, incident: Incident) -> bool:
    """Whether it makes sense on such an incident."""
    match action:
        case "reopen":
            return not incident.open
        case "mute":
            return incident.handling.merged_into is None
        case "unmute":
            return incident.handling.muted_until is not None
        case "unacknowledge" if incident.plan.acked:
            return True
        case "unacknowledge" | "keep":
            return incident.state in (State.ACKNOWLEDGED, State.SNOOZED)
        case "unsubscribe":
            return incident.open and bool(incident.handling.subscribers)
        case "accept" | "decline":
            return incident.open and "asked" in incident.handling.responders.values()
    return incident.open


class Desk:
    """Commands at times of chance, on the incidents that there are by then."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def script(self, minutes: int) -> None:
        dice, kernel = self._cloud.dice, self._cloud.kernel
        for index in range(dice.pick("orders", (0, 0, 3, 6, 10))):
            name = f"order-{index}"
            if not dice.happens(f"given: {name}", 1.0):
                continue
            # Some come together with the one before: on the same incident, as often as not.
            together = index and dice.roll(f"{name}/together") < 0.25
            at = dice.between(f"order-{index - 1 if together else index}/at", 0, 60 * minutes)
            if dice.roll(f"{name}/meets") < 0.15:
                # Just when a sender says something.
                at = dice.between(f"message {dice.whole(f'{name}/message', 1, 4)}/at", 0, 60 * minutes)
            at += dice.between(f"{name}/beside", 0, 0.5)
            kernel.at(us(at), lambda name=name: self._decide(name))  # type: ignore[misc]

    def _decide(self, name: str) -> None:
        dice, witness = self._cloud.dice, self._cloud.witness
        now = {number: changes[-1].incident for number, changes in sorted(witness.changes.items())}
        if not now:
            return
        action = dice.pick(f"{name}/action", _ACTIONS)
        if dice.roll(f"{name}/mutes") < _MUTES:
            action = dice.pick(f"{name}/action", _MUTING)
        fitting = [number for number, incident in now.items() if _fits(action, incident)]
        among = fitting if fitting and dice.roll(f"{name}/any") < 0.85 else [*now]
        number = dice.pick(f"{name}/which", among[-4:])
        who = dice.pick(f"{name}/who", PEOPLE)
        asked = sorted(now[number].handling.responders)
        if action in ("accept", "decline") and asked and dice.roll(f"{name}/asked") < 0.8:
            who = dice.pick(f"{name}/whom", asked)
        noted = sorted(now[number].plan.acked)
        if action == "unacknowledge" and noted and dice.roll(f"{name}/noted") < 0.8:
            who = dice.pick(f"{name}/whose", noted)
        wrong = action in _WRONG and dice.roll(f"{name}/wrong") < 0.12
        more = dice.pick(f"{name}/how", _WRONG[action]) if wrong else self._takes(name, action, number, now)
        row = {"id": name, "incident": number, "action": action, "actor": who, "via": name, **more}
        order = Order(self._cloud.kernel.now, who, name, action, number, more, wrong)
        witness.tally.orders.append(order)
        witness.say(who, f"{name}: {action} #{number} {more or ''}")
        self._give(name, order, row, 1)
        if dice.happens(f"given twice: {name}", 0.25):
            wait = dice.pick(f"{name}/twice", (0.0, 0.2, 3.0, 40.0))
            self._cloud.kernel.later(wait, lambda: self._give(f"{name}'", order, row, 1))

    def _takes(self, name: str, action: str, number: int, now: Mapping[int, Incident]) -> dict[str, Any]:
        """What the action takes."""
        dice = self._cloud.dice
        match action:
            case "snooze":
                return {"seconds": dice.pick(f"{name}/seconds", (60, 90, 120, 300, 900))}
            case "mute":
                return {"seconds": dice.pick(f"{name}/seconds", (60, 300, 900, 3600))}
            case "escalate":
                return dice.pick(f"{name}/step", ({}, {}, {"step": 1}, {"step": 2}, {"step": 3}))
            case "reassign" | "ask":
                return {"users": dice.sample(f"{name}/users", PEOPLE, dice.whole(f"{name}/people", 1, 2))}
            case "subscribe" | "unsubscribe":
                count = dice.whole(f"{name}/people", 0, 2)
                return {"users": dice.sample(f"{name}/users", PEOPLE, count)} if count else {}
            case "move":
                return {"policy": dice.pick(f"{name}/policy", ("", *SERVICES))}
            case "merge":
                others = [other for other in now if other != number]
                if dice.roll(f"{name}/open") < 0.8:
                    others = [other for other in others if now[other].open] or others
                return {"number": dice.pick(f"{name}/into", others[-3:])} if others else {}
            case "note" | "title":
                return {"text": f"{action} of {name}"}
            case "severity":
                return {"value": dice.pick(f"{name}/value", ("SEV1", "SEV3", "sev5"))}
            case "priority":
                return {"value": dice.pick(f"{name}/value", ("P1", "p2", "P4"))}
            case "link":
                return {"value": f"https://example.com/{name}", "text": name}
        return {}

    def _give(self, name: str, order: Order, row: dict[str, Any], tries: int) -> None:
        """Without an answer it is given once more, later and later."""
        cloud = self._cloud
        where = f"reply({name})#{tries}"
        order.tries += 1

        def done(ended: Ended) -> None:
            order.until = cloud.kernel.now
            if ended.well:
                order.told.append(str(ended.answer.get("answer") or f"error: {ended.answer['error']}"))
            elif tries < TRIES:
                wait = cloud.dice.between(f"{where}/again", 1, 10 * tries)
                cloud.kernel.later(wait, lambda: self._give(name, order, row, tries + 1))

        if cloud.weather.strikes("throttled", where, cloud.kernel.now):
            done(Ended(died=True))
        else:
            cloud.run("reply", where, {"command": row}, done)
