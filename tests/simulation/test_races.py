"""Two things at once, in every order of their effects: whoever comes first, everybody is told the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.simulation.people import ANSWERS
from tests.simulation.races import ANA, BEN, Account, Run, orders
from tocsin.incidents.incident import State

NUMBER = 1001


def pressed(account: Account, who: str, page: str, digit: str, to: str) -> Run:
    account.acts(who, "call", digit, NUMBER)
    event = events.key_press(f"call-{page}", to, {"page": page, "incident": str(NUMBER)}, digit)
    return account.run("reply", f"{who} presses {digit}", event)


def by_ana(account: Account, digit: str = "4") -> Run:
    return pressed(account, "ana", f"{NUMBER}-c1-r1-s1-ana-1", digit, ANA)


def by_ben(account: Account, digit: str = "4") -> Run:
    return pressed(account, "ben", f"{NUMBER}-c1-r1-s1-ben-0", digit, BEN)


def batch(account: Account, function: str, name: str, records: Sequence[dict[str, Any]]) -> Run:
    return account.run(function, name, {"Records": list(records)})


def texted(account: Account, id: str, sender: str, words: str) -> dict[str, Any]:
    account.acts("ana", "sms", words, NUMBER, id)
    account.cloud.publish(id, "replies", events.two_way_text(sender, words, "", id), ANSWERS)
    (record,) = account.held_back("replies")
    return record


def kinds(account: Account) -> Counter[str]:
    return Counter(entry.kind for entry in account.cloud.store.timeline(NUMBER))


def told(account: Account, name: str) -> str:
    return str(account.answers[name].answer["say"])


def all_well(
    prepare: Callable[[Account], Sequence[Run]],
    check: Callable[[Account], None] = lambda account: None,
    switches: int = 5,
) -> int:
    """Every order ends well. Gives how many there are."""
    count = 0
    for account in orders(prepare, switches):
        count += 1
        found = account.rest()
        assert not found, "\n".join([*found, *account.order])
        check(account)
    return count


def test_two_acks_at_once() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        return by_ana(account), by_ben(account)

    def check(account: Account) -> None:
        lines = [entry for entry in account.cloud.store.timeline(NUMBER) if entry.kind == "acknowledged"]
        first = lines[0].actor.name
        loser = {"ana": "ben", "ben": "ana"}[first]
        assert told(account, f"{first} presses 4") == "Incident 1 0 0 1 acknowledged."
        assert (
            told(account, f"{loser} presses 4")
            == f"Incident 1 0 0 1 was already acknowledged by {first.title()}."
        )

    assert all_well(prepare, check) >= 20


@pytest.mark.parametrize("digit", ["4", "6", "9"])
def test_an_answer_against_the_next_step(digit: str) -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        return account.wake(), by_ben(account, digit)

    def check(account: Account) -> None:
        word = {"4": "acknowledged", "6": "resolved", "9": "escalated"}[digit]
        assert kinds(account)[word] == 1
        assert told(account, f"ben presses {digit}") == f"Incident 1 0 0 1 {word}."

    assert all_well(prepare, check) >= 20


def test_an_ack_against_a_page_on_its_way() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        account.hold("pages")
        account.pass_time(62)
        (page,) = account.held_back("pages")
        return batch(account, "page", "the page", [page]), by_ana(account)

    assert all_well(prepare) >= 20


def test_a_persons_ack_against_the_senders_resolve() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        return batch(account, "triage", "the resolve", account.sent("disk", "resolve")), by_ben(account)

    def check(account: Account) -> None:
        incident = account.cloud.store.incident(NUMBER)
        assert incident is not None
        assert incident.state is State.RESOLVED
        assert kinds(account)["resolved"] == 1

    assert all_well(prepare, check) >= 20


def test_a_persons_resolve_against_a_repeat() -> None:
    """The repeat belongs to the old incident, or opens a new one: it is never lost, and never counted twice."""

    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        return batch(account, "triage", "the repeat", account.sent("disk", "trigger")), by_ben(account, "6")

    ends = Counter[int]()

    def check(account: Account) -> None:
        ends[len(account.cloud.store.numbers())] += 1

    assert all_well(prepare, check) >= 20
    assert set(ends) == {1, 2}, "both happen, in one order or another"


def test_a_mute_against_the_trigger_that_would_open_it_again() -> None:
    """Either it is dropped, or another incident has the alert and the mute says so: no mute is written over."""

    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(62)
        account.alert(action="resolve")
        account.pass_time(62)
        wish = {
            "id": "m",
            "incident": NUMBER,
            "action": "mute",
            "actor": "ben",
            "via": "desk",
            "seconds": 3600,
        }
        return (
            batch(account, "triage", "the trigger", account.sent("disk", "trigger")),
            account.run("reply", "the mute", {"command": wish}),
        )

    ends = Counter[tuple[str, bool, int]]()

    def check(account: Account) -> None:
        told = str(account.answers["the mute"].answer["answer"])
        incident = account.cloud.store.incident(NUMBER)
        assert incident is not None
        (alert,) = account.cloud.store.alerts(incident.alerts)
        ends[told, alert.muted_until is not None, len(account.cloud.store.numbers())] += 1

    assert all_well(prepare, check) >= 20
    assert set(ends) == {("done", True, 1), ("refused", False, 2)}


def test_two_pages_to_one_phone() -> None:
    """Codes are given, and calls are counted, by whoever writes first; the other sees what was written."""

    def prepare(account: Account) -> Sequence[Run]:
        account.hold("pages")
        account.alert("one")
        account.alert("two")
        calls = [record for record in account.held_back("pages") if "ben" in record["body"]]
        assert len(calls) == 2
        return [batch(account, "page", f"page {index}", [record]) for index, record in enumerate(calls)]

    def check(account: Account) -> None:
        (record,) = [one for one in account.cloud.witness.taken if one.channel == "connect"][:1]
        assert record.to == "+12025550002"

    assert all_well(prepare, check, switches=3) >= 100


def test_one_page_delivered_twice_at_once() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.hold("pages")
        account.alert()
        (text,) = [record for record in account.held_back("pages") if "ana" in record["body"]]
        return batch(account, "page", "page", [text]), batch(account, "page", "page'", [text])

    def check(account: Account) -> None:
        assert [one.page_id for one in account.cloud.witness.taken].count(f"{NUMBER}-c1-r1-s1-ana-0") == 1

    assert all_well(prepare, check) >= 20


def test_one_text_delivered_twice_at_once() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.alert()
        account.pass_time(10)
        record = texted(account, "text", ANA, "1a")
        return batch(account, "reply", "text", [record]), batch(account, "reply", "text'", [record])

    def check(account: Account) -> None:
        words = [one.text for one in account.cloud.witness.taken if one.page_id == "sms-text"]
        assert words == ["#1001 acknowledged. 1r resolves."]

    assert all_well(prepare, check, switches=3) >= 100


def never_armed(account: Account) -> None:
    """An incident whose clock could not be started."""
    with account.no_executions():
        account.alert()
    incident = account.cloud.store.incident(NUMBER)
    assert incident is not None
    assert incident.clock == ""
    account.pass_time(62)


def test_two_auditors_at_once() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        never_armed(account)
        return account.run("clock", "the auditor", {}), account.run("clock", "the auditor's double", {})

    def check(account: Account) -> None:
        assert kinds(account)["armed_anew"] == 1

    assert all_well(prepare, check) >= 20


@pytest.mark.parametrize("digit", ["4", "9"])
def test_the_auditor_against_an_answer(digit: str) -> None:
    def prepare(account: Account) -> Sequence[Run]:
        never_armed(account)
        return account.run("clock", "the auditor", {}), by_ben(account, digit)

    assert all_well(prepare) >= 20


def test_a_refusal_against_an_ack() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        account.cloud.carriers.dead = frozenset({ANA})
        account.alert()
        account.hold("pages")
        account.pass_time(62)
        (call,) = account.held_back("pages")
        return batch(account, "page", "the call to ana", [call]), by_ben(account)

    def check(account: Account) -> None:
        assert kinds(account)["acknowledged"] == 1

    assert all_well(prepare, check) >= 20


def test_two_events_of_different_keys_at_once() -> None:
    def prepare(account: Account) -> Sequence[Run]:
        return [
            batch(account, "triage", f"triage of {key}", account.sent(key, "trigger"))
            for key in ("one", "two")
        ]

    def check(account: Account) -> None:
        assert len(account.cloud.store.numbers()) == 2

    assert all_well(prepare, check, switches=3) >= 100
