"""Push, as the commands that ask a deployed stack know of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.functions.commands.conftest import Command
from tests.functions.deployment import TEAM
from tocsin.paging.browsers import Browser, Browsers
from tocsin.store.dynamo import DynamoStore

PUSHED = TEAM.replace("{after: 0m, via: sms}, {after: 3m, via: voice}", "{via: push}, {after: 1m, via: sms}")


def written(tmp_path: Path, team: str) -> Path:
    path = tmp_path / "tocsin.yaml"
    path.write_text(team)
    return path


def test_the_simulator_of_the_stack_knows_who_has_push_and_that_of_a_file_does_not(
    command: Command, store: DynamoStore, tmp_path: Path
) -> None:
    path = written(tmp_path, PUSHED)
    assert command("apply", path).code == 0
    one = Browser("b1", "Firefox on Linux", datetime(2026, 1, 5, 9, tzinfo=UTC), "{}")
    store.put_browsers(Browsers("ana", (one,)), store.changes())
    at = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="seconds")

    def first(*files: Path) -> str:
        told = command("simulate", *files, "--service", "checkout", "--at", at, "--json")
        return str(json.loads(told.out)["pages"][0]["via"])

    assert first() == "push"
    assert first(path) == "sms"


def test_an_apply_forgets_the_browsers_of_whoever_is_not_in_the_file_any_more(
    command: Command, store: DynamoStore, tmp_path: Path
) -> None:
    command("apply", written(tmp_path, PUSHED))
    one = Browser("b1", "Firefox on Linux", datetime(2026, 1, 5, 9, tzinfo=UTC), "{}")
    for user in ("ana", "lee"):
        store.put_browsers(Browsers(user, (one,)), store.changes())
    without = PUSHED.replace("  lee: {name: Lee Nobody}\n", "").replace("{user: lee}", "{user: chi}")
    done = command("apply", written(tmp_path, without))
    assert "lee is not in the file any more: push is off in Firefox on Linux." in done.out
    assert store.changes().push == {"ana"}
    assert store.browsers("lee").rows == ()
