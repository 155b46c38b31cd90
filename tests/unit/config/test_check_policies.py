"""What the check says of policies with branches, and of schedules that are asked for their next, or everyone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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


def said(**sections: object) -> dict[str, tuple[str, str, str]]:
    """By code: where it is, how grave, and the words."""
    config = compile_config(small(**sections))
    return {
        one.code: (".".join(map(str, one.path)), one.severity, one.message) for one in findings(config, AT)
    }


PEOPLE: dict[str, Any] = {
    "ana": {"contacts": {"mobile": "+5511955550100"}},
    "ben": {"email": "ben@example.com", "contacts": {"mobile": "+447700900123"}},
}


def test_an_ack_of_all_is_that_of_one_in_a_round_robin() -> None:
    both: dict[str, object] = {"page": [{"user": "ana"}], "round_robin": "true", "ack": "all"}
    assert said(policies=policy(both))["ack_of_one"] == (
        "policies.shop.steps.0.ack",
        "warning",
        "all waits for one ack alone: round_robin pages one person; leave out one of the two",
    )
    one_or_other: tuple[dict[str, object], ...] = (
        {"round_robin": "true"},
        {"ack": "all"},
        {"round_robin": "true", "ack": "first"},
    )
    for alone in one_or_other:
        assert "ack_of_one" not in said(policies=policy({"page": [{"user": "ana"}], **alone}))


def test_a_step_that_only_posts_says_that_it_wakes_nobody() -> None:
    people: dict[str, Any] = {"page": [{"user": "ana"}]}
    chat: dict[str, Any] = {"page": [{"slack": "#ops"}, {"telegram": "-100123"}]}
    assert said(policies=policy(people, chat))["only_posts"] == (
        "policies.shop.steps.1",
        "info",
        "only posts, which wakes nobody: it is passed at once, without its wait",
    )
    assert "only_posts" not in said(policies=policy({"page": [*chat["page"], {"user": "ana"}]}))


def rotation(high: list[dict[str, str]]) -> dict[str, tuple[str, str, str]]:
    """Ben has turns beside Ana, and these rules."""
    layer = {
        "name": "weekly",
        "users": ["ana", "ben"],
        "starts": "2026-01-05T09:00",
        "rotate": {"unit": "week"},
    }
    return said(
        users={**PEOPLE, "ben": {**PEOPLE["ben"], "notify": {"high": high}}},
        schedules={"primary": {"timezone": "Europe/London", "layers": [layer]}},
    )


def test_somebody_with_turns_whom_only_mail_reaches_is_to_be_mended() -> None:
    assert rotation([{"via": "email"}])["nothing_wakes"] == (
        "users.ben",
        "warning",
        "has turns on primary and is reached by e-mail alone, which wakes nobody: "
        "add a number and a rule for sms or voice",
    )
    for way in ("sms", "voice"):
        told = rotation([{"via": "email"}, {"after": "1m", "via": way}])
        assert "nothing_wakes" not in told
        assert "only_email" not in told


def test_push_may_be_registered_and_so_may_be_meant() -> None:
    told = rotation([{"via": "push"}, {"after": "1m", "via": "email"}])
    assert "nothing_wakes" not in told
    assert told["only_email"][:2] == ("users.ben", "info")


def test_somebody_named_by_a_policy_alone_may_be_meant_to_have_mail() -> None:
    told = said(
        users={**PEOPLE, "ben": {**PEOPLE["ben"], "notify": {"high": [{"via": "email"}]}}},
        policies=policy({"page": [{"schedule": "primary"}, {"user": "ben"}]}),
    )
    assert "nothing_wakes" not in told
    assert told["only_email"] == (
        "users.ben",
        "info",
        "is reached by e-mail alone, which wakes nobody: add a number",
    )


def test_a_chat_wakes_nobody_and_is_named() -> None:
    told = said(
        users={
            **PEOPLE,
            "ben": {"chat": {"slack": "U012AB3CD"}, "notify": {"high": [{"via": "slack"}]}},
        },
        policies=policy({"page": [{"schedule": "primary"}, {"user": "ben"}]}),
    )
    assert "is reached by slack alone, which wakes nobody" in told["only_email"][2]
