"""What is read from a foreign calendar: times, days, zones, exceptions; and that nothing is lost in silence."""

from __future__ import annotations

import pytest

from tests.unit.oncall.calendars.feeds import at, feed, read, reasons, told
from tocsin.oncall.calendars.reading import Attendee, Event, Problem, shifts_of

YEAR = "2026-01-01", "2027-01-01"
HOUR = "DTSTART:20260105T090000Z\nDTEND:20260105T100000Z"


def test_an_event_is_told_with_all_that_matters():
    found = read(
        feed(
            f"UID:one@example\nSUMMARY:[L1] ana\\, and more\n{HOUR}\n"
            'ATTENDEE;CN="Ana Souza";PARTSTAT=ACCEPTED:mailto:ana@example.com\n'
            "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.com\n"
            "ATTENDEE;CUTYPE=ROOM;CN=Room 1:mailto:room@example.com\n"
            "ATTENDEE;CN=Chi:urn:uuid:1\n"
            "LOCATION:Nowhere\nDESCRIPTION:Much text"
        ),
        *YEAR,
    )
    assert found.events == (
        Event(
            uid="one@example",
            summary="[L1] ana, and more",
            start=at("2026-01-05T09:00"),
            end=at("2026-01-05T10:00"),
            all_day=False,
            attendees=(Attendee("Ana Souza", "ana@example.com"), Attendee("Chi", "")),
        ),
    )
    assert found.problems == ()


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [
        ("2026-01-05T09:00", "2026-01-05T10:00", True),
        ("2026-01-05T08:00", "2026-01-05T09:00", False),
        ("2026-01-05T10:00", "2026-01-05T11:00", False),
        ("2026-01-05T09:59", "2026-01-05T11:00", True),
        ("2026-01-05T09:59:59", "2026-01-05T10:00", True),
        ("2026-01-05T08:00", "2026-01-05T09:00:01", True),
        ("2026-01-05T09:30", "2026-01-05T09:30", True),
        ("0001-01-01", "9999-12-31", True),
    ],
)
def test_an_occurrence_belongs_to_a_range_when_it_has_time_in_it(start: str, end: str, there: bool):
    for text in (HOUR, f"{HOUR}\nRRULE:FREQ=DAILY;COUNT=1"):
        assert bool(read(feed(text), start, end).events) is there


def test_occurrences_come_in_order_whatever_the_feed_s():
    found = read(
        feed(
            "UID:b\nSUMMARY:b\nDTSTART:20260107T090000Z\nDURATION:PT1H",
            "UID:a\nSUMMARY:a\nDTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3;INTERVAL=3",
        ),
        *YEAR,
    )
    assert [event.summary for event in found.events] == ["a", "b", "a", "a"]


@pytest.mark.parametrize(
    ("event", "calendar", "expected"),
    [
        ("DTSTART:20260701T090000Z", "", "2026-07-01 09:00Z"),
        ("DTSTART:20260701T090000", "", "2026-07-01 08:00Z"),
        ("DTSTART:20260701T090000", "X-WR-TIMEZONE:America/New_York", "2026-07-01 13:00Z"),
        ("DTSTART;VALUE=DATE:20260701", "", "2026-06-30 23:00Z"),
        ("DTSTART:20260701", "", "2026-06-30 23:00Z"),
        ("DTSTART;VALUE=DATE:20260701", "X-WR-TIMEZONE:Asia/Tokyo", "2026-06-30 15:00Z"),
        ("DTSTART;VALUE=DATE:20260701", "X-WR-TIMEZONE:Tokyo Standard Time", "2026-06-30 15:00Z"),
        ("DTSTART;TZID=Asia/Kolkata:20260701T090000", "X-WR-TIMEZONE:Asia/Tokyo", "2026-07-01 03:30Z"),
        ('DTSTART;TZID="Asia/Kolkata":20260701T090000', "", "2026-07-01 03:30Z"),
        ("DTSTART;VALUE=DATE-TIME;TZID=Asia/Kolkata:20260701T090000", "", "2026-07-01 03:30Z"),
        ("DTSTART;TZID=Eastern Standard Time:20260701T090000", "", "2026-07-01 13:00Z"),
        ("DTSTART;TZID=/example.org/2026a/Europe/Berlin:20260701T090000", "", "2026-07-01 07:00Z"),
        ("DTSTART;TZID=/Europe/Berlin:20260701T090000", "", "2026-07-01 07:00Z"),
        ("DTSTART;TZID=Asia/Kolkata:20260701T090000Z", "", "2026-07-01 09:00Z"),
        ("dtstart;tzid=Asia/Kolkata:20260701t090000", "", "2026-07-01 03:30Z"),
    ],
)
def test_a_time_is_in_its_zone_or_the_calendar_s_or_the_default(event: str, calendar: str, expected: str):
    found = read(feed(f"{event}\nDURATION:P1D", calendar=calendar), *YEAR)
    assert [text.partition("/")[0] for text in told(found)] == [expected]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260105", "2026-01-05 00:00Z/2026-01-06 00:00Z"),
        ("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260108", "2026-01-05 00:00Z/2026-01-08 00:00Z"),
        ("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105", "2026-01-05 00:00Z/2026-01-06 00:00Z"),
        ("DTSTART;VALUE=DATE:20260105\nDURATION:P2D", "2026-01-05 00:00Z/2026-01-07 00:00Z"),
        ("DTSTART;VALUE=DATE:20260105\nDURATION:P1W", "2026-01-05 00:00Z/2026-01-12 00:00Z"),
        ("DTSTART:20260105T090000Z\nDURATION:P1DT2H", "2026-01-05 09:00Z/2026-01-06 11:00Z"),
        ("DTSTART:20260105T090000Z\nDTEND;TZID=Asia/Tokyo:20260105T190000", "2026-01-05 09:00Z/2026-01-05 10:00Z"),
    ],
)  # fmt: skip
def test_an_event_ends_by_dtend_by_duration_or_after_its_day(event: str, expected: str):
    found = read(feed(event), *YEAR)
    assert told(found) == [expected]
    assert found.events[0].all_day is ("VALUE=DATE" in event)


def test_an_end_that_the_clock_puts_before_the_start_counts_as_time():
    # In New York 02:30 is read as 03:30, and 03:00 is 03:00.
    event = "DTSTART;TZID=America/New_York:20260308T023000\nDTEND;TZID=America/New_York:20260308T030000"
    assert told(read(feed(event), *YEAR)) == ["2026-03-08 07:30Z/2026-03-08 08:00Z"]


MASTER = "SUMMARY:ana\nDTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
BEN = "SUMMARY:ben\nDURATION:PT1H\nDTSTART:"


@pytest.mark.parametrize(
    ("exception", "start", "end", "expected"),
    [
        # Moved within the range.
        ("RECURRENCE-ID:20260112T090000Z\nSUMMARY:ben\nDTSTART:20260113T120000Z\nDURATION:PT2H", *YEAR, [
            "2026-01-05 09:00Z/2026-01-05 10:00Z ana",
            "2026-01-13 12:00Z/2026-01-13 14:00Z ben",
            "2026-01-19 09:00Z/2026-01-19 10:00Z ana",
        ]),
        # Moved out of it.
        (f"RECURRENCE-ID:20260112T090000Z\n{BEN}20270112T090000Z", "2026-01-10", "2026-01-15", []),
        # Moved into it.
        (f"RECURRENCE-ID:20260112T090000Z\n{BEN}20260302T090000Z", "2026-03-01", "2026-04-01", [
            "2026-03-02 09:00Z/2026-03-02 10:00Z ben",
        ]),
        # Only renamed; named in a zone.
        (f"RECURRENCE-ID;TZID=Asia/Tokyo:20260112T180000\n{BEN}20260112T090000Z", *YEAR, [
            "2026-01-05 09:00Z/2026-01-05 10:00Z ana",
            "2026-01-12 09:00Z/2026-01-12 10:00Z ben",
            "2026-01-19 09:00Z/2026-01-19 10:00Z ana",
        ]),
        # Named by its day.
        (f"RECURRENCE-ID;VALUE=DATE:20260112\n{BEN}20260112T110000Z", "2026-01-10", "2026-01-15", [
            "2026-01-12 11:00Z/2026-01-12 12:00Z ben",
        ]),
        # Cancelled.
        ("RECURRENCE-ID:20260112T090000Z\nSTATUS:CANCELLED", *YEAR, [
            "2026-01-05 09:00Z/2026-01-05 10:00Z ana",
            "2026-01-19 09:00Z/2026-01-19 10:00Z ana",
        ]),
        # Of an occurrence that there is not: it stands for itself.
        (f"RECURRENCE-ID:20260113T090000Z\n{BEN}20260113T090000Z", "2026-01-12", "2026-01-15", [
            "2026-01-12 09:00Z/2026-01-12 10:00Z ana",
            "2026-01-13 09:00Z/2026-01-13 10:00Z ben",
        ]),
    ],
)  # fmt: skip
def test_an_exception_takes_the_place_of_one_occurrence(
    exception: str, start: str, end: str, expected: list[str]
):
    for events in ((MASTER, exception), (exception, MASTER)):
        found = read(feed(*events), start, end)
        assert told(found) == expected
        assert found.problems == ()


def test_an_exception_without_its_series_stands_for_itself():
    event = f"RECURRENCE-ID:20260105T090000Z\nSUMMARY:ben\n{HOUR}"
    assert told(read(feed(event), *YEAR)) == ["2026-01-05 09:00Z/2026-01-05 10:00Z ben"]


def test_a_change_of_all_later_ones_is_a_problem_and_changes_one():
    exception = f"RECURRENCE-ID;RANGE=THISANDFUTURE:20260105T090000Z\nSUMMARY:ben\n{HOUR}"
    found = read(feed(MASTER, exception), *YEAR)
    assert [event.summary for event in found.events] == ["ben", "ana", "ana"]
    assert found.problems == (
        Problem("a", "ben", "it changes all later ones too (THISANDFUTURE): only this one is changed here"),
    )


def test_what_is_cancelled_is_left_out_and_is_no_problem():
    found = read(feed(f"{MASTER}\nSTATUS:CANCELLED", f"UID:b\n{HOUR}\nSTATUS:CONFIRMED"), *YEAR)
    assert told(found) == ["2026-01-05 09:00Z/2026-01-05 10:00Z"]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("SEQUENCE:1\nDTSTAMP:20260301T000000Z", "SEQUENCE:2\nDTSTAMP:20260201T000000Z"),
        ("DTSTAMP:20260101T000000Z", "DTSTAMP:20260101T000001Z"),
        ("SEQUENCE:1\nDTSTAMP:20260301T000000Z\nLAST-MODIFIED:20260102T000000Z",
         "SEQUENCE:1\nDTSTAMP:20260301T000000Z\nLAST-MODIFIED:20260103T000000Z"),
        ("SEQUENCE:many", "SEQUENCE:10"),
    ],
)  # fmt: skip
def test_of_two_with_one_uid_the_newer_counts(older: str, newer: str):
    events = [f"SUMMARY:old\n{HOUR}\n{older}", f"SUMMARY:new\n{HOUR}\n{newer}"]
    for order in (events, events[::-1]):
        found = read(feed(*order), *YEAR)
        assert [event.summary for event in found.events] == ["new"]
        assert reasons(found) == ["the feed has it more than once: the newest counts"]


def test_events_without_a_uid_are_events_of_their_own():
    found = read(feed(f"UID:\nSUMMARY:ana\n{HOUR}", f"UID:\nSUMMARY:ben\n{HOUR}"), *YEAR)
    assert [event.summary for event in found.events] == ["ana", "ben"]


def test_only_events_are_read():
    data = feed(f"{HOUR}\nBEGIN:VALARM\nTRIGGER:-PT5M\nSUMMARY:alarm\nDURATION:PT5M\nEND:VALARM\nSUMMARY:ana")
    todo = b"BEGIN:VTODO\r\nUID:t\r\nDTSTART:20260105T090000Z\r\nDUE:20260106T090000Z\r\nEND:VTODO\r\n"
    data = data.replace(b"END:VCALENDAR", todo + b"END:VCALENDAR")
    found = read(data, *YEAR)
    assert told(found) == ["2026-01-05 09:00Z/2026-01-05 10:00Z ana"]
    assert found.problems == ()


def test_several_calendars_in_one_feed_are_one():
    found = read(feed(f"UID:a\n{HOUR}") + feed(f"UID:b\n{HOUR}"), *YEAR)
    assert [event.uid for event in found.events] == ["a", "b"]


def test_folds_line_ends_and_byte_order_marks_do_not_matter():
    text = feed(f"SUMMARY:Zoë ана\n{HOUR}")
    folded = text.replace("ë".encode(), "ë".encode()[:1] + b"\r\n " + "ë".encode()[1:])
    for data in (
        text,
        folded,
        folded.replace(b"\r\n", b"\n"),
        folded.replace(b"\r\n ", b"\r\n\t"),
        text.replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + text,
        b"\r\n\r\n" + text,
        text[:-2],
    ):
        found = read(data, *YEAR)
        assert told(found) == ["2026-01-05 09:00Z/2026-01-05 10:00Z Zoë ана"]
        assert found.problems == ()


def test_a_wrong_question_is_an_error():
    data = feed(HOUR)
    with pytest.raises(ValueError, match="no time zone"):
        shifts_of(data, at("2026-01-01").replace(tzinfo=None), at("2026-01-02"), default_zone="UTC")
    with pytest.raises(ValueError, match="before it starts"):
        shifts_of(data, at("2026-01-02"), at("2026-01-01"), default_zone="UTC")
    with pytest.raises(KeyError):
        shifts_of(data, at("2026-01-01"), at("2026-01-02"), default_zone="Mars/Olympus")
