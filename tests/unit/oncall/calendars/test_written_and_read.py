"""What holds for every calendar: what is written is read, and a range is a cut out of all time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile

from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.oncall.calendars.feeds import feed
from tocsin.oncall.calendars.limits import Steps
from tocsin.oncall.calendars.reading import Event, Limits, shifts_of
from tocsin.oncall.calendars.recurring import rule_of, walls
from tocsin.oncall.calendars.text import one_line
from tocsin.oncall.calendars.writing import Shift, calendar_of, uid_of

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
ALWAYS = FIRST - timedelta(days=400), FIRST + timedelta(days=1200)


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    start = draw(instants)
    end = start + timedelta(minutes=draw(st.integers(1, 20_000)))
    users = draw(st.lists(st.text(max_size=20), min_size=1, max_size=3, unique=True))
    return Shift(draw(st.text(max_size=40)), tuple(users), start, end, draw(st.text(max_size=20)))


@given(st.lists(shifts(), max_size=8, unique_by=lambda one: (one.schedule, one.start)), st.text(max_size=30))
def test_what_is_written_is_read_back(written: list[Shift], name: str):
    assume(len({uid_of(one.schedule, one.start) for one in written}) == len(written))
    data = calendar_of(written, names={}, name=name, now=FIRST, zone="UTC", alarms=[timedelta(hours=1)])
    found = shifts_of(data, *ALWAYS, default_zone="Asia/Tokyo")
    assert found.problems == ()
    expected = [
        Event(
            uid=uid_of(one.schedule, one.start),
            # Once the feed is read its text is cleaned again: a name of spaces leaves none.
            summary=one_line(
                f"{' & '.join(one_line(u, 200) for u in one.users)}: {one_line(one.schedule, 200)}", 999
            ),
            start=one.start,
            end=one.end,
            all_day=False,
        )
        for one in written
    ]
    assert list(found.events) == sorted(expected, key=lambda one: (one.start, one.end, one.uid, one.summary))


FEED = feed(
    "UID:1\nSUMMARY:nights\nDTSTART;TZID=Europe/London:20200105T220000\nDTEND;TZID=Europe/London:20200106T060000\n"
    "RRULE:FREQ=WEEKLY;BYDAY=SU,WE\nEXDATE;TZID=Europe/London:20260304T220000\nRDATE:20260305T120000Z",
    "UID:1\nSUMMARY:moved\nRECURRENCE-ID;TZID=Europe/London:20260401T220000\nDTSTART:20260501T220000Z\nDURATION:PT3H",
    "UID:1\nRECURRENCE-ID:20260405T210000Z\nSTATUS:CANCELLED",
    "UID:2\nSUMMARY:weeks\nDTSTART;TZID=America/New_York:20251229T090000\nDTEND;TZID=America/New_York:20260105T090000\n"
    "RRULE:FREQ=WEEKLY;INTERVAL=3",
    "UID:3\nSUMMARY:days\nDTSTART;VALUE=DATE:20240229\nDTEND;VALUE=DATE:20240302\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
    "UID:4\nSUMMARY:counted\nDTSTART:20260101T000000\nDURATION:PT90M\nRRULE:FREQ=HOURLY;INTERVAL=7;COUNT=900",
    "UID:5\nSUMMARY:long\nDTSTART:20250601T000000Z\nDURATION:P400D\nRRULE:FREQ=YEARLY;UNTIL=20270601T000000Z",
    "UID:6\nSUMMARY:once\nDTSTART;TZID=Asia/Tokyo:20260329T023000\nDURATION:PT1H",
)


@given(instants, instants)
def test_a_feed_read_for_any_range_gives_the_occurrences_that_have_time_in_it(start: datetime, end: datetime):
    assume(start <= end)
    whole = shifts_of(FEED, *ALWAYS, default_zone="Europe/London")
    part = shifts_of(FEED, start, end, default_zone="Europe/London")
    assert whole.problems == part.problems == ()
    assert list(part.events) == [event for event in whole.events if event.start < end and event.end > start]


def listed(name: str, numbers: st.SearchStrategy[object], most: int) -> st.SearchStrategy[str]:
    values = st.lists(numbers, min_size=1, max_size=most).map(lambda some: ",".join(map(str, some)))
    return st.one_of(st.just(""), st.just(""), values.map(lambda text: f";{name}={text}"))


DAYS = st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
NTH = st.builds(lambda n, day: f"{n or ''}{day}", st.sampled_from((0, 0, 1, 2, 5, -1, -2)), DAYS)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that make something in each few years: dateutil by itself looks for the others until 9999."""
    frequency = draw(st.sampled_from(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")))
    # Hours and intervals of hours that never meet are refused.
    intervals = (1, 1, 5, 13) if frequency == "HOURLY" else (1, 1, 2, 3, 5)
    text = f"FREQ={frequency};INTERVAL={draw(st.sampled_from(intervals))}"
    text += draw(listed("BYHOUR", st.integers(0, 23), 2))
    by = [listed("BYDAY", NTH if frequency in ("YEARLY", "MONTHLY") else DAYS, 3)]
    if frequency != "WEEKLY":
        by.append(listed("BYMONTHDAY", st.one_of(st.integers(1, 28), st.integers(-28, -1)), 3))
    if frequency == "YEARLY":
        by.append(listed("BYYEARDAY", st.one_of(st.integers(1, 366), st.integers(-365, -1)), 3))
    text += draw(st.one_of(by))
    if "BYYEARDAY" not in text and "INTERVAL=1" in text:
        text += draw(listed("BYMONTH", st.integers(1, 12), 3))
    text += draw(st.sampled_from(("", "", ";WKST=SU", ";WKST=WE")))
    return text + draw(st.sampled_from(("", "", "", ";COUNT=1", ";COUNT=7", ";UNTIL=20251130T120000")))


@settings(deadline=None)
@given(rules(), st.integers(0, 366 * 24 * 8), st.integers(0, 366))
def test_a_rule_that_is_moved_near_the_range_says_there_what_it_says_from_its_beginning(
    text: str, hours: int, days: int
):
    first = datetime(2018, 1, 1) + timedelta(hours=hours)  # noqa: DTZ001
    low = datetime(2025, 6, 1) + timedelta(days=days)  # noqa: DTZ001
    high = low + timedelta(days=200)
    steps = Steps(10_000_000)
    steps.begin()
    made = list(
        walls(rule_of(text, all_day=False), first, low, high, lambda wall: wall.replace(tzinfo=UTC), steps)
    )
    assert made == sorted(set(made))
    # As dateutil says when nothing is moved; then the first occurrence is put in, and counts.
    plain = text.replace(";COUNT=1", "").replace(";COUNT=7", "")
    known = [
        first,
        *(
            wall
            for wall in takewhile(lambda wall: wall <= high, rrulestr(plain, dtstart=first))
            if wall > first
        ),
    ]
    if "COUNT" in text:
        known = known[: int(text.rpartition("=")[2])]
    assert [wall for wall in made if low <= wall <= high] == [wall for wall in known if low <= wall <= high]


def test_a_year_of_many_repeating_events_is_within_the_limits():
    weekly = [
        f"UID:{n}\nDTSTART;TZID=Europe/London:20200106T0900{n % 60:02}\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;BYDAY=MO"
        for n in range(180)
    ]
    found = shifts_of(feed(*weekly), FIRST, FIRST + timedelta(days=365), default_zone="UTC", limits=Limits())
    assert found.problems == ()
    assert len(found.events) == 180 * 52
