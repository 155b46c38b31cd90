"""Telegram on the handset: what the product sends is shown, and what people do comes as Telegram sends it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.handset.chats.telegram import BOT, SECRET, TOKEN
from local.handset.client import HandsetError, buttons, words
from tests.unit.handset import kit
from tests.unit.handset.kit import CHI_THERE, GROUP, Answer, Request, Served
from tocsin.edge.http import HttpClient
from tocsin.paging.channels import telegram
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.chat import Asked, Pressed, Spoke

pytestmark = pytest.mark.enable_socket

CARD = replace(kit.CARD, title="@everyone /resolve <b>disk</b> *full* #fire https://evil.example")
PAGE = Message("p1", GROUP, "", 1042, card=CARD)
HTTP = HttpClient()


def settings(served: Served, token: str = TOKEN) -> ChannelSettings:
    url = f"{served.url}/telegram"
    return ChannelSettings(telegram_url=url, telegram_token=token, telegram_secret=SECRET, telegram_bot=BOT)


def send(served: Served, message: Message = PAGE) -> Outcome:
    return telegram.send(HTTP, settings(served), message)


def sent(served: Served, message: Message = PAGE) -> str:
    outcome = send(served, message)
    assert isinstance(outcome, Sent), outcome
    return outcome.provider_id


def number(place: str) -> int:
    return int(place.partition("/")[2])


def came(served: Served, request: Request | None = None) -> Any:
    """What the product reads of a request that came to its address; by default the last one."""
    request = request or served.api.requests[-1]
    assert (request.method, request.path) == ("POST", "/v1/telegram")
    headers = {name.lower(): value for name, value in request.headers}
    (one,) = telegram.read(headers, request.body, settings(served), datetime.now(UTC))
    return one


def call(served: Served, method: str, token: str = TOKEN, **asked: Any) -> Any:
    """The result of a method, or what it refuses by: (code, description)."""
    headers = {"content-type": "application/json"}
    url = f"{served.url}/telegram/bot{token}/{method}"
    request = urllib.request.Request(url, json.dumps(asked).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["result"]
    except urllib.error.HTTPError as error:
        said = json.load(error)
        return error.code if said["error_code"] == error.code else said, said["description"]


def test_a_card_is_shown_in_its_group_and_its_words_are_only_words(served: Served) -> None:
    place = sent(served)
    [message] = served.handset.chat("Incidents")
    assert f"{message['channel']}/{message['provider_id']}" == place
    assert place.startswith(f"{GROUP}/")
    assert "🔴 checkout: @everyone /resolve <b>disk</b> *full* #fire" in words(message).replace("\u2060", "")
    [text] = [text for part in message["sections"][0]["parts"] for text in part["texts"]]
    assert {(span["style"], span["href"]) for span in text} == {("bold", ""), ("", "")}
    assert [button["label"] for button in buttons(message)] == ["Acknowledge", "Resolve", "Open"]
    [line] = served.handset.log("chat")
    assert line["text"] == "Telegram message in Incidents"


def test_a_card_changes_in_place_and_an_answer_to_it_stands_below(served: Served) -> None:
    place = sent(served)
    over = replace(CARD, state="resolved", line="Resolved by Ana Souza", buttons=())
    assert sent(served, replace(PAGE, card=over, edits=place)) == place
    [message] = served.handset.chat("Incidents")
    assert "Resolved by Ana Souza" in words(message)
    assert [button["label"] for button in buttons(message)] == ["Open"]
    assert message["edited_at"]
    line = Message("n1", GROUP, "Ana Souza joins", thread=place)
    assert sent(served, line) == f"{GROUP}/{int(message['provider_id']) + 1}"
    assert served.handset.chat("Incidents")[-1]["thread"] == message["provider_id"]


def test_a_card_that_shows_nothing_new_is_as_good_as_changed(served: Served) -> None:
    place = sent(served)
    assert sent(served, replace(PAGE, edits=place)) == place
    assert "message is not modified" in served.handset.log("chat_refused")[-1]["error"]
    assert served.handset.chat("Incidents")[0]["edited_at"] is None


def test_a_person_is_reached_by_the_number_of_the_file_in_a_chat_of_their_own(served: Served) -> None:
    before = number(sent(served, replace(PAGE, to=CHI_THERE)))
    message = served.handset.wait_for_chat("checkout", "Chi Tanaka")
    with pytest.raises(HandsetError, match="Chi Tanaka's direct messages"):
        served.handset.chat_press("ben", message, "Acknowledge")
    sent(served)
    after = number(sent(served, replace(PAGE, to=CHI_THERE)))
    assert after == before + 1, "each chat counts its own messages"


@pytest.mark.parametrize(
    ("to", "place"), [("-4711", "-4711/"), ("-1009999999999", "-1009999999999/"), ("@incidents", "-100")]
)
def test_a_group_is_there_when_it_is_written_to(served: Served, to: str, place: str) -> None:
    assert sent(served, replace(PAGE, to=to)).startswith(place)
    assert len(served.handset.chat(to)) == 1


def test_a_person_whom_nobody_knows_is_nobody_to_write_to(served: Served) -> None:
    outcome = Refused("no_such_person", "HTTP 400: Bad Request: chat not found")
    assert send(served, replace(PAGE, to="4711")) == outcome


def test_a_button_comes_as_telegram_sends_it_and_is_answered_to_the_presser_alone(served: Served) -> None:
    place = sent(served)
    served.api.answers = lambda request: answering(served, "Ana has it already.")
    served.handset.chat_press("chi", served.handset.chat("Incidents")[0], "Acknowledge")
    one = came(served)
    assert isinstance(one, Pressed)
    assert (one.person.id, one.person.name) == (CHI_THERE, "Chi Tanaka")
    assert (one.action, one.number, one.version, one.message) == ("acknowledge", 1042, 7, place)
    [aside] = served.handset.chat(only_for="chi")
    assert words(aside) == "Ana has it already."
    assert served.handset.log("chat_waits") == []
    assert call(served, "answerCallbackQuery", callback_query_id="4711") == (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )


def answering(served: Served, text: str) -> Answer:
    outcome = telegram.tell(HTTP, settings(served), came(served), text)
    assert isinstance(outcome, Sent), outcome
    return Answer()


def test_a_press_that_the_app_forgets_to_answer_is_seen_to_wait(served: Served) -> None:
    sent(served)
    card = served.handset.chat("Incidents")[0]
    served.handset.chat_press("ben", card, "Acknowledge")
    assert served.handset.log("chat_waits")[-1]["text"] == "The button goes on waiting"
    served.api.answers = lambda request: answering(served, "")
    served.handset.chat_press("ben", card, "Resolve")
    assert len(served.handset.log("chat_waits")) == 1
    assert served.handset.chat(only_for="ben") == [], "no words, no notice"


def test_every_press_and_message_is_an_update_of_its_own(served: Served) -> None:
    sent(served)
    card = served.handset.chat("Incidents")[0]
    for label in ("Acknowledge", "Acknowledge", "Resolve"):
        served.handset.chat_press("ben", card, label)
    served.handset.reset()
    sent(served, replace(PAGE, to=CHI_THERE))
    served.handset.chat_ask("chi", "open", "Chi Tanaka", vendor="telegram")
    ids = [json.loads(request.body)["update_id"] for request in served.api.requests]
    assert ids == sorted(set(ids))
    assert len(ids) == 4


def test_what_is_answered_to_a_card_comes_with_the_card(served: Served) -> None:
    place = sent(served)
    served.handset.chat_reply("chi", served.handset.chat("Incidents")[0], "disk of <db-1> & co 🔥")
    one = came(served)
    assert isinstance(one, Spoke)
    assert (one.person.id, one.thread, one.text) == (CHI_THERE, place, "disk of <db-1> & co 🔥")
    reply = served.handset.chat("Incidents")[-1]
    assert (reply["author"], words(reply)) == ("chi", "disk of <db-1> & co 🔥")
    assert reply["thread"] == place.partition("/")[2]


def test_a_bot_hears_commands_and_answers_to_itself_and_nothing_else_of_a_group(served: Served) -> None:
    sent(served)
    served.handset.chat_ask("chi", "/ack@TocsinBot 1042", "Incidents", vendor="telegram")
    one = came(served)
    assert isinstance(one, Asked)
    assert (one.person.id, one.text, one.channel) == (CHI_THERE, "ack 1042", GROUP)
    served.handset.chat_ask("ben", "lunch?", "Incidents", vendor="telegram")
    served.handset.chat_reply("ana", served.handset.chat("Incidents")[-1], "yes")
    served.handset.chat_ask("ben", "/ack@OtherBot 1042", "Incidents", vendor="telegram")
    assert len(served.api.requests) == 1
    assert len(served.handset.log("chat_untold")) == 3
    with pytest.raises(HandsetError, match="nothing to send"):
        served.handset.chat_ask("ben", " ", "Incidents", vendor="telegram")


def test_whoever_writes_to_the_bot_alone_needs_no_slash_and_is_answered_below_their_words(
    served: Served,
) -> None:
    there = [one for one in served.handset.state()["channels"] if one["vendor"] == "telegram"]
    assert [one["name"] for one in there] == ["Incidents", "Chi Tanaka"], "known by a number of the file"
    served.handset.chat_ask("chi", "ack 1042", "Chi Tanaka", vendor="telegram")
    one = came(served)
    assert isinstance(one, Asked)
    assert (one.text, one.channel) == ("ack 1042", CHI_THERE)
    assert isinstance(telegram.tell(HTTP, settings(served), one, "#1042 acknowledged."), Sent)
    mine, told = served.handset.chat("Chi Tanaka")
    assert (told["author"], told["thread"], words(told)) == (None, mine["provider_id"], "#1042 acknowledged.")


def test_a_link_that_is_followed_is_nobodys_business(served: Served) -> None:
    sent(served)
    served.handset.chat_press("ana", served.handset.chat("Incidents")[0], "Open")
    assert served.api.requests == []


BLOCKED = Refused("no_such_person", "HTTP 403: Forbidden: bot was blocked by the user")
#: The switch, what it means to a person's card, and to a group's.
REFUSALS: list[tuple[str, Outcome | None, Outcome | None]] = [
    ("blocked", BLOCKED, None),
    (
        "chat_not_found",
        Refused("no_such_person", "HTTP 400: Bad Request: chat not found"),
        Refused("no_such_channel", "HTTP 400: Bad Request: chat not found"),
    ),
    (
        "kicked",
        None,
        Refused("no_such_channel", "HTTP 403: Forbidden: bot was kicked from the supergroup chat"),
    ),
    (
        "no_rights",
        None,
        Refused(
            "no_such_channel", "HTTP 400: Bad Request: not enough rights to send text messages to the chat"
        ),
    ),
    *[
        (kind, meant, meant)
        for kind, meant in (
            ("unauthorized", Refused("access_denied", "HTTP 401: Unauthorized")),
            ("too_many", Later("throttled", 2, "Too Many Requests: retry after 2")),
            ("internal", Later("carrier_down", None, "HTTP 500: Internal Server Error", maybe_sent=True)),
            ("lost", Later("carrier_down", None, "HTTP 502: Bad Gateway", maybe_sent=True)),
            ("down", Later("carrier_down", None, "HTTP 502: Bad Gateway", maybe_sent=True)),
        )
    ],
]


@pytest.mark.parametrize(("kind", "person", "group"), REFUSALS)
def test_telegram_refuses_by_a_switch_and_serves_again(
    served: Served, kind: str, person: Outcome | None, group: Outcome | None
) -> None:
    for to, meant in ((CHI_THERE, person), (GROUP, group)):
        served.handset.chat_refuse(kind, vendor="telegram")
        got = send(served, replace(PAGE, to=to))
        assert got == meant or (meant is None and isinstance(got, Sent))
        if meant is not None:
            assert served.handset.log("chat_refused")[-1]["error"] == kind
        served.handset.chat_refuse(None, vendor="telegram")
        assert isinstance(send(served, replace(PAGE, to=to)), Sent)
        name = "Chi Tanaka" if to == CHI_THERE else "Incidents"
        assert len(served.handset.chat(name)) == (2 if kind == "lost" or meant is None else 1)


def test_every_switch_is_tried(served: Served) -> None:
    service = next(one for one in served.handset.state()["services"] if one["name"] == "telegram")
    assert set(service["kinds"]) == {kind for kind, *_ in REFUSALS}


def test_nothing_can_be_done_where_telegram_is_down(served: Served) -> None:
    sent(served)
    message = served.handset.chat("Incidents")[0]
    served.handset.chat_refuse("down", vendor="telegram")
    with pytest.raises(HandsetError, match="Telegram is down"):
        served.handset.chat_press("ana", message, "Acknowledge")
    assert served.api.requests == []


def test_a_button_that_has_gone_cannot_be_pressed(served: Served) -> None:
    place = sent(served)
    before = served.handset.chat("Incidents")[0]
    sent(served, replace(PAGE, card=replace(CARD, buttons=()), edits=place))
    with pytest.raises(HandsetError, match="no such button any more"):
        served.handset.chat_press("ana", before, "Resolve")


def test_the_methods_say_what_is_wrong_in_telegrams_words(served: Served) -> None:
    posted = call(served, "sendMessage", chat_id=int(GROUP), text="hello")
    assert posted["chat"] == {"id": int(GROUP), "title": "Incidents", "type": "supergroup"}
    at = {"chat_id": int(GROUP), "message_id": posted["message_id"]}
    assert call(served, "sendMessage", "1:guess", **at, text="x") == (401, "Unauthorized")
    assert call(served, "deleteMessage", **at) == (404, "Not Found")
    assert call(served, "sendMessage", text="x") == (400, "Bad Request: chat_id is empty")
    assert call(served, "sendMessage", chat_id=int(GROUP)) == (400, "Bad Request: message text is empty")
    reply = {"message_id": 99}
    assert call(served, "sendMessage", chat_id=int(GROUP), text="x", reply_parameters=reply) == (
        400,
        "Bad Request: message to be replied not found",
    )
    loose = {**reply, "allow_sending_without_reply": True}
    said = call(served, "sendMessage", chat_id=int(GROUP), text="x", reply_parameters=loose)
    assert "reply_to_message" not in said
    assert call(served, "editMessageText", **at | {"message_id": 99}, text="x") == (
        400,
        "Bad Request: message to edit not found",
    )
    served.handset.chat_ask("ana", "/mine", "Incidents", vendor="telegram")
    mine = int(served.handset.chat("Incidents")[-1]["provider_id"])
    assert call(served, "editMessageText", **at | {"message_id": mine}, text="x") == (
        400,
        "Bad Request: message can't be edited",
    )
    assert call(served, "getMe")["username"] == BOT


def test_starting_over_forgets_what_was_written_and_no_number_comes_again(served: Served) -> None:
    place = sent(served)
    served.handset.reset()
    assert served.handset.chat() == []
    assert number(sent(served, replace(PAGE, edits=place))) == number(place) + 1, (
        "what is gone is posted anew"
    )
