"""Slack, by its Web API: an incident's card in a channel or with one person, and a word to whoever pressed a button.

Methods: https://docs.slack.dev/reference/methods/chat.postMessage and …/chat.update. Slack answers most of what goes
wrong with status 200 and ``{"ok": false, "error": "<word>"}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tocsin.paging.channels import slack_cards
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.http import Http, HttpAnswer, HttpFailed, no_answer, refusal, retry_after
from tocsin.paging.channels.slack_answers import read
from tocsin.paging.channels.slack_errors import LATER, NOT_TO_EDIT, NOT_TO_THREAD, REFUSED
from tocsin.paging.chat import Asked, Came, Pressed
from tocsin.paging.loose import parse
from tocsin.paging.plain import cut, one_line

__all__ = ["SERVICE", "read", "send", "tell"]

SERVICE = "http"
#: Where a response_url leads, whatever the workspace.
HOOKS = "hooks.slack.com"

_TO = re.compile(r"#?[^\s#@<>&|,:/]{1,80}")
_ID = re.compile(r"([A-Z0-9]{2,30})/([0-9]{1,12}\.[0-9]{1,9})")
_PERSON = re.compile(r"[UW][A-Z0-9]{5,29}")
_WORD = re.compile(r"[a-z0-9_]{1,80}")

#: A response_url serves five answers in thirty minutes.
_TOLD: Mapping[int, str] = {404: "answer_too_late", 410: "answer_too_late"}


def send(client: Http, settings: ChannelSettings, message: Message) -> Outcome:
    """One message to ``message.to``: a channel's name ("#incidents") or id, or a member's id for a direct message.

    Its id is "<channel's id>/<ts>"; ``edits`` and ``thread`` take such. What is to be edited and is gone is posted
    anew, unless ``to`` is empty, and so is a reply whose thread is gone; blocks that Slack does not take are sent as
    one line of text.
    """
    if not _is_token(settings.slack_token):
        return Refused(
            "channel_off",
            "no Slack token is set up" if not settings.slack_token else "what is set up is no token",
        )
    edits, thread = _ID.fullmatch(message.edits), _ID.fullmatch(message.thread)
    if not edits and not thread and not _TO.fullmatch(message.to):
        return Refused("no_such_channel", f"{message.to[:80]!r} is no name and no id of a channel")
    shown = slack_cards.body(message)
    call = _Call(client, settings, message.to)
    outcome: Outcome | None = None
    if edits:
        outcome = call.update(edits[1], edits[2], shown)
        if call.error not in NOT_TO_EDIT:
            return outcome
    if thread:
        outcome = call.post(thread[1], shown, thread[2])
        if call.error not in NOT_TO_THREAD:
            return outcome
    if outcome is None or _TO.fullmatch(message.to):
        return call.post(message.to, shown)
    return outcome


class _Call:
    """The requests of one message. ``error`` is Slack's word for what went wrong with the last one."""

    def __init__(self, client: Http, settings: ChannelSettings, to: str) -> None:
        self.client = client
        self.settings = settings
        self.to = to
        self.error = ""

    def update(self, channel: str, ts: str, shown: Mapping[str, Any]) -> Outcome:
        return self._with_less("chat.update", {"channel": channel, "ts": ts}, shown)

    def post(self, channel: str, shown: Mapping[str, Any], thread: str = "") -> Outcome:
        asked: dict[str, Any] = {"channel": channel, "unfurl_links": False, "unfurl_media": False}
        if thread:
            asked["thread_ts"] = thread
        return self._with_less("chat.postMessage", asked, shown)

    def _with_less(self, method: str, asked: Mapping[str, Any], shown: Mapping[str, Any]) -> Outcome:
        outcome = self._ask(method, {**asked, **shown})
        if isinstance(outcome, Refused) and outcome.reason == "message_invalid":
            return self._ask(method, {**asked, "text": shown["text"], "blocks": [], "attachments": []})
        return outcome

    def _ask(self, method: str, asked: Mapping[str, Any]) -> Outcome:
        self.error = ""
        headers = {
            "authorization": f"Bearer {self.settings.slack_token}",
            "content-type": "application/json; charset=utf-8",
        }
        # chat.update would find links and names in a text by itself ("client") unless told not to.
        body = json.dumps({**asked, "parse": "none", "link_names": False}).encode()
        try:
            answer = self.client.request(
                "POST", f"{self.settings.slack_url.rstrip('/')}/{method}", body, headers
            )
        except HttpFailed as failed:
            return no_answer(failed)
        said = parse(answer.body)
        if not answer.ok:
            return refusal(answer, detail=self._detail(said))
        if said.get("ok") is True:
            return self._sent(said, asked)
        return self._failed(answer, said)

    def _sent(self, said: Mapping[str, Any], asked: Mapping[str, Any]) -> Outcome:
        channel, ts = said.get("channel"), said.get("ts")
        return Sent(f"{channel}/{ts}") if _ID.fullmatch(f"{channel}/{ts}") else Sent(f"{asked['channel']}/?")

    def _failed(self, answer: HttpAnswer, said: Mapping[str, Any]) -> Outcome:
        word = said.get("error")
        if said.get("ok") is not False or not isinstance(word, str):
            # Not what Slack says: something in between answered, and who knows what it passed on.
            return Later("carrier_down", None, "HTTP 200 without an answer of Slack's", maybe_sent=True)
        self.error = word if _WORD.fullmatch(word) else "?"
        detail = self._detail(said)
        if word in LATER:
            reason, maybe_sent = LATER[word]
            return Later(reason, retry_after(answer.headers.get("retry-after", "")), detail, maybe_sent)
        if word == "channel_not_found" and _PERSON.fullmatch(self.to):
            return Refused("no_such_person", detail)
        return Refused(REFUSED.get(word, "rejected"), detail)

    def _detail(self, said: Mapping[str, Any]) -> str:
        """Slack's words: the error, the scope it misses, where a block is wrong; never what we sent to it."""
        metadata = said.get("response_metadata")
        messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
        parts = [said.get("error"), said.get("needed"), *(messages[:3] if isinstance(messages, list) else [])]
        words = ": ".join(one_line(part) for part in parts if isinstance(part, str) and part)
        for secret in (self.settings.slack_token, self.settings.slack_signing_secret):
            words = words.replace(secret, "...") if secret else words
        return cut(words, 400)


def tell(http: Http, settings: ChannelSettings, came: Came, words: str) -> Outcome:
    """A few words to whoever pressed or asked, seen by nobody else; ``Sent`` has the id of what came.

    Slack's servers are the only ones that are called: what came names the address, and it is a secret.
    """
    url = came.reply_to if isinstance(came, Pressed | Asked) else ""
    if not isinstance(came, Pressed | Asked) or not _may_be_told(url, settings):
        return Refused("address_refused", "what came has no address of Slack's to answer to")
    asked = {"response_type": "ephemeral", "replace_original": False, **slack_cards.said(words)}
    headers = {"content-type": "application/json; charset=utf-8"}
    try:
        answer = http.request("POST", url, json.dumps(asked).encode(), headers)
    except HttpFailed as failed:
        return no_answer(failed)
    said = parse(answer.body)
    if answer.ok and said.get("ok", True) is True:
        return Sent(came.id)
    word = said.get("error")
    detail = word if isinstance(word, str) and _WORD.fullmatch(word) else ""
    if detail in ("expired_url", "used_url") or answer.ok:
        return Refused("answer_too_late" if detail in ("expired_url", "used_url") else "rejected", detail)
    return refusal(answer, _TOLD, detail)


def _may_be_told(url: str, settings: ChannelSettings) -> bool:
    if not url.isascii() or not url.isprintable() or len(url) > 2_000 or "\\" in url or " " in url:
        return False
    try:
        parts, own = urlsplit(url), urlsplit(settings.slack_url)
    except ValueError:
        return False
    at_slack = parts.scheme == "https" and parts.netloc.lower() in (HOOKS, f"{HOOKS}:443")
    return at_slack or (bool(own.netloc) and (parts.scheme, parts.netloc) == (own.scheme, own.netloc))


def _is_token(token: str) -> bool:
    return token.isascii() and token.isprintable() and bool(token) and " " not in token
