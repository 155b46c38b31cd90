"""Telegram: what is sent, what each answer of its means, and what people press and write there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tests.unit.paging.cards import CARD, cards
from tests.unit.paging.receiver import Receiver
from tests.unit.paging.recorded_chat import mangled, recorded
from tocsin.paging.channels import telegram
from tocsin.paging.channels.base import REASONS, ChannelSettings, Later, Message, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.channels.telegram import read
from tocsin.paging.chat import Asked, Forged, Ignored, Person, Pressed, Spoke, read_button

TOKEN = "123456:AAF-x_yzzyxz0123456789"
NOW = datetime(2026, 11, 26, 2, 10, tzinfo=UTC)
SECRET = "a_secret-of-the-webhook"
SETTINGS = ChannelSettings(telegram_token=TOKEN, telegram_secret=SECRET, telegram_bot="TocsinBot")
GROUP = "-1001234567890"
PLACE = f"{GROUP}/42"
PAGE = Message("1042-post", GROUP, "", 1042, card=CARD)
ANA = Person("telegram", "1111111", "Ana Souza")
SIGNED = {"x-telegram-bot-api-secret-token": SECRET}

ANSWERS = recorded("telegram/answers")
UPDATES = recorded("telegram/updates")


def says(name: str, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(ANSWERS[name]).encode())


def refuses(code: int, words: str, **parameters: int) -> HttpAnswer:
    body = {"ok": False, "error_code": code, "description": words, "parameters": parameters}
    return HttpAnswer(code, json.dumps(body).encode())


def asked(receiver: Receiver, at: int = 0) -> tuple[str, dict[str, Any]]:
    """The method and the fields of a request."""
    one = receiver.asked[at]
    assert one.method == "POST"
    assert one.headers == {"content-type": "application/json"}
    base, _, method = one.url.rpartition("/")
    assert base == f"https://api.telegram.org/bot{TOKEN}"
    return method, json.loads(one.body)


def came(name: str, settings: ChannelSettings = SETTINGS, **change: Any) -> Any:
    """What a recorded update is read as, with its message changed."""
    update = recorded("telegram/updates")[name]
    if change:
        update["message"].update(change)
    (one,) = read(SIGNED, json.dumps(update).encode(), settings, NOW)
    return one


# ----------------------------------------------------------------------------------------------- what is sent


def test_a_card_shows_the_incident_and_what_can_be_done() -> None:
    telegram_says = Receiver(says("sent"))
    assert telegram.send(telegram_says, SETTINGS, PAGE) == Sent(PLACE)
    method, fields = asked(telegram_says)
    assert method == "sendMessage"
    assert fields == {
        "chat_id": int(GROUP),
        "text": "🔴 checkout: disk full\n"
        "#1042 · triggered · high urgency · critical · 3 alerts · since 26 Nov 2026 02:00 UTC\n"
        "Paged Ana Souza by SMS",
        "entities": [{"type": "bold", "offset": 0, "length": 22}],
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {
            "inline_keyboard": [
                [
                    {"text": "Acknowledge", "callback_data": "acknowledge:1042:7"},
                    {"text": "Resolve", "callback_data": "resolve:1042:7"},
                ],
                [
                    {"text": "Open", "url": "https://tocsin.example.com/i/1042"},
                    {"text": "Runbook", "url": "https://wiki.example.com/disk"},
                ],
            ]
        },
    }


def test_a_notice_is_its_text_and_keeps_our_own_link() -> None:
    receiver = Receiver(says("sent"))
    telegram.send(
        receiver, SETTINGS, Message("n", GROUP, "Your turn begins.\nhttps://t.example.com/o/1 @ana")
    )
    _, fields = asked(receiver)
    assert fields["text"] == "Your turn begins.\nhttps://t.example.com/o/1 @\u2060ana"
    assert "reply_markup" not in fields


def test_a_message_without_words_is_still_one_that_telegram_takes() -> None:
    receiver = Receiver(says("sent"))
    telegram.send(receiver, SETTINGS, Message("n", GROUP, "\0\u200b \n"))
    assert asked(receiver)[1]["text"] == "(no text)"


def test_a_card_under_a_message_answers_it_if_it_is_still_there() -> None:
    receiver = Receiver(says("sent"))
    telegram.send(receiver, SETTINGS, replace(PAGE, thread=f"{GROUP}/40"))
    assert asked(receiver)[1]["reply_parameters"] == {"message_id": 40, "allow_sending_without_reply": True}


@pytest.mark.parametrize("thread", ["-99/40", "nonsense", "C123/1.2"])
def test_a_thread_of_another_chat_is_left_out(thread: str) -> None:
    receiver = Receiver(says("sent"))
    telegram.send(receiver, SETTINGS, replace(PAGE, thread=thread))
    assert "reply_parameters" not in asked(receiver)[1]


def test_a_card_is_edited_in_place() -> None:
    receiver = Receiver(says("sent"))
    resolved = replace(CARD, state="resolved", buttons=(), link="", runbook="")
    assert telegram.send(receiver, SETTINGS, replace(PAGE, card=resolved, edits=PLACE)) == Sent(PLACE)
    method, fields = asked(receiver)
    assert method == "editMessageText"
    assert (fields["chat_id"], fields["message_id"]) == (int(GROUP), 42)
    assert fields["text"].startswith("🟢")
    assert fields["reply_markup"] == {"inline_keyboard": []}


def test_an_edit_that_changes_nothing_is_well() -> None:
    receiver = Receiver(says("not_modified", 400))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, edits=PLACE)) == Sent(PLACE)


@pytest.mark.parametrize("gone", ["edit_not_found", "cannot_be_edited"])
def test_a_card_that_somebody_deleted_is_sent_anew(gone: str) -> None:
    receiver = Receiver(says(gone, 400), says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, edits=f"{GROUP}/7")) == Sent(PLACE)
    assert asked(receiver, 1)[0] == "sendMessage"
    assert "message_id" not in asked(receiver, 1)[1]


def test_a_persons_own_card_is_changed_by_its_place_alone() -> None:
    receiver = Receiver(says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, to="", edits="1111111/7")) == Sent("1111111/7")
    method, fields = asked(receiver)
    assert (method, fields["chat_id"], fields["message_id"]) == ("editMessageText", 1111111, 7)
    receiver = Receiver(says("edit_not_found", 400))
    assert isinstance(telegram.send(receiver, SETTINGS, replace(PAGE, to="", edits="1111111/7")), Refused)
    assert len(receiver.asked) == 1, "whoever deleted their card is not rung for it"


def test_an_edit_that_is_refused_or_too_early_is_no_new_message() -> None:
    receiver = Receiver(says("too_many", 429))
    outcome = telegram.send(receiver, SETTINGS, replace(PAGE, edits=PLACE))
    assert outcome == Later("throttled", 8, "Too Many Requests: retry after 8")
    assert len(receiver.asked) == 1


def test_a_group_that_became_a_supergroup_is_reached_there() -> None:
    receiver = Receiver(says("upgraded", 400), says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, to="-222", thread="-222/5")) == Sent(PLACE)
    _, fields = asked(receiver, 1)
    assert fields["chat_id"] == int(GROUP)
    assert "reply_parameters" not in fields, "messages have other numbers there"


def test_an_edit_in_a_group_that_became_a_supergroup_is_sent_there_anew() -> None:
    receiver = Receiver(says("upgraded", 400), says("upgraded", 400), says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, to="-222", edits="-222/5")) == Sent(PLACE)


def test_a_group_that_moves_for_ever_is_given_up() -> None:
    receiver = Receiver(says("upgraded", 400))
    outcome = telegram.send(receiver, SETTINGS, replace(PAGE, to="-222"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_channel"
    assert len(receiver.asked) == 2


@pytest.mark.parametrize("edits", ["", PLACE])
def test_an_address_that_telegram_does_not_like_keeps_no_page_back(edits: str) -> None:
    receiver = Receiver(says("bad_url", 400), says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, edits=edits)) == Sent(PLACE)
    (row,) = asked(receiver, 1)[1]["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in row] == ["Acknowledge", "Resolve"]


def test_a_channel_can_be_named() -> None:
    receiver = Receiver(says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, to="@incidents")) == Sent(PLACE)
    assert asked(receiver)[1]["chat_id"] == "@incidents"


@pytest.mark.parametrize(
    "to", ["", "incidents", "#incidents", "@x", "12/../3", "@a b", "1" * 30, "+5511955550100"]
)
def test_what_is_no_chat_is_refused_before_telegram_is_asked(to: str) -> None:
    receiver = Receiver(says("sent"))
    outcome = telegram.send(receiver, SETTINGS, replace(PAGE, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_channel"
    assert not receiver.asked


@pytest.mark.parametrize("token", ["", "nonsense", "1:/../x", "123456:abc def"])
def test_without_a_token_the_channel_is_off(token: str) -> None:
    receiver = Receiver(says("sent"))
    outcome = telegram.send(receiver, replace(SETTINGS, telegram_token=token), PAGE)
    assert outcome == Refused("channel_off", "the token of the Telegram bot is missing or is none")
    assert not receiver.asked


# ------------------------------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(("code", "words", "reason"), ANSWERS["refusals"])
def test_each_refusal_says_why(code: int, words: str, reason: str) -> None:
    outcome = telegram.send(Receiver(refuses(code, words)), SETTINGS, PAGE)
    assert outcome == Refused(reason, f"HTTP {code}: {words}")
    assert reason in REASONS


def test_a_person_who_never_wrote_to_the_bot_is_nobody_it_knows() -> None:
    outcome = telegram.send(
        Receiver(refuses(400, "Bad Request: chat not found")), SETTINGS, replace(PAGE, to="1111111")
    )
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_person"


@pytest.mark.parametrize("name", ["unauthorized", "no_such_token"])
def test_a_wrong_token_is_no_access(name: str) -> None:
    outcome = telegram.send(Receiver(says(name, ANSWERS[name]["error_code"])), SETTINGS, PAGE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "access_denied"


@pytest.mark.parametrize(
    ("wait", "after"), [(8, 8), (0, 0), (-1, None), (10**9, None), ("8", None), (None, None), (True, None)]
)
def test_the_wait_that_telegram_asks_for_is_kept(wait: Any, after: int | None) -> None:
    outcome = telegram.send(Receiver(refuses(429, "Too Many Requests", retry_after=wait)), SETTINGS, PAGE)
    assert outcome == Later("throttled", after, "Too Many Requests")


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(500, b"oops"),
        HttpAnswer(502, b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'),
        HttpAnswer(200, b"<html>somebody's portal</html>"),
        HttpAnswer(200, b"[" * 100_000),
        HttpAnswer(200, b'{"ok":1}'),
    ],
)
def test_an_answer_that_says_nothing_may_have_come_after_the_message_was_sent(answer: HttpAnswer) -> None:
    outcome = telegram.send(Receiver(answer), SETTINGS, PAGE)
    assert isinstance(outcome, Later)
    assert outcome.reason == "carrier_down"
    assert outcome.maybe_sent


@pytest.mark.parametrize("maybe", [True, False])
def test_no_answer_is_tried_again(maybe: bool) -> None:
    failed = HttpFailed("timeout", f"POST https://api.telegram.org/bot{TOKEN}/sendMessage", maybe)
    assert telegram.send(Receiver(failed), SETTINGS, PAGE) == Later("timeout", None, "", maybe)


def test_a_message_without_a_number_was_sent_all_the_same() -> None:
    answer = HttpAnswer(200, b'{"ok":true,"result":{}}')
    assert telegram.send(Receiver(answer), SETTINGS, PAGE) == Sent(f"{GROUP}/")


def test_no_secret_is_told() -> None:
    assert TOKEN not in repr(SETTINGS)
    assert SECRET not in repr(SETTINGS)
    for answer in (
        refuses(400, f"no such method /bot{TOKEN}/x"),
        HttpFailed("no_connection", TOKEN, False),
        HttpFailed("address_refused", TOKEN, False),
    ):
        assert TOKEN not in repr(telegram.send(Receiver(answer), SETTINGS, PAGE))
    with pytest.raises(Forged) as forged:
        read({"x-telegram-bot-api-secret-token": "guess"}, b"{}", SETTINGS, NOW)
    assert SECRET not in str(forged.value)
    assert "guess" not in str(forged.value)


@given(cards)
def test_no_alert_can_make_a_card_that_telegram_would_refuse_or_read_as_its_own(card: Any) -> None:
    receiver = Receiver(says("sent"))
    assert telegram.send(receiver, SETTINGS, replace(PAGE, card=card)) == Sent(PLACE)
    _, fields = asked(receiver)
    assert "parse_mode" not in fields
    text = fields["text"]
    units = text.encode("utf-16-le")
    assert 0 < len(units) // 2 <= 4_096
    (bold,) = fields["entities"]
    assert units[: 2 * bold["length"]].decode("utf-16-le") == text.split("\n")[0]
    assert "\0" not in text
    assert len(text.split("\n")) <= 3
    assert not re.search(r"[@/$+]\w|https?://|\bwww\.\w", text)
    assert not re.search(r"#\d*[^\W\d]", text)
    for row in fields["reply_markup"]["inline_keyboard"]:
        for button in row:
            assert button["text"].strip()
            if "url" in button:
                assert re.fullmatch(r"https://[!-~]+", button["url"])
            else:
                assert 1 <= len(button["callback_data"].encode()) <= 64
                assert read_button(button["callback_data"])


@given(hostile.texts)
def test_no_notice_is_one_that_telegram_would_refuse(text: str) -> None:
    receiver = Receiver(says("sent"))
    telegram.send(receiver, SETTINGS, Message("n", GROUP, text))
    shown = asked(receiver)[1]["text"]
    assert 0 < len(shown.encode("utf-16-le")) // 2 <= 4_096
    assert not re.search(r"(?:^|\s)[@/]\w", shown)


# ---------------------------------------------------------------------------------------- what people do there


def test_a_press_names_the_incident_and_what_was_seen_of_it() -> None:
    assert came("press") == Pressed(
        "700000001", ANA, "acknowledge", 1042, 7, message=PLACE, reply_to="4382bfdwdsb323b2d9"
    )


def test_a_press_on_a_message_too_old_for_telegram_to_show_counts_too() -> None:
    pressed = came("press_of_an_old_message")
    assert (pressed.action, pressed.message, pressed.person.name) == ("resolve", PLACE, "Ana")


def test_a_command_is_asked() -> None:
    assert came("command") == Asked("700000003", ANA, "ack 1042", GROUP, f"{GROUP}/50")


@pytest.mark.parametrize(
    ("text", "asked_for"),
    [
        ("/ack 1042", "ack 1042"),
        ("/ACK 1042", "ack 1042"),
        ("/ack 1042@TocsinBot", "ack 1042"),
        ("/ack@tocsinbot 1042", "ack 1042"),
        ("/res 1042", "res 1042"),
        ("/tocsin ack 1042", "ack 1042"),
        ("/tocsin", ""),
        ("/note 1042 asked @bob_smith", "note 1042 asked @bob_smith"),
        ("/note 1042 line\nand line", "note 1042 line\nand line"),
        ("/start link-4711", "start link-4711"),
        ("/help", "help"),
    ],
)
def test_a_command_is_read_with_and_without_the_name_of_the_bot(text: str, asked_for: str) -> None:
    assert came("command", text=text).text == asked_for


@pytest.mark.parametrize("text", ["/ack@OtherBot 1042", "/ack 1042@OtherBot"])
def test_a_command_to_another_bot_is_left_to_it(text: str) -> None:
    assert came("command", text=text) == Ignored("a command to another bot")
    assert came("command", replace(SETTINGS, telegram_bot=""), text=text).text == "ack 1042"


def test_an_answer_to_our_message_is_said_under_it() -> None:
    assert came("answer") == Spoke("700000004", ANA, "the disk is being grown", PLACE, GROUP)


def test_a_command_under_our_message_names_it() -> None:
    asked_for = came("answer", text="/ack")
    assert isinstance(asked_for, Asked)
    assert (asked_for.text, asked_for.thread) == ("ack", PLACE)


def test_an_answer_to_somebody_else_is_none_to_us() -> None:
    theirs = {**UPDATES["answer"]["message"]["reply_to_message"], "from": {"id": 999, "is_bot": True}}
    assert came("answer", reply_to_message=theirs) == Ignored(
        f"neither a command nor an answer, in the chat {GROUP}"
    )


def test_in_a_chat_with_the_bot_alone_a_command_needs_no_slash() -> None:
    assert came("private") == Asked(
        "700000005", Person("telegram", "1111111", "Ana"), "ack 1042", "1111111", "1111111/7"
    )


@pytest.mark.parametrize("name", ["became_a_supergroup", "edited"])
def test_what_is_neither_is_ignored(name: str) -> None:
    assert isinstance(came(name), Ignored)


@pytest.mark.parametrize(
    "change",
    [
        {"from": {"id": 1111111, "is_bot": True, "first_name": "Robot"}},
        {"from": {}},
        {"sender_chat": {"id": -100, "type": "supergroup"}},
        {"forward_origin": {"type": "user"}},
        {"via_bot": {"id": 5, "is_bot": True}},
        {"text": " \n"},
        {"chat": {}},
    ],
)
def test_what_no_person_wrote_acts_for_nobody(change: dict[str, Any]) -> None:
    assert isinstance(came("command", **change), Ignored)


def test_what_people_write_can_be_stored() -> None:
    one = came("answer", text="a\0\ud800b" + "c" * 100_000)
    assert isinstance(one, Spoke)
    assert one.text.startswith("abccc")
    assert len(one.text) < 10_000
    one.text.encode()


@pytest.mark.parametrize(
    "headers", [{}, {"x-telegram-bot-api-secret-token": ""}, {"x-telegram-bot-api-secret-token": SECRET[:-1]}]
)
def test_without_the_secret_nothing_is_read(headers: dict[str, str]) -> None:
    with pytest.raises(Forged, match="is missing or wrong"):
        read(headers, json.dumps(UPDATES["press"]).encode(), SETTINGS, NOW)


def test_where_no_secret_is_set_up_an_empty_one_opens_nothing() -> None:
    with pytest.raises(Forged, match="no secret"):
        read({"x-telegram-bot-api-secret-token": ""}, b"{}", replace(SETTINGS, telegram_secret=""), NOW)


@given(hostile.texts)
def test_any_secret_can_be_guessed_at_without_harm(guess: str) -> None:
    with pytest.raises(Forged):
        read({"x-telegram-bot-api-secret-token": guess}, b"{}", SETTINGS, NOW)


@given(
    st.binary(max_size=200)
    | st.sampled_from([b"[" * 50_000, b'{"a":' * 50_000, b" " * 300_000, b"9" * 9_000])
)
def test_any_bytes_are_ignored(body: bytes) -> None:
    assert all(isinstance(one, Ignored) for one in read(SIGNED, body, SETTINGS, NOW))


@given(mangled(list(recorded("telegram/updates").values())))
def test_any_update_is_understood_or_ignored(update: Any) -> None:
    for one in read(SIGNED, json.dumps(update).encode(), SETTINGS, NOW):
        assert isinstance(one, (Pressed, Asked, Spoke, Ignored))
        repr(one).encode()


# --------------------------------------------------------------------------------------------------- the answer


def test_whoever_pressed_is_told_alone() -> None:
    receiver = Receiver(says("answered"))
    outcome = telegram.tell(receiver, SETTINGS, came("press"), "#1042 acknowledged.\n" + "x" * 300)
    assert outcome == Sent("4382bfdwdsb323b2d9")
    method, fields = asked(receiver)
    assert method == "answerCallbackQuery"
    assert fields["callback_query_id"] == "4382bfdwdsb323b2d9"
    assert len(fields["text"]) == 200


def test_a_press_that_needs_no_words_is_answered_all_the_same() -> None:
    receiver = Receiver(says("answered"))
    assert telegram.tell(receiver, SETTINGS, came("press"), "") == Sent("4382bfdwdsb323b2d9")
    assert asked(receiver) == ("answerCallbackQuery", {"callback_query_id": "4382bfdwdsb323b2d9"})


def test_whoever_asked_is_answered_under_their_words() -> None:
    receiver = Receiver(says("sent"))
    assert telegram.tell(receiver, SETTINGS, came("command"), "#1042 acknowledged. /res_1042") == Sent(PLACE)
    _, fields = asked(receiver)
    assert fields["chat_id"] == int(GROUP)
    assert fields["reply_parameters"]["message_id"] == 50
    assert fields["text"] == "#1042 acknowledged. /\u2060res_1042"


def test_whoever_spoke_is_answered_under_the_card() -> None:
    receiver = Receiver(says("sent"))
    telegram.tell(receiver, SETTINGS, came("answer"), "noted")
    assert asked(receiver)[1]["reply_parameters"]["message_id"] == 42


def test_a_press_that_was_answered_too_late_is_a_refusal() -> None:
    receiver = Receiver(refuses(400, "Bad Request: query is too old and response timeout expired"))
    outcome = telegram.tell(receiver, SETTINGS, came("press"), "late")
    assert isinstance(outcome, Refused)
    assert outcome.reason == "answer_too_late"


def test_what_has_no_place_is_not_answered() -> None:
    one = Asked("1", ANA, "ack")
    assert isinstance(telegram.tell(Receiver(says("sent")), SETTINGS, one, "x"), Refused)


def test_a_card_tells_its_time_in_utc() -> None:
    receiver = Receiver(says("sent"))
    late = replace(CARD, opened_at=datetime.fromisoformat("2026-11-26T23:30:00-03:00"))
    telegram.send(receiver, SETTINGS, replace(PAGE, card=late))
    assert "since 27 Nov 2026 02:30 UTC" in asked(receiver)[1]["text"]
