"""Telegram's Bot API on loopback: the few methods that the product calls.

Methods and fields: https://core.telegram.org/bots/api#making-requests, …#sendmessage, …#editmessagetext,
…#answercallbackquery. The words of its errors: https://github.com/TelegramBotAPI/errors.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.handset.chats.records import Channel, Message
from local.handset.chats.telegram_chats import NAME, ApiError, Chats
from local.handset.chats.telegram_text import BadRequest

#: Characters of what is told to whoever pressed.
TOLD = 200
#: What Telegram says, by the switch that is on.
_SAYS: Mapping[str, tuple[int, str]] = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "chat_not_found": (400, "Bad Request: chat not found"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "no_rights": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "unauthorized": (401, "Unauthorized"),
    "too_many": (429, "Too Many Requests: retry after 2"),
    "internal": (500, "Internal Server Error"),
    "down": (502, "Bad Gateway"),
}
#: Those that are for chats of one kind alone, or for any chat, and leave other requests be.
_OF_PEOPLE, _OF_GROUPS, _OF_CHATS = {"blocked"}, {"kicked", "no_rights"}, {"chat_not_found"}


class Api:
    """The routes, over all chats, for whoever has ``token``."""

    def __init__(self, chats: Chats, token: str) -> None:
        self.chats = chats
        self._token = token
        self._methods: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "getme": self._get_me,
            "sendmessage": self._send,
            "editmessagetext": self._edit,
            "answercallbackquery": self._answer_press,
        }

    def routes(self) -> list[BaseRoute]:
        return [Route("/telegram/bot{token}/{method}", self._api, methods=["POST", "GET"])]

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            if not secrets.compare_digest(request.path_params["token"].encode(), self._token.encode()):
                raise ApiError(401, "Unauthorized")
            asked = await _arguments(request)
            # Names of methods are taken in any case.
            if method.lower() not in self._methods:
                raise ApiError(404, "Not Found")
            return self._answer(method, asked)
        except BadRequest as error:
            return self._refused(method, ApiError(400, f"Bad Request: {error}"))
        except ApiError as error:
            return self._refused(method, error)

    def _answer(self, method: str, asked: Mapping[str, Any]) -> Response:
        kind = self._switched(asked)
        if kind is not None:
            where = f"{method} to {str(asked.get('chat_id', '?'))[:80]}"
            self.chats.rooms.refused(self.chats.clock(), NAME, where)
        if kind in (None, "lost"):
            said = self._methods[method.lower()](asked)
            if kind is None:
                return JSONResponse({"ok": True, "result": said})
            kind = "down"
        code, words = _SAYS[kind or ""]
        more = {"retry_after": 2} if kind == "too_many" else {}
        return JSONResponse(ApiError(code, words, **more).body, code)

    def _switched(self, asked: Mapping[str, Any]) -> str | None:
        """The switch that refuses this request, where it is one of those that it is for."""
        kind = self.chats.rooms.service(NAME).refuses
        chat = str(asked.get("chat_id", ""))
        group = chat.startswith(("-", "@"))
        spared = (
            (kind in _OF_PEOPLE and (group or not chat))
            or (kind in _OF_GROUPS and not group)
            or (kind in _OF_CHATS and not chat)
        )
        return None if spared else kind

    def _refused(self, method: str, error: ApiError) -> Response:
        self.chats.rooms.network.record(
            self.chats.clock(),
            "chat_refused",
            None,
            f"Telegram refuses {method[:80]}",
            error=str(error),
            trouble=True,
        )
        return JSONResponse(error.body, error.code)

    # -- methods -------------------------------------------------------------------------------------------

    def _get_me(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return self.chats.bot

    def _send(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._chat(asked)
        reply, answered = asked.get("reply_parameters"), None
        if isinstance(reply, dict) and "message_id" in reply:
            answered = self.chats.find(channel, reply["message_id"])
            if answered is None and reply.get("allow_sending_without_reply") is not True:
                raise BadRequest("message to be replied not found")
        return self.chats.described_message(self.chats.post(channel, asked, answered))

    def _edit(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        message = self._message(self._chat(asked), asked)
        self.chats.edit(message, asked)
        return self.chats.described_message(message)

    def _answer_press(self, asked: Mapping[str, Any]) -> bool:
        text = asked.get("text", "")
        if not isinstance(text, str) or len(text) > TOLD:
            raise BadRequest("MESSAGE_TOO_LONG")
        press = self.chats.presses.get(str(asked.get("callback_query_id", "")))
        if press is None or self.chats.clock() > press.until:
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        press.answered = True
        if text:
            self.chats.tell(press, text)
        return True

    def _chat(self, asked: Mapping[str, Any]) -> Channel:
        id = asked.get("chat_id")
        if id in (None, "") or not isinstance(id, (str, int)):
            raise BadRequest("chat_id is empty")
        channel = self.chats.chat(str(id))
        if channel is None:
            raise BadRequest("chat not found")
        return channel

    def _message(self, channel: Channel, asked: Mapping[str, Any]) -> Message:
        message = self.chats.find(channel, asked.get("message_id"))
        if message is None:
            raise BadRequest("message to edit not found")
        if message.author is not None:
            raise BadRequest("message can't be edited")
        return message


async def _arguments(request: Request) -> dict[str, Any]:
    """Those of a JSON body; the product sends no forms."""
    try:
        asked = json.loads(await request.body() or b"{}")
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise BadRequest("can't parse request: can't parse JSON object")
    return asked
