"""`tocsin parse` tells what a payload is understood to say."""

from __future__ import annotations

import json


def test_as_json_each_event_is_a_row(tocsin, tmp_path):
    payload = tmp_path / "payload.json"
    payload.write_text(json.dumps({"title": "Disk full", "dedup_key": "disk", "severity": "critical"}))
    done = tocsin("parse", "--source", "generic", payload, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {
        "events": [
            {
                "action": "trigger",
                "dedup_key": "disk",
                "title": "Disk full",
                "severity": "critical",
                "occurred_at": None,
                "parsed": True,
            }
        ]
    }


def test_what_is_not_understood_keeps_its_text(tocsin):
    done = tocsin("parse", "--source", "alertmanager", "-", "--json", stdin=b"not json \xff")
    (event,) = done.json["events"]
    assert done.code == 0
    assert (event["parsed"], event["raw"]) == (False, "not json \ufffd")


def test_headers_are_passed_on_in_lower_case(tocsin):
    headers = ("--header", "X-GitHub-Delivery: abc:1", "--header", "other:x")
    done = tocsin("parse", "--source", "generic", *headers, "-", "--json", stdin=b'{"title": "x"}')
    assert done.json["events"][0]["delivery_id"] == "abc:1"


def test_for_people_it_is_a_table_that_no_payload_can_break(tocsin):
    body = json.dumps(
        {"title": "Disk full", "dedup_key": "d\x1b[2Jisk\n1", "occurred_at": "2026-11-23T02:00Z"}
    )
    done = tocsin("parse", "--source", "generic", "-", stdin=body.encode())
    assert done.out.splitlines() == [
        "action   severity  dedup key   title      occurred at",
        "trigger  unknown   d [2Jisk 1  Disk full  2026-11-23T02:00:00+00:00",
        "",
        "1 event.",
    ]


def test_no_event_is_said_so(tocsin):
    body = json.dumps({"version": "4", "status": "firing", "alerts": []}).encode()
    assert tocsin("parse", "--source", "alertmanager", "-", stdin=body).out == "0 events.\n"
    assert tocsin("parse", "--source", "alertmanager", "-", "--json", stdin=body).json == {"events": []}


def test_an_unknown_source_and_an_unreadable_payload_end_with_2(tocsin, tmp_path):
    done = tocsin("parse", "--source", "prometheus", "-", stdin=b"{}")
    assert done.code == 2
    assert done.err.startswith("tocsin: there is no source named 'prometheus'")
    assert done.err.endswith("there are: alertmanager, cloudwatch, generic, pagerduty\n")
    done = tocsin("parse", "--source", "generic", tmp_path / "nope.json")
    assert (done.code, done.err) == (2, f"tocsin: No such file or directory: {tmp_path}/nope.json\n")
    done = tocsin("parse", "--source", "generic", "--header", "nonsense", "-", stdin=b"{}")
    assert done.code == 2
    assert "argument --header: 'nonsense' is no header: write it as Name:value" in done.err
