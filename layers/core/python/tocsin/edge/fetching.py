"""Fetches calendars from addresses that other people wrote down. Nothing else here goes where a stranger says.

A host is looked up once, each of its addresses has to be one of the open internet, and the connection goes to an
address that was looked at. There is one deadline for all of it, redirects included, and a most that is read.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Thread
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from tocsin.config.feeds import feed_address
from tocsin.edge.addresses import is_open
from tocsin.engine.feed import Fetched, FetchFailed
from tocsin.oncall.calendars.limits import Limits
from tocsin.store.ports import FeedState

#: Seconds for all of one feed.
DEADLINE = 10.0
#: A server that does not answer keeps those of its other addresses waiting for so long.
_CONNECT = 4.0
_ADDRESSES, _REDIRECTS = 4, 3
_REDIRECTING = (301, 302, 303, 307, 308)
#: Longer names of a content are not kept: they are sent back with each question.
_NAME = 200

Look = Callable[[str], list[str]]


def look_up(host: str) -> list[str]:
    """The addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


@dataclass(frozen=True)
class Fetcher:
    """Fetches over https. What a test puts in the place of the internet: who looks hosts up, which addresses are
    open, on which port servers listen, and whose certificates count."""

    look: Look = look_up
    open: Callable[[str], bool] = is_open
    port: int = 443
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    deadline: float = DEADLINE
    most: int = Limits().size

    def __call__(self, url: str, state: FeedState) -> Fetched:
        """``engine.feed.Fetch``."""
        end = time.monotonic() + self.deadline
        for _ in range(_REDIRECTS + 1):
            host, target = _parts(url)
            try:
                found = self._ask(host, target, state, end)
            except FetchFailed:
                raise
            except TimeoutError as error:
                raise FetchFailed(f"{host} does not answer in time") from error
            except ssl.SSLCertVerificationError as error:
                raise FetchFailed(f"{host}: its certificate is not valid: {error.verify_message}") from error
            except OSError as error:
                raise FetchFailed(f"{host} cannot be reached: {type(error).__name__}") from error
            except (HTTPException, ValueError) as error:
                # Their words may repeat what was asked for.
                raise FetchFailed(f"{host} answers no proper HTTP: {type(error).__name__}") from error
            if isinstance(found, Fetched):
                return found
            url = urljoin(url, found)
        raise FetchFailed(f"{host} leads on more than {_REDIRECTS} times")

    def _ask(self, host: str, target: str, state: FeedState, end: float) -> Fetched | str:
        """The content, or where the host says it is."""
        connection = HTTPConnection(host)
        with _Timed(self._connect(host, end), end) as timed:
            connection.sock = cast(Any, timed)
            connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
            for name, value in _headers(host, state).items():
                connection.putheader(name, value)
            connection.endheaders()
            with connection.getresponse() as answer:
                return self._read(host, answer, state)

    def _read(self, host: str, answer: HTTPResponse, state: FeedState) -> Fetched | str:
        if answer.status in _REDIRECTING:
            return answer.getheader("Location", "")
        if answer.status == 304:
            return Fetched(None, state.etag, state.last_modified)
        if answer.status != 200:
            raise FetchFailed(f"{host} answers {answer.status}")
        if answer.getheader("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise FetchFailed(f"{host} answers compressed, and was asked not to")
        declared = answer.length
        data = bytearray()
        while len(data) <= self.most and (part := answer.read1(65_536)):
            data += part
        if len(data) > self.most or (declared or 0) > self.most:
            raise FetchFailed(f"{host} has more than {self.most:,} bytes")
        if declared is not None and len(data) < declared:
            raise FetchFailed(f"{host} breaks off its answer")
        return Fetched(bytes(data), _kept(answer.getheader("ETag")), _kept(answer.getheader("Last-Modified")))

    def _connect(self, host: str, end: float) -> ssl.SSLSocket:
        """A connection to one of the host's addresses, each of which was looked at; the host's certificate is valid."""
        addresses = self._addresses(host, end)
        if not all(map(self.open, addresses)):
            raise FetchFailed(f"{host} does not belong to the open internet")
        trouble: OSError | None = None
        for address in addresses[:_ADDRESSES]:
            try:
                plain = socket.create_connection((address, self.port), min(_left(end), _CONNECT))
            except OSError as error:
                trouble = error
                continue
            try:
                # A handshake has the timeout as a whole, however slowly it comes.
                plain.settimeout(_left(end))
                return self.context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
        raise trouble or OSError("no address")

    def _addresses(self, host: str, end: float) -> list[str]:
        """What the host is looked up as. Whoever answers for its name may take long, and cannot be told to end."""
        found: list[list[str]] = []

        def look() -> None:
            try:
                found.append(self.look(host))
            except (OSError, ValueError):
                found.append([])

        thread = Thread(target=look, daemon=True)
        thread.start()
        thread.join(_left(end))
        if not found:
            raise TimeoutError
        if not found[0]:
            raise FetchFailed(f"{host} is not known")
        return found[0]


class _Timed:
    """A connection of which each step has no more time than is left of the whole."""

    def __init__(self, sock: ssl.SSLSocket, end: float) -> None:
        self._sock, self._end = sock, end

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._end))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._end))

    def close(self) -> None:
        """Nothing: http.client closes what it has read the head of, while the rest is still to come."""

    def __enter__(self) -> _Timed:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    def __init__(self, sock: ssl.SSLSocket, end: float) -> None:
        self._sock, self._end = sock, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._end))
        return self._sock.recv_into(buffer)


def _left(end: float) -> float:
    """Seconds. Raises TimeoutError when there are none."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _parts(url: str) -> tuple[str, str]:
    """Host, and what to ask it for. Raises FetchFailed: what a redirect says has to be as good as what a file does."""
    try:
        parts = urlsplit(feed_address(url))
    except ValueError as error:
        raise FetchFailed(f"an address on the way {error}") from error
    return parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(host: str, state: FeedState) -> dict[str, str]:
    asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {
        "Host": f"[{host}]" if ":" in host else host,
        "User-Agent": "tocsin",
        "Accept": "text/calendar, */*;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **{name: value for name, value in asked.items() if value},
    }


def _kept(name: str | None) -> str:
    """What names a content, if it can be sent back as it is."""
    fits = name is not None and len(name) <= _NAME and name.isascii() and name.isprintable()
    return name or "" if fits else ""
