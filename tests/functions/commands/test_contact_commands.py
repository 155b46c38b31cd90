"""What apply and doctor say of contacts that nobody has verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.functions.deployment import TEAM
from tests.functions.stacks import Account
from tests.unit.cli.running import Done
from tocsin.store.dynamo import DynamoStore
from tocsin.store.people import Phone

Command = Callable[..., Done]
EVERYBODY = "ana (email, mobile), ben (email, mobile), chi (email, mobile)"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    path = tmp_path / "tocsin.yaml"
    path.write_text(TEAM)
    return path


@pytest.fixture
def required(account: Account, store: DynamoStore) -> None:
    account.stacks["tocsin"]["ContactVerification"] = "required"


def contacts(command: Command) -> list[tuple[str, str]]:
    rows = json.loads(command("doctor", "--json").out)["findings"]
    return [(row["health"], row["words"]) for row in rows if row["check"] == "contacts"]


def test_apply_names_who_is_not_verified_and_what_mends_it(
    command: Command, required: None, team: Path
) -> None:
    for _ in range(2):  # also when there is nothing to apply
        done = command("apply", team)
        assert done.code == 0
        assert f"Not verified, and are passed over: {EVERYBODY}." in done.out
        assert "tocsin apply --vouch FILE" in done.out
    assert contacts(command) == [("fail", f"nothing of theirs is verified: {EVERYBODY}")]


def test_whoever_applies_may_answer_for_all_of_them_and_it_is_kept_who_did(
    command: Command, required: None, store: DynamoStore, team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "dee")
    done = command("apply", "--vouch", team)
    assert f"You answer for 6 contacts: {EVERYBODY}." in done.out
    assert store.phone("+12025550101").verified["ana"].by == "dee"
    assert "Every contact is verified already." in command("apply", "--vouch", team).out
    assert contacts(command) == [("ok", "6 are verified")]


def test_a_new_number_is_named_and_whoever_has_another_that_is_verified_is_still_reached(
    command: Command, required: None, team: Path
) -> None:
    command("apply", "--vouch", team)
    team.write_text(TEAM.replace("+12025550101", "+12025550199"))
    assert "Not verified, and are passed over: ana (mobile)." in command("apply", team).out
    assert contacts(command) == [("warn", "not verified, and passed over: ana (mobile)")]


def test_where_it_is_not_required_they_are_paged_and_named_all_the_same(
    command: Command, account: Account, store: DynamoStore, team: Path
) -> None:
    account.stacks["tocsin"]["ContactVerification"] = "off"
    assert "are paged all the same (ContactVerification is off)" in command("apply", team).out
    assert contacts(command) == [("warn", f"not verified, and paged all the same: {EVERYBODY}")]


def test_a_stack_that_knows_nothing_of_it_is_told_nothing(
    command: Command, store: DynamoStore, team: Path
) -> None:
    assert "verified" not in command("apply", team).out
    assert contacts(command) == []


@pytest.mark.parametrize("known_to_the_carrier_alone", [False, True])
def test_whoever_has_said_stop_is_named_when_a_file_is_applied_and_by_the_doctor(
    command: Command, store: DynamoStore, tmp_path: Path, known_to_the_carrier_alone: bool
) -> None:
    since = datetime(2026, 1, 5, tzinfo=UTC)
    phone = Phone("+12025550101")
    stopped = (
        replace(phone, stopped_at=since) if known_to_the_carrier_alone else replace(phone, opted_out_at=since)
    )
    store.put_phone(stopped)
    path = tmp_path / "tocsin.yaml"
    path.write_text(TEAM)
    words = "ant no texts (STOP), and get none: ana (mobile)"
    told = command("apply", path, "--vouch").out
    assert words in told
    assert "texts START to your number" in told
    path.write_text(TEAM.replace("{after: 0m, via: sms}, {after: 3m, via: voice}", "{after: 0m, via: voice}"))
    assert words not in command("apply", path).out
