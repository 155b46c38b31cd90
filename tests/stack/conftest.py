"""One emulated account with the template deployed to it, shared by all stack tests; every test has names of its own."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.handset.client import PATIENCE, Handset
from local.ministack import REGION
from local.stack import Stack, build, free_port
from tests.stack import generated
from tocsin.incidents.incident import Entry, Incident
from tocsin.paging.verification import Verified

TEAM = Path(__file__).with_name("team.yaml")
WEBHOOK_SECRET = "whsec_" + "A" * 32
#: Functions that may run at once. The incidents of all tests sleep and wake in this one account: with as few as a new
#: one allows, a test's alert would meet the clocks of the tests before it.
CONCURRENCY = 32
#: What a line of the emulator, or of a function, has that tells of a failure.
TROUBLE = (" WARNING ", " ERROR ", '"level":"WARNING"', '"level":"ERROR"', "partial failures")
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.stack)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows beside what failed what went wrong in the stack so far."""
    report = yield
    running = getattr(item, "funcargs", {}).get("tocsin")
    if report.failed and running is not None:
        lines = (running.stack.home / "ministack.log").read_text(errors="replace").splitlines()
        trouble = [line[:500] for line in lines if any(word in line for word in TROUBLE)]
        report.sections.append(("trouble in the stack", "\n".join(trouble[-20:]) or "none"))
    return report


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Tocsin:
    """The running stack, as its users and operators see it."""

    stack: Stack
    handset: Handset
    store: Any

    def http(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 20,
    ) -> Answer:
        """One request to the public address; an error is an answer too."""
        request = urllib.request.Request(self.stack.address + path, body, headers or {}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as answer:
                return Answer(answer.status, _body(answer.read()), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _body(error.read()), dict(error.headers))

    def send(self, key: str, event: dict[str, Any]) -> Answer:
        """A generic event, as JSON."""
        return self.http(
            "POST", f"/v1/events/{key}", json.dumps(event).encode(), {"content-type": "application/json"}
        )

    def key(self, integration: str) -> str:
        """A new key for an integration."""
        from tocsin.alerts.keys import hash_key, new_key
        from tocsin.store.configuration import KeyRecord

        key = new_key()
        self.store.put_key(KeyRecord(hash_key(key), integration, datetime.now(UTC)))
        return key

    def wait(self, look: Callable[[], Any], seconds: float = PATIENCE, what: str = "it") -> Any:
        """The first truthy answer of ``look``."""
        import time

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.2)
        raise TimeoutError(f"{what} did not happen within {seconds} s")

    def incident_of(self, dedup_key: str, integration: str, seconds: float = PATIENCE) -> Incident:
        """The latest incident of an alert, once there is one."""
        from tocsin.alerts.event import key_hash

        def look() -> Incident | None:
            alert, _ = self.store.alert(key_hash(integration, dedup_key))
            return self.store.incident(alert.incident) if alert is not None and alert.incident else None

        found: Incident = self.wait(look, seconds, f"an incident for {dedup_key!r}")
        return found

    def until(self, number: int, state: str, seconds: float = PATIENCE) -> Incident:
        """The incident once it is in ``state``."""

        def look() -> Incident | None:
            incident = self.store.incident(number)
            return incident if incident.state.value == state else None

        found: Incident = self.wait(look, seconds, f"#{number} {state}")
        return found

    def timeline(self, number: int) -> list[Entry]:
        return list(self.store.timeline(number))

    def kinds(self, number: int) -> list[str]:
        return [entry.kind for entry in self.timeline(number)]


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


@pytest.fixture(scope="session")
def tocsin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tocsin]:
    """The deployed template with ``team.yaml`` applied and the handset in front."""
    home = tmp_path_factory.mktemp("stack")
    parameters = {
        "RatePerKey": "6000",
        "ContactVerification": "required",
        "TextGap": "0",
    }
    stack = Stack(
        aws_port=free_port(),
        handset_port=free_port(),
        home=home,
        parameters=parameters,
        concurrency=CONCURRENCY,
    )
    with stack:
        stack.deploy(build(home), {"webhook_secrets": WEBHOOK_SECRET})
        with pytest.MonkeyPatch.context() as patch:
            for name, value in stack.environment.items():
                patch.setenv(name, value)
            patch.setenv("AWS_REGION", REGION)
            patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", stack.endpoint)
            from tocsin.store.dynamo import DynamoStore

            store = DynamoStore(stack.outputs["TableName"])
            more = home / "generated.yaml"
            more.write_text(generated.document())
            apply(store, [TEAM, more])
            stack.start_handset(TEAM)
            yield Tocsin(stack, Handset(stack.address), store)


def apply(store: Any, files: list[Path]) -> str:
    """Makes a configuration the current one, as ``tocsin apply --vouch`` does, and gives its revision.

    Nobody answers for whoever is called new.
    """
    from tocsin.config.compile import compile_config
    from tocsin.config.load import load
    from tocsin.config.revision import pack
    from tocsin.engine.history import next_apply

    document = load(files).document
    id, blob = pack(document)
    store.apply(id, blob, store.current_revision(), next_apply(store, datetime.now(UTC)), "tests")
    for user in compile_config(document).book.users.values():
        word = Verified(datetime.now(UTC), "vouched", "tests")
        for contact in user.contacts if not user.name.startswith("New") else ():
            phone = store.phone(contact.address)
            store.put_phone(replace(phone, verified={**phone.verified, user.id: word}))
    return id


@pytest.fixture
def name() -> str:
    """A dedup key that no other test has."""
    return f"alert-{next(_numbers)}"


@pytest.fixture(autouse=True)
def _calm(request: pytest.FixtureRequest) -> None:
    """Every test begins with all phones on."""
    running: Tocsin = request.getfixturevalue("tocsin")
    running.handset.reset()
