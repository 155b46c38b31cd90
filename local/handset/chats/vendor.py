"""What a vendor's chat is to the handset: it can be pressed, answered and asked, and then sends a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from local.handset.chats.records import Channel, Message, Service
from local.handset.records import Phone


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request of the vendor's servers to the app: POST to its address. ``what`` is it, for people.

    ``user`` and ``channel`` are who is told what the app answers, and where; empty where its answer is not shown.
    """

    headers: Mapping[str, str]
    body: bytes
    what: str
    user: str = ""
    channel: str = ""


class Vendor(Protocol):
    """One module for each; it keeps its channels and messages in ``Rooms``.

    What people do gives no request where the vendor does not tell the app of it.
    """

    service: Service
    #: Where the app listens: a whole address, or a path of the stack's own.
    hook: str

    def routes(self) -> list[BaseRoute]:
        """The vendor's own API, as the app calls it."""
        ...

    def start_over(self) -> None:
        """Forget what is not in ``Rooms``."""
        ...

    def press(self, now: datetime, base: str, phone: Phone, message: Message, button: str) -> Outgoing | None:
        """Raises Refusal: the message has no such button. ``base``: the handset's own root, for answers to come to."""
        ...

    def reply(self, now: datetime, base: str, phone: Phone, message: Message, text: str) -> Outgoing | None:
        """A person writes under a message."""
        ...

    def ask(self, now: datetime, base: str, phone: Phone, channel: Channel, text: str) -> Outgoing | None:
        """A person types a command in a channel, or a message where the vendor has none."""
        ...

    def heard(self, now: datetime, outgoing: Outgoing, body: bytes) -> None:
        """The app took the request: what the vendor makes of its answer."""
        ...
