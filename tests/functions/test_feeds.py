"""The quarter's tick: what calendars elsewhere say is who is paged, and a feed that fails for a day is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import AT, BEN, CHI, TEAM, Deployment, refusal
from tests.functions.test_half_way import deaths, until_done
from tests.unit.oncall.calendars.feeds import feed
from tocsin.edge import fetching
from tocsin.engine.feed import Fetched, FetchFailed
from tocsin.store.feeds import FeedState

Deploy = Callable[..., Deployment]
URL, AWAY = "https://calendar.example/s3cr3t.ics", "https://hr.example/s3cr3t.ics"
HOUR = timedelta(hours=1)
FOLLOWING = (
    TEAM.replace(
        "policies:",
        f"""schedules:
  primary:
    timezone: UTC
    layers: [{{users: [ana], starts: "2026-01-01T00:00"}}]
    feed: {{url: "{URL}"}}
policies:""",
    )
    .replace(
        "ringing: {steps: [{page: [{user: ben}], wait: 10m}]}",
        "ringing: {steps: [{page: [{schedule: primary}]}]}",
    )
    .replace("  lee:", f'  dee: {{away_feed: "{AWAY}"}}\n  lee:')
)


def saying(summary: str, hours: int = 2) -> bytes:
    times = [f"{at:%Y%m%dT%H%M%SZ}" for at in (AT - HOUR, AT + hours * HOUR)]
    return feed(f"SUMMARY:{summary}\nDTSTART:{times[0]}\nDTEND:{times[1]}")


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | str]:
    """What each address answers, or in words why it does not."""
    found: dict[str, bytes | str] = {URL: saying("Chi Tanaka"), AWAY: feed("SUMMARY:x\nDTSTART:20260101")}

    def fetch(_: Any, url: str, state: FeedState) -> Fetched:
        answer = found[url]
        if isinstance(answer, str):
            raise FetchFailed(f"calendar.example {answer}")
        return Fetched(answer, '"e"')

    monkeypatch.setattr(fetching.Fetcher, "__call__", fetch)
    return found


def read(tocsin: Deployment) -> Any:
    return tocsin.invoke("feeds", events.minute(tocsin.clock.now()))


def test_whom_the_calendar_names_is_paged(deploy: Deploy, pages: dict[str, bytes | str]) -> None:
    tocsin = deploy(FOLLOWING)
    assert read(tocsin) == {"read": 2, "failed": 0, "left": 0}
    tocsin.alert(integration="search")
    tocsin.run(0.5)
    assert [one.to for one in tocsin.sent] == [CHI]
    pages[URL] = saying("ben")
    tocsin.clock.advance(timedelta(minutes=15))
    read(tocsin)
    tocsin.alert("other", integration="search")
    tocsin.run(0.5)
    assert [one.to for one in tocsin.sent if one.page.startswith("1002")] == [BEN]


def test_a_team_without_feeds_asks_nobody(tocsin: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.Fetcher, "__call__", None)
    assert read(tocsin) == {"read": 0, "failed": 0, "left": 0}


def test_a_feed_that_is_gone_for_a_day_is_told_to_the_watchdog_and_never_where_it_was(
    deploy: Deploy, pages: dict[str, bytes | str]
) -> None:
    tocsin = deploy(FOLLOWING)
    read(tocsin)
    pages[URL] = "answers 404"
    for _ in range(2):
        assert read(tocsin) == {"read": 1, "failed": 1, "left": 0}
        assert tocsin.alarms() == []
    tocsin.clock.advance(timedelta(hours=24))
    for _ in range(2):
        read(tocsin)
    assert tocsin.alarms() == ["Tocsin: feed"]
    assert tocsin.counted("FeedsFailed") == 4
    assert "feeds were not read" in tocsin.logged.getvalue()
    assert "s3cr3t" not in tocsin.logged.getvalue() + tocsin.printed.getvalue()
    assert tocsin.store.feed("schedule:primary").error == "calendar.example answers 404"


def test_a_table_that_does_not_answer_fails_the_run_and_the_next_one_makes_up_for_it(
    deploy: Deploy, pages: dict[str, bytes | str]
) -> None:
    tocsin = deploy(FOLLOWING)
    tocsin.failing["dynamodb.TransactWriteItems"] = refusal(operation="TransactWriteItems")
    with pytest.raises(ExceptionGroup, match="feed:schedule:primary"):
        read(tocsin)
    assert tocsin.store.feed("user:dee").failures == 0
    tocsin.failing.clear()
    assert read(tocsin)["failed"] == 0
    assert [row.users for row in tocsin.store.changes().rows] == [("chi",)]


def test_wherever_it_dies_the_next_run_ends_what_was_begun(
    deploy: Deploy, pages: dict[str, bytes | str]
) -> None:
    def act(tocsin: Deployment) -> None:
        pages[URL] = saying("ben & chi", hours=3)
        until_done(lambda: read(tocsin))

    def before(tocsin: Deployment) -> None:
        tocsin.apply(FOLLOWING)
        pages[URL] = saying("chi")
        read(tocsin)
        tocsin.clock.advance(timedelta(minutes=15))

    def check(tocsin: Deployment, _: str) -> None:
        rows = tocsin.store.changes().rows
        assert [(row.users, row.made.cancelled) for row in rows] == [
            (("chi",), True),
            (("ben", "chi"), False),
        ]
        assert tocsin.store.feed("schedule:primary").etag == '"e"'

    assert deaths(deploy, "feeds", act, check, before=before) >= 6
