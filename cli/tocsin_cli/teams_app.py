"""The Teams app of a stack: its manifest, its package, and the steps around them.

The manifest's schema: learn.microsoft.com, microsoftteams/platform/resources/schema.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

_SCHEMA = "1.16"
_COLOUR = (0xB4, 0x23, 0x18)
#: What Teams wants of an app's icons: pixels each way, of the coloured one and of the outline (white, see-through).
_LARGE, _SMALL = 192, 32
_COMMANDS = (
    ("open", "What is open now"),
    ("oncall", "Who is on call now"),
    ("ack 1042", "Take an incident, by its number"),
    ("res 1042", "It is over"),
    ("esc 1042", "Page the next step now"),
)


def manifest(bot: str, root: str) -> dict[str, Any]:
    """An app with the bot of that id, for the stack at ``root``. The same stack and bot always make the same app."""
    scopes = ["team", "groupChat", "personal"]
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{_SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": _SCHEMA,
        "version": "1.0.0",
        "id": str(uuid5(NAMESPACE_URL, f"{root} {bot}")),
        "name": {"short": "Tocsin", "full": "Tocsin incident response"},
        "description": {
            "short": "Who has it, and what can be done",
            "full": "Incidents as cards that change as they do: acknowledge, resolve, escalate; who is on call.",
        },
        "developer": {"name": "Tocsin", "websiteUrl": root, "privacyUrl": root, "termsOfUseUrl": root},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02X}{:02X}{:02X}".format(*_COLOUR),
        "bots": [
            {
                "botId": bot,
                "scopes": scopes,
                "commandLists": [
                    {
                        "scopes": scopes,
                        "commands": [{"title": title, "description": words} for title, words in _COMMANDS],
                    }
                ],
            }
        ],
        # What people write under a card comes to the bot though nobody calls it; the resource may be any address.
        "webApplicationInfo": {"id": bot, "resource": "https://RscBasedStoreApp"},
        "authorization": {
            "permissions": {
                "resourceSpecific": [{"name": "ChannelMessage.Read.Group", "type": "Application"}]
            }
        },
    }


def package(app: dict[str, Any]) -> bytes:
    """The zip that Teams takes: the manifest and two icons."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(app, indent=2))
        archive.writestr("color.png", _bell(_LARGE, (255, 255, 255, 255), (*_COLOUR, 255)))
        archive.writestr("outline.png", _bell(_SMALL, (255, 255, 255, 255), (255, 255, 255, 0)))
    return found.getvalue()


def before(address: str) -> str:
    """What is to be done until the bot's id is known."""
    return (
        "1. https://portal.azure.com: create an Azure Bot (single tenant, a new Microsoft App ID)."
        f"\n   Configuration, Messaging endpoint: {address}"
        "\n   Channels: add Microsoft Teams."
        "\n2. Configuration has the ids; Manage Password makes a client secret:"
        "\n     tocsin secret set teams_app_id"
        "\n     tocsin secret set teams_tenant"
        "\n     tocsin secret set teams_app_password"
        "\n3. tocsin chat teams --package tocsin-teams.zip"
    )


def after(address: str, written: Path | None) -> str:
    """What is to be done with the manifest, or with the package where it was ``written``."""
    first = (
        f"{written} is written."
        if written
        else "--package FILE writes the app with its icons, as Teams takes it."
    )
    return (
        f"\n{first}"
        f"\n1. The bot's messaging endpoint is {address}"
        "\n2. In Teams: Apps, Manage your apps, Upload an app; add it to each team, and for whoever is paged there."
        "\n3. In tocsin.yaml: chat: {teams: ...} beside each person, by their Object ID in Microsoft Entra;"
        '\n   {teams: "19:...@thread.tacv2"} in a step. Get link to channel has the id, behind /channel/.'
    )


def _bell(size: int, bell: tuple[int, ...], ground: tuple[int, ...]) -> bytes:
    """A bell as a PNG of ``size`` pixels each way; colours are red, green, blue, opacity."""
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # this row is not filtered
        for x in range(size):
            across, down = abs(2 * x + 1 - size) / size, (2 * y + 1) / (2 * size)
            body = 0.2 <= down <= 0.68 and across <= 0.26 + 0.6 * max(0.0, down - 0.5)
            top = 0.2 > down >= 0.14 and across <= 0.08
            rim = 0.68 < down <= 0.74 and across <= 0.46
            clapper = 0.74 < down <= 0.84 and across <= 0.12
            rows.extend(bell if body or top or rim or clapper else ground)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
