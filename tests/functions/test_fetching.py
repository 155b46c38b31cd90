"""Where strangers say that a calendar is: nothing inside is reached, and nobody keeps us or fills us up."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.functions.server import Server, certificate, serving
from tocsin.edge.fetching import Fetcher
from tocsin.edge.outside import look_up
from tocsin.engine.feed import Fetched, FetchFailed
from tocsin.paging.addresses import is_open
from tocsin.store.feeds import FeedState

HOST = "calendar.example"
PATH = "/private/s3cr3t-3f2b.ics?key=7"
URL = f"https://{HOST}{PATH}"
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
NEW = FeedState()

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def server(shown: Path) -> Iterator[Server]:
    with serving(shown) as found:
        yield found


def fetcher(server: Server, trusted: Path | None = None, **more: object) -> Fetcher:
    """One that finds every host on this machine, and takes that for the open internet."""
    given = {
        "look": lambda _: ["127.0.0.1"],
        "open": lambda _: True,
        "port": server.port,
        "context": ssl.create_default_context(cafile=trusted or server.certificate),
        **more,
    }
    return Fetcher(**given)  # type: ignore[arg-type]


def ok(body: bytes = CALENDAR, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def refused(fetch: Fetcher, url: str = URL, state: FeedState = NEW) -> str:
    """Why it was not fetched. The address is never told, only its host."""
    with pytest.raises(FetchFailed) as failure:
        fetch(url, state)
    assert "s3cr3t" not in str(failure.value)
    assert "key=7" not in str(failure.value)
    return str(failure.value)


# what is asked and answered


def test_a_calendar_is_fetched_with_what_names_it(server: Server) -> None:
    server.answers[PATH] = ok(CALENDAR, 'ETag: W/"a1"', "Last-Modified: Mon, 05 Jan 2026 09:00:00 GMT")
    fetched = fetcher(server)(URL, NEW)
    assert fetched == Fetched(CALENDAR, 'W/"a1"', "Mon, 05 Jan 2026 09:00:00 GMT")
    assert server.hosts == [HOST]
    assert server.heads[0].split("\r\n") == [
        f"GET {PATH} HTTP/1.1",
        f"Host: {HOST}",
        "User-Agent: tocsin",
        "Accept: text/calendar, */*;q=0.5",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


def test_what_has_not_changed_is_not_sent_again(server: Server) -> None:
    server.answers[PATH] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    known = FeedState(etag='"a1"', last_modified="Mon, 05 Jan 2026 09:00:00 GMT")
    assert fetcher(server)(URL, known) == Fetched(None, known.etag, known.last_modified)
    assert 'If-None-Match: "a1"\r\n' in server.heads[0]
    assert "If-Modified-Since: Mon, 05 Jan 2026 09:00:00 GMT\r\n" in server.heads[0]


@pytest.mark.parametrize("name", ["x" * 201, "\xe9", "a\tb"])
def test_a_name_that_could_not_be_sent_back_is_not_kept(server: Server, name: str) -> None:
    server.answers[PATH] = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: {name}\r\n\r\n".encode("latin-1")
    assert fetcher(server)(URL, NEW) == Fetched(b"")


def test_a_calendar_may_come_in_chunks_or_until_the_end(server: Server) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (CALENDAR[:5], CALENDAR[5:]))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for answer in (head + chunks + b"0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n" + CALENDAR):
        server.answers[PATH] = answer
        assert fetcher(server)(URL, NEW) == Fetched(CALENDAR)


@pytest.mark.parametrize("status", [201, 204, 206, 300, 400, 401, 403, 404, 410, 429, 500, 503])
def test_any_other_status_is_a_failure(server: Server, status: int) -> None:
    server.answers[PATH] = f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode()
    assert refused(fetcher(server)) == f"{HOST} answers {status}"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_what_was_compressed_is_refused(server: Server, coding: str) -> None:
    server.answers[PATH] = ok(CALENDAR, f"Content-Encoding: {coding}")
    assert refused(fetcher(server)) == f"{HOST} answers compressed, and was asked not to"


# where it leads


def test_it_is_followed_three_times_and_no_further(server: Server) -> None:
    server.answers |= {
        PATH: to("/1", 301),
        "/1": to("2", 303),
        "/2": to(f"https://{HOST}/3", 307),
        "/3": ok(),
    }
    assert fetcher(server)(URL, NEW) == Fetched(CALENDAR)
    server.answers["/3"] = to("/4", 308)
    assert refused(fetcher(server)) == f"{HOST} leads on more than 3 times"
    assert len(server.heads) == 8


@pytest.mark.parametrize(
    ("location", "why"),
    [
        (f"http://{HOST}/s3cr3t", "must begin with https://"),
        (f"https://ana:key@{HOST}/s3cr3t", "has a user before its host"),
        (f"https://{HOST}:8443/s3cr3t", "names port 8443"),
        (f"https://{HOST}:22/s3cr3t", "names port 22"),
        ("file:///etc/s3cr3t", "is no address of a calendar"),
        ("gopher://x/s3cr3t", "is no address of a calendar"),
        (f"https://{HOST}\\@10.0.0.1/s3cr3t", "is no address of a calendar"),
        (f"https://{HOST}/a b", "is no address of a calendar"),
    ],
)
def test_where_it_leads_has_to_be_as_good_as_what_a_file_says(
    server: Server, location: str, why: str
) -> None:
    server.answers[PATH] = to(location)
    assert refused(fetcher(server)).startswith(f"an address on the way {why}")
    assert len(server.heads) == 1


def test_each_place_on_the_way_is_looked_at(server: Server) -> None:
    server.answers[PATH] = to("https://inside.example/")
    inside = {HOST: ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    fetch = fetcher(server, look=lambda host: inside[host], open=lambda address: address != "10.0.0.1")
    assert refused(fetch) == "inside.example does not belong to the open internet"


def test_a_lead_without_a_place_goes_in_a_circle_and_ends(server: Server) -> None:
    server.answers[PATH] = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
    assert refused(fetcher(server)) == f"{HOST} leads on more than 3 times"


# where it may lead


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["8.8.8.8", "10.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
    ],
)
def test_a_host_with_any_address_inside_is_not_asked(server: Server, addresses: list[str]) -> None:
    fetch = fetcher(server, look=lambda _: addresses, open=is_open)
    assert refused(fetch) == f"{HOST} does not belong to the open internet"
    assert server.heads == []
    assert server.hosts == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "localhost", "[::1]"])
def test_this_machine_by_any_other_name_is_not_asked(server: Server, host: str) -> None:
    words = refused(fetcher(server, look=look_up, open=is_open), f"https://{host}/s3cr3t")
    assert words.endswith(("does not belong to the open internet", "is not known"))
    assert server.hosts == []


def test_a_host_is_looked_up_once_so_that_nobody_answers_otherwise_the_second_time(server: Server) -> None:
    server.answers[PATH] = ok()
    asked: list[str] = []

    def look(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    looked_at: list[str] = []

    def is_open(address: str) -> bool:
        looked_at.append(address)
        return True

    fetch = fetcher(server, look=look, open=is_open)
    assert fetch(URL, NEW) == Fetched(CALENDAR)
    assert (asked, looked_at) == ([HOST], ["127.0.0.1"])


def test_what_does_not_answer_at_one_address_is_asked_at_the_next(server: Server) -> None:
    server.answers[PATH] = ok()
    assert fetcher(server, look=lambda _: ["127.0.0.2", "127.0.0.1"])(URL, NEW) == Fetched(CALENDAR)


def test_a_host_that_is_not_known_or_does_not_listen_says_so(server: Server) -> None:
    def unknown(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    assert refused(fetcher(server, look=unknown)) == f"{HOST} is not known"
    assert refused(fetcher(server, look=lambda _: [])) == f"{HOST} is not known"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refused(fetcher(server, port=port)) == f"{HOST} cannot be reached: ConnectionRefusedError"


# who it is


def test_a_certificate_has_to_be_valid_for_the_host(server: Server, tmp_path: Path) -> None:
    other = certificate(tmp_path, "other.example", name="other")
    old = certificate(tmp_path, HOST, days=-1, name="old")
    server.answers[PATH] = ok()
    assert "self-signed" in refused(fetcher(server, other))
    for wrong, why in ((other, "Hostname mismatch"), (old, "expired")):
        with serving(wrong) as false:
            false.answers[PATH] = ok()
            assert why in refused(fetcher(false))
            assert false.heads == []


def test_the_certificate_is_that_of_where_it_leads(server: Server) -> None:
    server.answers[PATH] = to("https://other.example/")
    assert "other.example: its certificate is not valid" in refused(fetcher(server))


def test_the_default_is_the_internet_with_its_certificates() -> None:
    found = Fetcher()
    assert (found.look, found.open, found.port) == (look_up, is_open, 443)
    assert found.context.verify_mode is ssl.CERT_REQUIRED
    assert found.context.check_hostname


# huge, endless, slow


def test_no_more_is_read_than_the_most_whatever_the_answer_says(server: Server) -> None:
    fetch = fetcher(server, most=1000)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for answer in (
        ok(b"x" * 1001),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000,
        chunked + b"186a0\r\n" + b"x" * 100_000 + b"\r\n0\r\n\r\n",
    ):
        server.answers[PATH] = answer
        assert refused(fetch) == f"{HOST} has more than 1,000 bytes"
    server.answers[PATH] = ok(b"x" * 1000)
    assert fetch(URL, NEW) == Fetched(b"x" * 1000)


def test_an_answer_without_an_end_is_left(server: Server) -> None:
    def endless(_: str, connection: ssl.SSLSocket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    server.answers[PATH] = endless
    assert refused(fetcher(server)) == f"{HOST} has more than 2,000,000 bytes"


@pytest.mark.parametrize(
    "answer",
    [
        ok()[:-3],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cr3t\r\nxx",
        b"",
        b"s3cr3t\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: s3cr3t\r\n" % n for n in range(101)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
    ids=["short", "cut chunk", "no chunk", "nothing", "no HTTP", "many headers", "a long header"],
)
def test_what_breaks_off_or_is_no_http_is_a_failure(server: Server, answer: bytes) -> None:
    server.answers[PATH] = answer
    assert refused(fetcher(server)).startswith(HOST)


@pytest.mark.parametrize(
    "start",
    [
        "",
        "HTTP/1.1 200 OK\r\nX: ",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["the status", "a header", "the content", "a chunk"],
)
def test_what_comes_drop_by_drop_has_the_same_time_as_all_else(server: Server, start: str) -> None:
    gone = Event()

    def drip(_: str, connection: ssl.SSLSocket) -> None:
        connection.sendall(start.encode())
        while not gone.wait(0.05):
            connection.sendall(b"1")

    server.answers[PATH] = drip
    try:
        assert refused(fetcher(server, deadline=0.5)) == f"{HOST} does not answer in time"
    finally:
        gone.set()


def test_redirects_share_the_one_deadline(server: Server) -> None:
    def slowly(_: str, connection: ssl.SSLSocket) -> None:
        time.sleep(0.3)
        connection.sendall(to(PATH))

    server.answers[PATH] = slowly
    assert refused(fetcher(server, deadline=0.5)) == f"{HOST} does not answer in time"
    assert len(server.heads) == 2


def test_who_never_says_a_word_or_is_never_looked_up_is_left_in_time(server: Server) -> None:
    done = Event()

    def never(host: str) -> list[str]:
        done.wait(5)
        return ["127.0.0.1"]

    try:
        assert refused(fetcher(server, look=never, deadline=0.3)) == f"{HOST} does not answer in time"
    finally:
        done.set()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        fetch = fetcher(server, port=mute.getsockname()[1], deadline=0.3)
        assert refused(fetch) == f"{HOST} does not answer in time"
