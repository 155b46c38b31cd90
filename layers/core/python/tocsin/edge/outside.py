"""Connections to addresses that other people wrote down: calendars are fetched over them, and webhooks posted.

A host is looked up once, each of its addresses has to be one of the open internet, and the connection goes to an
address that was looked at: a name that answers otherwise the second time (DNS rebinding) leads nowhere. There is one
deadline for all of it. Redirects are not followed here.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Thread
from typing import Any, Literal, cast

from tocsin.paging.addresses import is_open

#: A server that does not answer keeps those of its other addresses waiting for so long.
_CONNECT = 4.0
_ADDRESSES = 4

Look = Callable[[str], list[str]]
Why = Literal["closed", "no_connection", "timeout"]


class NotReached(Exception):
    """There is no answer; says the host, never the address. ``why`` is "closed" where the host is inside.

    ``maybe_sent``: the request was on its way before the answer was lost.
    """

    def __init__(self, why: Why, words: str, maybe_sent: bool = False) -> None:
        super().__init__(words)
        self.why = why
        self.maybe_sent = maybe_sent


def look_up(host: str) -> list[str]:
    """The addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


@dataclass(frozen=True)
class Outside:
    """Asks over https. What a test puts in the place of the internet: who looks hosts up, which addresses are open, on
    which port servers listen, and whose certificates count."""

    look: Look = look_up
    open: Callable[[str], bool] = is_open
    port: int = 443
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    @contextmanager
    def ask(
        self,
        method: str,
        host: str,
        target: str,
        headers: Mapping[str, str],
        end: float,
        body: bytes | None = None,
    ) -> Iterator[HTTPResponse]:
        """The head of the answer; its body is the caller's to read, in the same time. ``end`` is of time.monotonic.

        Raises NotReached, also for what goes wrong while the body is read.
        """
        connected = False
        try:
            with _Timed(self._connect(host, end), end) as timed:
                connected = True
                connection = HTTPConnection(host)
                connection.sock = cast(Any, timed)
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                connection.putheader("Host", f"[{host}]" if ":" in host else host)
                for name, value in headers.items():
                    connection.putheader(name, value)
                if body is not None:
                    connection.putheader("Content-Length", str(len(body)))
                connection.putheader("Connection", "close")
                connection.endheaders(body)
                with connection.getresponse() as answer:
                    yield answer
        except TimeoutError as error:
            raise NotReached("timeout", f"{host} does not answer in time", connected) from error
        except ssl.SSLCertVerificationError as error:
            words = f"{host}: its certificate is not valid: {error.verify_message}"
            raise NotReached("no_connection", words) from error
        except OSError as error:
            words = f"{host} cannot be reached: {type(error).__name__}"
            raise NotReached("timeout" if connected else "no_connection", words, connected) from error
        except (HTTPException, ValueError) as error:
            # Their words may repeat what was asked for.
            words = f"{host} answers no proper HTTP: {type(error).__name__}"
            raise NotReached("timeout" if connected else "no_connection", words, connected) from error

    def _connect(self, host: str, end: float) -> ssl.SSLSocket:
        """A connection to one of the host's addresses, each of which was looked at; the host's certificate is valid."""
        addresses = self._addresses(host, end)
        if not all(map(self.open, addresses)):
            raise NotReached("closed", f"{host} does not belong to the open internet")
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
            raise NotReached("no_connection", f"{host} is not known")
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
