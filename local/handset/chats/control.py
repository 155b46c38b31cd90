"""The control API of the chats, under ``/_handset/chats/``: what the page and the tests do there as people."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.handset.asked import does, maybe, text
from local.handset.chats.desk import Chats
from local.handset.records import plain


class ChatControl:
    """The routes, over all chats. ``status`` in an answer is the app's, null where the vendor does not tell it."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats

    def routes(self) -> list[Route]:
        return [
            Route("/{vendor}/press", does(self._press), methods=["POST"]),
            Route("/{vendor}/reply", does(self._reply), methods=["POST"]),
            Route("/{vendor}/ask", does(self._ask), methods=["POST"]),
            Route("/{vendor}/refuse", does(self._refuse), methods=["POST"]),
        ]

    async def _press(self, request: Request, body: dict[str, Any]) -> Response:
        user, message, button = text(body, "user"), text(body, "message"), text(body, "button")
        return _told(await self.chats.press(_vendor(request), _base(request), user, message, button))

    async def _reply(self, request: Request, body: dict[str, Any]) -> Response:
        user, message, words = text(body, "user"), text(body, "message"), text(body, "text")
        return _told(await self.chats.reply(_vendor(request), _base(request), user, message, words))

    async def _ask(self, request: Request, body: dict[str, Any]) -> Response:
        user, channel, words = text(body, "user"), text(body, "channel"), maybe(body, "text", str) or ""
        return _told(await self.chats.ask(_vendor(request), _base(request), user, channel, words))

    async def _refuse(self, request: Request, body: dict[str, Any]) -> Response:
        kind, times = maybe(body, "kind", str), maybe(body, "times", int)
        rooms = self.chats.rooms
        return JSONResponse(
            {"service": plain(rooms.refuse(self.chats.clock(), _vendor(request), kind, times))}
        )


def _vendor(request: Request) -> str:
    vendor: str = request.path_params["vendor"]
    return vendor


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _told(status: int | None) -> Response:
    return JSONResponse({"status": status})
