"""`tocsin oncall` tells who is on call, in the schedule's zone."""

from __future__ import annotations

import pytest

from tests.unit.config.documents import EXAMPLE

RANGE = ("--from", "2026-03-26T12:00Z", "--to", "2026-03-30T12:00+01:00")


def test_as_json_spans_and_gaps_are_clipped_and_carry_the_offset_of_the_zone(tocsin, example):
    done = tocsin("oncall", example, "--schedule", "payments-primary", *RANGE, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {
        "schedule": "payments-primary",
        "spans": [
            {
                "start": "2026-03-26T12:00:00+00:00",
                "end": "2026-03-26T17:00:00+00:00",
                "users": ["chi", "dee"],
                "source": "layer:weekly",
            },
            {
                "start": "2026-03-27T09:00:00+00:00",
                "end": "2026-03-27T17:00:00+00:00",
                "users": ["chi", "dee"],
                "source": "layer:weekly",
            },
            {
                "start": "2026-03-30T09:00:00+01:00",
                "end": "2026-03-30T12:00:00+01:00",
                "users": ["ana"],
                "source": "layer:weekly",
            },
        ],
        "gaps": [
            {"start": "2026-03-26T17:00:00+00:00", "end": "2026-03-27T09:00:00+00:00"},
            {"start": "2026-03-27T17:00:00+00:00", "end": "2026-03-30T09:00:00+01:00"},
        ],
    }
    assert list(done.json) == ["schedule", "spans", "gaps"]
    assert "Z" not in done.out


def test_an_override_is_named_as_the_source(tocsin, example):
    christmas, monday = (
        "from: 2026-12-24T09:00, to: 2026-12-26T09:00",
        "from: 2026-12-28T10:00, to: 2026-12-28T11:00",
    )
    example.write_text(EXAMPLE.replace(christmas, monday))
    times = ("--from", "2026-12-28T09:00Z", "--to", "2026-12-28T17:00Z")
    done = tocsin("oncall", example, "--schedule", "payments-primary", *times, "--json")
    assert [(span["start"][11:16], span["users"], span["source"]) for span in done.json["spans"]] == [
        ("09:00", ["ana"], "layer:weekly"),
        ("10:00", ["ben"], "override"),
        ("11:00", ["ana"], "layer:weekly"),
    ]
    assert (
        "10:00  +00:00  1h   Ben Okafor (ben)  override\n"
        in tocsin("oncall", example, "--schedule", "payments-primary", *times).out
    )


def test_for_people_it_is_a_table_with_names_weekdays_and_gaps(tocsin, example):
    done = tocsin("oncall", example, "--schedule", "payments-primary", *RANGE)
    assert done.out == (
        "payments-primary, in Europe/London\n"
        "\n"
        "from                          for     on call                by\n"
        "Thu 2026-03-26 12:00  +00:00  5h      Chi Tanaka (chi), dee  layer weekly\n"
        "Thu 2026-03-26 17:00  +00:00  16h     nobody\n"
        "Fri 2026-03-27 09:00  +00:00  8h      Chi Tanaka (chi), dee  layer weekly\n"
        "Fri 2026-03-27 17:00  +00:00  2d 15h  nobody\n"
        "Mon 2026-03-30 09:00  +01:00  3h      Ana Souza (ana)        layer weekly\n"
        "\n"
        "until Mon 2026-03-30 12:00 +01:00\n"
    )


def test_without_times_it_is_the_week_from_now(tocsin, ready):
    done = tocsin("oncall", ready, "--schedule", "primary", "--json")
    assert len(done.json["spans"]) == 1
    assert done.json["gaps"] == []


def test_seconds_may_be_given_and_every_offset(tocsin, ready):
    times = ("--from", "2026-01-05T09:00:30-03:00", "--to", "2026-01-05T12:00:31+0000")
    done = tocsin("oncall", ready, "--schedule", "primary", *times, "--json")
    assert [(span["start"], span["end"]) for span in done.json["spans"]] == [
        ("2026-01-05T12:00:30+00:00", "2026-01-05T12:00:31+00:00")
    ]


@pytest.mark.parametrize("end", ["2026-01-05T09:00Z", "2026-01-05T08:59Z", "2026-01-05T09:30+01:00"])
def test_an_empty_range_is_refused(tocsin, ready, end):
    done = tocsin("oncall", ready, "--schedule", "primary", "--from", "2026-01-05T09:00Z", "--to", end)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("tocsin: --from 2026-01-05T09:00:00+00:00 must be before --to 2026-01-05T0")


def test_an_unknown_schedule_is_refused_with_the_known_ones(tocsin, example):
    done = tocsin("oncall", example, "--schedule", "payment-primary", *RANGE)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "tocsin: there is no schedule named 'payment-primary' (did you mean 'payments-primary'?); "
        "there are: payments-primary, payments-secondary\n"
    )


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-01-05T09:00", "has no offset: add it, such as 2026-01-05T09:00+00:00 (or Z for UTC)"),
        ("2026-01-05", "is no time: write a date and time with an offset, such as 2026-01-05T09:00+00:00"),
        ("2026-02-30T09:00Z", "does not exist: write a date and time"),
        ("2026-01-05T09:00+25:00", "does not exist: write a date and time"),
        ("0001-01-01T00:00Z", "is at the edge of the calendar"),
        ("9999-12-31T23:59Z", "is at the edge of the calendar"),
        ("2026-01-05T09:00:00.5Z", "is no time: write"),
        ("tomorrow", "is no time: write"),
    ],
)
def test_a_time_that_is_none_is_refused_with_how_to_write_it(tocsin, ready, time, words):
    done = tocsin("oncall", ready, "--schedule", "primary", "--from", time, "--to", "2026-02-05T09:00Z")
    assert (done.code, done.out) == (2, "")
    assert f"argument --from: '{time}' {words}" in done.err


@pytest.mark.parametrize(
    "times",
    [
        ("--from", "0002-01-01T00:00Z", "--to", "0002-01-02T00:00Z"),
        ("--from", "9998-12-30T00:00Z", "--to", "9998-12-31T00:00Z"),
    ],
)
def test_even_the_edges_of_the_calendar_have_an_answer(tocsin, ready, times):
    for json in ((), ("--json",)):
        assert tocsin("oncall", ready, "--schedule", "primary", *times, *json).code == 0
