from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.store.samples import T0
from tocsin.store.common import REVISIONS, Revisions
from tocsin.store.doubles import CountingIds, ManualClock
from tocsin.store.dynamo import DynamoStore, session
from tocsin.store.dynamo.table import connection
from tocsin.store.memory import MemoryStore
from tocsin.store.ports import Clock, Ids, NoConfiguration, Store


@pytest.fixture
def fresh() -> None:
    connection.cache_clear()


def test_both_stores_are_stores() -> None:
    stores: list[Store] = [MemoryStore(), DynamoStore("tocsin")]
    assert all(callable(store.commit) for store in stores)


@pytest.mark.usefixtures("fresh")
def test_a_request_gives_up_within_a_functions_time() -> None:
    config = connection().client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries == {"total_max_attempts": 3, "mode": "standard"}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"])
def test_the_endpoint_can_be_set_from_outside(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:4566")
    assert connection().client.meta.endpoint_url == "http://127.0.0.1:4566"


@pytest.mark.usefixtures("fresh")
def test_other_clients_share_the_stores_session() -> None:
    DynamoStore("tocsin")
    assert session() is connection().session
    assert session() is session()


def test_two_stores_of_one_process_may_use_the_same_table() -> None:
    DynamoStore("tocsin")
    DynamoStore("tocsin")


def test_the_store_does_not_bring_in_boto3() -> None:
    unwanted = {"boto3", "jinja2", "pydantic", "ruamel"}
    code = f"import sys, tocsin.store.dynamo; print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=paths()
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def paths() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": ""}


def test_revisions_are_read_once_and_the_one_longest_unused_makes_room() -> None:
    from tocsin.config.revision import pack

    asked: list[str] = []
    blob = pack({"version": "1"})[1]

    def read(id: str) -> bytes | None:
        asked.append(id)
        return blob if id != "none" else None

    revisions = Revisions(read)
    for n in range(REVISIONS):
        revisions.get(f"r{n}")
    revisions.get("r0")
    revisions.get("another")
    assert len(asked) == REVISIONS + 1
    revisions.get("r0")
    assert len(asked) == REVISIONS + 1
    revisions.get("r1")
    assert len(asked) == REVISIONS + 2
    with pytest.raises(NoConfiguration, match="none"):
        revisions.get("none")


def test_the_clock_of_a_test_does_not_run_backwards() -> None:
    clock = ManualClock(T0)
    here: Clock = clock
    clock.set(T0)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(T0.replace(hour=1))
    assert here.now() == T0


def test_names_are_never_the_same_twice() -> None:
    ids: Ids = CountingIds()
    assert ids.fresh() != ids.fresh()
    assert len(ids.fresh()) == 32
    assert len(ids.token()) == 22
