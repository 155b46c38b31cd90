"""Slack's Web API on loopback: the few methods that the product calls, and the answers to a response_url.

Methods, fields and errors: https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update, …/auth.test, and
https://docs.slack.dev/interactivity/handling-user-interaction for the response_url.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.handset.chats import slack_requests
from local.handset.chats.records import Message
from local.handset.chats.slack_workspace import NAME, SlackError, Workspace, content

DOWN = "<!doctype html><title>Slack</title><h1>Service unavailable</h1>"


class Api:
    """The routes, over one workspace, for whoever has ``token``."""

    def __init__(self, space: Workspace, token: str) -> None:
        self.space = space
        self._token = token
        self._methods: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
        }

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/slack/api/{method}", self._api, methods=["POST", "GET"]),
            Route("/slack/respond/{key}", self._respond, methods=["POST"]),
        ]

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        self.space.base = f"{request.url.scheme}://{request.url.netloc}"
        try:
            asked = await _arguments(request)
            self._authorise(request, asked)
            if method not in self._methods:
                raise SlackError("unknown_method", req_method=method)
            return self._answer(method, asked)
        except SlackError as error:
            word, now = error.body["error"], self.space.clock()
            self.space.rooms.network.record(
                now, "chat_refused", None, f"Slack refuses {method}", error=word, trouble=True
            )
            return JSONResponse(error.body)

    def _answer(self, method: str, asked: Mapping[str, Any]) -> Response:
        kind = self.space.rooms.refused(
            self.space.clock(), NAME, f"{method} to {str(asked.get('channel', '?'))[:80]}"
        )
        if kind == "down":
            return Response(DOWN, 503, media_type="text/html")
        if kind == "ratelimited":
            return JSONResponse({"ok": False, "error": kind}, 429, {"Retry-After": "2"})
        if kind is None or kind == "lost":
            said = self._methods[method](asked)
            return Response(DOWN, 502, media_type="text/html") if kind else JSONResponse(said)
        more = {"needed": "chat:write", "provided": "commands"} if kind == "missing_scope" else {}
        return JSONResponse({"ok": False, "error": kind, **more})

    def _authorise(self, request: Request, asked: Mapping[str, Any]) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if kind == "Bearer" else str(asked.get("token", ""))
        if not token:
            raise SlackError("not_authed")
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            raise SlackError("invalid_auth")

    def _auth_test(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "ok": True,
            "url": f"https://{slack_requests.DOMAIN}.slack.com/",
            "team": "Handset",
            "user": "tocsin",
            "team_id": slack_requests.TEAM,
            "user_id": slack_requests.BOT_USER,
            "bot_id": slack_requests.BOT,
            "is_enterprise_install": False,
        }

    def _post(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        channel = self.space.channel(str(asked.get("channel", "")))
        if channel is None:
            raise SlackError("channel_not_found")
        thread = ""
        if asked.get("thread_ts"):
            parent = self.space.rooms.find(NAME, channel.id, str(asked["thread_ts"]))
            if parent is None:
                raise SlackError("thread_not_found")
            thread = parent.thread or parent.provider_id
        message = self.space.write(channel, asked, thread=thread)
        return self._shown(message)

    def _update(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        channel = self.space.rooms.channel(NAME, str(asked.get("channel", "")))
        if channel is None:
            raise SlackError("channel_not_found")
        message = self.space.rooms.find(NAME, channel.id, str(asked.get("ts", "")))
        if message is None:
            raise SlackError("message_not_found")
        if message.author is not None:
            raise SlackError("cant_update_message")
        sections, body = content(asked)
        self.space.bodies[message.id] = body
        self.space.rooms.edit(self.space.clock(), message, sections)
        return {**self._shown(message), "text": body["text"]}

    def _shown(self, message: Message) -> dict[str, Any]:
        own = {"type": "message", "user": slack_requests.BOT_USER, "bot_id": slack_requests.BOT}
        shown = {**own, "ts": message.provider_id, **self.space.bodies[message.id]}
        if message.thread:
            shown["thread_ts"] = message.thread
        return {"ok": True, "channel": message.channel, "ts": message.provider_id, "message": shown}

    async def _respond(self, request: Request) -> Response:
        now = self.space.clock()
        answering = self.space.answers.get(request.path_params["key"])
        if answering is None or now > answering.until or answering.left < 1:
            word = "used_url" if answering and answering.left < 1 else "expired_url"
            return JSONResponse({"ok": False, "error": word}, 404)
        if self.space.rooms.service(NAME).refuses == "down":
            return Response(DOWN, 503, media_type="text/html")
        try:
            self.space.respond_with(answering, await _arguments(request))
        except SlackError as error:
            return JSONResponse(error.body, 400)
        answering.left -= 1
        return Response("ok", media_type="text/plain")


async def _arguments(request: Request) -> dict[str, Any]:
    """Those of a JSON body, or of a form whose blocks and attachments are JSON."""
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            asked = json.loads(raw)
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(asked, dict):
            raise SlackError("json_not_object")
        return asked
    form: dict[str, Any] = dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    for name in ("blocks", "attachments"):
        if name in form:
            try:
                form[name] = json.loads(form[name])
            except ValueError as error:
                raise SlackError(f"invalid_{name}_format") from error
    return form
