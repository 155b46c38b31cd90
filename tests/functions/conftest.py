"""AWS in this process, by moto, with the table as the template declares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tests.template import declared
from tocsin.store.dynamo import DynamoStore
from tocsin.store.dynamo.table import connection

if TYPE_CHECKING:
    from tests.functions.deployment import Deployment

pytest.register_assert_rewrite("tests.unit.store.contract", "tests.unit.store.changes")

_tables = count(1)


def table_properties() -> dict[str, Any]:
    """The properties of the table in ``template.yaml``."""
    return dict(declared("Table")["Properties"])


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS account. The process's one connection to it is made before a test may say where AWS is."""
    with mock_aws():
        connection().client  # noqa: B018 - made now
        yield


@pytest.fixture
def new_table(aws: None) -> Callable[[], str]:
    """Makes a table, and gives its name."""

    def make() -> str:
        name = f"tocsin-{next(_tables)}"
        properties = table_properties()
        known = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        arguments = {"TableName": name, **{word: properties[word] for word in known}}
        connection().dispatch("CreateTable", arguments)
        return name

    return make


@pytest.fixture
def table(new_table: Callable[[], str]) -> str:
    """The name of a new table."""
    return new_table()


@pytest.fixture
def store(table: str) -> DynamoStore:
    return DynamoStore(table)


@pytest.fixture
def requests(aws: None) -> Iterator[list[str]]:
    """The names of the requests that DynamoDB gets from the store, in order: clear it, act, look."""
    seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        seen.append(model.name)

    events = connection().client.meta.events
    events.register("before-call.dynamodb", note)
    yield seen
    events.unregister("before-call.dynamodb", note)


@pytest.fixture
def deploy(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Deployment]]:
    """Deploys a stack of its own each time it is called; the functions belong to the latest one."""
    from tests.functions import deployment

    yield partial(deployment.Deployment, monkeypatch)
    deployment.forget()


@pytest.fixture
def tocsin(deploy: Callable[..., Deployment]) -> Deployment:
    """A deployed stack with a team."""
    return deploy()
