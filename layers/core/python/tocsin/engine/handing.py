"""What a message is handed to: its channel, or all browsers of the person whom it is pushed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers
    from tocsin.engine.ports import Ports
    from tocsin.paging.channels.base import Message, Outcome


def handed(
    ports: Ports, carriers: Carriers, channel: str, message: Message
) -> tuple[Outcome, tuple[str, ...]]:
    """What the carrier said, and the ids of browsers that are gone: to be forgotten once that is written down."""
    if channel == "push":
        from tocsin.engine.browsers import push  # few have it

        return push(ports, carriers, message)
    return carriers.send(channel, message), ()
