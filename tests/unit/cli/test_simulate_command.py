"""`tocsin simulate` tells who would be paged, when and how."""

from __future__ import annotations

import pytest

from tests.unit.config.documents import SMALL
from tocsin.escalation.conditions import PRIORITIES, SEVERITIES
from tocsin_cli.simulate_arguments import KNOWN_PRIORITIES, KNOWN_SEVERITIES

AT = ("--at", "2026-11-23T09:00-03:00")


def test_as_json_it_is_the_simulation_at_the_offset_of_at(tocsin, ready):
    done = tocsin(
        "simulate", ready, "--service", "checkout", *AT, "--ack-after", "2m", "--by", "ana", "--json"
    )
    assert (done.code, done.err) == (0, "")
    common = {"cycle": 1, "round": 1, "step": 1, "user": "ana"}
    assert done.json == {
        "service": "checkout",
        "at": "2026-11-23T09:00:00-03:00",
        "pages": [
            {
                "at": "2026-11-23T09:01:00-03:00",
                "after_seconds": 60,
                **common,
                "via": "sms",
                "contact": "mobile",
            }
        ],
        "skipped": [],
        "ends": {"at": "2026-11-23T09:02:00-03:00", "why": "acknowledged"},
    }
    assert list(done.json) == ["service", "at", "pages", "skipped", "ends"]
    assert list(done.json["pages"][0]) == [
        *("at", "after_seconds", "cycle", "round", "step", "user", "via", "contact")
    ]


def test_z_is_read_and_never_written(tocsin, ready):
    done = tocsin("simulate", ready, "--service", "checkout", "--at", "2026-11-23T12:00Z", "--json")
    assert done.json["at"] == "2026-11-23T12:00:00+00:00"
    assert done.json["ends"] == {"at": "2026-11-23T12:10:00+00:00", "why": "exhausted"}
    assert "Z" not in done.out


def test_until_shows_the_last_resort_and_what_begins_anew(tocsin, ready):
    until = ("--until", "2026-11-23T10:00-03:00")
    done = tocsin("simulate", ready, "--service", "checkout", *AT, *until, "--json")
    assert done.json["ends"] == {"at": "2026-11-23T10:00:00-03:00", "why": "until"}
    assert {(page["cycle"], page["step"]) for page in done.json["pages"]} == {(1, 1), (1, 0), (2, 1), (2, 0)}


def test_urgency_may_be_given(tocsin, ready):
    done = tocsin(
        "simulate", ready, "--service", "checkout", *AT, "--urgency", "low", "--severity", "SEV1", "--json"
    )
    assert [page["via"] for page in done.json["pages"]] == ["email"]
    assert done.json["ends"]["why"] == "low_urgency"


def test_for_people_it_is_a_table_in_the_order_of_what_happens(tocsin, example):
    done = tocsin(
        "simulate", example, "--service", "checkout", "--at", "2026-11-23T22:30Z", "--ack-after", "7m"
    )
    assert done.out == (
        "checkout by policy payments, Mon 2026-11-23 22:30 +00:00\n"
        "\n"
        "after  at                                        who               how\n"
        "+0s    Mon 2026-11-23 22:30:00  round 1  step 1  -                 (nobody is on call)\n"
        "+1m    Mon 2026-11-23 22:31:00  round 1  step 2  Chi Tanaka (chi)  sms to mobile\n"
        "+1m    Mon 2026-11-23 22:31:00  round 1  step 2  dee               sms to mobile\n"
        "+3m    Mon 2026-11-23 22:33:00  round 1  step 2  Chi Tanaka (chi)  voice to mobile\n"
        "+3m    Mon 2026-11-23 22:33:00  round 1  step 2  dee               voice to mobile\n"
        "+5m    Mon 2026-11-23 22:35:00  round 1  step 2  dee               email to private\n"
        "\n"
        "5 pages. Ends after 7m, Mon 2026-11-23 22:37: it is acknowledged.\n"
    )


def test_phones_that_fail_are_told_as_plainly_as_pages(tocsin, example):
    asked = ("simulate", example, "--service", "checkout", "--at", "2026-11-23T22:30Z", "--ack-after", "2m")
    done = tocsin(*asked, "--failing", "chi", "--failing", "dee:sms")
    assert done.out.splitlines()[3:] == [
        "+0s    Mon 2026-11-23 22:30:00  round 1  step 1  -                 (nobody is on call)",
        "+1m    Mon 2026-11-23 22:31:00  round 1  step 2  dee               email to private",
        "+1m    Mon 2026-11-23 22:31:00  round 1  step 2  Chi Tanaka (chi)  (sms to mobile fails, as asked)",
        "+1m    Mon 2026-11-23 22:31:00  round 1  step 2  dee               (sms to mobile fails, as asked)",
        "",
        "1 page. Ends after 2m, Mon 2026-11-23 22:32: it is acknowledged.",
    ]
    rows = tocsin(*asked, "--failing", "dee:mobile", "--json").json["skipped"]
    assert [{**row, "at": None} for row in rows if row["reason"] == "failing"] == [
        {
            "at": None,
            "cycle": 1,
            "round": 1,
            "step": 2,
            "user": "dee",
            "reason": "failing",
            "via": "sms",
            "contact": "mobile",
        }
    ]


def test_what_may_be_said_of_an_incident_is_what_the_engine_knows():
    assert (KNOWN_SEVERITIES, KNOWN_PRIORITIES) == (SEVERITIES, PRIORITIES)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--service", "checkuot"),
            "there is no service named 'checkuot' (did you mean 'checkout'?); there are: checkout",
        ),
        (
            ("--service", "checkout", "--ack-after", "1m", "--by", "anna"),
            "there is no user named 'anna' (did you mean 'ana'?); there are: ana",
        ),
        (
            ("--service", "checkout", "--failing", "anna:sms"),
            "there is no user named 'anna' (did you mean 'ana'?); there are: ana",
        ),
        (
            ("--service", "checkout", "--failing", "ana:mobil"),
            "there is no way or contact of ana named 'mobil' (did you mean 'mobile'?); there are: email, mobile, push,",
        ),
        (("--service", "checkout", "--by", "ana"), "--by says who acks: say when too, with --ack-after"),
        (
            ("--service", "checkout", "--until", "2026-11-23T12:00Z"),
            "--at 2026-11-23T09:00:00-03:00 must be before --until 2026-11-23T12:00:00+00:00",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_how_to_mend_it(tocsin, ready, arguments, words):
    done = tocsin("simulate", ready, *AT, *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"tocsin: {words}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--ack-after", "7"),
            "argument --ack-after: '7' is no duration: write a whole number and s, m, h or d",
        ),
        (("--urgency", "loud"), "argument --urgency: invalid choice: 'loud'"),
        (("--severity", "1"), "argument --severity: invalid choice: '1'"),
        (("--turn", "-1"), "argument --turn: '-1' is no whole number from 0 on"),
        (("--repeats", "-5"), "argument --repeats: '-5' is no whole number from 1 on"),
        (("--repeats", "0"), "argument --repeats: '0' is no whole number from 1 on"),
        (("--label", "x"), "argument --label: 'x' is no label: write NAME=VALUE, such as team=payments"),
        (("--label", "=x"), "argument --label: '=x' is no label: write NAME=VALUE"),
    ],
)
def test_what_is_no_such_argument_is_a_usage_error(tocsin, ready, arguments, words):
    done = tocsin("simulate", ready, "--service", "checkout", *AT, *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_the_end_of_the_calendar_is_a_sentence(tocsin, ready):
    late = ("--at", "9998-12-31T23:00Z", "--until", "9998-12-31T23:59:59Z")
    assert tocsin("simulate", ready, "--service", "checkout", *late).code == 0
    step = "{page: [{user: ana}], wait: 365d}"
    ready.write_text(SMALL.replace("steps: [", f"steps: [{step}, {step}, "))
    done = tocsin("simulate", ready, "--service", "checkout", "--at", "9998-12-31T23:00Z")
    assert (done.code, done.err) == (
        2,
        "tocsin: this runs over the edge of the calendar: choose another time\n",
    )
