"""Who speaks: the token that the bot shows to Microsoft, and the keys by which Microsoft's own requests are known.

The rules are those of "Authentication with the Bot Connector API" (learn.microsoft.com, azure/bot-service/rest-api).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tocsin.paging import loose
from tocsin.paging.channels.base import ChannelSettings, Later, Refused
from tocsin.paging.channels.http import Http, HttpFailed, refusal
from tocsin.paging.chat import Forged, NoKeys

if TYPE_CHECKING:
    from jwt.types import Options

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
#: How far Microsoft's clock and ours may be apart.
SKEW = timedelta(minutes=5)
#: A token is asked for anew so long before its end: a request must not meet it.
_MARGIN = timedelta(minutes=2)
#: Keys are looked at anew after a day, and used for five where the new ones cannot be had.
_FRESH, _KEPT = timedelta(days=1), timedelta(days=5)
#: Whoever sends keys that nobody knows must not make us ask for ever; nor may one failure keep people out for long.
_AGAIN, _AFTER_FAILURE = timedelta(minutes=5), timedelta(seconds=10)
_LONGEST_TOKEN = 8_192

GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")


@dataclass(slots=True)
class Connector:
    """The client of Teams, one for the life of a process: what it is reached by, and what it keeps between requests."""

    http: Http
    #: The conversations with one person alone, by service url, bot, tenant and person.
    alone: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    _token: str = field(default="", repr=False)
    _token_of: tuple[str, str, str] = ("", "", "")
    _token_until: datetime | None = None
    #: By key id: the public key, and the channels that it vouches for.
    _keys: dict[str, tuple[Any, frozenset[str]]] = field(default_factory=dict, repr=False)
    _keys_at: datetime | None = None
    _asked_at: datetime | None = None

    def forget_token(self) -> None:
        self._token_until = None

    def token(self, settings: ChannelSettings, at: datetime) -> str | Refused | Later:
        """The token for the header ``authorization``: the one from before while it is good, else a new one."""
        of = (settings.teams_login_url, settings.teams_tenant, settings.teams_app_id)
        if self._token_until is not None and self._token_of == of and at < self._token_until - _MARGIN:
            return self._token
        if not GUID.fullmatch(settings.teams_app_id) or not settings.teams_app_password:
            return Refused("channel_off", "the Teams bot has no app id (a GUID) or no password")
        if not _TENANT.fullmatch(settings.teams_tenant):
            return Refused("channel_off", "the tenant of the Teams bot is no tenant's name")
        said = self._log_in(settings)
        if isinstance(said, (Refused, Later)):
            return said
        token, seconds = loose.text(said, "access_token"), loose.number(said, "expires_in")
        if not token.isascii() or not token.isprintable() or not token or seconds is None:
            return Later("carrier_down", None, "an answer that holds no token")
        self._token, self._token_of = token, of
        self._token_until = at + timedelta(seconds=min(max(seconds, 0), 86_400))
        return token

    def _log_in(self, settings: ChannelSettings) -> Mapping[str, Any] | Refused | Later:
        url = f"{settings.teams_login_url.rstrip('/')}/{settings.teams_tenant}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.teams_app_id,
            "client_secret": settings.teams_app_password,
            "scope": SCOPE,
        }
        kind = {"content-type": "application/x-www-form-urlencoded"}
        try:
            answer = self.http.request("POST", url, urlencode(form).encode(), kind)
        except HttpFailed as failed:
            return Later(failed.reason)
        said = loose.parse(answer.body)
        if answer.ok:
            return said
        # Only the word: the sentence behind it may repeat what was asked.
        word = re.sub(r"[^a-z_]", "", loose.text(said, "error", 60))
        refused = refusal(answer, {400: "access_denied", 401: "access_denied"}, f"log-in: {word}")
        if isinstance(refused, Refused) and word != "temporarily_unavailable":
            return refused
        return Later(refused.reason if isinstance(refused, Later) else "carrier_down", None, refused.detail)

    def key(self, settings: ChannelSettings, name: str, at: datetime) -> tuple[Any, frozenset[str]] | None:
        """The public key of that id and the channels it vouches for. Raises NoKeys where there are none at all."""
        fresh = self._keys_at is not None and at - self._keys_at < _FRESH
        known = name in self._keys
        pause = _AGAIN if self._keys_at is not None and self._keys_at == self._asked_at else _AFTER_FAILURE
        may_ask = self._asked_at is None or not timedelta(0) <= at - self._asked_at < pause
        if not (fresh and known) and may_ask:
            self._asked_at = at
            if keys := self._fetch(settings.teams_keys_url):
                self._keys, self._keys_at = keys, at
        if self._keys_at is None or at - self._keys_at > _KEPT:
            raise NoKeys("the keys of the Bot Framework could not be had")
        return self._keys.get(name)

    def _fetch(self, url: str) -> dict[str, tuple[Any, frozenset[str]]]:
        where = loose.text(self._get(url), "jwks_uri", 2_000)
        if not where or urlsplit(where).scheme != urlsplit(url).scheme:
            return {}
        found = {}
        for one in loose.items(self._get(where), "keys"):
            endorsed = one.get("endorsements")
            channels = (
                frozenset(str(name) for name in endorsed) if isinstance(endorsed, list) else frozenset()
            )
            if (name := loose.text(one, "kid", 200)) and (key := _public_key(one)) is not None:
                found[name] = (key, channels)
        return found

    def _get(self, url: str) -> Mapping[str, Any]:
        try:
            answer = self.http.request("GET", url)
        except HttpFailed:
            return {}
        return loose.parse(answer.body) if answer.ok else {}


def _public_key(one: Mapping[str, Any]) -> Any:
    from jwt import PyJWTError
    from jwt.algorithms import RSAAlgorithm

    plain = {name: loose.text(one, name) for name in ("kty", "n", "e")}
    try:
        return RSAAlgorithm.from_jwk(json.dumps(plain))
    except (PyJWTError, ValueError):
        return None


def vouched(
    authorization: str, connector: Connector, settings: ChannelSettings, now: datetime
) -> tuple[Mapping[str, Any], frozenset[str]]:
    """The claims of a request's token, and the channels that its key vouches for.

    Raises Forged unless it is one of the Bot Framework's, for this bot and of this moment, and NoKeys.
    """
    from jwt import PyJWTError, decode, get_unverified_header

    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN or not token.isascii():
        raise Forged("the header authorization holds no token")
    if not settings.teams_app_id:
        raise Forged("no app id of the Teams bot is set up")
    try:
        name = get_unverified_header(token).get("kid")
    except (PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        raise Forged("the token is none") from None
    key = connector.key(settings, name, now) if isinstance(name, str) else None
    if key is None:
        raise Forged("the token names no key of the Bot Framework")
    # The time is looked at here: the library would look at the machine's clock.
    checks: Options = {
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "require": ["exp", "aud", "iss"],
    }
    try:
        claims = decode(
            token, key[0], algorithms=["RS256"], audience=settings.teams_app_id, issuer=ISSUER, options=checks
        )
    except (PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Forged(f"the token does not hold: {type(error).__name__}") from None
    moment, skew = now.timestamp(), SKEW.total_seconds()
    starts, ends = loose.number(claims, "nbf") or 0, loose.number(claims, "exp") or 0
    if not starts - skew <= moment < ends + skew:
        raise Forged("the token is too old, or not valid yet")
    return claims, key[1]
