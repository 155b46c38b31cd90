"""Microsoft on loopback, as far as a bot of Teams meets it: the log-in, the keys, and the Bot Connector.

https://learn.microsoft.com/azure/bot-service/rest-api: …/bot-framework-rest-connector-authentication, …-api-reference.
The codes of its errors: learn.microsoft.com, microsoftteams/platform/bots, "Send and receive messages with a bot".
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.handset.chats.records import Channel
from local.handset.chats.teams_cards import ConnectorError
from local.handset.chats.teams_tenant import NAME, Keys, Tenant

SCOPE = "https://api.botframework.com/.default"
_PATH = "/teams/v3/conversations"
#: What the Connector says, by the switch that is on.
_SAYS: Mapping[str, tuple[int, str, str]] = {
    "not_in_roster": (403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."),
    "blocked": (403, "ConversationBlockedByUser", "User blocked the conversation with the bot."),
    "disabled": (403, "BotDisabledByAdmin", "The tenant admin disabled this bot."),
    "not_found": (404, "ConversationNotFound", "Conversation not found."),
    "unauthorized": (401, "BotNotRegistered", "No registration found for this bot."),
    "conflict": (412, "PreconditionFailed", "Precondition failed, please try again."),
    "too_many": (429, "Too many requests", ""),
    "internal": (500, "ServiceError", "Internal error."),
    "lost": (502, "ServiceError", ""),
    "down": (503, "ServiceError", "Service is unavailable."),
}


class Api:
    """The routes, over one tenant, for the bot with ``password``."""

    def __init__(self, tenant: Tenant, keys: Keys, password: str) -> None:
        self.tenant = tenant
        self._keys = keys
        self._password = password
        self._token = secrets.token_urlsafe(32)

    def routes(self) -> list[BaseRoute]:
        one = f"{_PATH}/{{conversation}}/activities"
        return [
            Route("/teams/openid", self._metadata),
            Route("/teams/keys", self._public_keys),
            Route("/teams/login/{tenant}/oauth2/v2.0/token", self._log_in, methods=["POST"]),
            Route(_PATH, self._does(self._begin), methods=["POST"]),
            Route(one, self._does(self._post), methods=["POST"]),
            Route(f"{one}/{{activity}}", self._does(self._put), methods=["PUT"]),
        ]

    async def _metadata(self, request: Request) -> Response:
        base = f"{request.url.scheme}://{request.url.netloc}"
        return JSONResponse({"issuer": "https://api.botframework.com", "jwks_uri": f"{base}/teams/keys"})

    async def _public_keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._keys.public()]})

    async def _log_in(self, request: Request) -> Response:
        form = {
            name: one[0] for name, one in parse_qs((await request.body()).decode(errors="replace")).items()
        }
        if request.path_params["tenant"] != self.tenant.id or form.get("client_id") != self.tenant.app:
            return JSONResponse({"error": "unauthorized_client"}, 400)
        if not secrets.compare_digest(form.get("client_secret", "").encode(), self._password.encode()):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials" or form.get("scope") != SCOPE:
            return JSONResponse({"error": "invalid_scope"}, 400)
        return JSONResponse({"token_type": "Bearer", "expires_in": 3600, "access_token": self._token})

    # -- the Connector -------------------------------------------------------------------------------------

    def _does(self, method: Callable[[Request, dict[str, Any]], tuple[int, str]]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            self.tenant.base = f"{request.url.scheme}://{request.url.netloc}"
            what = f"{request.method} to {request.path_params.get('conversation', 'a new conversation')}"
            kind = None
            try:
                self._authorise(request)
                asked = await _asked(request)
                kind = self._switched(request, what)
                if kind not in (None, "lost"):
                    raise ConnectorError(*_SAYS[kind or ""])
                status, id = method(request, asked)
                if kind is not None:
                    raise ConnectorError(*_SAYS[kind])
                return JSONResponse({"id": id}, status)
            except ConnectorError as error:
                if kind is None:
                    self._record(what, error)
                more = {"Retry-After": "2"} if error.status == 429 else None
                return JSONResponse(error.body, error.status, more)

        return endpoint

    def _authorise(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not secrets.compare_digest(given, f"Bearer {self._token}".encode()):
            raise ConnectorError(401, "Unauthorized", "Authorization has been denied for this request.")

    def _switched(self, request: Request, what: str) -> str | None:
        """The switch that refuses this request: nobody blocks a channel, and only a change meets another."""
        kind = self.tenant.rooms.service(NAME).refuses
        channel = str(request.path_params.get("conversation", "")).startswith("19:")
        if (
            kind is None
            or (kind == "blocked" and channel)
            or (kind == "conflict" and request.method != "PUT")
        ):
            return None
        return self.tenant.rooms.refused(self.tenant.clock(), NAME, what)

    def _record(self, what: str, error: ConnectorError) -> None:
        now, network = self.tenant.clock(), self.tenant.rooms.network
        network.record(now, "chat_refused", None, f"Teams refuses {what}", error=str(error), trouble=True)

    def _begin(self, request: Request, asked: dict[str, Any]) -> tuple[int, str]:
        members = asked.get("members")
        member = members[0].get("id") if isinstance(members, list) and len(members) == 1 else None
        tenant = asked.get("tenantId")
        if not isinstance(member, str) or tenant != self.tenant.id or asked.get("isGroup") is not False:
            raise ConnectorError(400, "BadSyntax", "Incorrect conversation creation parameters")
        channel = self.tenant.alone(member)
        if channel is None:
            raise ConnectorError(*_SAYS["not_in_roster"])
        return 201, channel.id

    def _post(self, request: Request, asked: dict[str, Any]) -> tuple[int, str]:
        channel, thread = self._conversation(request)
        return 201, self.tenant.post(channel, asked, thread).provider_id

    def _put(self, request: Request, asked: dict[str, Any]) -> tuple[int, str]:
        channel, _ = self._conversation(request)
        message = self.tenant.rooms.find(NAME, channel.id, request.path_params["activity"])
        if message is None or message.author is not None:
            raise ConnectorError(404, "ActivityNotFoundInConversation", "The activity is not found.")
        self.tenant.edit(message, asked)
        return 200, message.provider_id

    def _conversation(self, request: Request) -> tuple[Channel, str]:
        found = self.tenant.conversation(request.path_params["conversation"])
        if found is None:
            raise ConnectorError(*_SAYS["not_found"])
        return found


async def _asked(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body())
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise ConnectorError(400, "BadSyntax", "The body is no JSON object")
    return asked
