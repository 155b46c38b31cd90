"""What is said about a valid configuration before the night comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE, SMALL, small
from tocsin.config.check import findings
from tocsin.config.compile import compile_config
from tocsin.config.coverage import Coverage
from tocsin.config.load import load_text
from tocsin.config.supersede import superseded
from tocsin.escalation.simulate import simulate

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday
NUMBER = {"contacts": {"mobile": "+5511955550100"}}


def found(document, at=AT):
    return {(one.code, one.path): one for one in findings(compile_config(document), at)}


def test_a_file_in_which_nothing_is_amiss_gives_no_finding():
    assert findings(compile_config(load_text(SMALL).document), AT) == []


def test_the_file_of_the_handbook_gives_these():
    rows = [
        (one.severity, one.code, one.path)
        for one in findings(compile_config(load_text(EXAMPLE).document), AT)
    ]
    assert rows == [
        ("warning", "no_catch_all", ("catch_all",)),
        ("info", "schedule_gap", ("schedules", "payments-primary")),
    ]


def hours(start, end, days=("mon", "tue", "wed", "thu", "fri")):
    layer = {
        "name": "office",
        "users": ["ana"],
        "starts": "2026-01-05T09:00",
        "active": [{"days": list(days), "from": start, "to": end}],
    }
    return {"primary": {"timezone": "Europe/London", "layers": [layer]}}


def test_a_service_that_reaches_nobody_at_some_time_is_named_with_the_first_time_and_how_long():
    one = found(small(schedules=hours("09:00", "17:00")))["nobody_reachable", ("services", "checkout")]
    assert one.severity == "warning"
    assert one.message == (
        "an alert would reach nobody from Mon 2026-11-23 02:00 to Mon 2026-11-23 09:00 (+00:00), "
        "and at 10 more times: 256 h of the next 14 days"
    )


def test_times_are_told_at_the_offset_that_was_asked_at():
    at = AT.astimezone(timezone(timedelta(hours=-3)))
    one = found(small(schedules=hours("09:00", "17:00")), at)["nobody_reachable", ("services", "checkout")]
    assert "from Sun 2026-11-22 23:00 to Mon 2026-11-23 06:00 (-03:00)" in one.message


def test_a_service_that_never_reaches_anybody_is_named_so():
    document = small(users={"ana": {}})
    one = found(document)["nobody_reachable", ("services", "checkout")]
    assert one.message == "an alert would reach nobody at any time of the next 14 days"
    assert ("unreachable", ("users", "ana")) in found(document)


def test_a_later_step_fills_the_gap_of_an_earlier_one():
    steps = [{"page": [{"schedule": "primary"}]}, {"page": [{"user": "ben"}]}]
    users = {"ana": NUMBER, "ben": {"contacts": {"mobile": "+442071838750"}}}
    document = small(users=users, schedules=hours("09:00", "17:00"), policies={"shop": {"steps": steps}})
    assert ("nobody_reachable", ("services", "checkout")) not in found(document)
    assert found(document)["schedule_gap", ("schedules", "primary")].severity == "info"


def test_a_gap_that_the_schedule_declares_is_none():
    layers = hours("09:00", "17:00")["primary"]["layers"]

    def gap(**cover):
        document = small(schedules={"primary": {"timezone": "Europe/London", "layers": layers, **cover}})
        return found(document).get(("schedule_gap", ("schedules", "primary")))

    days = ["mon", "tue", "wed", "thu", "fri"]
    assert gap(cover=[{"days": days, "from": "09:00", "to": "17:00"}]) is None
    assert "at 10 more times: 256 h of" in gap().message
    assert gap(cover=[{"days": days, "from": "08:00", "to": "17:00"}]).message == (
        "nobody is on call from Mon 2026-11-23 08:00 to Mon 2026-11-23 09:00 (+00:00), "
        "and at 9 more times: 10 h of the next 14 days"
    )


def test_a_schedule_with_a_calendar_is_judged_by_its_layers_and_says_so():
    schedules = {
        "primary": {**small()["schedules"]["primary"], "feed": {"url": "https://calendar.example/a"}}
    }
    users = {**small()["users"], "zoe": {"contacts": {"mobile": "+5511955550199"}}}
    rows = found(small(schedules=schedules, users=users))
    assert {key: one.severity for key, one in rows.items()} == {
        ("feed_not_read", ("schedules", "primary", "feed")): "info"
    }
    schedules["primary"] |= {"layers": [], "feed": {"url": "https://calendar.example/a", "as": "schedule"}}
    rows = found(small(schedules=schedules, users=users))
    assert {code for code, _ in rows} == {"feed_not_read", "nobody_reachable", "schedule_gap"}


def test_the_last_resort_does_not_hide_that_a_round_reaches_nobody():
    document = small(schedules=hours("09:00", "17:00"))
    assert document["policies"]["shop"]["last_resort"]
    assert ("nobody_reachable", ("services", "checkout")) in found(document)


def test_outside_support_hours_the_low_rules_count():
    support = {"timezone": "UTC", "active": [{"from": "09:00", "to": "17:00"}]}
    services = {"checkout": {"policy": "shop", "support_hours": support}}
    document = small(users={"ana": NUMBER}, services=services)  # the default low rule is an e-mail
    one = found(document)["nobody_reachable", ("services", "checkout")]
    assert "from Mon 2026-11-23 02:00 to Mon 2026-11-23 09:00" in one.message
    assert "224 h of" in one.message
    assert not found(small(services=services))


def test_an_hour_that_passes_twice_counts_twice():
    at = datetime(2026, 10, 20, tzinfo=UTC)
    document = small(schedules=hours("03:00", "00:00", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
    one = found(document, at)["nobody_reachable", ("services", "checkout")]
    assert "42 h of the next 14 days" in one.message


def test_what_nothing_uses_is_named():
    document = small(
        users={"ana": NUMBER, "ben": {}},
        teams={"t": ["ana"]},
        schedules={**hours("00:00", "24:00"), "spare": {"timezone": "UTC"}},
        policies={**small()["policies"], "idle": {"steps": [{"page": [{"user": "ana"}]}]}},
        services={"checkout": {"policy": "shop"}, "search": {"policy": "shop"}},
    )
    rows = {path: one.message for (code, path), one in found(document).items() if code == "unused"}
    assert rows == {
        ("users", "ben"): "is unused: no team, schedule or policy names them",
        ("teams", "t"): "is unused: no policy pages it",
        ("schedules", "spare"): "is unused: no policy pages it",
        ("policies", "idle"): "is unused: no service has it",
        ("services", "search"): "is unused: no integration feeds it",
    }


@pytest.mark.parametrize("use", ["team", "layer", "override", "step", "last_resort"])
def test_each_way_to_use_a_person_counts(use):
    document = small(users={"ana": NUMBER, "ben": {"contacts": {"mobile": "+442071838750"}}})
    override = {"user": "ben", "from": "2026-01-05T09:00", "to": "2026-01-05T10:00"}
    layer = {"name": "x", "users": [["ben"]], "starts": "2030-01-05T09:00"}
    if use == "team":
        document["teams"] = {"t": ["ben"]}
    elif use == "layer":
        document["schedules"]["primary"]["layers"].append(layer)
    elif use == "override":
        document["schedules"]["primary"]["overrides"] = [override]
    elif use == "step":
        document["policies"]["shop"]["steps"][0]["page"].append({"user": "ben"})
    else:
        document["policies"]["shop"]["last_resort"].append({"user": "ben"})
    assert ("unused", ("users", "ben")) not in found(document)


def test_a_missing_catch_all_is_named():
    one = found(small(catch_all=None))["no_catch_all", ("catch_all",)]
    assert one.severity == "warning"


def test_a_rule_that_the_next_step_supersedes_is_named_with_its_key():
    notify = {"high": [{"via": "sms"}, {"after": "4m", "via": "voice"}, {"after": "5m", "via": "voice"}]}
    steps = [{"page": [{"schedule": "primary"}], "wait": "5m"}, {"page": [{"schedule": "primary"}]}]
    document = small(users={"ana": {**NUMBER, "notify": notify}}, policies={"shop": {"steps": steps}})
    rows = [path for code, path in found(document) if code == "superseded_rule"]
    assert rows == [("users", "ana", "notify", "high", 2)]
    assert found(document)["superseded_rule", rows[0]].message == (
        "voice after 5m is never sent in step 1 of policy shop: after 5m they are paged again and their rules "
        "start anew; shorten after, or lengthen wait"
    )


def test_a_default_rule_that_is_superseded_is_named_at_its_person():
    policies = {"shop": {"steps": [{"page": [{"user": "ana"}]}], "repeat": "1"}}
    one = found(small(policies=policies))["superseded_rule", ("users", "ana")]
    assert one.message.startswith(
        "of the default rules, email after 5m is never sent in step 1 of policy shop: "
    )


def test_notes_that_may_be_meant_are_no_warnings():
    document = small(
        users={
            "ana": {
                "email": "ana@example.com",
                "notify": {"high": [{"via": "push"}, {"via": "sms"}, {"via": "email"}]},
            },
            "ben": {
                **NUMBER,
                "notify": {"low": [{"via": "sms", "to": "mobile"}, {"via": "email", "to": "mobile"}]},
            },
            "chi": NUMBER,
        },
        policies={
            "shop": {
                "steps": [
                    {"page": [{"schedule": "primary"}, {"user": "ben"}, {"user": "chi"}, {"slack": "#ops"}]}
                ]
            }
        },
    )
    rows = {key: one.message for key, one in found(document).items() if one.severity == "info"}
    assert rows == {
        ("only_email", ("users", "ana")): "is reached by e-mail alone, which wakes nobody: add a number",
        ("rule_left_out", ("users", "ana", "notify", "high", 1)): "is left out: there is no number for sms",
        (
            "rule_left_out",
            ("users", "ben", "notify", "low", 1),
        ): "is left out: the contact 'mobile' is no e-mail address for email",
        (
            "no_last_resort",
            ("policies", "shop"),
        ): "has no last_resort: when its rounds are over it begins anew after 30 minutes, with nobody else",
        (
            "shared_number",
            ("users", "chi", "contacts", "mobile"),
        ): "is also a number of ben: a reply from it may be taken for either",
    }
    assert not [one for one in found(document).values() if one.severity == "warning"]


OFFICE = {"active": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}]}


def test_whom_no_rule_reaches_at_some_hours_is_named_with_them():
    ana = {
        **NUMBER,
        "email": "ana@example.com",
        "office_hours": OFFICE,
        "notify": {
            "high": [
                {"via": "email", "during": "office_hours"},
                {"after": "3m", "via": "voice", "during": "off_hours"},
            ]
        },
    }
    rows = found(small(users={"ana": ana}))
    assert rows["unreachable", ("users", "ana")].message == (
        "is unreachable for an alert from Mon 2026-11-23 08:57 to Mon 2026-11-23 09:00 (+00:00), and at 9 more times:"
        " 0.5 h of the next 14 days: no notification rule for high urgency applies then; add one without during"
    )
    assert rows["only_email", ("users", "ana")].message == (
        "is reached by e-mail alone, which wakes nobody, for an alert from Mon 2026-11-23 09:00 to Mon 2026-11-23 16:57"
        " (+00:00), and at 9 more times: 79.5 h of the next 14 days"
    )
    assert rows["nobody_reachable", ("services", "checkout")].message == (
        "an alert would reach nobody from Mon 2026-11-23 08:57 to Mon 2026-11-23 09:00 (+00:00), "
        "and at 9 more times: 0.5 h of the next 14 days"
    )


def test_a_rule_for_some_hours_that_the_next_step_supersedes_is_never_sent_in_any():
    ana = {
        **NUMBER,
        "office_hours": OFFICE,
        "notify": {"high": [{"via": "sms"}, {"after": "10m", "via": "voice", "during": "off_hours"}]},
    }
    steps = [{"page": [{"user": "ana"}], "wait": "10m"}, {"page": [{"user": "ana"}], "wait": "20m"}]
    policies = {"shop": {"steps": steps, "last_resort": [{"schedule": "primary"}]}}
    one = found(small(users={"ana": ana}, policies=policies))
    assert one["superseded_rule", ("users", "ana", "notify", "high", 1)].message.startswith("voice after 10m")


# What the check says is held against what the planner does.

PEOPLE = ("ana", "ben", "chi")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES = ("00:00", "06:30", "12:00", "18:00", "24:00")


@st.composite
def windows(draw):
    start = draw(st.sampled_from(TIMES[:-1]))
    end = draw(st.sampled_from([time for time in TIMES if time != start]))
    return {"days": draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True)), "from": start, "to": end}


@st.composite
def plans(draw):
    """A configuration of three people, two schedules and one service."""
    contacts = st.sampled_from([{}, {"mobile": "+5511955550100"}, {"mail": "x@example.com"}])
    rules = st.lists(
        st.fixed_dictionaries(
            {"via": st.sampled_from(["sms", "email"])},
            optional={
                "after": st.sampled_from(["1m", "90m"]),
                "during": st.sampled_from(["office_hours", "off_hours"]),
            },
        ),
        max_size=2,
    )
    hourly = st.fixed_dictionaries(
        {
            "timezone": st.sampled_from(["UTC", "Asia/Kolkata"]),
            "office_hours": st.fixed_dictionaries({"active": st.lists(windows(), min_size=1, max_size=2)}),
            "notify": st.fixed_dictionaries({}, optional={"high": rules, "low": rules}),
        }
    )
    people: st.SearchStrategy[dict[str, Any]] = st.just({}) | hourly
    schedules = {}
    for name in ("one", "two"):
        layers = [
            {
                "users": draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2)),
                "starts": "2026-11-20T10:00",
                "rotate": {"unit": draw(st.sampled_from(["day", "week"]))},
                "active": draw(st.lists(windows(), min_size=1, max_size=2)),
            }
            for _ in range(draw(st.integers(0, 2)))
        ]
        schedules[name] = {"timezone": draw(st.sampled_from(["UTC", "America/Sao_Paulo"])), "layers": layers}
    target = st.sampled_from(
        [{"schedule": "one"}, {"schedule": "two"}, {"user": "ana"}, {"team": "t"}, {"slack": "#x"}]
    )
    steps = draw(st.lists(st.lists(target, min_size=1, max_size=2), min_size=1, max_size=3))
    service: dict[str, Any] = {"policy": "p"}
    if draw(st.booleans()):
        service["support_hours"] = {"timezone": "Asia/Tokyo", "active": [draw(windows())]}
    return {
        "version": "1",
        "users": {name: {"contacts": draw(contacts), **draw(people)} for name in PEOPLE},
        "teams": {"t": draw(st.lists(st.sampled_from(PEOPLE), max_size=1))},
        "schedules": schedules,
        "policies": {"p": {"steps": [{"page": page} for page in steps]}},
        "services": {"s": service},
    }


@settings(max_examples=60)
@given(plans(), st.lists(st.integers(0, 14 * 24 * 60 - 1), min_size=5, max_size=5))
def test_nobody_is_reachable_exactly_when_the_planner_reaches_nobody(document, moments):
    book = compile_config(document).book
    end = AT + timedelta(days=14)
    ranges = Coverage(book, AT, end).nobody(book.services["s"])
    assert all(start < stop for start, stop in ranges)
    assert all(one[1] < other[0] for one, other in pairwise(ranges))
    instants = {AT + timedelta(minutes=moment) for moment in moments}
    for start, stop in ranges[:4]:
        instants |= {start, start - timedelta(seconds=1), stop, stop - timedelta(seconds=1)}
    for at in instants:
        if AT <= at < end:
            told = simulate(book, "s", at)
            reached = bool(told.pages) or told.ends_at > at
            assert reached != any(start <= at < stop for start, stop in ranges), at


@st.composite
def rounds(draw):
    """A configuration in which whoever is paged again is so for certain: nothing else names a schedule's one person."""
    waits = st.sampled_from(["0m", "1m", "3m", "5m"])
    rule = st.fixed_dictionaries(
        {"after": st.sampled_from(["0m", "1m", "3m", "5m", "20m"]), "via": st.just("sms")}
    )
    target = st.sampled_from([{"schedule": "one"}, {"schedule": "two"}, {"user": "ben"}, {"team": "t"}])
    page = st.lists(target, min_size=1, max_size=2)
    steps = draw(st.lists(st.fixed_dictionaries({"page": page, "wait": waits}), min_size=1, max_size=3))
    always = {"starts": "2026-01-05T09:00"}
    return {
        "version": "1",
        "users": {
            name: {**NUMBER, "notify": {"high": draw(st.lists(rule, min_size=1, max_size=3))}}
            for name in (*PEOPLE, "dee")
        },
        "teams": {"t": ["ben", "dee"]},
        "schedules": {
            "one": {"timezone": "UTC", "layers": [{"users": ["ana"], **always}]},
            "two": {"timezone": "UTC", "layers": [{"users": ["chi"], **always}]},
        },
        "policies": {
            "p": {
                "steps": steps,
                "repeat": draw(st.sampled_from(["0", "1", "2"])),
                "last_resort": draw(st.lists(target, max_size=1)),
            }
        },
        "services": {"s": {"policy": "p"}},
    }


@settings(max_examples=80)
@given(rounds())
def test_the_rules_named_as_superseded_are_those_the_planner_drops_in_its_first_round(document):
    book = compile_config(document).book
    policy = book.policies["p"]
    over = AT + sum((step.wait for step in policy.steps), timedelta(0)) * (policy.repeat + 1)
    told = simulate(book, "s", AT, until=over + timedelta(seconds=1))
    dropped = [
        (skip.user, skip.step)
        for skip in told.skipped
        if skip.reason == "superseded" and (skip.cycle, skip.round) == (1, 1)
    ]
    drops = superseded(book)
    assert all((drop.user, drop.step) in dropped for drop in drops)
    assert sum(drop.places for drop in drops) == len(dropped)
