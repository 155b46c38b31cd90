"""When repeating events of a feed are: known answers, worked out by hand."""

from __future__ import annotations

import pytest

from tests.unit.oncall.calendars.feeds import feed, read, told

LONDON, NEW_YORK = "Europe/London", "America/New_York"

# What repeats; the range; the occurrences on the clock of the zone.
TABLE: list[tuple[str, str, str, str, str, list[str]]] = [
    ("a weekly shift when the clock goes forward in London", LONDON, """
        DTSTART;TZID=Europe/London:20260316T090000
        DTEND;TZID=Europe/London:20260316T170000
        RRULE:FREQ=WEEKLY""", "2026-03-20", "2026-04-01", [
        "2026-03-23 09:00Z/2026-03-23 17:00Z",
        "2026-03-30 09:00+01:00/2026-03-30 17:00+01:00",
    ]),
    ("a weekly shift when the clock goes back in London", LONDON, """
        DTSTART;TZID=Europe/London:20261012T090000
        DTEND;TZID=Europe/London:20261012T170000
        RRULE:FREQ=WEEKLY""", "2026-10-15", "2026-10-30", [
        "2026-10-19 09:00+01:00/2026-10-19 17:00+01:00",
        "2026-10-26 09:00Z/2026-10-26 17:00Z",
    ]),
    ("a weekly shift when the clock goes forward in New York", NEW_YORK, """
        DTSTART;TZID=America/New_York:20260301T200000
        DTEND;TZID=America/New_York:20260302T080000
        RRULE:FREQ=WEEKLY;BYDAY=SU""", "2026-03-01", "2026-03-17", [
        "2026-03-01 20:00-05:00/2026-03-02 08:00-05:00",
        "2026-03-08 20:00-04:00/2026-03-09 08:00-04:00",
        "2026-03-15 20:00-04:00/2026-03-16 08:00-04:00",
    ]),
    ("a weekly shift when the clock goes back in New York", NEW_YORK, """
        DTSTART;TZID=America/New_York:20261025T200000
        DTEND;TZID=America/New_York:20261026T080000
        RRULE:FREQ=WEEKLY;COUNT=3""", "2026-10-20", "2026-12-30", [
        "2026-10-25 20:00-04:00/2026-10-26 08:00-04:00",
        "2026-11-01 20:00-05:00/2026-11-02 08:00-05:00",
        "2026-11-08 20:00-05:00/2026-11-09 08:00-05:00",
    ]),
    ("weeks on call hand over at the same time by the wall clock, without a gap", LONDON, """
        DTSTART;TZID=Europe/London:20261012T090000
        DTEND;TZID=Europe/London:20261019T090000
        RRULE:FREQ=WEEKLY""", "2026-10-20", "2026-10-28", [
        "2026-10-19 09:00+01:00/2026-10-26 09:00Z",
        "2026-10-26 09:00Z/2026-11-02 09:00Z",
    ]),
    ("a time that does not exist is read with the offset before the gap", NEW_YORK, """
        DTSTART;TZID=America/New_York:20260307T023000
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=3""", "2026-03-01", "2026-04-01", [
        "2026-03-07 02:30-05:00/2026-03-07 03:30-05:00",
        "2026-03-08 03:30-04:00/2026-03-08 04:30-04:00",
        "2026-03-09 02:30-04:00/2026-03-09 03:30-04:00",
    ]),
    ("a time that happens twice is the first", NEW_YORK, """
        DTSTART;TZID=America/New_York:20261031T013000
        DURATION:PT2H
        RRULE:FREQ=DAILY;COUNT=2""", "2026-10-01", "2026-12-01", [
        "2026-10-31 01:30-04:00/2026-10-31 03:30-04:00",
        "2026-11-01 01:30-04:00/2026-11-01 02:30-05:00",
    ]),
    ("hours of a DURATION are exact, days are those of the clock", LONDON, """
        DTSTART;TZID=Europe/London:20260328T120000
        DURATION:P1D""", "2026-03-01", "2026-04-01", ["2026-03-28 12:00Z/2026-03-29 12:00+01:00"]),
    ("and a day in hours is 24 of them", LONDON, """
        DTSTART;TZID=Europe/London:20260328T120000
        DURATION:PT24H""", "2026-03-01", "2026-04-01", ["2026-03-28 12:00Z/2026-03-29 13:00+01:00"]),
    ("each month on the 31st, where there is one", "UTC", """
        DTSTART:20260131T100000Z
        DTEND:20260131T110000Z
        RRULE:FREQ=MONTHLY""", "2026-01-01", "2026-08-01", [
        "2026-01-31 10:00Z/2026-01-31 11:00Z",
        "2026-03-31 10:00Z/2026-03-31 11:00Z",
        "2026-05-31 10:00Z/2026-05-31 11:00Z",
        "2026-07-31 10:00Z/2026-07-31 11:00Z",
    ]),
    ("each month on its last day", "UTC", """
        DTSTART:20200131T100000Z
        DTEND:20200131T110000Z
        RRULE:FREQ=MONTHLY;BYMONTHDAY=-1""", "2026-01-15", "2026-04-01", [
        "2026-01-31 10:00Z/2026-01-31 11:00Z",
        "2026-02-28 10:00Z/2026-02-28 11:00Z",
        "2026-03-31 10:00Z/2026-03-31 11:00Z",
    ]),
    ("each year on a leap day", "UTC", """
        DTSTART:20200229T100000Z
        DTEND:20200229T110000Z
        RRULE:FREQ=YEARLY""", "2021-01-01", "2029-01-01", [
        "2024-02-29 10:00Z/2024-02-29 11:00Z",
        "2028-02-29 10:00Z/2028-02-29 11:00Z",
    ]),
    ("there is no leap day in 2100", "UTC", """
        DTSTART:20200229T100000Z
        DTEND:20200229T110000Z
        RRULE:FREQ=YEARLY""", "2093-01-01", "2105-01-01", [
        "2096-02-29 10:00Z/2096-02-29 11:00Z",
        "2104-02-29 10:00Z/2104-02-29 11:00Z",
    ]),
    ("every other week from an old beginning", "UTC", """
        DTSTART:19980105T100000Z
        DTEND:19980105T110000Z
        RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR""", "2026-01-01", "2026-01-24", [
        # 5 January 2026 is 1,461 weeks after the first one, an odd number: the weeks around it count.
        "2026-01-02 10:00Z/2026-01-02 11:00Z",
        "2026-01-12 10:00Z/2026-01-12 11:00Z",
        "2026-01-16 10:00Z/2026-01-16 11:00Z",
    ]),
    ("the last Friday of each month", "UTC", """
        DTSTART:20260130T100000Z
        DTEND:20260130T110000Z
        RRULE:FREQ=MONTHLY;BYDAY=-1FR""", "2026-02-01", "2026-04-01", [
        "2026-02-27 10:00Z/2026-02-27 11:00Z",
        "2026-03-27 10:00Z/2026-03-27 11:00Z",
    ]),
    ("the last working day of each month", "UTC", """
        DTSTART:20260130T100000Z
        DTEND:20260130T110000Z
        RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1""", "2026-05-01", "2026-07-01", [
        "2026-05-29 10:00Z/2026-05-29 11:00Z",
        "2026-06-30 10:00Z/2026-06-30 11:00Z",
    ]),
    ("UNTIL holds its own instant", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;UNTIL=20260701T080000Z""", "2026-06-01", "2026-08-01", [
        "2026-06-29 09:00+01:00/2026-06-29 10:00+01:00",
        "2026-06-30 09:00+01:00/2026-06-30 10:00+01:00",
        "2026-07-01 09:00+01:00/2026-07-01 10:00+01:00",
    ]),
    ("UNTIL a second earlier leaves the last one out", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;UNTIL=20260701T075959Z""", "2026-06-30", "2026-08-01", [
        "2026-06-30 09:00+01:00/2026-06-30 10:00+01:00",
    ]),
    ("UNTIL a day holds the whole day", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;UNTIL=20260630""", "2026-06-30", "2026-08-01", [
        "2026-06-30 09:00+01:00/2026-06-30 10:00+01:00",
    ]),
    ("COUNT counts from the beginning, before the range", "UTC", """
        DTSTART:20260101T100000Z
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=5""", "2026-01-04", "2026-02-01", [
        "2026-01-04 10:00Z/2026-01-04 11:00Z",
        "2026-01-05 10:00Z/2026-01-05 11:00Z",
    ]),
    ("DTSTART is the first occurrence and counts, whatever the rule says", "UTC", """
        DTSTART:20260101T100000Z
        DURATION:PT1H
        RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2""", "2026-01-01", "2026-02-01", [
        "2026-01-01 10:00Z/2026-01-01 11:00Z",
        "2026-01-05 10:00Z/2026-01-05 11:00Z",
    ]),
    ("every six hours", "UTC", """
        DTSTART:20200101T030000Z
        DURATION:PT6H
        RRULE:FREQ=HOURLY;INTERVAL=6""", "2026-01-01", "2026-01-01T10:00", [
        "2025-12-31 21:00Z/2026-01-01 03:00Z",
        "2026-01-01 03:00Z/2026-01-01 09:00Z",
        "2026-01-01 09:00Z/2026-01-01 15:00Z",
    ]),
    ("EXDATE in the event's zone", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=3
        EXDATE;TZID=Europe/London:20260630T090000""", "2026-06-01", "2026-08-01", [
        "2026-06-29 09:00+01:00/2026-06-29 10:00+01:00",
        "2026-07-01 09:00+01:00/2026-07-01 10:00+01:00",
    ]),
    ("EXDATE in UTC", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=3
        EXDATE:20260630T080000Z""", "2026-06-01", "2026-08-01", [
        "2026-06-29 09:00+01:00/2026-06-29 10:00+01:00",
        "2026-07-01 09:00+01:00/2026-07-01 10:00+01:00",
    ]),
    ("EXDATE of a day, and several in one line", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=4
        EXDATE;VALUE=DATE:20260630,20260701""", "2026-06-01", "2026-08-01", [
        "2026-06-29 09:00+01:00/2026-06-29 10:00+01:00",
        "2026-07-02 09:00+01:00/2026-07-02 10:00+01:00",
    ]),
    ("an EXDATE that is nothing of the event's changes nothing", LONDON, """
        DTSTART;TZID=Europe/London:20260629T090000
        DURATION:PT1H
        EXDATE:20260629T090000Z""", "2026-06-01", "2026-08-01", [
        "2026-06-29 09:00+01:00/2026-06-29 10:00+01:00",
    ]),
    ("RDATE adds, as long as the others or with a period of its own", "UTC", """
        DTSTART:20260101T100000Z
        DURATION:PT1H
        RDATE:20260103T120000Z,20260102T120000Z
        RDATE;VALUE=PERIOD:20260104T120000Z/PT3H,20260105T120000Z/20260105T130000Z""", "2026-01-01", "2026-02-01", [
        "2026-01-01 10:00Z/2026-01-01 11:00Z",
        "2026-01-02 12:00Z/2026-01-02 13:00Z",
        "2026-01-03 12:00Z/2026-01-03 13:00Z",
        "2026-01-04 12:00Z/2026-01-04 15:00Z",
        "2026-01-05 12:00Z/2026-01-05 13:00Z",
    ]),
    ("a period at the time of an occurrence is that occurrence", "UTC", """
        DTSTART:20260101T100000Z
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=2
        RDATE;VALUE=PERIOD:20260102T100000Z/PT3H""", "2026-01-01", "2026-02-01", [
        "2026-01-01 10:00Z/2026-01-01 11:00Z",
        "2026-01-02 10:00Z/2026-01-02 13:00Z",
    ]),
    ("a week of the year is the weekday of DTSTART in it", "UTC", """
        DTSTART:20240513T100000Z
        DURATION:PT1H
        RRULE:FREQ=YEARLY;BYWEEKNO=20""", "2024-01-01", "2027-01-01", [
        "2024-05-13 10:00Z/2024-05-13 11:00Z",
        "2025-05-12 10:00Z/2025-05-12 11:00Z",
        "2026-05-11 10:00Z/2026-05-11 11:00Z",
    ]),
    ("a day has no hours to repeat in", "UTC", """
        DTSTART;VALUE=DATE:20260101
        RRULE:FREQ=DAILY;BYHOUR=9,17;COUNT=2""", "2026-01-01", "2026-02-01", [
        "2026-01-01 00:00Z/2026-01-02 00:00Z",
        "2026-01-02 00:00Z/2026-01-03 00:00Z",
    ]),
    ("two rules and an RDATE that say the same say it once", "UTC", """
        DTSTART:20260101T100000Z
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=2
        RRULE:FREQ=WEEKLY;COUNT=2
        RDATE:20260102T100000Z""", "2026-01-01", "2026-02-01", [
        "2026-01-01 10:00Z/2026-01-01 11:00Z",
        "2026-01-02 10:00Z/2026-01-02 11:00Z",
        "2026-01-08 10:00Z/2026-01-08 11:00Z",
    ]),
    ("whole days when the clock goes forward", LONDON, """
        DTSTART;VALUE=DATE:20260328
        DTEND;VALUE=DATE:20260329
        RRULE:FREQ=DAILY;COUNT=3""", "2026-03-01", "2026-04-10", [
        "2026-03-28 00:00Z/2026-03-29 00:00Z",
        "2026-03-29 00:00Z/2026-03-30 00:00+01:00",
        "2026-03-30 00:00+01:00/2026-03-31 00:00+01:00",
    ]),
    ("whole days when the clock goes back", LONDON, """
        DTSTART;VALUE=DATE:20261019
        DTEND;VALUE=DATE:20261026
        RRULE:FREQ=WEEKLY;UNTIL=20261026""", "2026-10-01", "2026-12-10", [
        "2026-10-19 00:00+01:00/2026-10-26 00:00Z",
        "2026-10-26 00:00Z/2026-11-02 00:00Z",
    ]),
    ("whole days where midnight does not exist", "America/Sao_Paulo", """
        DTSTART;VALUE=DATE:20181103
        RRULE:FREQ=DAILY;COUNT=2""", "2018-11-01", "2018-11-10", [
        "2018-11-03 00:00-03:00/2018-11-04 01:00-02:00",
        "2018-11-04 01:00-02:00/2018-11-05 00:00-02:00",
    ]),
    ("EXDATE of whole days", LONDON, """
        DTSTART;VALUE=DATE:20260101
        RRULE:FREQ=DAILY;COUNT=3
        EXDATE;VALUE=DATE:20260102""", "2026-01-01", "2026-02-01", [
        "2026-01-01 00:00Z/2026-01-02 00:00Z",
        "2026-01-03 00:00Z/2026-01-04 00:00Z",
    ]),
    ("whole days, until one that is written as a time", NEW_YORK, """
        DTSTART;VALUE=DATE:20260101
        RRULE:FREQ=DAILY;UNTIL=20260102T000000Z""", "2026-01-01", "2026-02-01", [
        "2026-01-01 00:00-05:00/2026-01-02 00:00-05:00",
        "2026-01-02 00:00-05:00/2026-01-03 00:00-05:00",
    ]),
    ("from the year 1 until for ever", "UTC", """
        DTSTART:00010101T000000Z
        DURATION:PT1H
        RRULE:FREQ=YEARLY""", "2026-01-01", "2027-06-01", [
        "2026-01-01 00:00Z/2026-01-01 01:00Z",
        "2027-01-01 00:00Z/2027-01-01 01:00Z",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "event", "start", "end", "expected"), [row[1:] for row in TABLE], ids=[
    row[0] for row in TABLE
])  # fmt: skip
def test_an_event_repeats_as_rfc_5545_says(zone: str, event: str, start: str, end: str, expected: list[str]):
    found = read(feed(event), start, end, zone=zone)
    assert told(found, zone) == expected
    assert found.problems == ()
