"""The state machine's task: its input and its output stay as they are for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.functions.deployment import ANA, AT, BEN, Deployment, refusal
from tocsin.incidents.incident import State
from tocsin.store.incidents import Commit


def event(
    clock: str,
    started: str = "2026-11-23T02:00:00.123Z",
    incident: str = "1001",
    due: str = "2026-11-23T02:00:15Z",
) -> dict[str, Any]:
    return {"incident": incident, "due": due, "clock": clock, "started": started}


def after(tocsin: Deployment, seconds: float) -> None:
    tocsin.clock.set(AT + timedelta(seconds=seconds))


def test_it_waits_on_when_nothing_is_due(tocsin: Deployment) -> None:
    incident = tocsin.alert()
    after(tocsin, 15)
    answer = tocsin.invoke("escalate", event(incident.clock))
    assert answer == {"incident": "1001", "due": "2026-11-23T02:03:00Z", "again": True}


def test_it_takes_what_is_due_and_says_when_it_wants_to_be_woken_next(tocsin: Deployment) -> None:
    incident = tocsin.alert()
    tocsin.work("pages")
    after(tocsin, 180)
    answer = tocsin.invoke("escalate", event(incident.clock))
    assert answer == {"incident": "1001", "due": "2026-11-23T02:05:00Z", "again": True}
    tocsin.work("pages")
    assert [(one.channel, one.to) for one in tocsin.sent] == [("sms", ANA), ("connect", ANA)]


def test_it_sends_what_a_crash_left_behind_before_anything_else(tocsin: Deployment) -> None:
    tocsin.post(tocsin.key("checkout"), {"title": "t", "dedup_key": "disk"})
    [record] = tocsin.receive("alerts")
    tocsin.failing["sqs.SendMessageBatch"] = refusal("ServiceUnavailable", "SendMessageBatch")
    assert tocsin.invoke("triage", {"Records": [record]})["batchItemFailures"]
    tocsin.failing.clear()
    assert tocsin.get(1001).outbox
    after(tocsin, 15)
    assert tocsin.invoke("escalate", event(tocsin.get(1001).clock))["due"] == "2026-11-23T02:03:00Z"
    assert tocsin.get(1001).outbox == {}
    tocsin.work("pages")
    assert [one.to for one in tocsin.sent] == [ANA]


def test_a_clock_that_is_not_the_incident_s_any_more_ends(tocsin: Deployment) -> None:
    tocsin.alert()
    after(tocsin, 300)
    before = tocsin.items()
    answer = tocsin.invoke("escalate", event("1001-0123456789abcdef0123456789abcdef"))
    assert answer == {"incident": "1001", "due": "2026-11-23T02:00:15Z", "again": False}
    assert tocsin.items() == before


@pytest.mark.parametrize("incident", ["1001", "7"])
def test_a_young_clock_that_nobody_knows_looks_again_until_it_is_a_minute_old(
    tocsin: Deployment, incident: str
) -> None:
    """Its commit may be on the way. Its start is no whole second, and a Wait state knows only those."""
    tocsin.alert()
    answer = event("0-stranger", due="2026-11-23T02:00:00Z", incident=incident)
    for seconds, then in ((1, "2026-11-23T02:00:06Z"), (6, "2026-11-23T02:01:01Z")):
        after(tocsin, seconds)
        answer |= tocsin.invoke("escalate", answer)
        assert (answer["incident"], answer["due"], answer["again"]) == (incident, then, True)
    after(tocsin, 61)
    assert tocsin.invoke("escalate", answer)["again"] is False


def test_a_clock_whose_commit_comes_late_is_taken_up(tocsin: Deployment) -> None:
    incident = tocsin.alert()
    started = "2026-11-23T02:00:30.500Z"
    after(tocsin, 31)
    assert tocsin.invoke("escalate", event("late", started))["due"] == "2026-11-23T02:00:36Z"
    changed = replace(tocsin.get(1001), version=incident.version + 1, clock="late")
    tocsin.store.commit(Commit(changed, incident.version), incident.due)
    after(tocsin, 91)
    assert tocsin.invoke("escalate", event("late", started))["due"] == "2026-11-23T02:03:00Z"


def test_the_clock_of_a_resolved_incident_ends(tocsin: Deployment) -> None:
    incident = tocsin.alert()
    tocsin.run(0.1)
    tocsin.text(ANA, "1r")
    tocsin.run(0.1)
    assert tocsin.get(1001).state is State.RESOLVED
    after(tocsin, 180)
    assert tocsin.invoke("escalate", event(incident.clock))["again"] is False


def test_a_wake_up_that_cannot_reach_the_table_fails_and_is_repeated(tocsin: Deployment) -> None:
    """The state machine tries again whatever fails: an answer here would end the clock or skip a step."""
    incident = tocsin.alert()
    after(tocsin, 180)
    tocsin.failing["dynamodb.GetItem"] = refusal("ProvisionedThroughputExceededException", "GetItem")
    with pytest.raises(Exception, match="GetItem"):
        tocsin.invoke("escalate", event(incident.clock))
    tocsin.failing.clear()
    assert tocsin.invoke("escalate", event(incident.clock))["due"] == "2026-11-23T02:05:00Z"


def test_one_execution_drives_an_incident_through_its_policy(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(12)
    assert len(tocsin.executions()) == 1
    assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN, "ben@example.com", ANA]
