"""What the check says of policies with branches, and of schedules that are asked for their next, or everyone."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.config.documents import small
from tocsin.config.check import findings
from tocsin.config.compile import compile_config

AT = datetime(2026, 11, 23, tzinfo=UTC)


def codes(**sections: object) -> set[tuple[str, str]]:
    config = compile_config(small(**sections))
    return {(one.code, str(one.path[1]) if len(one.path) > 1 else "") for one in findings(config, AT)}


def policy(*steps: dict[str, object]) -> dict[str, object]:
    return {"shop": {"steps": list(steps), "last_resort": [{"user": "ana"}]}}


def test_a_schedule_whose_next_is_paged_is_used() -> None:
    assert ("unused", "primary") not in codes(
        policies=policy({"page": [{"next": "primary"}, {"user": "ana"}]})
    )
    assert ("unused", "primary") not in codes(policies=policy({"page": [{"everyone": "primary"}]}))
    assert ("unused", "primary") in codes(policies=policy({"page": [{"user": "ana"}]}))


def test_a_policy_with_a_condition_in_every_step_is_told() -> None:
    critical = {"severity": ["critical"]}
    assert ("only_branches", "shop") in codes(policies=policy({"page": [{"user": "ana"}], "when": critical}))
    assert ("only_branches", "shop") not in codes(
        policies=policy({"page": [{"user": "ana"}], "when": critical}, {"page": [{"user": "ana"}]})
    )
