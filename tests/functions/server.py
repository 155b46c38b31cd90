"""A server that answers over TLS just as it is told, on this machine, and the certificate that it shows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tocsin.edge import posting

#: What a request gets: bytes, or who writes them, given the request's head and the connection.
Answer = bytes | Callable[[str, ssl.SSLSocket], None]


@dataclass
class Server:
    """``heads`` are the requests that came, in order, ``bodies`` what was posted with them; ``answers`` by path, and
    the servers' own names in ``hosts``."""

    port: int
    certificate: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


def certificate(folder: Path, host: str, *, days: int = 1, name: str = "server") -> Path:
    """A certificate for a host and its key, in one file; it vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def _usage() -> x509.KeyUsage:
    """To be a server, and to vouch for it."""
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    never = dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, **never)


@contextmanager
def serving(certificate: Path) -> Iterator[Server]:
    """A server on a port of its own, as long as the context lasts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(listening.getsockname()[1], certificate)
    context.sni_callback = lambda _, host, __: server.hosts.append(host)

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listening.accept()
                Thread(target=serve, args=(plain,), daemon=True).start()

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            plain.settimeout(5)
            with context.wrap_socket(plain, server_side=True) as secured:
                _answer(server, secured)

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@contextmanager
def taken_for_the_internet(certificate: Path, patch: pytest.MonkeyPatch) -> Iterator[Server]:
    """As ``serving``: and what the functions post to any host of the open internet comes here."""
    with serving(certificate) as found:
        inside = partial(
            posting.Poster,
            look=lambda _: ["127.0.0.1"],
            open=lambda _: True,
            port=found.port,
            context=ssl.create_default_context(cafile=certificate),
        )
        patch.setattr(posting, "Poster", inside)
        yield found


def _answer(server: Server, secured: ssl.SSLSocket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += secured.recv(1)
    text = head.decode()
    server.heads.append(text)
    body = b""
    while len(body) < _length(text) and (part := secured.recv(65_536)):
        body += part
    server.bodies.append(body)
    answer = server.answers.get(text.split()[1], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    if callable(answer):
        answer(text, secured)
    else:
        secured.sendall(answer)


def _length(head: str) -> int:
    for line in head.lower().split("\r\n"):
        if line.startswith("content-length:"):
            return int(line.partition(":")[2])
    return 0
