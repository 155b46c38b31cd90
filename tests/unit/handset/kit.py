"""What the tests of the handset share: people, a night to let pass, and stubs of the stack on loopback."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.session
from botocore.config import Config

from local.handset.client import Handset
from local.handset.network import Network
from local.handset.people import Person
from tocsin.paging.chat import Button, Card

ANA, BEN, CHI, OURS = "+12025550101", "+12025550102", "+12025550103", "+12025550199"
#: A group of Telegram that the handset knows, and Chi's number there.
GROUP, CHI_THERE = "-1001234567890", "1000003"
#: A channel of Teams, and Ben's id there.
TEAM, BEN_THERE = "19:0123456789abcdef@thread.tacv2", "11111111-2222-3333-4444-555555555555"

#: What stands in a chat; each vendor's test gives it a title that would be markup there.
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="",
    state="triggered",
    urgency="high",
    severity="critical",
    count=3,
    opened_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
    line="Ana Souza is being paged",
    link="https://tocsin.example.com/i/1042",
    buttons=(Button("acknowledge", "Acknowledge"), Button("resolve", "Resolve")),
)

PEOPLE = (
    Person("ana", "Ana Souza", "America/Sao_Paulo", (ANA,), ("ana@example.com",)),
    Person("ben", "Ben Okafor", "Europe/London", (BEN,), ("ben@example.com",)),
    Person("chi", "Chi Tanaka", "Asia/Tokyo", (CHI,), ("chi@example.com",)),
)

CONFIG = f"""
version: 1
users:
  ana: {{name: Ana Souza, email: ana@example.com, timezone: America/Sao_Paulo, contacts: {{mobile: "{ANA}"}}}}
  ben: {{name: Ben Okafor, email: ben@example.com, timezone: Europe/London, contacts: {{mobile: "{BEN}"}},
        chat: {{teams: "{BEN_THERE}"}}}}
  chi: {{name: Chi Tanaka, email: chi@example.com, timezone: Asia/Tokyo, contacts: {{mobile: "{CHI}"}},
        chat: {{telegram: "{CHI_THERE}"}}}}
"""


# -- the state alone ---------------------------------------------------------------------------------------


@dataclass
class Recorder:
    """An Outside that only remembers."""

    receipts: list[Mapping[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, object]] = field(default_factory=list)

    def receipt(self, payload: Mapping[str, Any]) -> None:
        self.receipts.append(payload)

    def changed(self, kind: str, item: object) -> None:
        self.changes.append((kind, item))

    def events(self) -> list[str]:
        return [str(receipt["eventType"]) for receipt in self.receipts]


@dataclass
class Night:
    """Two in the morning, and a network of phones; ``now`` moves only by ``later``."""

    network: Network
    outside: Recorder
    now: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def later(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


# -- the served app ----------------------------------------------------------------------------------------


@dataclass
class Request:
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def form(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.body.decode()))


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Stub:
    """An HTTP server on loopback: keeps each request, answers by ``answers``, a function to replace."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: Callable[[Request], Answer] = lambda request: Answer()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                request = Request(self.command, self.path, list(self.headers.items()), body)
                stub.requests.append(request)
                answer = stub.answers(request)
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Aws(Stub):
    """What the app asks of the account: SNS Publish, Lambda Invoke, and the lists of what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.start_over()
        self.answers = self.answer

    def start_over(self) -> None:
        self.requests.clear()
        self.mails: list[dict[str, Any]] = []
        self.texts: dict[str, list[dict[str, Any]]] = {}
        self.lambda_answer = Answer(body=b'{"say": "Incident 1042 is yours."}')

    def published(self, topic: str) -> list[dict[str, Any]]:
        forms = [request.form() for request in self.requests if request.path == "/"]
        return [json.loads(form["Message"]) for form in forms if form["TopicArn"] == topic]

    def invoked(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests if "/invocations" in request.path]

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/_ministack/ses/messages"):
            return Answer(body=json.dumps({"messages": {"000000000000": self.mails}}).encode())
        if request.path.startswith("/_ministack/sns/sms-messages"):
            return Answer(body=json.dumps({"sms_messages": self.texts}).encode())
        if request.path == "/2015-03-31/functions/reply/invocations":
            return self.lambda_answer
        published = (
            b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
        )
        return Answer(headers=[("content-type", "text/xml")], body=published)


INBOUND, INBOUND_MAIL, RECEIPTS, WHATSAPP = (
    "arn:aws:sns:us-east-1:000000000000:inbound",
    "arn:aws:sns:us-east-1:000000000000:inbound-mail",
    "arn:aws:sns:us-east-1:000000000000:receipts",
    "arn:aws:sns:us-east-1:000000000000:whatsapp",
)
REPLY_TO = "ack@in.example.com"


_SESSION = botocore.session.Session()


@dataclass
class Served:
    """The app on loopback, between its stack's two stubs."""

    url: str
    handset: Handset
    aws: Aws
    api: Stub

    def client(self, service: str, path: str) -> Any:
        """AWS's own client of a carrier, which leaves every check of a request to the service."""
        return _SESSION.create_client(
            service,
            "us-east-1",
            endpoint_url=f"{self.url}/_carriers/{path}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 2}),
        )
