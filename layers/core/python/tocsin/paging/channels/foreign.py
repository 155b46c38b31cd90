"""Posting to addresses that people wrote down or that a browser gave: a team's webhook, a push service.

They are secrets, whole: whoever has one can post to it. So no detail here names more than a status or a host's fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from tocsin.paging.addresses import is_open
from tocsin.paging.channels.base import Later, Refused
from tocsin.paging.channels.http import Http, HttpAnswer, HttpFailed, no_answer, refusal

#: The client of these channels (base.Channel.SERVICE): an ``Http`` that reaches the open internet alone.
OUTSIDE = "outside"
LONGEST = 2_000
#: Names that are never those of the open internet (RFC 6761, RFC 6762, and ICANN's resolution 2024.07.29.06).
_INSIDE = frozenset({"localhost", "local", "internal"})


def address(url: str) -> SplitResult:
    """The parts of an address that may be posted to: https, port 443, no user, plain ASCII, at most 2,000 characters.

    Raises ValueError, which says what is wrong without the address.
    """
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or len(url) > LONGEST:
        raise ValueError(f"must be plain ASCII without blanks, of at most {LONGEST:,} characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme != "https" or not host:
        raise ValueError("must begin with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("has a user before its host")
    if port not in (None, 443):
        raise ValueError(f"names port {port}: only port 443 is posted to")
    return parts


def open_address(url: str) -> SplitResult:
    """As ``address``, and its host does not lie inside by its name alone. Raises ValueError likewise."""
    parts = address(url)
    host = (parts.hostname or "").rstrip(".")
    last = host.rpartition(".")[2]
    # A host that ends in a number is an address, however it is written (RFC 3986, 7.4): 127.1, 0x7f.1.
    if ":" in host or last.isdigit() or last.startswith("0x"):
        inside = not is_open(host)
    else:
        inside = "." not in host or last in _INSIDE
    if inside:
        raise ValueError("does not belong to the open internet")
    return parts


def post(
    client: Http, url: str, body: bytes, headers: Mapping[str, str], reasons: Mapping[int, str]
) -> HttpAnswer | Refused | Later:
    """The answer that is a success, or what else it means for a page; ``reasons`` by status, as in ``refusal``."""
    try:
        address(url)
    except ValueError as error:
        return Refused("address_refused", f"the address {error}")
    return post_looked_at(client, url, body, headers, reasons)


def post_looked_at(
    client: Http, url: str, body: bytes, headers: Mapping[str, str], reasons: Mapping[int, str]
) -> HttpAnswer | Refused | Later:
    """As ``post``, to an address that the caller has looked at already."""
    try:
        answer = client.request("POST", url, body, headers)
    except HttpFailed as failed:
        if failed.reason == "address_refused":
            return Refused(failed.reason, no_answer(failed).detail)
        return no_answer(failed)
    # What a stranger's server says may repeat what it was asked: it is not shown.
    return answer if answer.ok else refusal(answer, reasons)
