"""Microsoft as the Teams channel sees it: the log-in, the keys, the Connector, and a signature of its own making."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.unit.paging.receiver import Asked
from tests.unit.paging.recorded_chat import recorded
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.channels.http import HttpAnswer, HttpFailed

APP = "00000000-1111-2222-3333-444444444444"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PASSWORD = "a~very.secret_pass&word="
SERVICE = "https://smba.trafficmanager.net/emea"
NOW = datetime(2026, 11, 26, 2, 10, tzinfo=UTC)
SETTINGS = ChannelSettings(teams_app_id=APP, teams_app_password=PASSWORD, teams_tenant=TENANT)
ANSWERS = recorded("teams/answers")


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


def public(name: str, **more: Any) -> dict[str, Any]:
    """The key as it stands in Microsoft's list."""
    key = json.loads(RSAAlgorithm.to_jwk(private_key(name).public_key()))
    return {**key, "use": "sig", "kid": name, "x5t": name, "endorsements": ["msteams", "webchat"], **more}


def signed(
    name: str = "key-1", header: Mapping[str, Any] | None = None, algorithm: str = "RS256", **claims: Any
) -> str:
    """The value of the header authorization; a claim that is None is left out."""
    stood = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "nbf": int((NOW - timedelta(minutes=1)).timestamp()),
        "exp": int((NOW + timedelta(minutes=59)).timestamp()),
        "serviceurl": SERVICE + "/",
        **claims,
    }
    stood = {key: value for key, value in stood.items() if value is not None}
    return "Bearer " + jwt.encode(stood, private_key(name), algorithm, {"kid": name, **(header or {})})


def says(body: Any, status: int = 200, **headers: str) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(body).encode(), headers)


def refuses(status: int, code: str, words: str = "") -> HttpAnswer:
    return says({"error": {"code": code, "message": words}}, status)


@dataclass
class Microsoft:
    """Answers by what is asked; ``sends`` is what the Connector says, in order, the last one again and again."""

    sends: list[HttpAnswer | HttpFailed] = field(default_factory=lambda: [says(ANSWERS["sent"])])
    login: HttpAnswer | HttpFailed = field(default_factory=lambda: says(ANSWERS["login"]))
    metadata: HttpAnswer | HttpFailed = field(default_factory=lambda: says(ANSWERS["metadata"]))
    keys: HttpAnswer | HttpFailed = field(default_factory=lambda: says({"keys": [public("key-1")]}))
    asked: list[Asked] = field(default_factory=list)

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        self.asked.append(Asked(method, url, body or b"", headers or {}))
        if url.endswith("/oauth2/v2.0/token"):
            answer = self.login
        elif url.endswith("openidconfiguration"):
            answer = self.metadata
        elif url.endswith("/keys"):
            answer = self.keys
        else:
            answer = self.sends.pop(0) if len(self.sends) > 1 else self.sends[0]
        if isinstance(answer, HttpFailed):
            raise answer
        return answer

    def to_connector(self) -> list[Asked]:
        return [one for one in self.asked if "/v3/" in one.url]

    def log_ins(self) -> list[Asked]:
        return [one for one in self.asked if one.url.endswith("/oauth2/v2.0/token")]
