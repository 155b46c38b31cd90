"""The zones that a feed names and defines."""

from __future__ import annotations

import pytest

from tests.unit.oncall.calendars.feeds import feed, read, reasons, told

# As Outlook writes zones that people made themselves: central European time under another name.
OWN = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
SHIFT = """SUMMARY:ana
DTSTART;TZID=Customized Time Zone:{}
DURATION:PT1H"""


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("20260329T013000", "2026-03-29 00:30Z"),
        # Does not exist: with the offset before the gap.
        ("20260329T023000", "2026-03-29 01:30Z"),
        ("20260329T030000", "2026-03-29 01:00Z"),
        ("20260701T090000", "2026-07-01 07:00Z"),
        # Happens twice: the first.
        ("20261025T023000", "2026-10-25 00:30Z"),
        ("20261025T030000", "2026-10-25 02:00Z"),
        ("20261201T090000", "2026-12-01 08:00Z"),
    ],
)
def test_a_zone_of_the_feed_s_own_follows_its_rules(wall: str, expected: str):
    for own in (True, False):
        # The same as the IANA zone that it describes.
        event = (
            SHIFT.format(wall) if own else SHIFT.format(wall).replace("Customized Time Zone", "Europe/Berlin")
        )
        found = read(feed(event, calendar=OWN if own else ""), "2026-01-01", "2027-01-01")
        assert [text.partition("/")[0] for text in told(found)] == [expected]
        assert found.problems == ()


def test_a_zone_may_be_defined_after_its_use():
    data = feed(SHIFT.format("20260701T090000"))
    zone = OWN.replace("\n", "\r\n").encode() + b"\r\n"
    found = read(data.replace(b"END:VCALENDAR", zone + b"END:VCALENDAR"), "2026-01-01", "2027-01-01")
    assert told(found) == ["2026-07-01 07:00Z/2026-07-01 08:00Z ana"]


def test_the_iana_zone_of_that_name_goes_before_the_feed_s_own():
    wrong = OWN.replace("Customized Time Zone", "Asia/Tokyo")
    event = SHIFT.format("20260701T090000").replace("Customized Time Zone", "Asia/Tokyo")
    found = read(feed(event, calendar=wrong), "2026-01-01", "2027-01-01")
    assert told(found) == ["2026-07-01 00:00Z/2026-07-01 01:00Z ana"]


def test_the_zone_that_it_says_to_be_goes_before_its_rules():
    located = OWN.replace("BEGIN:STANDARD", "X-LIC-LOCATION:Asia/Tokyo\nBEGIN:STANDARD")
    found = read(feed(SHIFT.format("20260701T090000"), calendar=located), "2026-01-01", "2027-01-01")
    assert told(found) == ["2026-07-01 00:00Z/2026-07-01 01:00Z ana"]


def test_rules_that_ended_leave_the_offset_that_they_ended_with():
    ended = OWN.replace("BYMONTH=10", "BYMONTH=10;UNTIL=20061029T010000Z").replace(
        "BYMONTH=3", "BYMONTH=3;UNTIL=20060326T010000Z"
    )
    found = read(feed(SHIFT.format("20260701T090000"), calendar=ended), "2026-01-01", "2027-01-01")
    assert told(found) == ["2026-07-01 08:00Z/2026-07-01 09:00Z ana"]


def test_changes_may_be_listed():
    listed = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:20200101T000000
RDATE:20260601T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0300
END:STANDARD
BEGIN:STANDARD
DTSTART:20250101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE"""
    events = [
        f"UID:{wall}\n{SHIFT.format(wall)}"
        for wall in ("20240501T090000", "20260501T090000", "20260701T090000")
    ]
    assert told(read(feed(*events, calendar=listed), "2024-01-01", "2027-01-01")) == [
        "2024-05-01 06:00Z/2024-05-01 07:00Z ana",
        "2026-05-01 08:00Z/2026-05-01 09:00Z ana",
        "2026-07-01 06:00Z/2026-07-01 07:00Z ana",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "Europe", "localtime", "a" * 300, "Europe/London\\n",
        "(UTC+01:00) Amsterdam, Berlin", "🕰", ".", "tzone://Microsoft/Custom",
    ],
)  # fmt: skip
def test_an_unknown_zone_is_a_problem_of_the_event_and_is_never_taken_for_another(name: str):
    event = f'SUMMARY:ana\nDTSTART;TZID="{name}":20260701T090000\nDURATION:PT1H'
    found = read(feed(event, "UID:b\nDTSTART:20260105T090000Z\nDURATION:PT1H"), "2026-01-01", "2027-01-01")
    assert [event.uid for event in found.events] == ["b"]
    (problem,) = found.problems
    assert (problem.uid, problem.summary) == ("a", "ana")
    assert "left out: its time zone" in problem.reason
    assert "is not known" in problem.reason


def test_an_unknown_zone_of_the_calendar_is_told_and_the_default_used():
    event = "DTSTART:20260701T090000\nDURATION:PT1H"
    found = read(feed(event, calendar="X-WR-TIMEZONE:Mars/Olympus"), "2026-01-01", "2027-01-01")
    assert told(found) == ["2026-07-01 08:00Z/2026-07-01 09:00Z"]
    assert reasons(found) == ["the calendar's zone 'Mars/Olympus' is not known: the default is used"]


@pytest.mark.parametrize(
    "change",
    [
        ("TZOFFSETTO:+0100", "TZOFFSETTO:+9900"),
        ("TZOFFSETTO:+0100", "X-NOTHING:1"),
        ("TZOFFSETFROM:+0200", "TZOFFSETFROM:two"),
        ("DTSTART:16010101T030000", "DTSTART:16010101"),
        ("DTSTART:16010101T030000", "DTSTART:yesterday"),
        ("FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "FREQ=SECONDLY"),
        ("FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "FREQ=HOURLY;COUNT=1000000000"),
        ("BEGIN:STANDARD", "BEGIN:NOTHING"),
    ],
)
def test_a_zone_that_cannot_be_understood_is_a_problem_of_each_event_in_it(change: tuple[str, str]):
    calendar = OWN.replace(*change)
    events = [f"UID:{uid}\n{SHIFT.format('20260701T090000')}" for uid in "ab"]
    found = read(feed(*events, calendar=calendar), "2026-01-01", "2027-01-01")
    assert found.events == ()
    assert [problem.uid for problem in found.problems] == ["a", "b"]
    assert all("cannot be read" in reason for reason in reasons(found))


def test_the_zones_of_one_feed_are_not_known_in_the_next():
    event = SHIFT.format("20260701T090000")
    assert read(feed(event, calendar=OWN), "2026-01-01", "2027-01-01").events
    assert not read(feed(event), "2026-01-01", "2027-01-01").events
