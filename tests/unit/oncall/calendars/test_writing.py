"""The calendar that people subscribe to."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.unit.oncall.calendars.feeds import at
from tocsin.oncall.calendars.writing import Shift, calendar_of, uid_of

ROOT = Path(__file__).resolve().parents[4]
NAMES = {"ana": "Ana Souza", "ben": "Ben O'Neill"}
SHIFT = Shift("payments-primary", ("ana",), at("2026-01-05T09:00"), at("2026-01-12T09:00"), "layer:weekly")


def written(*shifts: Shift, **more: Any) -> bytes:
    given: dict[str, Any] = {
        "names": NAMES,
        "name": "Payments",
        "now": at("2026-01-01"),
        "zone": "Europe/London",
    }
    return calendar_of(shifts or (SHIFT,), **{**given, **more})


def events(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def changed(shift: Shift, **what: Any) -> Shift:
    return Shift(**{**{name: getattr(shift, name) for name in Shift.__dataclass_fields__}, **what})


def test_the_calendar_says_its_name_its_zone_and_when_to_look_again():
    lines = written().decode().split("\r\n")
    for line in (
        "VERSION:2.0", "NAME:Payments", "X-WR-CALNAME:Payments", "X-WR-TIMEZONE:Europe/London",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("PRODID:-//") for line in lines)
    assert not any(line.startswith("METHOD") for line in lines)


def test_a_shift_is_an_event_in_utc_that_does_not_show_as_busy():
    new_york = datetime.fromisoformat("2026-01-05T04:00-05:00")
    (event,) = events(written(changed(SHIFT, start=new_york)))
    assert event["DTSTART"].to_ical() == b"20260105T090000Z"
    assert event["DTEND"].to_ical() == b"20260112T090000Z"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["X-MICROSOFT-CDO-BUSYSTATUS"] == "FREE"


@pytest.mark.parametrize(
    ("users", "person", "summary"),
    [
        (("ana",), None, "Ana Souza: payments-primary"),
        (("ana", "ben"), None, "Ana Souza & Ben O'Neill: payments-primary"),
        (("zoe",), None, "zoe: payments-primary"),
        (("ana",), "ana", "On call: payments-primary"),
        (("ana", "ben"), "ana", "On call: payments-primary (with Ben O'Neill)"),
    ],
)
def test_an_event_says_who_and_in_a_personal_calendar_for_what(
    users: tuple[str, ...], person: str | None, summary: str
):
    (event,) = events(written(changed(SHIFT, users=users), person=person))
    assert event["SUMMARY"] == summary
    assert "From: layer:weekly" in event["DESCRIPTION"]


def test_reminders_are_before_the_shift_each_once():
    (event,) = events(
        written(alarms=[timedelta(minutes=30), timedelta(), timedelta(days=1), timedelta(minutes=30)])
    )
    alarms = event.walk("VALARM")
    assert [alarm["TRIGGER"].dt for alarm in alarms] == [
        -timedelta(days=1),
        -timedelta(minutes=30),
        timedelta(),
    ]
    assert {alarm["ACTION"] for alarm in alarms} == {"DISPLAY"}
    assert all(alarm["DESCRIPTION"] == event["SUMMARY"] for alarm in alarms)
    assert not events(written())[0].walk("VALARM")


def test_the_same_shifts_are_the_same_bytes_in_whatever_order_they_come():
    other = changed(SHIFT, schedule="payments-secondary")
    assert written(SHIFT, other) == written(other, SHIFT)


def test_a_shift_keeps_its_uid_when_its_end_its_people_or_its_source_change():
    (before,) = events(written())
    for what in ({"end": at("2026-01-06")}, {"users": ("ben",)}, {"source": "override"}):
        (after,) = events(written(changed(SHIFT, **what), now=at("2026-01-02"), name="Other"))
        assert after["UID"] == before["UID"] == uid_of(SHIFT.schedule, SHIFT.start)
        # What a subscriber needs to see that it is newer.
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt == at("2026-01-02")


def test_other_shifts_have_other_uids():
    shifts = [
        SHIFT,
        changed(SHIFT, start=SHIFT.start + timedelta(seconds=1)),
        changed(SHIFT, schedule="payments"),
        changed(SHIFT, schedule="payments-primary "),
    ]
    uids = {uid_of(shift.schedule, shift.start) for shift in shifts}
    uids |= {uid_of(shift.schedule, shift.start, "eu") for shift in shifts}
    assert len(uids) == 8
    assert {event["UID"] for event in events(written(*shifts))} < uids


def test_two_shifts_with_one_uid_are_an_error():
    with pytest.raises(ValueError, match="two shifts of payments-primary start at"):
        written(SHIFT, changed(SHIFT, users=("ben",)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"shift": changed(SHIFT, end=SHIFT.start)},
        {"shift": changed(SHIFT, start=datetime(2026, 1, 5))},  # noqa: DTZ001
        {"now": datetime(2026, 1, 5)},  # noqa: DTZ001
        {"alarms": [timedelta(minutes=-1)]},
    ],
)
def test_what_cannot_be_written_is_an_error(wrong: dict[str, Any]):
    shift = wrong.pop("shift", SHIFT)
    with pytest.raises(ValueError):
        written(shift, **wrong)


@pytest.mark.parametrize(
    "name",
    [
        "Ana\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil", "Ana\nATTENDEE:mailto:x@y", "Ana\rX-EVIL:1", "\0Ana\0",
        "Ana\u2028X-EVIL:1", "Ana\u2029X-EVIL:1", "Ana\x85X-EVIL:1", "Ana\x0bX-EVIL:1\x0c", "\u202eanA\u202c\u2066",
        "x" * 10_000, "ж" * 10_000, "\ud800Ana", "Ana\\nX-EVIL:1", 'A;B="c",d:e', "", " ", "👩‍👩‍👧", "\\",
    ],
)  # fmt: skip
def test_a_name_is_only_ever_a_name(name: str):
    shift = Shift(name, ("ana", name), SHIFT.start, SHIFT.end, name)
    data = written(shift, names={"ana": name}, name=name, zone=name, alarms=[timedelta(1)], realm=name)
    plain = written(alarms=[timedelta(1)])
    assert b"\0" not in data
    lines = data.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = data.replace(b"\r\n ", b"").decode()
    # One line for each line of the calendar with names that are no trouble.
    assert [line.partition(":")[0] for line in unfolded.splitlines()] == [
        line.partition(":")[0] for line in plain.replace(b"\r\n ", b"").decode().splitlines()
    ]
    assert len(data) < 10_000
    (event,) = events(data)
    assert "\n" not in event["SUMMARY"]
    assert not set(event["SUMMARY"]) & set("\u202e\u202c\u2066\r\0")


def test_names_in_any_script_are_kept():
    for name in ("Nguyễn Thị Minh", "Анна", "آنا", "👩‍👩‍👧 team", 'O\'Neill; "B", C\\D'):
        (event,) = events(written(names={"ana": name}))
        assert event["SUMMARY"] == f"{name}: payments-primary"


def test_the_sequence_fits_in_32_bits_at_any_time():
    for now in ("2000-01-01", "2026-01-01", "5999-12-31"):
        (event,) = events(written(now=datetime.fromisoformat(now).replace(tzinfo=UTC)))
        assert 0 <= event["SEQUENCE"] < 2**31


def test_who_asks_only_who_is_on_call_does_not_pay_for_calendars():
    code = (
        "import sys, tocsin.oncall.timeline, tocsin.oncall.calendars.reading, tocsin.oncall.calendars.writing\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('icalendar', 'dateutil')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "layers/core/python")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
