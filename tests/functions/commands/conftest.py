"""The command, against a stack that is deployed in this process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.functions.stacks import Account, connect
from tests.unit.cli.running import Done
from tests.unit.cli.running import tocsin as run
from tocsin.store.dynamo import DynamoStore

REGION = "us-east-1"
Command = Callable[..., Done]


@pytest.fixture
def account(aws: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    """AWS as the command finds it; what the command sets for its own process is undone."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, REGION if "REGION" in name else "test")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "")
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
    account = Account()
    connect(account, monkeypatch)
    return account


@pytest.fixture
def store(table: str, account: Account) -> DynamoStore:
    """The store of the stack ``tocsin``."""
    account.stacks["tocsin"] = {"TableName": table, "PublicUrl": "https://alerts.example/"}
    return DynamoStore(table)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return partial(run, capsys, monkeypatch=monkeypatch)
