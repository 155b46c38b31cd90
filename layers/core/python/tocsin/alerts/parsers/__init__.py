"""One parser per sender, each a module with ``parse(payload) -> list[Parsed]``, loaded when first asked for.

A parser says ``NotUnderstood`` about JSON that is not its sender's: one trigger, which keeps the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Protocol, cast

from tocsin.alerts.event import JSON, Parsed
from tocsin.alerts.parsers.common import NotUnderstood, not_understood
from tocsin.alerts.shape import fit
from tocsin.alerts.text import NotJson, TooDeep, load, whole

#: The names that an integration's ``source`` may have.
SOURCES = ("alertmanager", "cloudwatch", "generic", "pagerduty")

#: One message brings at most this many events. A parser may give one more: the door refuses them all.
MAX_EVENTS = 1000

#: Headers that name a delivery: Standard Webhooks, GitHub.
_DELIVERY_HEADERS = ("webhook-id", "x-github-delivery")


class UnknownSource(Exception):
    """No parser has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no parser is called {name!r}: there are {', '.join(SOURCES)}")
        self.name = name


class _Parser(Protocol):
    def parse(self, payload: JSON) -> list[Parsed]: ...


def parse(source: str, headers: Mapping[str, str], body: str) -> list[Parsed]:
    """What a message says: none, one or several events, in its order. ``headers`` have lower-case names.

    Never raises on what a sender wrote: what cannot be understood is one trigger with ``parsed=False`` and
    its text. Raises UnknownSource.
    """
    _check(source)
    body = whole(body)
    try:
        payload = load(body)
    except (NotJson, TooDeep):
        return [fit(_delivered(not_understood(body, body), headers))]
    return parse_loaded(source, headers, payload, body)


def parse_loaded(source: str, headers: Mapping[str, str], payload: JSON, body: str) -> list[Parsed]:
    """As ``parse``, for a ``body`` that ``text.load`` has read as ``payload``."""
    parser = _check(source)
    try:
        events = parser.parse(payload)
    except NotUnderstood as said:
        events = [not_understood(body, payload, said)]
    except Exception as error:
        # A parser that fails is our fault and no reason to let an alert fall: somebody is woken and told.
        why = f"Tocsin's {source} parser failed ({type(error).__name__}): please report it"
        events = [not_understood(body, payload, NotUnderstood(why))]
    return [fit(_delivered(event, headers)) for event in events]


def _check(source: str) -> _Parser:
    if source not in SOURCES:
        raise UnknownSource(source)
    return cast(_Parser, import_module(f"tocsin.alerts.parsers.{source}"))


def _delivered(event: Parsed, headers: Mapping[str, str]) -> Parsed:
    if event.delivery_id is None:
        for name in _DELIVERY_HEADERS:
            if headers.get(name):
                return replace(event, delivery_id=headers[name])
    return event
