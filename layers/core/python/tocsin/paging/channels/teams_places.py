"""Where messages go in Teams: the conversations, and the addresses at which Microsoft is reached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tocsin.paging.channels.base import ChannelSettings

#: The hosts of the Bot Connector for Teams: "Proactive messages" (learn.microsoft.com, microsoftteams/platform/bots).
#: The token of the bot is for these alone.
HOSTS = frozenset(
    [
        "smba.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
    ]
)

_PATH = re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*/?")
#: Printable, without a blank and without "/", which parts a conversation from a message.
ID = r"[!-.0-~]{1,400}"
_TO = re.compile(rf"(?:(https?://[!-~]{{1,500}}) )?({ID})")
OURS = re.compile(rf"({ID})/({ID})")
#: A conversation of a channel, and of a thread in one; all others know no threads.
CHANNEL = re.compile(r"(19:[^;]+@thread\.(?:tacv2|skype))(?:;messageid=([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, and the address that it is reached by (without a slash at its end)."""

    service: str
    conversation: str

    def __str__(self) -> str:
        return f"{self.service} {self.conversation}"


def place(to: str, settings: ChannelSettings) -> Place | None:
    """A conversation by its ``to``; None where it is none, or is reached by an address that gets no token of ours."""
    found = _TO.fullmatch(to)
    service = service_url(found[1] or settings.teams_service_url, settings) if found else None
    return Place(service, found[2]) if found and service else None


def service_url(url: str, settings: ChannelSettings) -> str | None:
    """The address without a slash at its end; None where its host is neither Microsoft's nor the configured one."""
    own = settings.teams_service_url.rstrip("/")
    plain = url.rstrip("/")
    if plain == own:
        return plain
    try:
        parts = urlsplit(plain)
    except ValueError:
        return None
    hosts = HOSTS | {urlsplit(own).netloc}
    known = (
        parts.scheme == "https" and parts.netloc in hosts - {""} and not parts.query and not parts.fragment
    )
    return plain if known and _PATH.fullmatch(parts.path) else None


def under(where: Place, thread: str) -> Place:
    """The thread of that message, where it stands in the same channel."""
    message, channel = OURS.fullmatch(thread), CHANNEL.fullmatch(where.conversation)
    root = CHANNEL.fullmatch(message[1]) if message else None
    if not (message and channel and root and root[1] == channel[1]):
        return where
    return Place(where.service, f"{channel[1]};messageid={root[2] or message[2]}")
