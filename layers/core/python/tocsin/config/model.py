"""A compiled configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.config.facts import NO_FACTS, Facts
from tocsin.escalation.model import Book


@dataclass(frozen=True, slots=True)
class Integration:
    """A sender of a service: ``source`` names the parser. The ``default`` one takes events that come without a key."""

    name: str
    service: str
    source: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """One configuration, compiled.

    ``book`` is what the planner asks; ``catch_all`` the service that takes what no integration names, None when there
    is none; ``document`` the plain JSON it was compiled from, every scalar as text, with the ``facts`` of its apply.
    """

    book: Book
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    catch_all: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    facts: Facts = NO_FACTS
