"""Phones without a network for the state, and the served app between loopback stubs for the wire."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket
from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.handset.app import create_app
from local.handset.client import Handset
from local.handset.network import Network
from tests.unit.handset.kit import (
    CONFIG,
    GROUP,
    INBOUND,
    INBOUND_MAIL,
    PEOPLE,
    RECEIPTS,
    REPLY_TO,
    TEAM,
    WHATSAPP,
    Answer,
    Aws,
    Night,
    Recorder,
    Served,
    Stub,
)


@pytest.fixture
def night() -> Night:
    outside = Recorder()
    return Night(Network(PEOPLE, outside), outside)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest_socket.enable_socket()
    config_path: Path = tmp_path_factory.mktemp("handset") / "tocsin.yaml"
    config_path.write_text(CONFIG)
    aws, api = Aws(), Stub()
    app = create_app(
        aws.url,
        api.url,
        config_path,
        INBOUND,
        RECEIPTS,
        "reply",
        demo_key="demo-key",
        poll=0.05,
        chats={
            "slack": {},
            "telegram": {"groups": {GROUP: "Incidents"}},
            "teams": {"channels": {TEAM: "Alerts"}},
        },
        inbound_mail_topic_arn=INBOUND_MAIL,
        mail_reply_to=REPLY_TO,
        whatsapp_topic_arn=WHATSAPP,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    settings = Config()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings.bind = [f"fd://{listening.detach()}"]  # hypercorn's own from here on
    settings.graceful_timeout = 0.2
    settings.accesslog = settings.errorlog = None
    loop = asyncio.new_event_loop()
    over = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete,
        args=(serve(app, settings, shutdown_trigger=over.wait, mode="asgi"),),  # type: ignore[arg-type]
    )
    thread.start()
    yield Served(url, Handset(url), aws, api)
    pytest_socket.enable_socket()
    loop.call_soon_threadsafe(over.set)
    thread.join(10)
    assert not thread.is_alive()
    loop.close()
    aws.stop()
    api.stop()


@pytest.fixture
def served(running: Served) -> Served:
    """The running app as new; for this test alone the loopback may be used."""
    pytest_socket.enable_socket()
    running.aws.start_over()
    running.api.requests.clear()
    running.api.answers = lambda request: Answer()
    running.handset.reset()
    return running
