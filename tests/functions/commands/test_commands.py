"""plan, apply and key create, against a stack that is deployed in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.functions.deployment import TEAM, Deployment
from tests.functions.stacks import Account
from tests.unit.cli.running import Done
from tocsin.alerts.keys import hash_key, well_formed
from tocsin.store.dynamo import DynamoStore
from tocsin_cli.stack import Stack, open_store

REGION = "us-east-1"
#: Ana's call comes after she is paged anew, and nothing wakes Ben.
WARNED = """
version: 1
users:
  ana:
    name: Ana
    contacts: {mobile: "+12025550101"}
    notify:
      high:
        - {after: 0m, via: sms}
        - {after: 8m, via: voice}
  ben: {name: Ben, email: ben@example.com, notify: {high: [{after: 0m, via: email}]}}
schedules:
  primary:
    timezone: UTC
    layers: [{name: l, users: [ana, ben], starts: 2026-01-05T09:00, rotate: {every: 1, unit: week}}]
policies:
  p: {steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ana}, {schedule: primary}], wait: 10m}]}
services:
  checkout: {policy: p}
integrations:
  checkout: {service: checkout, source: generic}
catch_all: checkout
"""
Command = Callable[..., Done]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write(tmp_path, TEAM)


def write(folder: Path, text: str) -> Path:
    path = folder / "tocsin.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# plan and apply


def test_plan_shows_what_apply_would_do_and_does_nothing(
    command: Command, store: DynamoStore, team: Path
) -> None:
    done = command("plan", team)
    assert done.code == 0
    assert "+ service checkout" in done.out
    assert "+ integration prometheus" in done.out
    assert "Against an empty configuration. Nothing was changed" in done.out
    assert store.current_revision() is None


def test_apply_makes_the_file_the_current_revision(command: Command, store: DynamoStore, team: Path) -> None:
    done = command("apply", team)
    assert done.code == 0
    id, config = store.config()
    assert f"Revision {id} is current." in done.out
    assert sorted(config.integrations) == ["aws", "checkout", "empty", "pagerduty", "prometheus", "search"]


def test_applied_twice_there_is_nothing_to_do(command: Command, store: DynamoStore, team: Path) -> None:
    command("apply", team)
    id = store.current_revision()
    done = command("apply", team)
    assert (done.code, done.out.splitlines()[0]) == (0, f"Nothing to do: revision {id} is current.")
    planned = command("plan", team).out.splitlines()[0]
    assert planned == f"Nothing would change: revision {id} is what the files say."


def test_plan_names_what_is_added_changed_and_removed(
    command: Command, store: DynamoStore, team: Path
) -> None:
    command("apply", team)
    id = store.current_revision()
    text = TEAM.replace("ack_timeout: 20m", "ack_timeout: 25m").replace(
        "  search: {service: search, source: generic}\n", "  find: {service: search, source: generic}\n"
    )
    done = command("plan", write(team.parent, text))
    assert "~ service checkout" in done.out
    assert "+ integration find" in done.out
    assert "- integration search" in done.out
    assert f"Against revision {id}." in done.out


def test_plan_says_who_is_paged_otherwise_and_has_it_as_json(
    command: Command, store: DynamoStore, team: Path
) -> None:
    command("apply", team)
    id = store.current_revision()
    wanted = write(team.parent, TEAM.replace("repeat: 1", "repeat: 2"))
    done = command("plan", wanted)
    assert "Who is paged otherwise, by when an incident opens that nobody acknowledges" in done.out
    assert "rounds: 2 → 3\n      at any time" in done.out
    done = command("plan", wanted, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["against"] == id
    pages = told["paged"][0]["spans"][0]["new"]["pages"]
    assert max(page["round"] for page in pages) == 3
    assert store.current_revision() == id


def test_what_is_to_be_mended_is_told_when_it_is_planned_and_when_it_is_applied(
    command: Command, store: DynamoStore, team: Path
) -> None:
    """A rule that the next step supersedes, and nothing that wakes; each once, and what may be meant is not told."""
    wanted = write(team.parent, WARNED)
    line = next(index for index, text in enumerate(WARNED.splitlines(), 1) if "via: voice" in text)
    for verb in ("plan", "apply"):
        done = command(verb, wanted)
        assert done.code == 0
        assert (
            done.out.count(
                f"{wanted}:{line}: warning: users.ana.notify.high[1]: voice after 8m is never sent"
            )
            == 1
        )
        assert (
            done.out.count(": warning: users.ben: has turns on primary and is reached by e-mail alone") == 1
        )
        assert "no last_resort" not in done.out
    again = command("apply", wanted)
    assert again.out.startswith("Nothing to do")
    assert again.out.count(": warning: ") == 2


def test_what_is_to_be_mended_is_in_the_json_of_a_plan_as_check_has_it(
    command: Command, store: DynamoStore, team: Path
) -> None:
    wanted = write(team.parent, WARNED)
    told = json.loads(command("plan", wanted, "--json").out)
    assert [row["code"] for row in told["findings"]] == ["nothing_wakes", "superseded_rule"]
    assert told["findings"] == json.loads(command("check", wanted, "--json").out)["findings"]


def test_whoever_applies_at_the_same_time_as_somebody_else_is_told_so(
    command: Command, store: DynamoStore, team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("apply", team)
    before = store.current_revision()

    apply = DynamoStore.apply

    def at_that_moment(self: DynamoStore, id: str, blob: bytes, expected: str | None, *more: Any) -> None:
        apply(store, "theirs", b"x", before, *more)
        apply(self, id, blob, expected, *more)

    monkeypatch.setattr(DynamoStore, "apply", at_that_moment)
    done = command("apply", write(team.parent, TEAM.replace("repeat: 1", "repeat: 2")))
    assert done.code == 1
    assert "Somebody else applied a configuration just now" in done.err
    assert done.out == ""
    assert store.current_revision() == "theirs"


def test_without_a_catch_all_nothing_is_planned_or_applied(
    command: Command, store: DynamoStore, team: Path
) -> None:
    path = write(team.parent, TEAM.replace("catch_all: checkout", ""))
    for verb in ("plan", "apply"):
        done = command(verb, path)
        assert done.code == 2
        assert "catch_all: NAME" in done.err
    assert store.current_revision() is None


def test_a_broken_file_is_not_applied_and_its_line_is_named(
    command: Command, store: DynamoStore, team: Path
) -> None:
    done = command("apply", write(team.parent, TEAM.replace("policy: ringing", "policy: nowhere")))
    assert done.code == 2
    assert "tocsin.yaml:" in done.err
    assert "services.search.policy" in done.err
    assert store.current_revision() is None


def test_what_was_applied_is_what_the_functions_work_by(
    tocsin: Deployment, command: Command, account: Account, team: Path
) -> None:
    account.stacks["ours"] = {"TableName": tocsin.table, "PublicUrl": "https://alerts.example"}
    path = write(
        team.parent, TEAM.replace("{page: [{user: ana}], wait: 5m}", "{page: [{user: chi}], wait: 5m}")
    )
    assert command("apply", path, "--stack", "ours").code == 0
    done = command("key", "create", "checkout", "--stack", "ours", "--json")
    tocsin.post(done.json["key"], {"title": "t", "dedup_key": "disk"})
    tocsin.run(0.1)
    assert [one.to for one in tocsin.sent] == ["+12025550103"]


# keys


def test_a_key_is_shown_once_and_kept_as_a_hash(
    command: Command, store: DynamoStore, team: Path, table: str
) -> None:
    command("apply", team)
    done = command("key", "create", "checkout")
    assert done.code == 0
    [key] = [word for word in done.out.split() if well_formed(word)]
    assert f"https://alerts.example/v1/events/{key}" in done.out
    record = store.key(hash_key(key))
    assert record is not None
    assert (record.integration, record.revoked_at) == ("checkout", None)
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=table)["Items"]
    assert key not in json.dumps(items, default=repr)


def test_every_key_is_a_new_one(command: Command, store: DynamoStore, team: Path) -> None:
    command("apply", team)
    keys = {command("key", "create", "checkout", "--json").json["key"] for _ in range(3)}
    assert len(keys) == 3


def test_a_key_of_pagerduty_s_senders_goes_into_the_message(
    command: Command, store: DynamoStore, team: Path
) -> None:
    command("apply", team)
    done = command("key", "create", "pagerduty", "--json")
    assert done.json["url"] == "https://alerts.example/v2/enqueue"
    assert done.json["source"] == "pagerduty"
    assert done.json["key"] not in done.json["url"]
    assert "routing_key" in command("key", "create", "pagerduty").out


def test_a_key_for_nothing_is_refused(command: Command, store: DynamoStore, team: Path) -> None:
    done = command("key", "create", "checkout")
    assert (done.code, done.out) == (2, "")
    assert "no configuration was ever applied" in done.err
    command("apply", team)
    done = command("key", "create", "chekout")
    assert (done.code, done.out) == (2, "")
    assert "no integration named 'chekout'; there are: aws, checkout, empty" in done.err


# the stack


@pytest.mark.parametrize("arguments", [("plan",), ("apply",), ("key", "create", "checkout"), ("doctor",)])
def test_a_stack_that_is_not_there_is_named_with_how_to_find_another(
    command: Command, account: Account, team: Path, arguments: tuple[str, ...]
) -> None:
    files = (team,) if arguments[0] in ("plan", "apply") else ()
    done = command(*arguments, *files, "--stack", "elsewhere")
    assert (done.code, done.out) == (2, "")
    assert "the stack 'elsewhere' cannot be read" in done.err
    assert "--region" in done.err


def test_a_stack_of_something_else_is_told_apart(command: Command, account: Account, team: Path) -> None:
    account.stacks["other"] = {"Name": "x"}
    done = command("plan", team, "--stack", "other")
    assert done.code == 2
    assert "has no output TableName" in done.err


def test_without_a_region_the_command_says_what_to_give(
    command: Command, aws: None, monkeypatch: pytest.MonkeyPatch, team: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    done = command("plan", team)
    assert done.code == 2
    assert "give --region" in done.err


def test_an_unknown_profile_is_said(command: Command, account: Account, team: Path) -> None:
    done = command("plan", team, "--profile", "nobody")
    assert done.code == 2
    assert "nobody" in done.err


def test_what_aws_refuses_is_a_sentence_and_no_traceback(
    command: Command, store: DynamoStore, team: Path, table: str
) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=table)
    done = command("plan", team)
    assert done.code == 2
    assert done.err.startswith("tocsin: AWS refuses: ")
    assert len(done.err.splitlines()) == 1


def test_what_boto3_found_reaches_the_table(account: Account) -> None:
    """The store makes its own client, and must act as the same person in the same place."""
    session = boto3.Session(
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="s",
        aws_session_token="t",
        region_name="eu-west-1",
    )
    open_store(Stack("tocsin", {"TableName": "t"}, session, "https://aws.example"))
    assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIAEXAMPLE"
    assert os.environ["AWS_SESSION_TOKEN"] == "t"
    assert os.environ["AWS_REGION"] == "eu-west-1"
    assert os.environ["AWS_ENDPOINT_URL_DYNAMODB"] == "https://aws.example"


def test_a_token_of_somebody_else_s_is_not_taken_along(account: Account) -> None:
    """A profile with keys of its own has none, and AWS refuses keys with a token that is not theirs."""
    assert os.environ["AWS_SESSION_TOKEN"]
    session = boto3.Session(
        aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s", region_name="eu-west-1"
    )
    open_store(Stack("tocsin", {"TableName": "t"}, session, None))
    assert "AWS_SESSION_TOKEN" not in os.environ
