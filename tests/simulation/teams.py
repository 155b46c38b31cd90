"""Teams made up by chance: people, rotations that hand over within the hour, policies, services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.dice import Dice
from tests.simulation.members import chatty, members

PEOPLE = ("ana", "ben", "chi", "dee", "eve")
SERVICES = ("checkout", "search")
SCHEDULES = ("first", "second")
#: A Monday night, and the minutes before clocks go forward and back.
BEGINS = ("2026-11-23T02:00:00", "2026-03-29T00:40:00", "2026-11-01T05:30:00")
#: Addresses that follow incidents: two of one host, and one of another.
WEBHOOKS = (
    "https://hooks.example.net/in/3b1f6e0c9a",
    "https://hooks.example.net/in/c47d20b85e",
    "https://relay.example.org/in/90ae3f71d2",
)
#: How long before a handoff people want to know of it; none: as the file says by itself.
_LEADS = ((), ("0m",), ("0m", "15m"), ("15m",), ("0m", "1h"), ("1d", "0m"), ("1h", "15m", "0m"))
#: Browsers that one person may have in all.
BROWSERS = 4
#: How many different teams there are: each is compiled once for all the histories that have it.
TEAMS = 400


def number_of(person: str) -> str:
    return f"+1202555{PEOPLE.index(person) + 1:04d}"


def whatsapp_of(person: str) -> str:
    """The number as WhatsApp has it where it writes it otherwise than it is dialled."""
    return number_of(person).replace("+1202", "+12029")


def channel_of(schedule: str) -> str:
    """The address of those who want to hear of a schedule's handoffs, whoever is on call."""
    return f"{schedule}@example.com"


@cache
def names() -> Mapping[str, str]:
    """Whose an address is."""
    return {address: person for person in PEOPLE for address in (number_of(person), f"{person}@example.com")}


def endpoint_of(person: str, number: int) -> str:
    """Where the ``number``-th browser of somebody is pushed to."""
    return f"https://push.example.com/{person}/{number}"


@cache
def endpoints() -> Mapping[str, str]:
    """Whose each is."""
    return {endpoint_of(person, number): person for person in PEOPLE for number in range(BROWSERS)}


@cache
def whose() -> Mapping[str, str]:
    """Whose an address is, be it a number as WhatsApp has it, where a browser is pushed to, or an id in a chat."""
    numbers = {whatsapp_of(person): person for person in PEOPLE}
    return {**names(), **numbers, **endpoints(), **members(PEOPLE)}


@lru_cache(maxsize=2 * TEAMS)
def document(number: int, begin: datetime) -> Mapping[str, Any]:
    """The file of the ``number``-th team for a history that begins at ``begin``."""
    return _document(Dice(number), begin)


def altered(number: int, begin: datetime, how: str, other: int) -> Mapping[str, Any]:
    """That team with other ``people`` in its rotations, with rotations that begin ``anew``, or with other ``services``.

    Nothing else of it changes.
    """
    found = dict(document(number, begin))
    dice, people = Dice(TEAMS + other), tuple(found["users"])
    if how == "services":
        return found | {"services": {service: _service(dice, service, begin) for service in SERVICES}}
    schedules = {name: dict(row) for name, row in found["schedules"].items()}
    for name, row in schedules.items():
        (layer,) = row["layers"]
        again = {"name": "anew"} if how == "anew" else {"users": _people(dice, name, people)}
        row["layers"] = [layer | again]
    return found | {"schedules": schedules}


def _document(dice: Dice, begin: datetime) -> dict[str, Any]:
    count = dice.whole("people", 2, len(PEOPLE))
    people = PEOPLE[:count]
    found: dict[str, Any] = {
        "version": "1",
        "users": {person: _user(dice, person, begin) for person in people},
        "teams": {"all": list(people)},
        "schedules": {name: _schedule(dice, name, people, begin) for name in SCHEDULES},
        "policies": {service: _policy(dice, service, people, begin) for service in SERVICES},
        "services": {service: _service(dice, service, begin) for service in SERVICES},
        "integrations": {
            **{service: {"service": service, "source": "generic"} for service in SERVICES},
            "aws": {"service": "checkout", "source": "cloudwatch", "default": "true"},
        },
        "catch_all": "checkout",
    }
    return chatty(dice, found)


def _user(dice: Dice, person: str, begin: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"name": person.title(), "email": f"{person}@example.com"}
    if dice.roll(f"{person}/phone") < 0.9:
        row["contacts"] = {"mobile": number_of(person)}
    style = dice.whole(f"{person}/rules", 0, 3)
    if style:
        row["notify"] = {
            urgency: [
                {
                    "after": f"{dice.pick(f'{person}/{urgency}/{index}/after', (0, 0, 30, 60, 120, 300))}s",
                    "via": dice.pick(
                        f"{person}/{urgency}/{index}/via", ("sms", "sms", "voice", "email", "push")
                    ),
                }
                for index in range(dice.whole(f"{person}/{urgency}/count", 1, 3))
            ]
            for urgency in ("high", "low")
        }
        _by_whatsapp(dice, person, row["notify"])
    if leads := dice.pick(f"{person}/handoff", _LEADS):
        rules = [
            {"before": lead, "via": dice.pick(f"{person}/handoff/{lead}", ("email", "email", "sms"))}
            for lead in leads
        ]
        row["notify"] = row.get("notify", {}) | {"handoff": rules}
    if wanted := dice.pick(f"{person}/resolved", ("", "", "", "sms", "email", "off")):
        row["notify"] = row.get("notify", {}) | {"resolved": wanted}
    if dice.roll(f"{person}/zone") < 0.4:
        # Where it is the middle of a working day when the first of the histories begin.
        row["timezone"] = "Asia/Tokyo"
    return row | _hours_of(dice, person, row, begin)


def _by_whatsapp(dice: Dice, person: str, rules: Mapping[str, list[dict[str, str]]]) -> None:
    """In some teams some of the rules are by WhatsApp instead."""
    if dice.roll("whatsapp") >= 0.25:
        return
    for urgency, rows in rules.items():
        for index, rule in enumerate(rows):
            if dice.roll(f"{person}/{urgency}/{index}/whatsapp") < 0.5:
                rule["via"] = "whatsapp"


def _hours_of(dice: Dice, person: str, row: Mapping[str, Any], begin: datetime) -> dict[str, Any]:
    """Office hours, for which some rules are meant, and hours in which nothing low disturbs; near the beginning."""

    def windows(name: str) -> dict[str, Any]:
        local = begin.replace(tzinfo=UTC).astimezone(ZoneInfo(row.get("timezone", "UTC")))
        opens = local + timedelta(minutes=dice.whole(f"{person}/{name}/opens", -40, 40))
        closes = opens + timedelta(minutes=dice.whole(f"{person}/{name}/closes", 3, 90))
        return {"active": [{"from": f"{opens:%H:%M}", "to": f"{closes:%H:%M}"}]}

    found: dict[str, Any] = {}
    if dice.roll(f"{person}/rests") < 0.4:
        found["do_not_disturb"] = windows("rests")
    rules = row.get("notify", {})
    if "high" in rules and dice.roll(f"{person}/office") < 0.4:
        found["office_hours"] = windows("office")
        for urgency in ("high", "low"):
            for index, rule in enumerate(rules[urgency]):
                during = dice.pick(
                    f"{person}/{urgency}/{index}/during", ("", "", "office_hours", "off_hours")
                )
                if during:
                    rule["during"] = during
    return found


def _schedule(dice: Dice, name: str, people: tuple[str, ...], begin: datetime) -> dict[str, Any]:
    users = _people(dice, name, people)
    first = begin.replace(tzinfo=None) - timedelta(minutes=dice.whole(f"{name}/first", -20, 600))
    layer: dict[str, Any] = {
        "name": "turns",
        "users": users,
        "starts": first.isoformat(timespec="seconds"),
        "rotate": {"every": "1", "unit": dice.pick(f"{name}/unit", ("hour", "hour", "day"))},
    }
    row: dict[str, Any] = {"timezone": "UTC", "layers": [layer]}
    if dice.roll(f"{name}/channel") < 0.4:
        row["handoff"] = [
            {"before": dice.pick(f"{name}/before", ("0m", "15m", "1h")), "email": channel_of(name)}
        ]
    if dice.roll(f"{name}/override") < 0.4:
        at = begin.replace(tzinfo=None) + timedelta(minutes=dice.whole(f"{name}/at", -10, 60))
        row["overrides"] = [
            {
                "user": dice.pick(f"{name}/by", people),
                "from": at.isoformat(timespec="seconds"),
                "to": (at + timedelta(minutes=25)).isoformat(timespec="seconds"),
            }
        ]
    return row


def _people(dice: Dice, name: str, people: tuple[str, ...]) -> list[Any]:
    """The people of a rotation; some are on call together."""
    users: list[Any] = dice.sample(f"{name}/users", people, dice.whole(f"{name}/count", 1, len(people)))
    if len(users) > 2 and dice.roll(f"{name}/pair") < 0.3:
        users = [users[:2], *users[2:]]
    return users


def _policy(dice: Dice, name: str, people: tuple[str, ...], begin: datetime) -> dict[str, Any]:
    targets: list[dict[str, str]] = [{"user": person} for person in people]
    targets += [{"schedule": "first"}, {"schedule": "second"}, {"schedule": "first"}, {"team": "all"}]
    targets += [{"everyone": "first"}, {"next": "second"}] if dice.roll(f"{name}/others") < 0.4 else []
    steps: list[dict[str, Any]] = [
        {
            "page": dice.sample(
                f"{name}/{index}/targets", targets, dice.whole(f"{name}/{index}/count", 1, 2)
            ),
            "wait": f"{dice.pick(f'{name}/{index}/wait', (60, 120, 150, 300, 300, 600))}s",
            **_of_step(dice, f"{name}/{index}", begin),
        }
        for index in range(dice.whole(f"{name}/steps", 1, 4))
    ]
    if dice.roll(f"{name}/followed") < 0.15:
        for index, step in enumerate(steps):
            if dice.roll(f"{name}/{index}/followed") < 0.7:
                step["page"].append({"webhook": dice.pick(f"{name}/{index}/webhook", WEBHOOKS)})
    row: dict[str, Any] = {"steps": steps, "repeat": str(dice.whole(f"{name}/repeat", 0, 2))}
    if dice.roll(f"{name}/last") < 0.7:
        row["last_resort"] = dice.sample(f"{name}/last resort", targets, 1)
    return row


def _of_step(dice: Dice, name: str, begin: datetime) -> dict[str, Any]:
    """What a step says beside whom it pages: most say nothing."""
    row: dict[str, Any] = {}
    if dice.roll(f"{name}/round robin") < 0.15:
        row["round_robin"] = "true"
    if dice.roll(f"{name}/ack") < 0.15:
        row["ack"] = "all"
    if dice.roll(f"{name}/wait hours") < 0.1:
        row["wait_hours"] = _hours(dice, f"{name}/wait hours", begin)
    if dice.roll(f"{name}/branch") < 0.25:
        row[dice.pick(f"{name}/branch/word", ("when", "unless"))] = _condition(dice, name, begin)
    return row


def _condition(dice: Dice, name: str, begin: datetime) -> dict[str, Any]:
    """One or two of those that there are; a capital letter more or less makes no difference."""
    conditions: list[dict[str, Any]] = [
        {
            "severity": dice.pick(
                f"{name}/severity", (["critical"], ["Error", "sev1"], ["info", "SEV3", "warning"])
            )
        },
        {"priority": dice.pick(f"{name}/priority", (["P1"], ["p2", "P1"]))},
        {"labels": {"zone": dice.pick(f"{name}/zone", (["east"], ["east", "west"], ["north"]))}},
        {"repeated": dice.pick(f"{name}/repeated", ("2", "2", "3"))},
        {"hours": _hours(dice, f"{name}/hours", begin)},
    ]
    picked = dice.sample(f"{name}/conditions", conditions, dice.pick(f"{name}/how many", (1, 1, 1, 2)))
    return {key: value for one in picked for key, value in one.items()}


def _hours(dice: Dice, name: str, begin: datetime) -> dict[str, Any]:
    """Hours of every day that begin or end while a history goes on, or soon before or after."""
    opens = begin + timedelta(minutes=dice.whole(f"{name}/opens", -30, 40))
    closes = opens + timedelta(minutes=dice.whole(f"{name}/closes", 20, 300))
    return {"timezone": "UTC", "active": [{"from": f"{opens:%H:%M}", "to": f"{closes:%H:%M}"}]}


def _service(dice: Dice, name: str, begin: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"policy": name}
    timeout = dice.pick(f"{name}/timeout", ("", "never", "30s", "2m", "5m", "20m"))
    if timeout:
        row["ack_timeout"] = timeout
    if dice.roll(f"{name}/auto") < 0.25:
        row["auto_resolve"] = dice.pick(f"{name}/resolves", ("10m", "30m"))
    if dice.roll(f"{name}/hours") < 0.2:
        row["support_hours"] = _hours(dice, name, begin)
    return row
