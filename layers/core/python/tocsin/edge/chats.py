"""What chats send to the HTTP API, read by each vendor's own module and answered there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tocsin.edge.carriers import channel_client, channel_settings
from tocsin.edge.log import logger
from tocsin.edge.requests import body_of, headers_of
from tocsin.edge.settings import Settings, settings
from tocsin.engine.cards import card_under
from tocsin.engine.chats import came
from tocsin.engine.ports import Ports
from tocsin.paging import channels
from tocsin.paging.channels.base import Sent
from tocsin.paging.chat import Came, Challenge, Forged, Ignored, NoKeys, Pressed

#: Vendors whose requests come to a route of their own.
VENDORS = frozenset({"slack", "telegram", "teams"})


class Said(NamedTuple):
    """The answer of the route."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


def answered(ports: Ports, event: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a request of the HTTP API, payload format 2.0."""
    vendor = event["rawPath"].rpartition("/")[2]
    said = heard(ports, settings(), vendor, headers_of(event), body_of(event), ports.clock.now())
    return {
        "statusCode": said.status,
        "headers": {"content-type": said.content_type, "cache-control": "no-store"},
        "body": said.body,
    }


def heard(
    ports: Ports, here: Settings, vendor: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Said:
    """One request of a chat. ``headers`` in lower case, ``body`` as it was signed. Raises what the store raises."""
    if vendor not in VENDORS:
        return Said(404)
    module: Any = channels.channel(vendor)
    client = channel_client(module.SERVICE)
    known = channel_settings(here, secret=True)
    # Teams signs with keys that are fetched, wants a token with the time for a word, and its presses answered at once.
    teams = vendor == "teams"
    inline: list[str] = []
    answered: list[Came] = []
    try:
        found: tuple[Came, ...] = module.read(headers, body, known, now, *([client] if teams else []))
    except NoKeys as error:
        logger().warning(
            "nothing can be said of a chat's request", extra={"vendor": vendor, "reason": str(error)}
        )
        return Said(503)
    except Forged as error:
        # Neither the headers nor the body: both may hold what somebody tries to guess.
        logger().warning("a chat's request was refused", extra={"vendor": vendor, "reason": str(error)})
        ports.metrics.count("ChatForged")
        return Said(401)

    def tell(one: Came, words: str) -> None:
        answered.append(one)
        if teams and isinstance(one, Pressed):
            inline.append(words)
            return
        outcome = module.tell(client, known, one, words, *([now] if teams else []))
        if not isinstance(outcome, Sent):
            logger().warning(
                "a word could not be said in a chat",
                extra={"vendor": vendor, "reason": outcome.reason, "detail": outcome.detail},
            )

    for one in found:
        if isinstance(one, Challenge):
            return Said(200, one.body, one.content_type)
        if teams and isinstance(one, Ignored):
            # It names the conversation: whoever sets this up looks for that.
            logger().info("a chat's request asks for nothing", extra={"vendor": vendor, "reason": one.reason})
        came(ports, one, tell)
        if vendor == "telegram" and isinstance(one, Pressed) and one not in answered:
            # Until it is answered, be it without a word, the button shows that it waits.
            tell(one, "")
        if teams and isinstance(one, Pressed):
            card = None if inline else card_under(ports, one.number, one.message)
            return Said(200, module.answer(" ".join(inline), card).decode(), "application/json")
    return Said(200)
