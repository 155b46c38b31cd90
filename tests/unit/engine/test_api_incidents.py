"""Incidents over the HTTP API: read by whoever has a token, changed by whoever has one that may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.engine.test_browsers import having_push
from tests.unit.engine.world import AT, TEAM, World
from tocsin.alerts.keys import hash_key
from tocsin.engine.api import answer
from tocsin.engine.api_commands import LONGEST, ROUTE, commanded
from tocsin.engine.requests import Request
from tocsin.engine.wishes import wished
from tocsin.escalation.conditions import Situation
from tocsin.escalation.simulate import simulate
from tocsin.incidents.incident import Urgency
from tocsin.store.configuration import Access

READS, ACTS = "a" * 32, "b" * 32


@pytest.fixture
def world() -> World:
    world = World()
    for key, subject in ((READS, ""), (ACTS, "act")):
        world.store.put_access(Access(hash_key(key), "api", subject, "ci", AT, "ana"))
    return world


def get(world: World, route: str, token: str = READS, path: Any = None, **query: str) -> Any:
    asked = Request(f"GET /v1/{route}", path or {}, query, {"authorization": f"Bearer {token}"})
    return answer(world.store, asked, "https://x", world.clock.now())


def post(
    world: World,
    number: object,
    body: Any,
    token: str | None = ACTS,
    key: str | None = None,
    route: str = ROUTE,
) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    if key is not None:
        headers["idempotency-key"] = key
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return commanded(world.ports, Request(route, {"number": str(number)}, {}, headers, raw))


def one(world: World, number: object) -> Any:
    return get(world, "incidents/{number}", path={"number": str(number)})


def test_what_is_open_is_listed_the_newest_first(world: World) -> None:
    first, second, other = world.alert("a"), world.alert("b"), world.alert("c", "quiet")
    wished(world.ports, {"id": "1", "incident": second.number, "action": "resolve", "actor": "ana"})
    found = get(world, "incidents").body
    assert [row["number"] for row in found["incidents"]] == [other.number, first.number]
    assert found["more"] is False
    assert [row["number"] for row in get(world, "incidents", service="quiet").body["incidents"]] == [
        other.number
    ]
    assert get(world, "incidents", service="empty").body["incidents"] == []
    nothing = get(world, "incidents", service="quite")
    assert (nothing.status, nothing.body["error"]) == (
        404,
        "there is no service named 'quite' (did you mean 'quiet'?); there are: checkout, empty, quiet",
    )


def test_an_incident_of_a_service_that_is_gone_is_listed_by_its_name(world: World) -> None:
    number = world.alert("c", "quiet").number
    world.apply(
        TEAM.replace("  quiet: {policy", "  still: {policy").replace("service: quiet", "service: still")
    )
    found = get(world, "incidents", service="quiet").body
    assert [row["number"] for row in found["incidents"]] == [number]


@pytest.mark.parametrize("route", ["oncall", "incidents", "incidents/{number}", "schedules/{name}"])
def test_what_is_nothing_to_ask_for_is_400(world: World, route: str) -> None:
    number = world.alert().number
    found = get(world, route, path={"number": str(number), "name": "primary"}, servise="checkout")
    assert found.status == 400
    assert "'servise' is nothing to ask for" in found.body["error"]


def test_a_long_list_says_that_there_is_more(world: World) -> None:
    for index in range(101):
        world.alert(f"disk{index}")
    found = get(world, "incidents").body
    assert (len(found["incidents"]), found["incidents"][0]["number"], found["more"]) == (100, 1101, True)


def test_an_incident_is_shown_with_its_alerts_and_its_timeline(world: World) -> None:
    number = world.alert().number
    world.alert()
    world.run()
    found = one(world, number).body
    assert (found["state"], found["title"]) == ("triggered", "disk is on fire")
    [alert] = found["alerts"]
    assert (alert["dedup_key"], alert["count"], alert["open"]) == ("disk", 2, True)
    assert [line["kind"] for line in found["timeline"]][:2] == ["opened", "step"]
    assert "+12025550101" not in json.dumps(found)


@pytest.mark.parametrize("number", ["9999", "0", "-1", "x", "", "1001 ", "\u0661", "1" * 40])
def test_an_incident_that_there_is_not_is_404(world: World, number: str) -> None:
    world.alert()
    assert one(world, number).status == 404
    assert post(world, number, {"action": "acknowledge", "user": "ana"}).status == 404


def test_a_command_is_done_in_the_name_of_the_user_and_says_that_it_was_by_api(world: World) -> None:
    number = world.alert().number
    told = post(world, number, {"action": "acknowledge", "user": "ana"})
    assert (told.status, told.body["answer"], told.body["incident"]["acknowledged_by"]) == (
        200,
        "done",
        "ana",
    )
    line = one(world, number).body["timeline"][-1]
    assert (line["kind"], line["by"], line["via"]) == ("acknowledged", "ana", "api")
    again = post(world, number, {"action": "acknowledge", "user": "ben"})
    assert (again.status, again.body["answer"]) == (200, "already")


def test_what_cannot_be_done_is_409_and_says_why(world: World) -> None:
    number = world.alert().number
    told = post(world, number, {"action": "merge", "user": "ana", "number": 4711})
    assert told.status == 409
    assert told.body["why"] == "there is no incident #4711 that it could be a part of"


def test_an_incident_is_muted_and_says_until_when(world: World) -> None:
    number = world.alert().number
    told = post(world, number, {"action": "mute", "user": "ana", "seconds": 4 * 3600})
    until = "2026-11-23T06:00:00.000000+00:00"
    assert (told.body["answer"], told.body["incident"]["muted_until"]) == ("done", until)
    assert [alert["muted_until"] for alert in one(world, number).body["alerts"]] == [until]
    told = post(world, number, {"action": "unmute", "user": "ana"})
    assert (told.body["answer"], told.body["incident"]["muted_until"]) == ("done", None)
    assert [alert["muted_until"] for alert in one(world, number).body["alerts"]] == [None]
    told = post(world, number, {"action": "mute", "user": "ana", "seconds": 59})
    assert (told.status, told.body["why"]) == (409, "a mute is from 1 minute to 31 days long")


def test_the_same_idempotency_key_is_the_same_command(world: World) -> None:
    number = world.alert().number
    for _ in range(2):
        told = post(world, number, {"action": "note", "user": "ana", "text": "disk is full"}, key="deploy-7")
        assert told.body["answer"] == "done"
    post(world, number, {"action": "note", "user": "ana", "text": "disk is full"})
    assert world.kinds(number).count("note") == 2


def test_of_two_tokens_the_same_key_is_two_commands(world: World) -> None:
    number, other = world.alert().number, "c" * 32
    world.store.put_access(Access(hash_key(other), "api", "act", "ci", AT, "ana"))
    for token in (ACTS, other):
        post(world, number, {"action": "note", "user": "ana", "text": "full"}, token, key="k")
    assert world.kinds(number).count("note") == 2


def test_what_was_so_already_is_not_done_when_the_request_comes_again(world: World) -> None:
    number = world.alert().number
    post(world, number, {"action": "acknowledge", "user": "ben"})
    wish = {"action": "acknowledge", "user": "ana"}
    first = post(world, number, wish, key="k")
    assert first.body["answer"] == "already"
    post(world, number, {"action": "unacknowledge", "user": "ben"})
    assert post(world, number, wish, key="k").body == first.body
    assert world.get(number).state.value == "triggered"


def test_a_key_is_remembered_however_much_happens_meanwhile(world: World) -> None:
    number = world.alert().number
    wish = {"action": "note", "user": "ana", "text": "first"}
    post(world, number, wish, key="k")
    for index in range(60):
        post(world, number, {"action": "note", "user": "ben", "text": str(index)})
    assert post(world, number, wish, key="k").body["answer"] == "done"
    assert sum(line.details.get("text") == "first" for line in world.timeline(number)) == 1


def test_the_same_key_for_another_command_or_incident_is_422(world: World) -> None:
    number, other = world.alert("a").number, world.alert("b").number
    wish = {"action": "note", "user": "ana", "text": "full"}
    assert post(world, number, wish, key="k").status == 200
    assert post(world, number, {"action": "resolve", "user": "ana"}, key="k").status == 422
    assert post(world, other, wish, key="k").status == 422
    assert world.get(number).open
    assert "note" not in world.kinds(other)


def test_what_is_open_and_waits_for_nothing_is_listed(world: World) -> None:
    world.apply(TEAM.replace("quiet: {policy: p, auto_resolve: 1h,", "quiet: {policy: p,"))
    plain = world.alert("r", "quiet").number
    post(world, plain, {"action": "acknowledge", "user": "ana"})
    assert world.get(plain).due is None
    assert plain in [row["number"] for row in get(world, "incidents").body["incidents"]]
    post(world, plain, {"action": "resolve", "user": "ana"})
    assert plain not in [row["number"] for row in get(world, "incidents").body["incidents"]]


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("z" * 32, 401), ("", 401), (READS, 403)])
def test_only_a_token_that_may_changes_anything(world: World, token: str | None, status: int) -> None:
    number = world.alert().number
    told = post(world, number, {"action": "resolve", "user": "ana"}, token)
    assert told.status == status
    assert world.get(number).open


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b"\xff",
        b"[" * 9_000,
        {},
        {"action": "acknowledge"},
        {"action": "acknowledge", "user": 7},
        {"action": "explode", "user": "ana"},
        {"user": "ana"},
        {"action": "snooze", "user": "ana", "seconds": "soon"},
        {"action": "mute", "user": "ana", "seconds": 10**30},
        b'{"action": "mute", "user": "ana", "seconds": 1e999}',
        {"action": "reassign", "user": "ana", "users": 4},
        {"action": "reassign", "user": "ana", "users": "ana"},
        b'{"action": "snooze", "user": "ana", "seconds": 1e300}',
        b'{"action": "snooze", "user": "ana", "seconds": Infinity}',
        b'{"action": "escalate", "user": "ana", "step": Infinity}',
        {"action": "snooze", "user": "ana", "seconds": 10**20},
        {"action": "snooze", "user": "ana", "seconds": True},
        {"action": "snooze", "user": "ana", "seconds": 90.5},
        {"action": "snooze", "user": "ana", "seconds": "600"},
        {"action": "acknowledge", "user": "ana", "text": "mine"},
        {"action": "reassign", "user": "ana", "users": [""]},
        {"action": ["acknowledge"], "user": "ana"},
    ],
)
def test_what_is_no_command_is_400_and_changes_nothing(world: World, body: Any) -> None:
    number = world.alert().number
    told = post(world, number, body)
    assert told.status == 400
    assert told.body["error"]
    assert world.get(number).state.value == "triggered"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"action": "acknowlege"},
            "action is 'acknowlege' (did you mean 'acknowledge'?): it has to be one of acknowledge, unacknowledge,",
        ),
        ({}, 'say what to do: "action" is one of acknowledge, unacknowledge, keep, resolve,'),
        (
            {"action": "acknowledge", "foo": 1},
            "acknowledge takes no 'foo': it takes action, user",
        ),
        (
            {"action": "snooze", "second": 60},
            "snooze takes no 'second' (did you mean 'seconds'?): it takes action, user, seconds",
        ),
        ({"action": "snooze"}, 'snooze takes seconds: "seconds" is missing, a whole number, such as 3600'),
        (
            {"action": "escalate", "step": True},
            "step is 'True': it has to be a whole number, such as 2",
        ),
        (
            {"action": "ask", "users": "ben"},
            "users is 'ben': it has to be a list of names, such as [\"ana\"]",
        ),
        (
            {"action": "note", "user": "anna", "text": "x"},
            "there is no user named 'anna' (did you mean 'ana'?)",
        ),
    ],
)
def test_what_is_wrong_with_a_command_is_told_with_what_is_possible(
    world: World, body: dict[str, Any], words: str
) -> None:
    number = world.alert().number
    told = post(world, number, {"user": "ana", **body})
    assert told.body["error"].startswith(words)
    assert told.status in (400, 404)
    assert world.kinds(number)[-1] != "note"


def test_what_is_null_is_not_said(world: World) -> None:
    number = world.alert().number
    assert post(world, number, {"action": "escalate", "user": "ana", "step": None}).body["answer"] == "done"


def test_whoever_gave_it_up_has_it_no_more(world: World) -> None:
    number = world.alert().number
    post(world, number, {"action": "acknowledge", "user": "ana"})
    shown = one(world, number).body
    assert (shown["acknowledged_by"], shown["acknowledged_at"] is not None) == ("ana", True)
    post(world, number, {"action": "escalate", "user": "ana"})
    shown = one(world, number).body
    assert (shown["state"], shown["acknowledged_by"], shown["acknowledged_at"]) == ("triggered", None, None)


@pytest.mark.parametrize("action", ["acknowledge", "keep"])
def test_nobody_has_an_incident_whom_no_configuration_knows(world: World, action: str) -> None:
    number = world.alert().number
    wish = {"id": "1", "incident": number, "action": action, "actor": "bem"}
    told = wished(world.ports, wish)
    assert (told["answer"], told["why"]) == (
        "refused",
        "there is no user named 'bem' (did you mean 'ben'?): say who has it with --as; there are: ana, ben, chi, lee",
    )
    assert world.get(number).state.value == "triggered"
    assert wished(world.ports, {**wish, "id": "2", "action": "note", "text": "mine"})["answer"] == "done"
    assert wished(world.ports, {**wish, "id": "3", "actor": "ben"})["answer"] == "done"


def test_whoever_is_gone_meanwhile_or_came_meanwhile_may_take_it(world: World) -> None:
    def with_user(name: str) -> str:
        return TEAM.replace("users:", f"users:\n  {name}: {{name: {name}, email: {name}@example.com}}", 1)

    def answer_to(number: int, who: str) -> str:
        wish = {"id": f"{number}-{who}", "incident": number, "action": "acknowledge", "actor": who}
        return str(wished(world.ports, wish)["answer"])

    before = world.alert("a").number
    world.apply(with_user("zoe"))
    with_zoe = world.alert("b").number
    world.apply(with_user("yan"))
    assert answer_to(before, "zoe") == "refused"
    assert answer_to(before, "yan") == "done"
    assert answer_to(with_zoe, "zoe") == "done"


def test_a_body_without_end_is_not_read(world: World) -> None:
    assert post(world, world.alert().number, b" " * (LONGEST + 1)).status == 413


@pytest.mark.parametrize("key", ["x" * 101, "a\nb", "\x00"])
def test_a_key_that_is_none_is_400(world: World, key: str) -> None:
    assert post(world, world.alert().number, {"action": "resolve", "user": "ana"}, key=key).status == 400


def test_a_stranger_acts_in_nobodys_name(world: World) -> None:
    number = world.alert().number
    assert post(world, number, {"action": "resolve", "user": "eve"}).status == 404
    assert post(world, number, {"action": "resolve", "user": "ana"}, route="POST /v1/x").status == 404
    assert world.get(number).open


def test_the_api_simulates_what_the_engine_then_does(world: World) -> None:
    foretold = get(world, "simulate", service="checkout", until=(AT + timedelta(minutes=9)).isoformat()).body
    world.alert()
    world.run(8.9)
    pages = [(page["after_seconds"] / 60, page["user"]) for page in foretold["pages"]]
    people = {"101": "ana", "102": "ben", "ben": "ben"}
    assert pages == [(at, people[to]) for at, _, to in world.sent()]


def test_what_is_asked_of_the_simulator_is_what_it_is_told(world: World) -> None:
    query = {
        "service": "checkout",
        "at": "2026-12-24T03:00+01:00",
        "urgency": "low",
        "severity": "SEV1",
        "priority": "P1",
        "label": "team=payments,env=prod",
        "repeats": "3",
        "turn": "2",
        "ack_after": "7m",
        "by": "ben",
        "until": "2026-12-25T03:00+01:00",
    }
    found = get(world, "simulate", **query)
    assert found.status == 200
    assert found.body["at"] == "2026-12-24T02:00:00+00:00"
    _, config = world.store.config()
    at = datetime.fromisoformat(query["at"])
    direct = simulate(
        config.book,
        "checkout",
        at,
        urgency=Urgency.LOW,
        situation=Situation("SEV1", "P1", {"team": "payments", "env": "prod"}, 3, 2),
        ack_after=timedelta(minutes=7),
        by=("ben",),
        until=at + timedelta(days=1),
    )
    assert found.body == direct.as_json(UTC)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"service": "nothing"}, 404),
        ({"service": "checkout", "by": "eve", "ack_after": "1m"}, 404),
        ({"service": "checkout", "by": "ana"}, 400),
        ({"service": "checkout", "ack_after": "soon"}, 400),
        ({"service": "checkout", "urgency": "loud"}, 400),
        ({"service": "checkout", "repeats": "x"}, 400),
        ({"service": "checkout", "repeats": "0"}, 400),
        ({"service": "checkout", "turn": "-1"}, 400),
        ({"service": "checkout", "severity": "SEV9"}, 400),
        ({"service": "checkout", "priority": "P0"}, 400),
        ({"service": "checkout", "label": "team"}, 400),
        ({"service": "checkout", "failing": "eve"}, 404),
        ({"service": "checkout", "failing": "ana:fax"}, 404),
        ({"service": "checkout", "by": "ana,eve", "ack_after": "1m"}, 404),
        ({"service": "checkout", "label": "=x"}, 400),
        ({"service": "checkout", "until": "2027-11-23T02:00Z"}, 400),
        ({"service": "checkout", "until": "2026-11-23T01:00Z"}, 400),
        ({"service": "checkout", "at": "tomorrow"}, 400),
        ({"service": "checkout", "at": "2020-01-01T00:00Z"}, 404),
        ({"service": "checkout", "whatever": "1"}, 400),
    ],
)
def test_what_the_simulator_cannot_take_is_named(world: World, query: dict[str, str], status: int) -> None:
    found = get(world, "simulate", **query)
    assert found.status == status
    assert found.body["error"]


def test_what_the_simulator_cannot_take_is_told_with_what_it_can(world: World) -> None:
    def error(**query: str) -> str:
        return str(get(world, "simulate", **{"service": "checkout", **query}).body["error"])

    assert error(severity="SEV9") == (
        "severity: 'SEV9' is not known: there are SEV1, SEV2, SEV3, SEV4, SEV5, critical, error, warning, info, unknown"
    )
    assert error(turn="-1") == "turn: '-1' is no whole number from 0 on"
    assert error(service="chekout") == (
        "there is no service named 'chekout' (did you mean 'checkout'?); there are: checkout, empty, quiet"
    )
    assert error(failing="ana:smss").startswith(
        "there is no way or contact of ana named 'smss' (did you mean 'sms'?); there are: "
    )


def test_phones_that_fail_are_asked_of_the_simulator(world: World) -> None:
    told = get(world, "simulate", service="checkout", failing="ana:sms,ben", ack_after="30m", by="ana,ben")
    assert told.status == 200
    failing = [row for row in told.body["skipped"] if row["reason"] == "failing"]
    assert {(row["user"], row["via"]) for row in failing} == {
        ("ana", "sms"),
        ("ben", "voice"),
        ("ben", "email"),
    }
    assert all(row["user"] != "ben" for row in told.body["pages"])


def test_nobody_simulates_without_a_token(world: World) -> None:
    assert get(world, "simulate", token="z" * 32, service="checkout").status == 401
    assert get(world, "incidents", token="z" * 32).status == 401


def test_who_has_push_is_simulated_to_be_paged_by_it() -> None:
    pushed = having_push()
    pushed.store.put_access(Access(hash_key(READS), "api", "", "ci", AT, "ana"))
    foretold = get(pushed, "simulate", service="checkout").body
    assert [(page["user"], page["via"]) for page in foretold["pages"]][:2] == [
        ("ana", "push"),
        ("ana", "sms"),
    ]
