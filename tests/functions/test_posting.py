"""Where webhooks and push messages go: nothing inside is reached, nobody keeps us, and no address is ever told."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.functions.server import Server, certificate, serving
from tocsin.edge.outside import look_up
from tocsin.edge.posting import MOST_READ, Poster
from tocsin.paging.addresses import is_open
from tocsin.paging.channels.http import TIMEOUT, HttpAnswer, HttpFailed

HOST = "h00k-s3cr3t.example"
PATH = "/hook/s3cr3t?key=s3cr3t"
URL = f"https://{HOST}{PATH}"
BODY = b'{"type":"incident.triggered"}'
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def server(shown: Path) -> Iterator[Server]:
    with serving(shown) as found:
        yield found


def poster(server: Server, trusted: Path | None = None, **more: object) -> Poster:
    """One that finds every host on this machine, and takes that for the open internet."""
    given = {
        "look": lambda _: ["127.0.0.1"],
        "open": lambda _: True,
        "port": server.port,
        "context": ssl.create_default_context(cafile=trusted or server.certificate),
        **more,
    }
    return Poster(**given)  # type: ignore[arg-type]


def refused(posts: Poster, url: str = URL, body: bytes = BODY) -> HttpFailed:
    """Why there is no answer. The address is never told, not even its host."""
    with pytest.raises(HttpFailed) as failure:
        posts.request("POST", url, body, {"authorization": "s3cr3t"})
    assert "s3cr3t" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
    return failure.value


def test_what_is_posted_arrives_as_it_is(server: Server) -> None:
    server.answers[PATH] = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\nok"
    answer = poster(server).request("POST", URL, BODY, {"webhook-id": "msg_1"})
    assert answer == HttpAnswer(202, b"ok", {"content-length": "2", "x-seen": "yes"})
    assert server.bodies == [BODY]
    assert server.hosts == [HOST]
    assert server.heads[0].split("\r\n") == [
        f"POST {PATH} HTTP/1.1",
        f"Host: {HOST}",
        "webhook-id: msg_1",
        "User-Agent: tocsin",
        "Accept-Encoding: identity",
        f"Content-Length: {len(BODY)}",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Server, status: int) -> None:
    server.answers[PATH] = (
        f"HTTP/1.1 {status} Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode()
    )
    answer = poster(server).request("POST", URL, BODY)
    assert (answer.status, answer.ok, len(server.heads)) == (status, False, 1)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"http://{HOST}/s3cr3t", "must begin with https://"),
        ("/s3cr3t", "must begin with https://"),
        ("https:///s3cr3t", "must begin with https://"),
        (f"https://ana:key@{HOST}/s3cr3t", "has a user before its host"),
        (f"https://{HOST}:8443/s3cr3t", "names port 8443"),
        (f"https://{HOST}:x/s3cr3t", "is no address"),
        ("file:///etc/s3cr3t", "must begin with https://"),
        ("https://[s3cr3t/", "is no address"),
        (f"https://{HOST}\\@10.0.0.1/s3cr3t", "must be plain ASCII"),
        (f"https://{HOST}/s3cr3t\r\nX: y", "must be plain ASCII"),
        (f"https://{HOST}/a b", "must be plain ASCII"),
        (f"https://{HOST}/" + "x" * 2_000, "must be plain ASCII"),
        ("https://exämple.com/s3cr3t", "must be plain ASCII"),
    ],
)
def test_only_a_plain_https_address_is_posted_to(server: Server, url: str, why: str) -> None:
    failed = refused(poster(server), url)
    assert (failed.reason, failed.maybe_sent) == ("address_refused", False)
    assert f"the address {why}" in failed.detail
    assert server.heads == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["8.8.8.8", "10.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fd00:ec2::254"],
    ],
)
def test_a_host_with_any_address_inside_is_not_posted_to(server: Server, addresses: list[str]) -> None:
    failed = refused(poster(server, look=lambda _: addresses, open=is_open))
    assert (failed.reason, failed.maybe_sent) == ("address_refused", False)
    assert (server.heads, server.hosts) == ([], [])


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "localhost", "[::1]"])
def test_this_machine_by_any_other_name_is_not_posted_to(server: Server, host: str) -> None:
    failed = refused(poster(server, look=look_up, open=is_open), f"https://{host}/s3cr3t")
    assert failed.detail.endswith(("does not belong to the open internet", "is not known"))
    assert server.hosts == []


def test_a_host_is_looked_up_once_so_that_nobody_answers_otherwise_the_second_time(server: Server) -> None:
    server.answers[PATH] = NOTHING
    asked: list[str] = []

    def look(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    looked_at: list[str] = []

    def is_open(address: str) -> bool:
        looked_at.append(address)
        return True

    assert poster(server, look=look, open=is_open).request("POST", URL, BODY).ok
    assert (asked, looked_at) == ([HOST], ["127.0.0.1"])


def test_a_host_that_is_not_known_or_does_not_listen_took_nothing(server: Server) -> None:
    for posts in (poster(server, look=lambda _: []), poster(server, port=_free_port())):
        failed = refused(posts)
        assert (failed.reason, failed.maybe_sent) == ("no_connection", False)


def test_a_certificate_has_to_be_valid_for_the_host(server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = NOTHING
    other = certificate(tmp_path, "other.example", name="other")
    assert refused(poster(server, other)).reason == "no_connection"
    with serving(other) as false:
        failed = refused(poster(false))
        assert (failed.reason, failed.maybe_sent) == ("no_connection", False)
        assert false.heads == []


def test_the_default_is_the_internet_with_its_certificates() -> None:
    found = Poster()
    assert (found.look, found.open, found.port, found.deadline) == (look_up, is_open, 443, TIMEOUT)
    assert found.context.verify_mode is ssl.CERT_REQUIRED
    assert found.context.check_hostname


@pytest.mark.parametrize(
    "answer",
    [b"", b"s3cr3t\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"],
    ids=["nothing", "no HTTP", "a long header"],
)
def test_what_has_no_proper_answer_may_have_been_taken(server: Server, answer: bytes) -> None:
    server.answers[PATH] = answer
    failed = refused(poster(server))
    assert (failed.reason, failed.maybe_sent) == ("timeout", True)


def test_a_header_cannot_be_smuggled_in(server: Server) -> None:
    with pytest.raises(HttpFailed):
        poster(server).request("POST", URL, BODY, {"x": "a\r\nwebhook-id: forged"})
    assert server.heads == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\n\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\nff\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\ns3cr3t\r\nab",
    ],
    ids=["short", "cut chunk", "no chunk"],
)
def test_a_body_that_breaks_off_takes_nothing_from_its_status(server: Server, rest: bytes) -> None:
    server.answers[PATH] = b"HTTP/1.1 200 OK\r\n" + rest
    assert poster(server).request("POST", URL, BODY).status == 200


def test_an_answer_without_an_end_is_cut(server: Server) -> None:
    def endless(_: str, connection: ssl.SSLSocket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    server.answers[PATH] = endless
    answer = poster(server).request("POST", URL, BODY)
    assert (answer.status, len(answer.body)) == (200, MOST_READ)


@pytest.mark.parametrize("start", ["", "HTTP/1.1 200 OK\r\nX: "], ids=["the status", "a header"])
def test_what_comes_drop_by_drop_is_left_in_time(server: Server, start: str) -> None:
    gone = Event()

    def drip(_: str, connection: ssl.SSLSocket) -> None:
        connection.sendall(start.encode())
        while not gone.wait(0.05):
            connection.sendall(b"1")

    server.answers[PATH] = drip
    try:
        failed = refused(poster(server, deadline=0.5))
    finally:
        gone.set()
    assert (failed.reason, failed.maybe_sent) == ("timeout", True)


def test_a_body_that_comes_drop_by_drop_is_left_in_time_with_its_status(server: Server) -> None:
    def drip(_: str, connection: ssl.SSLSocket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _again in range(200):
            time.sleep(0.05)
            connection.sendall(b"1")

    server.answers[PATH] = drip
    answer = poster(server, deadline=0.5).request("POST", URL, BODY)
    assert (answer.status, set(answer.body) <= {ord("1")}) == (200, True)
    assert len(answer.body) < 20


def test_who_never_says_a_word_or_is_never_looked_up_took_nothing(server: Server) -> None:
    done = Event()

    def never(host: str) -> list[str]:
        done.wait(5)
        return ["127.0.0.1"]

    try:
        failed = refused(poster(server, look=never, deadline=0.3))
    finally:
        done.set()
    assert (failed.reason, failed.maybe_sent) == ("timeout", False)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        failed = refused(poster(server, port=mute.getsockname()[1], deadline=0.3))
    assert (failed.reason, failed.maybe_sent) == ("timeout", False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
