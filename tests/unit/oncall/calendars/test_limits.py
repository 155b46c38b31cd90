"""What one feed may cost: an event that costs too much is left out, whole, and takes no other with it."""

from __future__ import annotations

from typing import Any

import dateutil.rrule
import pytest

from tests.unit.oncall.calendars.feeds import feed, read, reasons, told
from tocsin.oncall.calendars.reading import Limits

YEAR = "2026-01-01", "2027-01-01"
GOOD = "UID:good\nSUMMARY:good\nDTSTART:20260105T090000Z\nDTEND:20260105T100000Z"
GOOD_TOLD = "2026-01-05 09:00Z/2026-01-05 10:00Z good"
HOUR = "DTSTART:20260101T090000Z\nDURATION:PT1H"


def test_a_rule_without_end_costs_what_the_range_holds():
    found = read(feed(f"{HOUR}\nRRULE:FREQ=WEEKLY"), "2026-02-01", "2026-02-20", limits=Limits(steps=1_000))
    assert len(found.events) == 3
    assert found.problems == ()


def test_one_event_does_not_use_up_the_feed():
    endless = [
        f"UID:{n}\nDTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT=1000000000"
        for n in range(3)
    ]
    found = read(feed(*endless, GOOD + "\nRRULE:FREQ=DAILY"), "2026-01-05", "2026-01-08")
    assert len(found.events) == 3
    assert [problem.uid for problem in found.problems] == ["0", "1", "2"]


def test_a_feed_without_steps_left_is_searched_no_more_but_still_tells_its_single_events(
    monkeypatch: pytest.MonkeyPatch,
):
    searches: list[object] = []

    begin = dateutil.rrule.rrule.__init__

    def counted(*given: Any, **more: Any) -> None:
        searches.append(given)
        begin(*given, **more)

    monkeypatch.setattr(dateutil.rrule.rrule, "__init__", counted)
    sparse = [f"UID:{n}\n{HOUR}\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" for n in range(50)]
    found = read(feed(*sparse, "UID:rule\n" + HOUR + "\nRRULE:FREQ=DAILY", GOOD), *YEAR)
    assert told(found) == [GOOD_TOLD]
    assert len(found.problems) == 51
    assert (
        reasons(found)[-1]
        == "left out: the feed repeats so often or so sparsely that reading it takes too long"
    )
    # Each search to the end of the calendar costs more than a fifth of the steps.
    assert 1 <= len(searches) <= 5


def test_more_events_than_allowed_are_counted():
    found = read(
        feed(*(GOOD.replace("UID:good", f"UID:{n}") for n in range(7))), *YEAR, limits=Limits(events=5)
    )
    assert len(found.events) == 5
    assert reasons(found) == ["2 more events are left out: a feed may have 5"]


def test_an_event_is_told_whole_or_not_at_all():
    busy = f"UID:busy\nSUMMARY:busy\n{HOUR}\nRRULE:FREQ=DAILY"
    found = read(feed(busy, GOOD), *YEAR, limits=Limits(occurrences=100))
    assert told(found) == [GOOD_TOLD]
    assert [problem.uid for problem in found.problems] == ["busy"]
