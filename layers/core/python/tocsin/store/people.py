"""What is known of people's numbers and addresses, and of the links that were given to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.paging.passive import Told
    from tocsin.paging.text_throttle import Texted
    from tocsin.paging.throttle import Called
    from tocsin.paging.verification import Pending, Verified


@dataclass(frozen=True, slots=True)
class Phone:
    """One number, or mail address: its short codes (code to incident), since when its owner wants no texts, and the
    latest answers that acknowledged nothing.

    ``verified`` says of whom (users' ids) it is known to be theirs; ``pending`` is the code that was sent last to prove
    it, and ``codes_sent`` are the instants at which the latest ones were.
    ``texts`` are the latest pages by text; ``waiting`` those held back, by id, with the incident. ``resolves`` and
    ``resolves_waiting`` are the same of texts that say that incidents are over.
    ``stopped_at`` is when a carrier said that its owner wants none, where it keeps that to itself: it is asked again
    with each text, and knows when they changed their mind.
    """

    number: str
    codes: Mapping[int, int] = field(default_factory=dict)
    opted_out_at: datetime | None = None
    version: int = 0
    told: tuple[Told, ...] = ()
    texts: tuple[Texted, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    resolves: tuple[Texted, ...] = ()
    resolves_waiting: Mapping[str, int] = field(default_factory=dict)
    verified: Mapping[str, Verified] = field(default_factory=dict)
    pending: Pending | None = None
    codes_sent: tuple[datetime, ...] = ()
    stopped_at: datetime | None = None

    @property
    def silent_since(self) -> datetime | None:
        """Since when its owner is known to want no texts."""
        return self.opted_out_at or self.stopped_at


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls to one person: the latest on any number, and those to each number in the last 24 hours."""

    user: str
    last: Called | None = None
    numbers: Mapping[str, tuple[Called, ...]] = field(default_factory=dict)
    version: int = 0


#: Incidents are numbered from 1001.
NO_INCIDENT = 0


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """What a signed link's token allows: ``user`` acting on ``incident``, or, where that is NO_INCIDENT, switching push
    on. Only the token's hash is stored."""

    token_hash: str
    incident: int
    user: str
    expires_at: datetime
