"""The page on which people switch push on, and what it has to know of this deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tocsin.edge.settings import settings

if TYPE_CHECKING:
    from tocsin.engine.browsers import Pushing
    from tocsin.engine.ports import Ports


def pushing() -> Pushing:
    """Raises what the client of the secrets raises, and ValueError for a key that is none."""
    from tocsin.edge.carriers import channel_settings
    from tocsin.engine.browsers import Pushing
    from tocsin.paging import webpush

    private = channel_settings(settings(), secret=True).vapid_private_key
    return Pushing(settings().public_url, webpush.public_key(private) if private else "")


def answered(ports: Ports, event: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a request of the HTTP API, payload format 2.0."""
    from tocsin.web import push

    return push.answered(ports, event, lambda: pushing().key)
