"""Overrides beat layers, one after the other in the list's order: known answers, worked out by hand."""

from __future__ import annotations

from tests.unit.oncall.telling import at, layer, override, schedule, told
from tocsin.oncall.model import Schedule
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

WEEKLY = layer("ana ben", "2026-01-05T09:00", 1, "week", name="weekly")
BEGIN, END = "2026-01-06T00:00", "2026-01-07T00:00"


def sources(told_of: Schedule, begin: str, end: str) -> list[str]:
    return [span.source for span in timeline(told_of, at(f"{begin}+00:00"), at(f"{end}+00:00"))[0]]


def test_an_override_splits_a_shift() -> None:
    split = schedule("UTC", WEEKLY, overrides=(override("chi", "2026-01-06T12:00", "2026-01-06T18:00"),))
    assert told(split, BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana",
        "2026-01-06 12:00+00:00 chi",
        "2026-01-06 18:00+00:00 ana",
    ]
    assert sources(split, BEGIN, END) == ["layer:weekly", "override", "layer:weekly"]
    assert on_call(split, at("2026-01-06T11:59:59.999999+00:00")) == ("ana",)
    assert on_call(split, at("2026-01-06T12:00:00+00:00")) == ("chi",)
    assert on_call(split, at("2026-01-06T17:59:59.999999+00:00")) == ("chi",)
    assert on_call(split, at("2026-01-06T18:00:00+00:00")) == ("ana",)


def test_an_override_for_somebody_acts_only_while_they_are_on_call() -> None:
    over_the_handoff = override("chi", "2026-01-11T00:00", "2026-01-14T00:00", replaces="ana")
    covered = schedule("UTC", WEEKLY, overrides=(over_the_handoff,))
    assert told(covered, "2026-01-10T00:00", "2026-01-15T00:00") == [
        "2026-01-10 00:00+00:00 ana",
        "2026-01-11 00:00+00:00 chi",
        "2026-01-12 09:00+00:00 ben",
    ]
    assert sources(covered, "2026-01-10T00:00", "2026-01-15T00:00") == [
        "layer:weekly",
        "override",
        "layer:weekly",
    ]


def test_a_later_override_replaces_whom_an_earlier_one_put_there() -> None:
    chi_for_ana = override("chi", "2026-01-06T12:00", "2026-01-06T18:00", replaces="ana")
    dee_for_chi = override("dee", "2026-01-06T14:00", "2026-01-06T20:00", replaces="chi")
    assert told(schedule("UTC", WEEKLY, overrides=(chi_for_ana, dee_for_chi)), BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana",
        "2026-01-06 12:00+00:00 chi",
        "2026-01-06 14:00+00:00 dee",
        "2026-01-06 18:00+00:00 ana",
    ]
    assert told(schedule("UTC", WEEKLY, overrides=(dee_for_chi, chi_for_ana)), BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana",
        "2026-01-06 12:00+00:00 chi",
        "2026-01-06 18:00+00:00 ana",
    ]


def test_two_overrides_that_undo_each_other_leave_the_person_and_one_span() -> None:
    there = override("ben", "2026-01-06T06:00", "2026-01-06T18:00", replaces="ana")
    back = override("ana", "2026-01-06T06:00", "2026-01-06T18:00", replaces="ben")
    undone = schedule("UTC", WEEKLY, overrides=(there, back))
    assert told(undone, BEGIN, END) == ["2026-01-06 00:00+00:00 ana"]
    assert sources(undone, BEGIN, END) == ["layer:weekly"]
    assert sources(undone, "2026-01-06T06:00", END) == ["override"]


def test_the_later_of_two_overrides_of_everybody_wins() -> None:
    chi = override("chi", "2026-01-06T12:00", "2026-01-06T18:00")
    dee = override("dee", "2026-01-06T14:00", "2026-01-06T16:00")
    assert told(schedule("UTC", WEEKLY, overrides=(chi, dee)), BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana",
        "2026-01-06 12:00+00:00 chi",
        "2026-01-06 14:00+00:00 dee",
        "2026-01-06 16:00+00:00 chi",
        "2026-01-06 18:00+00:00 ana",
    ]
    assert told(schedule("UTC", WEEKLY, overrides=(dee, chi)), BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana",
        "2026-01-06 12:00+00:00 chi",
        "2026-01-06 18:00+00:00 ana",
    ]


def test_one_of_a_pair_is_replaced_and_the_other_stays() -> None:
    pair = layer("ben+ana", "2026-01-05T09:00", 1, "week")
    chi_for_ana = override("chi", "2026-01-06T12:00", "2026-01-06T14:00", replaces="ana")
    ben_for_ana = override("ben", "2026-01-06T14:00", "2026-01-06T16:00", replaces="ana")
    two_for_ben = override("eli+dee", "2026-01-06T16:00", "2026-01-06T18:00", replaces="ben")
    assert told(schedule("UTC", pair, overrides=(chi_for_ana, ben_for_ana, two_for_ben)), BEGIN, END) == [
        "2026-01-06 00:00+00:00 ana+ben",
        "2026-01-06 12:00+00:00 ben+chi",
        "2026-01-06 14:00+00:00 ben",
        "2026-01-06 16:00+00:00 ana+dee+eli",
        "2026-01-06 18:00+00:00 ana+ben",
    ]


def test_overrides_fill_gaps_but_not_for_somebody_who_is_not_there() -> None:
    chi = override("chi", "2026-01-05T06:00", "2026-01-05T07:00")
    dee_for_ana = override("dee", "2026-01-05T07:00", "2026-01-05T10:00", replaces="ana")
    assert told(
        schedule("UTC", WEEKLY, overrides=(chi, dee_for_ana)), "2026-01-05T00:00", "2026-01-06T00:00"
    ) == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 06:00+00:00 chi",
        "2026-01-05 07:00+00:00 -",
        "2026-01-05 09:00+00:00 dee",
        "2026-01-05 10:00+00:00 ana",
    ]
    assert told(schedule("UTC", overrides=(chi,)), "2026-01-05T00:00", "2026-01-06T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 06:00+00:00 chi",
        "2026-01-05 07:00+00:00 -",
    ]


def test_an_override_by_the_person_on_call_joins_their_shift() -> None:
    same = schedule("UTC", WEEKLY, overrides=(override("ana", "2026-01-06T12:00", "2026-01-06T18:00"),))
    assert told(same, BEGIN, END) == ["2026-01-06 00:00+00:00 ana"]
    assert sources(same, BEGIN, END) == ["layer:weekly"]
    assert sources(same, "2026-01-06T12:00", END) == ["override"]


def test_overrides_at_the_ends_of_time_are_fine() -> None:
    always = schedule("UTC", WEEKLY, overrides=(override("chi", "0001-01-01T00:00", "9999-12-31T23:59"),))
    assert told(always, BEGIN, END) == ["2026-01-06 00:00+00:00 chi"]
    assert on_call(always, at("2026-01-06T00:00+00:00")) == ("chi",)
