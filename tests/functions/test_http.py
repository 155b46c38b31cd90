"""The client of the channels that speak HTTP, against a server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket
from threading import Thread

import pytest

from tocsin.edge.http import HttpClient
from tocsin.paging.channels.http import MOST_BYTES, HttpFailed

pytestmark = pytest.mark.enable_socket


class _Vendor(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/gone":
            self.connection.close()
            return
        moved = self.path == "/moved"
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", "/echo")
        self.send_header("X-Seen", self.headers.get("authorization", ""))
        self.end_headers()
        self.wfile.write(body if self.path != "/long" else b"x" * (2 * MOST_BYTES))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked for is the tests' own."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Vendor)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_what_is_sent_arrives_and_the_answer_comes_back(vendor: str) -> None:
    answer = HttpClient().request("POST", vendor + "/echo", b"{}", {"authorization": "Bearer x"})
    assert (answer.status, answer.body, answer.headers["x-seen"], answer.ok) == (200, b"{}", "Bearer x", True)


def test_a_redirect_is_not_followed(vendor: str) -> None:
    answer = HttpClient().request("POST", vendor + "/moved", b"{}")
    assert (answer.status, answer.ok) == (302, False)


def test_an_endless_answer_is_cut(vendor: str) -> None:
    assert len(HttpClient().request("POST", vendor + "/long", b"").body) == MOST_BYTES


def test_a_vendor_that_is_not_there_took_nothing() -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(HttpFailed) as failed:
            HttpClient().request("POST", f"http://127.0.0.1:{port}/s3cr3t", b"{}")
    assert (failed.value.reason, failed.value.maybe_sent) == ("no_connection", False)
    assert "s3cr3t" not in str(failed.value)


def test_an_answer_that_is_lost_may_have_been_taken(vendor: str) -> None:
    with pytest.raises(HttpFailed) as failed:
        HttpClient().request("POST", vendor + "/gone", b"{}")
    assert failed.value.maybe_sent
