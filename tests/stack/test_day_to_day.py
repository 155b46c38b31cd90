"""Leave, cover and temporary schedules, by command on the running stack: who changed it is who is paged."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import boto3

from local.ministack import REGION
from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command


def _paged(tocsin: Tocsin, key: str, name: str) -> str:
    """Whom the first step of a new incident finds."""
    assert tocsin.send(key, {"action": "trigger", "dedup_key": name, "title": "the desk"}).status == 202
    number = tocsin.incident_of(name, "desk").number

    def step() -> str | None:
        found = [entry for entry in tocsin.timeline(number) if entry.kind == "step"]
        return str(found[0].details["people"]) if found else None

    return str(tocsin.wait(step, what=f"the first step of #{number}"))


def _span(hours: int) -> tuple[str, str, str, str]:
    """From a minute ago on: the change counts from when it is made."""
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        "--from",
        (now - timedelta(minutes=1)).isoformat(),
        "--to",
        (now + timedelta(hours=hours)).isoformat(),
    )


def _id(told: str) -> str:
    """The change's id, which ends what the command tells."""
    return told.rsplit(" ", 1)[1].strip()


def test_who_is_away_is_not_paged_but_the_delegate_until_it_is_taken_back(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    assert _paged(tocsin, key, f"{name}-before") == "noa"
    told = tocsin_command(tocsin, "away", "noa", "--delegate", "ops", *_span(2))
    assert "Ops (ops)" in told
    assert _paged(tocsin, key, f"{name}-away") == "ops"
    tocsin_command(tocsin, "cancel", _id(told))
    assert _paged(tocsin, key, f"{name}-back") == "noa"


def test_who_takes_the_cover_that_was_asked_for_is_paged_and_told_of_as_such(
    tocsin: Tocsin, name: str
) -> None:
    key = tocsin.key("desk")
    request = _id(tocsin_command(tocsin, "cover", "ask", "desk", "--user", "noa", *_span(1)))
    assert _paged(tocsin, key, f"{name}-asked") == "noa"
    told = tocsin_command(tocsin, "cover", "take", request, "--user", "ops")
    assert "Ops (ops)" in told
    assert _paged(tocsin, key, f"{name}-taken") == "ops"
    listed = tocsin_command(tocsin, "changes")
    assert re.search(rf"{request}.*(\n .*)*ops", listed), listed
    tocsin_command(tocsin, "cancel", request)
    assert _paged(tocsin, key, f"{name}-over") == "noa"


def test_a_temporary_schedule_stands_in_for_the_layers(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    _, start, _, end = span = _span(1)
    told = tocsin_command(tocsin, "temporary", "desk", "--shift", f"mia,{start},{end}", *span)
    assert _paged(tocsin, key, f"{name}-temporary") == "mia"
    tocsin_command(tocsin, "cancel", _id(told))
    assert _paged(tocsin, key, f"{name}-over") == "noa"


def test_a_feed_on_a_private_address_is_never_asked_and_says_so(tocsin: Tocsin) -> None:
    functions = boto3.client("lambda", region_name=REGION, endpoint_url=tocsin.stack.endpoint)
    answer = functions.invoke(FunctionName=tocsin.stack.outputs["FeedsFunctionName"], Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"read": 0, "failed": 1, "left": 0}
    told = tocsin_command(tocsin, "feeds")
    assert "schedule desk" in told
    assert "does not belong to the open internet" in told, told
