"""Microsoft on this machine, as far as a bot of Teams meets it: log-in, keys, and the Bot Connector, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

from tests.unit.paging.teams_service import APP, PASSWORD, TENANT, public, signed

TOKEN = "made-up-token"
SECRETS = {"teams_app_id": APP, "teams_app_password": PASSWORD, "teams_tenant": TENANT}


@dataclass
class Microsoft:
    """``messages`` are what stands in conversations: the latest activity by (conversation, id of the message)."""

    port: int
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    edits: int = 0
    down: bool = False
    lock: Lock = field(default_factory=Lock)
    ids: Iterator[int] = field(default_factory=lambda: count(1_764_122_400_000))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service(self) -> str:
        return f"{self.address}/teams"

    def parameters(self) -> dict[str, str]:
        """Of the template: everything of Microsoft is here."""
        return {
            "TeamsEndpoint": self.service,
            "TeamsLoginEndpoint": f"{self.address}/login",
            "TeamsKeysEndpoint": f"{self.address}/openid",
        }

    def sign(self) -> str:
        """The header authorization of a request of Microsoft's, now."""
        at = int(time.time())
        return signed(serviceurl=self.service, nbf=at - 60, exp=at + 3_600)

    def texts(self, conversation: str) -> list[str]:
        """What stands in the conversation, and in its threads, as JSON."""
        with self.lock:
            return [
                json.dumps(activity, ensure_ascii=False)
                for (where, _), activity in self.messages.items()
                if where.partition(";")[0] == conversation
            ]

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        if path == "/openid":
            return 200, {"jwks_uri": f"{self.address}/keys"}
        if path == "/keys":
            return 200, {"keys": [public("key-1")]}
        if path == f"/login/{TENANT}/oauth2/v2.0/token":
            return 200, {"token_type": "Bearer", "expires_in": 3_600, "access_token": TOKEN}
        if token != f"Bearer {TOKEN}":
            return 401, {"error": {"code": "Unauthorized"}}
        if self.down:
            return 503, {}
        said, parts = json.loads(body), [unquote(part) for part in path.split("/")]
        if parts[2:] == ["v3", "conversations"]:
            return 201, {"id": f"a:{said['members'][0]['id']}"}
        conversation, id = parts[4], (parts[6] if method == "PUT" else str(next(self.ids)))
        with self.lock:
            self.edits += method == "PUT"
            self.messages[conversation, id] = said
        return 200 if method == "PUT" else 201, {"id": id}


@contextmanager
def microsoft() -> Iterator[Microsoft]:
    """On a port of its own, as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            token = self.headers.get("authorization", "")
            status, said = found.answer(self.command, self.path, token, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests look at what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Microsoft(server.server_port)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
