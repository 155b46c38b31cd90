"""Feeds that mean harm, or are broken: what can be read of them is, the rest is told, and nothing runs on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.oncall.calendars.feeds import feed, read, reasons, told
from tests.unit.oncall.calendars.test_written_and_read import ALWAYS, FEED
from tocsin.oncall.calendars.reading import FeedError, Limits, shifts_of

YEAR = "2026-01-01", "2027-01-01"
GOOD = "UID:good\nSUMMARY:good\nDTSTART:20260105T090000Z\nDTEND:20260105T100000Z"
GOOD_TOLD = "2026-01-05 09:00Z/2026-01-05 10:00Z good"
HOUR = "DTSTART:20260101T090000Z\nDURATION:PT1H"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\r\n \r\n\0", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<!doctype html><title>Sign in</title>", "web page"),
        (b"  <html>", "web page"),
        (b"{}", "begins with '{}' and not with BEGIN:VCALENDAR"),
        (b"\x89PNG\r\n", "no iCalendar"),
        (b"\xff\xfe" + "BEGIN:VCALENDAR".encode("utf-16-le"), "no iCalendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT", "no iCalendar"),
        (b"x" * 2_000_001, "2,000,001 bytes; it may have 2,000,000"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 1000, "nests components deeper than 10"),
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_whole_and_says_why(data: bytes, reason: str):
    with pytest.raises(FeedError, match=reason.replace("{", r"\{")):
        read(data, *YEAR)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("LOCATION:x", "it has no DTSTART"),
        ("DTSTART 20260101", "it has no DTSTART"),
        ("DTSTART:", "it has no DTSTART"),
        ("DTSTART:tomorrow", "'TOMORROW' cannot be read"),
        ("DTSTART:20260230T090000Z", "'20260230T090000Z' cannot be read"),
        ("DTSTART:090000", "is no day and no time"),
        ("DTSTART:P1D", "is no day and no time"),
        ("DTSTART:20260105T090000Z\nDTSTART:20260106T090000Z", "it has DTSTART more than once"),
        ("DTSTART:20260105T090000Z", "it has no length"),
        ("DTSTART:20260105T090000Z\nDTEND:20260105T090000Z", "it has no length"),
        ("DTSTART:20260105T090000Z\nDTEND:20260105T080000Z", "it ends before it starts"),
        ("DTSTART:20260105T090000Z\nDURATION:-PT1H", "it has a negative DURATION"),
        (f"DTSTART:20260105T090000Z\nDURATION:P{'9' * 30}W", "cannot be read"),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nDTEND:20260105T100000Z", "it has both DTEND and DURATION"),
        ("DTSTART:20260105T090000Z\nDTEND;VALUE=DATE:20260106", "one of DTSTART and DTEND is a day"),
        ("DTSTART;VALUE=DATE:20260105\nRDATE:20260106T090000Z", "one of DTSTART and RDATE is a day"),
        (f"{HOUR}\nRDATE;VALUE=PERIOD:20260106T090000Z/20260106T080000Z", "ends before it starts"),
        (f"{HOUR}\nEXDATE:never", "'NEVER' cannot be read"),
        (f"{HOUR}\nEXDATE;TZID=Nowhere:20260101T090000", "its time zone 'Nowhere' is not known"),
        (f"{HOUR}\nEXRULE:FREQ=DAILY", "EXRULE"),
        (f"{HOUR}\nRECURRENCE-ID:x", "'X' cannot be read"),
        (f"{HOUR}\nRRULE:often", "FREQ=none"),
        (f"{HOUR}\nRRULE:FREQ=SECONDLY", "FREQ=SECONDLY, which is not followed"),
        (f"{HOUR}\nRRULE:FREQ=MINUTELY;COUNT=2", "FREQ=MINUTELY, which is not followed"),
        (f"{HOUR}\nRRULE:FREQ=FORTNIGHTLY", "cannot be read"),
        ("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=HOURLY", "FREQ=HOURLY, which is not followed"),
        (f"{HOUR}\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40", "more than one occurrence in a quarter of an hour"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;BYHOUR=1,2;BYSECOND={','.join(map(str, range(60)))}", "a quarter of an hour"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;COUNT=0", "COUNT=0"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;COUNT=1,2", "COUNT more than once"),
        (f"{HOUR}\nRRULE:FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        (f"{HOUR}\nRRULE:FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYMONTH=13", "BYMONTH=13"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYMONTH=5L", "BYMONTH=5L"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYDAY=99MO", "BYDAY=99MO"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYDAY=XX", "cannot be read"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYEASTER=1", "BYEASTER, which is not followed"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;RSCALE=CHINESE", "RSCALE, which is not followed"),
        (f"{HOUR}\nRRULE:FREQ=DAILY;UNTIL=P1D", "UNTIL that is no time"),
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYYEARDAY={','.join(['1'] * 1000)}", "2,021 characters; 500 are read"),
        # Never again: looked for through 400 years, once, and paid for.
        (f"{HOUR}\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "it repeats so often, or so sparsely"),
        (f"{HOUR}\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "it repeats so often, or so sparsely"),
        ("DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT=1000000000", "it repeats so often"),
        ("DTSTART:00010101T000000Z\nDURATION:P3000000D\nRRULE:FREQ=DAILY", "too many occurrences"),
        ("DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;INTERVAL=999999999", "or so sparsely"),
        (f"{HOUR}\nRDATE:" + ",".join(["20260101T090000Z"] * 60_000), "it repeats so often"),
        ("DTSTART:20250101T000000Z\nDURATION:P1D\nRRULE:FREQ=HOURLY\nRDATE:20260101T003000Z\nRRULE:FREQ=HOURLY;BYMINUTE=30",
         "too many occurrences in this time: a feed may have 10,000"),
    ],
)  # fmt: skip
def test_an_event_that_is_not_understood_is_left_out_by_name_and_the_others_are_read(event: str, reason: str):
    found = read(feed(f"UID:bad\nSUMMARY:bad one\n{event}", GOOD), *YEAR)
    assert told(found) == [GOOD_TOLD]
    (problem,) = found.problems
    assert (problem.uid, problem.summary) == ("bad", "bad one")
    assert problem.reason.startswith("left out: ")
    assert reason in problem.reason
    assert len(problem.reason) < 400


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:00010101T000000Z\nDURATION:PT1H", []),
        ("DTSTART:99991231T235959Z\nDTEND:99991231T235959Z\nDURATION:", []),
        ("DTSTART;TZID=America/New_York:99991231T230000\nDURATION:P9D", []),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000\nDTEND;TZID=America/New_York:99991231T235959", [
            "0001-01-01 00:00Z/9999-12-31 23:59Z",
        ]),
        ("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=99991231T235959Z;INTERVAL=200", [
            "2026-01-01 00:00Z/2026-01-01 01:00Z",
            "2026-07-20 00:00Z/2026-07-20 01:00Z",
        ]),
        ("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=00010101", [
            "2026-01-01 00:00Z/2026-01-01 01:00Z",
        ]),
        ("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=200;COUNT=1000000000", [
            "2026-01-01 00:00Z/2026-01-01 01:00Z",
            "2026-07-20 00:00Z/2026-07-20 01:00Z",
        ]),
    ],
)  # fmt: skip
def test_the_ends_of_time_are_times(event: str, expected: list[str]):
    found = read(feed(event, GOOD), *YEAR)
    assert [text for text in told(found) if "good" not in text] == expected
    assert GOOD_TOLD in told(found)
    assert all("it has no length" in reason for reason in reasons(found))


@pytest.mark.parametrize("cut", [b"END:VCALENDAR", b"END:VEVENT", b"DTEND"])
def test_a_feed_that_breaks_off_says_so(cut: bytes):
    data = feed(GOOD, GOOD.replace("good", "last"))
    found = read(data[: data.rindex(cut)], *YEAR)
    assert reasons(found)[0] == "the feed breaks off before END:VCALENDAR: some of it may be missing"
    assert told(found)[0] == GOOD_TOLD
    if cut != b"END:VCALENDAR":
        assert [(problem.uid, problem.reason) for problem in found.problems[1:]] == [
            ("last", "left out: the feed breaks off within it")
        ]


def test_an_event_that_lost_its_end_does_not_take_the_next_one_with_it():
    data = feed("UID:bad\nSUMMARY:bad\n" + HOUR, GOOD).replace(b"END:VEVENT\r\n", b"", 1)
    found = read(data, *YEAR)
    assert told(found) == [GOOD_TOLD]
    assert [problem.uid for problem in found.problems] == ["bad"]


@pytest.mark.parametrize(
    "rubbish",
    [
        "no colon", "::::", ":", ";", "X-", "X;Y;Z", 'X;Y=":Z', "END:NOTHING", "END:", "BEGIN:", "DESCRIPTION:\\",
        "\x00", "\x07",
        "DESCRIPTION:was folded badly\nand goes on here: so", "BEGIN:X\nEND:X", "BEGIN:VALARM\nEND:VALARM", "🕰:🕰",
    ],
)  # fmt: skip
def test_broken_lines_that_do_not_matter_do_not_matter(rubbish: str):
    for text in (f"{rubbish}\n{GOOD}", f"{GOOD}\n{rubbish}"):
        found = read(feed(text, calendar=rubbish), *YEAR)
        assert told(found) == [GOOD_TOLD]
        assert found.problems == ()


def test_what_is_not_utf_8_is_told_and_the_rest_is_read():
    found = read(feed(GOOD).replace(b"SUMMARY:good", "SUMMARY:Zoë".encode("latin-1")), *YEAR)
    assert [event.summary for event in found.events] == ["Zo�"]
    assert reasons(found) == ["the feed is not UTF-8: what is not reads as �"]


def test_text_of_a_feed_is_one_line_of_bounded_length():
    evil = "SUMMARY:\u202eana\\nBEGIN:VEVENT \u2028 \x07\x00" + "x" * 100_000
    found = read(feed(f"UID:{'u' * 100_000}\n{evil}\n{HOUR}", f"UID:\u202e\\n\n{evil}"), *YEAR)
    (event,) = found.events
    assert event.summary.startswith("ana BEGIN:VEVENT x")
    assert len(event.summary) == len(event.uid) == 1000
    (problem,) = found.problems
    assert len(problem.summary) == 200
    assert problem.uid == ""


PIECES = st.sampled_from((
    b"\r\n", b"\n ", b":", b";", b"=", b",", b'"', b"\\", b"-", b"0", b"9" * 20, b"Z", b"T", b"P", b"/", b"\xff", b"\0",
    b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"FREQ=", b"UNTIL=99991231T235959Z;", b"COUNT=0;", b"BYDAY=0MO;",
    b"\r\nRDATE:", b"\r\nEXDATE:", b"\r\nRECURRENCE-ID:", b"TZID=x", b"00010101T000000", b"99991231",
    b"\r\nDURATION:P9W\r\n",
))  # fmt: skip
CHANGES = st.lists(st.tuples(st.integers(0, len(FEED)), st.integers(0, 20), PIECES), min_size=1, max_size=6)


@given(CHANGES)
def test_whatever_is_done_to_a_feed_it_is_read_or_refused(changes: list[tuple[int, int, bytes]]):
    data = FEED
    for place, length, piece in changes:
        data = data[:place] + piece + data[place + length :]
    try:
        found = shifts_of(data, *ALWAYS, default_zone="Europe/London", limits=Limits(steps=20_000))
    except FeedError:
        return
    for event in found.events:
        assert event.start < event.end
        assert event.start < ALWAYS[1]
        assert event.end > ALWAYS[0]
