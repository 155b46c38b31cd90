"""Telegram by its Bot API (core.telegram.org/bots/api).

Texts go without ``parse_mode``, so no markup of theirs is read; but Telegram makes names, commands, hashtags and
numbers tappable by itself, in any text. A word joiner (U+2060, which shows nothing) behind their first character keeps
an alert from naming somebody, or from offering a command to whoever taps it.

The token stands in every address, so no detail here holds more than Telegram's own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.paging import loose
from tocsin.paging.card_words import cut_units, facts, happened, headline, links, mark, safe, units
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.http import Http, HttpAnswer, HttpFailed, refusal
from tocsin.paging.channels.telegram_answers import TOKEN, read
from tocsin.paging.chat import Asked, Card, Pressed, Spoke, button_value
from tocsin.paging.plain import cut, one_line

__all__ = ["SERVICE", "read", "send", "tell"]

SERVICE = "http"
#: UTF-16 code units: Telegram says characters, and counts offsets in these.
LONGEST = 4_096
#: Characters of the word to somebody who pressed (answerCallbackQuery).
TOLD = 200
#: A text under an inline keyboard; Telegram documents no limit.
_LABEL = 40
#: ``callback_data`` is 1 to 64 bytes; a button's value has at most 40.
_MOST_BUTTONS = 8

_CHAT = re.compile(r"-?[0-9]{1,16}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_OURS = re.compile(r"(-?[0-9]{1,16})/([0-9]{1,16})")
#: What makes Telegram look for a name, a command, a cashtag, a telephone number or a hashtag (#1042 alone is none).
_TAPPABLE = re.compile(r"([@/$+](?=\w)|#(?=\w)(?!\d+\b))")
_JOINER = "\u2060"


def send(client: Http, settings: ChannelSettings, message: Message) -> Outcome:
    """The card, or the text where there is none, to the chat in ``message.to``: its number, or "@channel".

    The provider's id is "<chat>/<message>". ``edits`` is changed in place, wherever ``message.to`` may be; where it is
    gone, the message is sent anew, if that is a chat.
    """
    known, earlier = _CHAT.fullmatch(message.to), _OURS.fullmatch(message.edits)
    if not known and not earlier:
        return Refused("no_such_channel", "a chat of Telegram is a number or @name")
    fields = _shown(message)
    if earlier:
        place = {"chat_id": int(earlier[1]), "message_id": int(earlier[2])}
        got = _try(client, settings, "editMessageText", {**fields, **place})
        if not isinstance(got, _Failed) or got.unchanged:
            return Sent(message.edits)
        if not known or not (got.gone or got.moved_to):
            return got.outcome
    fields["chat_id"] = message.to if message.to.startswith("@") else int(message.to)
    under = _OURS.fullmatch(message.thread)
    if under and under[1] == message.to:
        fields["reply_parameters"] = {"message_id": int(under[2]), "allow_sending_without_reply": True}
    return _post(client, settings, fields)


def tell(client: Http, settings: ChannelSettings, came: Pressed | Asked | Spoke, words: str) -> Outcome:
    """A word to whoever pressed, alone; to whoever wrote, as an answer under what they wrote: there all can read it.

    No words answer a press all the same: its button stops to wait (core.telegram.org/bots/api#callbackquery).
    """
    if isinstance(came, Pressed):
        shown = cut(one_line(words), TOLD)
        answer = {"callback_query_id": came.reply_to, **({"text": shown} if shown else {})}
        got = _call(client, settings, "answerCallbackQuery", answer)
        return got.outcome if isinstance(got, _Failed) else Sent(came.reply_to)
    written = _OURS.fullmatch(came.reply_to if isinstance(came, Asked) else came.thread)
    if not written:
        return Refused("no_such_channel", "nothing that could be answered")
    fields = _shown(Message("", written[1], words))
    fields["chat_id"] = int(written[1])
    fields["reply_parameters"] = {"message_id": int(written[2]), "allow_sending_without_reply": True}
    return _post(client, settings, fields)


# ------------------------------------------------------------------------------------------------- what is shown


def _shown(message: Message) -> dict[str, Any]:
    fields: dict[str, Any] = {"link_preview_options": {"is_disabled": True}}
    if message.card is None:
        return {**fields, "text": cut_units(_words(message.text), LONGEST) or "(no text)"}
    card = message.card
    head = f"{mark(card)} {_still(headline(card))}"
    lines = (
        head,
        _still(facts(card)),
        _still(happened(card)),
    )
    fields["text"] = cut_units("\n".join(line for line in lines if line), LONGEST)
    fields["entities"] = [{"type": "bold", "offset": 0, "length": units(head)}]
    fields["reply_markup"] = {"inline_keyboard": _keyboard(card)}
    return fields


def _keyboard(card: Card) -> list[list[dict[str, str]]]:
    """A row of what can be done, and one of what can be opened."""
    acts = [
        {"text": safe(button.label, _LABEL) or button.action, "callback_data": button_value(card, button)}
        for button in card.buttons[:_MOST_BUTTONS]
    ]
    opens = [{"text": label, "url": link} for label, link in links(card)]
    return [row for row in (acts, opens) if row]


def _still(text: str) -> str:
    return _TAPPABLE.sub(rf"\1{_JOINER}", text)


def _words(text: str) -> str:
    """Lines of our own, with our own links in them; whatever else could be tapped in them is not."""
    lines = (one_line(line) for line in text.splitlines())
    return "\n".join(
        " ".join(word if word.startswith("https://") else _still(word) for word in line.split(" "))
        for line in lines
    ).strip()


# ----------------------------------------------------------------------------------------------- what is answered


@dataclass(frozen=True, slots=True)
class _Failed:
    outcome: Refused | Later
    words: str = ""
    moved_to: int | None = None

    @property
    def unchanged(self) -> bool:
        return "message is not modified" in self.words

    @property
    def gone(self) -> bool:
        lost = ("message to edit not found", "message can't be edited", "message_id_invalid")
        return any(word in self.words for word in lost)

    @property
    def bad_link(self) -> bool:
        return "button_url_invalid" in self.words or ("button" in self.words and "url" in self.words)


def _post(client: Http, settings: ChannelSettings, fields: dict[str, Any]) -> Outcome:
    got = _try(client, settings, "sendMessage", fields)
    if isinstance(got, _Failed) and got.moved_to is not None:
        # A group that became a supergroup has another number, and so has what stood in it.
        fields = {name: value for name, value in fields.items() if name != "reply_parameters"}
        fields["chat_id"] = got.moved_to
        got = _try(client, settings, "sendMessage", fields)
    if isinstance(got, _Failed):
        return got.outcome
    chat, number = loose.number(loose.inside(got, "chat"), "id"), loose.number(got, "message_id")
    return Sent(f"{fields['chat_id'] if chat is None else chat}/{number or ''}")


def _try(
    client: Http, settings: ChannelSettings, method: str, fields: dict[str, Any]
) -> Mapping[str, Any] | _Failed:
    """The method's result. An address of ours that Telegram does not like keeps no page back: then it goes without."""
    got = _call(client, settings, method, fields)
    if not (isinstance(got, _Failed) and got.bad_link and "reply_markup" in fields):
        return got
    rows = [row for row in fields["reply_markup"]["inline_keyboard"] if "url" not in row[0]]
    return _call(client, settings, method, {**fields, "reply_markup": {"inline_keyboard": rows}})


def _call(
    client: Http, settings: ChannelSettings, method: str, fields: Mapping[str, Any]
) -> Mapping[str, Any] | _Failed:
    """The result of a method ({} where that is no object)."""
    if not TOKEN.fullmatch(settings.telegram_token):
        return _Failed(Refused("channel_off", "the token of the Telegram bot is missing or is none"))
    url = f"{settings.telegram_url.rstrip('/')}/bot{settings.telegram_token}/{method}"
    body = json.dumps(fields, separators=(",", ":")).encode()
    try:
        answer = client.request("POST", url, body, {"content-type": "application/json"})
    except HttpFailed as failed:
        if failed.reason == "address_refused":
            return _Failed(Refused(failed.reason))
        return _Failed(Later(failed.reason, None, "", failed.maybe_sent))
    said = loose.parse(answer.body)
    if answer.ok and said.get("ok") is True:
        return loose.inside(said, "result")
    chat = fields.get("chat_id")
    return _failed(answer, said, settings.telegram_token, isinstance(chat, int) and chat > 0)


def _failed(answer: HttpAnswer, said: Mapping[str, Any], token: str, person: bool) -> _Failed:
    """``person``: the chat is one with somebody alone; those have the numbers above 0."""
    words = one_line(loose.text(said, "description", 300)).replace(token, "…")
    parameters = loose.inside(said, "parameters")
    status = loose.number(said, "error_code") or answer.status
    if 200 <= status < 300:
        return _Failed(Later("carrier_down", None, "an answer that is none of Telegram's", maybe_sent=True))
    if status == 429:
        wait = loose.number(parameters, "retry_after")
        after = wait if wait is not None and 0 <= wait < 100_000 else None
        return _Failed(Later("throttled", after, words))
    low = words.lower()
    reason = _reason(status, low)
    if person and reason == "no_such_channel":
        reason = "no_such_person"
    reasons = {status: reason} if reason else {}
    return _Failed(
        refusal(HttpAnswer(status), reasons, words), low, loose.number(parameters, "migrate_to_chat_id")
    )


#: What Telegram says, in lower case, by what it means; the first one found counts. It documents neither codes nor the
#: words: github.com/TelegramBotAPI/errors collects what bots were told.
_MEANT = (
    ("answer_too_late", ("query is too old", "query id is invalid", "query_id_invalid")),
    (
        "no_such_person",
        ("blocked by the user", "user is deactivated", "can't initiate conversation", "user not found"),
    ),
    ("no_such_person", ("to bots", "peer_id_invalid", "user_is_blocked", "input_user_deactivated")),
    (
        "no_such_channel",
        ("kicked", "not a member", "deactivated", "was deleted", "chat not found", "chat_id is empty"),
    ),
    (
        "no_such_channel",
        ("not enough rights", "no rights", "chat_write_forbidden", "topic_closed", "upgraded to a super"),
    ),
    ("no_such_channel", ("thread not found", "topic_deleted", "channel_private", "have no write access")),
    (
        "message_invalid",
        ("too long", "text is empty", "entit", "button", "keyboard", "must be encoded in utf-8"),
    ),
)


def _reason(status: int, words: str) -> str:
    if status not in (400, 403):
        # A token that is none of a bot's is "Not Found".
        return "access_denied" if status == 404 else ""
    return next((reason for reason, said in _MEANT if any(part in words for part in said)), "")
