"""The minute tick: nothing is forgotten, and a sign of life when all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import BadStatusLine, InvalidURL
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, TEAM, Deployment, refusal
from tocsin.edge import heartbeat

Deploy = Callable[..., Deployment]
URL = "https://watch.example/ping/3f2b0c1e-secret"


def tick(tocsin: Deployment) -> Any:
    return tocsin.invoke("clock", events.minute(tocsin.clock.now()))


# the auditor


def test_an_incident_that_was_never_armed_gets_a_clock_and_raises_no_alarm(tocsin: Deployment) -> None:
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    tocsin.alert()
    tocsin.failing.clear()
    tocsin.run(1.1)
    assert tick(tocsin) == {"looked_at": 1, "armed": 1, "overdue": 0, "told": 0}
    [execution] = tocsin.executions()
    assert tocsin.get(1001).clock == execution["name"]
    assert tocsin.alarms() == []
    assert tick(tocsin) == {"looked_at": 0, "armed": 0, "overdue": 0, "told": 0}
    tocsin.run(5)
    assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN]


def test_an_incident_whose_clock_is_late_gets_a_new_one_and_raises_the_alarm(tocsin: Deployment) -> None:
    lost = tocsin.alert().clock
    tocsin.run()
    tocsin.forget_executions()
    tocsin.run(3.9)
    assert tick(tocsin) == {"looked_at": 0, "armed": 0, "overdue": 0, "told": 0}
    tocsin.run(0.2)
    assert tick(tocsin) == {"looked_at": 1, "armed": 1, "overdue": 1, "told": 0}
    assert tocsin.alarms() == ["Tocsin: overdue"]
    assert tocsin.get(1001).clock != lost
    tocsin.run(0.1)
    assert [one.to for one in tocsin.sent] == [ANA, ANA]


def test_one_incident_that_cannot_be_saved_does_not_keep_the_auditor_from_the_others(
    tocsin: Deployment,
) -> None:
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    for dedup_key in "abc":
        tocsin.alert(dedup_key)
    tocsin.failing.clear()
    tocsin.run(1.1)
    tocsin.spoil_item("INC#1001", state={"S": "no state that this code knows"})
    with pytest.raises(Exception, match="1001"):
        tick(tocsin)
    assert [bool(tocsin.get(number).clock) for number in (1002, 1003)] == [True, True]
    assert tocsin.counted("ClockTick") == 0


def test_what_is_over_is_not_looked_at(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    tocsin.text(ANA, "1r")
    tocsin.run(30)
    assert tick(tocsin)["looked_at"] == 0


def test_when_still_no_clock_can_be_started_it_is_tried_again_next_minute(tocsin: Deployment) -> None:
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    tocsin.alert()
    tocsin.run(2.1)
    assert tick(tocsin) == {"looked_at": 1, "armed": 0, "overdue": 0, "told": 0}
    tocsin.failing.clear()
    assert tick(tocsin) == {"looked_at": 1, "armed": 1, "overdue": 0, "told": 0}


# the sign of life


def test_every_tick_is_a_metric_that_the_watchdog_s_alarm_waits_for(deploy: Deploy) -> None:
    tocsin = deploy(POWERTOOLS_SERVICE_NAME="tocsin-of-ours")
    tick(tocsin)
    [row] = [row for row in tocsin.metrics() if "ClockTick" in row]
    assert row["ClockTick"] == [1.0]
    assert row["service"] == "tocsin-of-ours"
    [metric] = row["_aws"]["CloudWatchMetrics"]
    assert metric["Namespace"] == "Tocsin"
    assert metric["Dimensions"] == [["service"]]
    assert {"Name": "ClockTick", "Unit": "Count"} in metric["Metrics"]


def test_a_tick_that_fails_gives_no_sign_of_life(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    tocsin = deploy(TOCSIN_HEARTBEAT_URL=URL)
    opened = opener(monkeypatch)
    tocsin.failing["dynamodb.Query"] = refusal("ProvisionedThroughputExceededException", "Query")
    with pytest.raises(Exception, match="Query"):
        tick(tocsin)
    assert tocsin.counted("ClockTick") == 0
    assert opened == []


def opener(
    monkeypatch: pytest.MonkeyPatch, status: int = 200, trouble: Exception | None = None
) -> list[tuple[str, float]]:
    """Replaces the network; gives what was opened, with its timeout."""
    opened: list[tuple[str, float]] = []

    @contextmanager
    def open_(request: Any, timeout: float) -> Iterator[Any]:
        opened.append((request.full_url, timeout))
        assert request.get_method() == "GET"
        if trouble is not None:
            raise trouble
        yield SimpleNamespace(status=status)

    monkeypatch.setattr(heartbeat, "build_opener", lambda *_: SimpleNamespace(open=open_))
    return opened


def test_the_heartbeat_s_url_is_fetched_every_minute(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    tocsin = deploy(TOCSIN_HEARTBEAT_URL=URL)
    opened = opener(monkeypatch)
    tocsin.run(3, ticks=True)
    assert opened == [(URL, heartbeat.TIMEOUT)] * 3
    assert tocsin.counted("HeartbeatMissed") == 0


@pytest.mark.parametrize(
    "url", ["http://watch.example/ping", "file:///etc/passwd", "watch.example", "https://[x"]
)
def test_nothing_but_https_is_fetched(deploy: Deploy, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    tocsin = deploy(TOCSIN_HEARTBEAT_URL=url)
    opened = opener(monkeypatch)
    assert tick(tocsin) == {"looked_at": 0, "armed": 0, "overdue": 0, "told": 0}
    assert opened == []
    assert tocsin.counted("HeartbeatMissed") == 1


@pytest.mark.parametrize(
    "trouble",
    [
        URLError("refused"),
        TimeoutError("timed out"),
        BadStatusLine("garbage"),
        InvalidURL(f"nonnumeric port in {URL}"),
        UnicodeEncodeError("ascii", "é", 0, 1, "not in range"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
def test_a_heartbeat_that_does_not_arrive_is_counted_and_breaks_no_tick(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    tocsin = deploy(TOCSIN_HEARTBEAT_URL=URL)
    opener(monkeypatch, trouble=trouble)
    assert tick(tocsin) == {"looked_at": 0, "armed": 0, "overdue": 0, "told": 0}
    assert (tocsin.counted("ClockTick"), tocsin.counted("HeartbeatMissed")) == (1, 1)
    assert "3f2b0c1e" not in tocsin.logged.getvalue()


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_heartbeat_that_is_not_taken_is_counted(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    tocsin = deploy(TOCSIN_HEARTBEAT_URL=URL)
    opener(monkeypatch, status=status)
    tick(tocsin)
    assert tocsin.counted("HeartbeatMissed") == 1


# handoffs

ROTA = TEAM.replace(
    "policies:",
    """schedules:
  primary:
    timezone: UTC
    layers: [{users: [ana, ben], starts: "2026-01-01T00:00", rotate: {unit: hour}}]
policies:""",
).replace(
    "ringing: {steps: [{page: [{user: ben}], wait: 10m}]}",
    "ringing: {steps: [{page: [{schedule: primary}]}]}",
)


def before_the_hour(deploy: Deploy) -> Deployment:
    tocsin = deploy(ROTA)
    now = tocsin.clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    tocsin.clock.set(hour - timedelta(seconds=30))
    assert tick(tocsin)["told"] == 0
    tocsin.clock.set(hour + timedelta(seconds=30))
    return tocsin


def test_both_people_of_a_handoff_are_told_once_however_often_the_tick_comes(deploy: Deploy) -> None:
    tocsin = before_the_hour(deploy)
    for _ in range(2):
        assert tick(tocsin)["told"] == 2
        tocsin.run(0.5)
    mails = sorted((one.to, one.request["Content"]["Simple"]["Subject"]["Data"]) for one in tocsin.sent)
    assert [to for to, _ in mails] == ["ana@example.com", "ben@example.com"]
    assert {subject for _, subject in mails} == {
        "You are on call for primary now",
        "Your time on call for primary has ended",
    }


def test_handoffs_that_cannot_be_told_are_told_by_the_next_tick(deploy: Deploy) -> None:
    tocsin = before_the_hour(deploy)
    tocsin.failing["sqs.SendMessageBatch"] = refusal()
    assert tick(tocsin) == {"looked_at": 0, "armed": 0, "overdue": 0, "told": 0}
    tocsin.failing.clear()
    tocsin.clock.advance(timedelta(minutes=1))
    assert tick(tocsin)["told"] == 2
