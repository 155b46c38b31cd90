"""Random books, in whole minutes, small enough that things meet at one instant all the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.unit.escalation.book import AT, minutes
from tocsin.escalation.conditions import Situation
from tocsin.escalation.model import (
    Book,
    Contact,
    Hours,
    Policy,
    Rule,
    Service,
    Step,
    Target,
    User,
    When,
)
from tocsin.oncall.model import Layer, Override, Schedule, Window

PEOPLE = ("ana", "ben", "chi", "dee", "eve")
TEAMS = ("everybody", "few", "nobody")
SCHEDULES = ("empty", "later", "turns", "swap")
DAY = 24 * 60
EVERY_DAY = frozenset(range(7))

#: A Monday night, and minutes before a clock goes back and forward: instants at which an incident opens.
MOMENTS = (
    AT,
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 40, tzinfo=UTC),
)
ZONES = ("UTC", "America/New_York", "Europe/London", "Asia/Kolkata")

delays = st.one_of(st.sampled_from([0, 0, 1, 2, 3, 5]), st.integers(0, 12)).map(minutes)
waits = st.one_of(st.sampled_from([5, 5, 3]), st.integers(1, 10)).map(minutes)
vias = st.sampled_from(["push", "sms", "sms", "voice", "email"])
rules = st.builds(
    Rule, after=delays, via=vias, to=st.sampled_from([None, None, None, "mobile", "home", "email"])
)

CONTACTS = (
    Contact("email", "email", "x@example.com"),
    Contact("mobile", "phone", "+12025550101"),
    Contact("home", "phone", "+12025550102"),
)
contacts = st.one_of(
    st.permutations(CONTACTS).map(tuple),
    st.just(CONTACTS[:2]),
    st.lists(st.sampled_from(CONTACTS), unique=True, max_size=2).map(tuple),
)


rule_lists = st.lists(rules, max_size=4).map(tuple)


#: Rules for all hours, and among them some for office hours or for the others.
hourly_lists = st.lists(
    st.builds(replace, rules, during=st.sampled_from([None, "office_hours", "off_hours"])), max_size=4
).map(tuple)


@cache
def user(id: str, at: datetime) -> st.SearchStrategy[User]:
    """Somebody, every other time with office hours, or with hours in which nothing low disturbs them."""
    plain = st.builds(
        User, st.just(id), st.just(id.title()), st.just("UTC"), contacts, high=rule_lists, low=rule_lists
    )
    hourly = st.builds(
        replace, plain, office_hours=hours(at), high=hourly_lists, low=rule_lists | hourly_lists
    )
    resting = st.builds(replace, plain | hourly, do_not_disturb=hours(at))
    return plain | plain | hourly | resting


@cache
def some(count: int) -> st.SearchStrategy[tuple[str, ...]]:
    """One or two of the first `count` people."""
    return st.lists(st.sampled_from(PEOPLE[:count]), min_size=1, max_size=2, unique=True).map(tuple)


@cache
def turns(count: int) -> st.SearchStrategy[tuple[tuple[str, ...], ...]]:
    return st.lists(some(count), min_size=1, max_size=3).map(tuple)


@cache
def target_lists(count: int, least: int) -> st.SearchStrategy[tuple[Target, ...]]:
    targets = [Target("slack", "incidents")]
    targets += [Target("user", name) for name in PEOPLE[:count]] * 2
    targets += [Target("team", name) for name in TEAMS]
    targets += [Target("schedule", name) for name in SCHEDULES]
    targets += [Target("everyone", name) for name in SCHEDULES[1:]]
    return st.lists(st.sampled_from(targets), min_size=least, max_size=3).map(tuple)


#: What a branch can ask for, of little enough that it often holds.
words = st.sampled_from([(), (), ("critical",), ("SEV1", "Critical"), ("warning",)])
labels = st.sampled_from([{}, {}, {"team": ("db", "web")}, {"team": ("web",), "zone": ("a", "")}])
situations = st.builds(
    Situation,
    severity=st.sampled_from(["critical", "sev1", "warning"]),
    priority=st.sampled_from(["", "P1"]),
    labels=st.sampled_from([{}, {"team": "db"}, {"team": "web", "zone": "a"}]),
    repeats=st.integers(1, 3),
    turn=st.integers(0, 6),
)


def whens(at: datetime) -> st.SearchStrategy[When | None]:
    some_hours = st.none() | st.none() | hours(at)
    return (
        st.none() | st.none() | st.builds(When, words, words, labels, st.sampled_from([0, 0, 2]), some_hours)
    )


def step_lists(count: int, at: datetime) -> st.SearchStrategy[tuple[Step, ...]]:
    plain = st.builds(Step, target_lists(count, 1), waits)
    full = st.builds(
        Step,
        target_lists(count, 1),
        waits,
        st.none() | st.none() | hours(at),
        st.booleans(),
        st.sampled_from(["first", "all"]),
        whens(at),
        whens(at),
    )
    return st.lists(plain | plain | full, min_size=1, max_size=4).map(tuple)


soon = st.integers(0, 40).map(minutes)
ack_timeouts = st.one_of(st.none(), st.integers(1, 20).map(minutes), st.just(minutes(30)))


@st.composite
def schedules(draw: st.DrawFn, count: int, at: datetime) -> dict[str, Schedule]:
    """Nobody; somebody from a minute on; turns that hand over within the hour; a swap for some minutes."""
    wall = at.astimezone(UTC).replace(tzinfo=None)
    until = draw(st.none() | soon.map(lambda after: wall + after))
    later = Layer("later", draw(turns(count)), wall + draw(soon), 1, "week", None, until=until)
    hourly = Layer("hourly", draw(turns(count)), wall - 4 * draw(soon), 1, "hour", None)
    start = wall + draw(soon)
    replaced = draw(st.none() | st.sampled_from(PEOPLE[:count]))
    swap = Override(draw(some(count)), start, start + minutes(1) + draw(soon) / 2, replaced)
    return {
        "empty": Schedule("empty", "UTC", ()),
        "later": Schedule("later", "UTC", (later,)),
        "turns": Schedule("turns", "UTC", (hourly,)),
        "swap": Schedule("swap", "UTC", (hourly,), (swap,)),
    }


@st.composite
def hours(draw: st.DrawFn, at: datetime) -> Hours:
    """Windows that begin from some minutes before `at` to an hour or two after it."""
    zone = draw(st.sampled_from(ZONES))
    local = at.astimezone(ZoneInfo(zone))
    windows = []
    for _ in range(draw(st.integers(1, 2))):
        start = (local.hour * 60 + local.minute + draw(st.integers(-20, 90))) % DAY
        length = draw(st.integers(1, 20) | st.integers(1, DAY - 1))
        days = draw(
            st.sampled_from([EVERY_DAY, EVERY_DAY, frozenset({local.weekday()}), frozenset({0, 2, 6})])
        )
        windows.append(Window(days, start, start + length))
    return Hours(zone, tuple(windows))


@st.composite
def books(draw: st.DrawFn, at: datetime) -> Book:
    """One service, `checkout`, with one policy, `p`."""
    count = draw(st.integers(1, len(PEOPLE)))
    people = PEOPLE[:count]
    teams = {"everybody": draw(st.permutations(people)), "few": draw(some(count)), "nobody": ()}
    last_resort = draw(target_lists(count, 0))
    policy = Policy("p", draw(step_lists(count, at)), draw(st.integers(0, 2)), last_resort)
    support = draw(hours(at)) if draw(st.integers(0, 2)) == 0 else None
    return Book(
        users={id: draw(user(id, at)) for id in people},
        teams={name: tuple(members) for name, members in teams.items()},
        schedules=draw(schedules(count, at)),
        policies={"p": policy},
        services={"checkout": Service("checkout", "p", draw(ack_timeouts), None, support)},
    )


def failing(book: Book) -> st.SearchStrategy[tuple[str, ...]]:
    """What fails: every other time nothing, else all that goes to somebody, or by a way, or to a contact of theirs."""
    ways = [f"{id}:{way}" for id in book.users for way in ("sms", "voice", "email")]
    named = [f"{id}:{one.name}" for id, user in book.users.items() for one in user.contacts]
    return st.just(()) | st.lists(
        st.sampled_from([*book.users, *ways, *named]), min_size=1, max_size=6, unique=True
    ).map(tuple)
