"""The demo's file wakes Ana first, whatever the week, and shows the escalation within a minute and a half."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.handset.people import read_people
from tocsin.config.check import findings
from tocsin.config.compile import Config, compile_config
from tocsin.config.load import load
from tocsin.oncall.who import on_call

DEMO = Path(__file__).parents[3] / "local" / "demo.yaml"


@pytest.fixture(scope="module")
def demo() -> Config:
    return compile_config(load([DEMO]).document)


def test_three_people_have_a_fictitious_number_and_an_address() -> None:
    people = read_people(DEMO)
    assert [person.user for person in people] == ["ana", "ben", "chi"]
    assert [person.numbers for person in people] == [("+12025550101",), ("+12025550102",), ("+12025550103",)]
    assert [person.emails for person in people] == [
        (f"{name}@example.com",) for name in ("ana", "ben", "chi")
    ]
    assert len({person.timezone for person in people}) == 3


def test_ana_is_on_call_in_every_week(demo: Config) -> None:
    schedule = demo.book.schedules["primary"]
    start = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert {on_call(schedule, start + timedelta(days=week * 7)) for week in range(60)} == {("ana",)}


def test_the_file_is_one_to_learn_from(demo: Config) -> None:
    assert findings(demo, datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) == []


def test_the_next_one_is_paged_after_seconds_and_nobody_is_left_out(demo: Config) -> None:
    policy = demo.book.policies["shop"]
    assert [[target.name for target in step.page] for step in policy.steps] == [
        ["primary", "#incidents"],
        ["ben"],
        ["chi"],
    ]
    assert sum((step.wait for step in policy.steps), timedelta()) <= timedelta(seconds=90)
    for name, user in demo.book.users.items():
        rules = [(rule.via, rule.after.total_seconds()) for rule in user.high]
        card = [("telegram", 0)] if name == "chi" else []
        assert rules == [*card, ("sms", 0), ("voice", 10), ("email", 20)]


def test_every_door_leads_to_a_service_and_the_rest_is_caught(demo: Config) -> None:
    doors = {name: (entry.source, entry.service, entry.default) for name, entry in demo.integrations.items()}
    assert doors == {
        "checkout-generic": ("generic", "checkout", False),
        "checkout-prometheus": ("alertmanager", "checkout", False),
        "checkout-pagerduty": ("pagerduty", "checkout", False),
        "cloudwatch": ("cloudwatch", "search", True),
    }
    assert demo.catch_all == "checkout"
