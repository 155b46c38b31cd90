"""A handoff on the running stack: the right person a second before and a second after, and both are told once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3

from local.ministack import REGION
from tests.stack import generated
from tests.stack.conftest import TEAM, Tocsin, apply

#: How long before and after the handoff alerts come, a quarter of a second apart: functions that start first take
#: some seconds.
BEFORE, AFTER = timedelta(seconds=10), timedelta(seconds=4)
EVERY = 0.25
#: A tick a minute, a cold function, and a queue's visibility when the account runs as many functions as it may.
TOLD = 60 + 60 + 30

DOCUMENT = """\
version: 1
schedules:
  handing-over:
    timezone: UTC
    layers: [{{name: hours, users: [noa, mia], starts: "{starts}", rotate: {{unit: hour}}}}]
policies: {{handing-over: {{steps: [{{page: [{{schedule: handing-over}}], wait: 10m}}]}}}}
services: {{handing-over: {{policy: handing-over}}}}
integrations: {{handing-over: {{service: handing-over, source: generic}}}}
"""


def test_a_handoff_sends_each_alert_to_the_right_one_and_tells_both_once(
    tocsin: Tocsin, tmp_path: Path
) -> None:
    functions = boto3.client("lambda", region_name=REGION, endpoint_url=tocsin.stack.endpoint)
    tick = {"FunctionName": tocsin.stack.outputs["ClockFunctionName"], "Payload": b"{}"}
    functions.invoke(**tick)
    handoff = (datetime.now(UTC) + timedelta(seconds=30)).replace(microsecond=0)
    starts = handoff - timedelta(hours=1)
    (tmp_path / "generated.yaml").write_text(generated.document())
    (tmp_path / "handoff.yaml").write_text(DOCUMENT.format(starts=f"{starts:%Y-%m-%dT%H:%M:%S}"))
    apply(tocsin.store, [TEAM, tmp_path / "generated.yaml", tmp_path / "handoff.yaml"])
    key = tocsin.key("handing-over")

    names = _alert_around(tocsin, key, handoff)
    sides = {"before": 0, "after": 0}
    nearest = {"before": timedelta(days=1), "after": timedelta(days=1)}
    for name in names:
        number = tocsin.incident_of(name, "handing-over").number
        step = next(entry for entry in tocsin.timeline(number) if entry.kind == "step")
        asked_at = datetime.fromisoformat(str(step.details["asked_at"]))
        side = "before" if asked_at < handoff else "after"
        sides[side] += 1
        nearest[side] = min(nearest[side], abs(asked_at - handoff))
        assert step.details["people"] == ("noa" if side == "before" else "mia"), (name, asked_at, handoff)
    assert min(sides.values()) > 0
    assert max(nearest.values()) <= timedelta(seconds=1), nearest

    wanted = [
        ("mia", "You are on call for handing-over now"),
        ("noa", "You are on call for handing-over now"),  # since the schedule is there
        ("noa", "Your time on call for handing-over has ended"),
    ]
    tocsin.wait(lambda: _told(tocsin) == wanted, TOLD, "the handoff's notices")
    # Ticks that come again say nothing again.
    for _ in range(2):
        functions.invoke(**tick)
    time.sleep(5)
    assert _told(tocsin) == wanted


def _alert_around(tocsin: Tocsin, key: str, handoff: datetime) -> list[str]:
    """Sends alerts until the handoff is over; gives their dedup keys."""
    names: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        while (now := datetime.now(UTC)) < handoff + AFTER:
            if now >= handoff - BEFORE:
                names.append(f"handoff-{len(names)}")
                pool.submit(tocsin.send, key, {"title": names[-1], "dedup_key": names[-1]})
            time.sleep(EVERY)
    return names


def _told(tocsin: Tocsin) -> list[tuple[str, str]]:
    mails = [
        one for one in tocsin.handset.messages(via="email") if "on call for handing-over" in one["subject"]
    ]
    return sorted((one["user"], one["subject"]) for one in mails)
