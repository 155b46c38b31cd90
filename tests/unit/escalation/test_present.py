"""Who is on call now, and who is next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.escalation.model import Book
from tocsin.escalation.present import Duty, Shift, StepNow, of_person, of_service, present

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture
def book() -> Book:
    def layer(*users: object, unit: str = "week", **more: object) -> dict:
        return {"users": list(users), "starts": "2026-03-02T09:00", "rotate": {"unit": unit}, **more}

    office = [{"days": ["mon", "tue"], "from": "09:00", "to": "17:00"}]
    return compile_config(
        small(
            users={user: {} for user in ("ana", "ben", "chi")},
            schedules={
                "primary": {"timezone": "UTC", "layers": [layer("ana", ["ben", "chi"])]},
                "office": {"timezone": "UTC", "layers": [layer("chi", active=office)]},
                "nobody": {"timezone": "UTC"},
            },
            policies={
                "shop": {
                    "steps": [
                        {"page": [{"schedule": "primary"}], "wait": "5m"},
                        {"page": [{"user": "ana"}, {"schedule": "office"}]},
                    ]
                }
            },
        )
    ).book


def test_the_shift_in_progress_and_the_one_after(book):
    now = present(book.schedules["primary"], MONDAY + DAY)
    assert now.now == Shift(("ana",), MONDAY, MONDAY + WEEK)
    assert now.next == Shift(("ben", "chi"), MONDAY + WEEK, MONDAY + 2 * WEEK)


def test_a_handoff_belongs_to_who_comes(book):
    assert present(book.schedules["primary"], MONDAY + WEEK).now.users == ("ben", "chi")


def test_in_a_gap_it_is_nobody_and_the_next_one_is_told(book):
    now = present(book.schedules["office"], MONDAY + 2 * DAY)
    assert now.now == Shift((), MONDAY + timedelta(hours=32), MONDAY + WEEK)
    assert now.next == Shift(("chi",), MONDAY + WEEK, MONDAY + WEEK + timedelta(hours=8))


def test_a_schedule_without_anybody_says_so(book):
    assert present(book.schedules["nobody"], MONDAY).now == Shift((), None, None)
    assert present(book.schedules["nobody"], MONDAY).next is None


def test_of_a_service_it_is_whom_each_step_pages_now(book):
    office, primary = (present(book.schedules[name], MONDAY) for name in ("office", "primary"))
    assert of_service(book, "checkout", MONDAY) == [
        StepNow(1, timedelta(0), ("ana",), (primary,)),
        StepNow(2, timedelta(minutes=5), ("ana", "chi"), (office,)),
    ]
    with pytest.raises(KeyError):
        of_service(book, "unknown", MONDAY)


def test_of_a_person_it_is_every_schedule_that_has_them(book):
    assert of_person(book, "chi", MONDAY + timedelta(hours=1)) == [
        Duty("primary", None, Shift(("ben", "chi"), MONDAY + WEEK, MONDAY + 2 * WEEK)),
        Duty(
            "office",
            Shift(("chi",), MONDAY, MONDAY + timedelta(hours=8)),
            Shift(("chi",), MONDAY + DAY, MONDAY + DAY + timedelta(hours=8)),
        ),
    ]
    assert of_person(book, "nobody", MONDAY) == []
