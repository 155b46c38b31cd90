"""Before an apply people see what it means for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.config.history import facts_for
from tocsin.oncall.changes import NO_CHANGES
from tocsin_cli.foretelling import foretold

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def team(users: list[Any], **layer: Any) -> dict[str, Any]:
    row = {
        "name": "weekly",
        "users": users,
        "starts": "2026-11-02T09:00",
        "rotate": {"unit": "week"},
        **layer,
    }
    people = {user: {"name": user.title()} for user in ("ana", "ben", "chi", "dee") if user in users}
    return small(
        users=people,
        schedules={"primary": {"timezone": "Europe/London", "layers": [row]}},
        policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
    )


def told(before: dict[str, Any] | None, after: dict[str, Any], days: int = 30) -> str:
    old = compile_config(before) if before is not None else None
    facts, _ = facts_for(old, NO_CHANGES, compile_config(after), NOW, {})
    return foretold(old, compile_config(after, facts=facts), facts, NOW, days=days)


def test_somebody_new_cuts_no_turn_short_and_everybody_sees_their_hours():
    assert (
        told(team(["ana", "ben", "chi"]), team(["ana", "dee", "ben", "chi"]))
        == """\
primary, layer weekly: no turn is cut short; it goes on with ana, then dee, then ben, then chi
What changes on call in the 30 days from now, and for whom:
  Ana (ana): +5d 3h, -7d
    -  Mon 2026-12-14 09:00 +00:00  → Mon 2026-12-21 09:00 +00:00  7d     primary
    +  Mon 2026-12-21 09:00 +00:00  → Sat 2026-12-26 12:00 +00:00  5d 3h  primary
  Ben (ben): +7d, -12d 3h
    -  Mon 2026-11-30 09:00 +00:00  → Mon 2026-12-07 09:00 +00:00  7d     primary
    +  Mon 2026-12-07 09:00 +00:00  → Mon 2026-12-14 09:00 +00:00  7d     primary
    -  Mon 2026-12-21 09:00 +00:00  → Sat 2026-12-26 12:00 +00:00  5d 3h  primary
  Chi (chi): +7d, -7d
    -  Mon 2026-12-07 09:00 +00:00  → Mon 2026-12-14 09:00 +00:00  7d  primary
    +  Mon 2026-12-14 09:00 +00:00  → Mon 2026-12-21 09:00 +00:00  7d  primary
  Dee (dee): +7d
    +  Mon 2026-11-30 09:00 +00:00  → Mon 2026-12-07 09:00 +00:00  7d  primary"""
    )


def test_who_is_gone_is_named():
    assert "chi is gone, and passed over on primary" in told(
        team(["ana", "ben", "chi"]), team(["ana", "ben"])
    )


def test_the_first_apply_has_nothing_to_compare_with():
    assert told(None, team(["ana", "ben"])) == ""


def test_where_nobodys_hours_change_nothing_is_said():
    assert told(team(["ana", "ben"]), team(["ana", "ben"]) | {"catch_all": "checkout"}) == ""
