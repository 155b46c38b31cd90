"""What a message is handed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tocsin.paging.channels.base import Later, Message, Refused, Sent
    from tocsin.paging.texts import Facts


class Carriers(Protocol):
    """The channels as configured."""

    def channel(self, via: str) -> str | None:
        """The channel that serves ``via``, None when it is off."""
        ...

    def takes_replies(self, channel: str, to: str) -> bool:
        """Whether a text over this channel, to this number, can be answered."""
        ...

    def compose(self, channel: str, page_id: str, to: str, facts: Facts) -> Message:
        """The page in the channel's own words."""
        ...

    def send(self, channel: str, message: Message) -> Sent | Refused | Later: ...

    def send_each(self, channel: str, messages: Sequence[Message]) -> Sequence[Sent | Refused | Later]:
        """Sends several, none of which waits for another: all of them take as long as the slowest."""
        ...

    def link(self, token: str) -> str:
        """The address of a signed link, empty when there is no public address."""
        ...
