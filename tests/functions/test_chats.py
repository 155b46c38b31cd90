"""What Slack and Telegram send to the stack's address, and whence the functions know their secrets."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import TEAM, Deployment, aws
from tocsin.edge.http import HttpClient
from tocsin.incidents.incident import State
from tocsin.paging.channels.http import HttpAnswer, HttpFailed

Deploy = Callable[..., Deployment]
SECRET, FORM = "s3cr3t", "application/x-www-form-urlencoded"
SECRETS: dict[str, str] = {}
CHATTY = TEAM.replace(
    "ana: {name: Ana Souza,", "ana: {name: Ana Souza, chat: {slack: U012AB3CD, telegram: '4711'},"
).replace("page: [{user: ana}]", 'page: [{user: ana}, {slack: "#incidents"}]')


class Chats:
    """The vendors' ends of the wire: ``asked`` is what came there."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.fails: Exception | None = None

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        self.asked.append((url, json.loads(body or b"{}")))
        if self.fails is not None:
            raise self.fails
        if "api.telegram.org" in url:
            return HttpAnswer(200, json.dumps({"ok": True, "result": {"message_id": 7}}).encode())
        ts = f"{len(self.asked)}.1"
        asked = self.asked[-1][1]
        return HttpAnswer(200, json.dumps({"ok": True, "channel": "C1", "ts": asked.get("ts", ts)}).encode())

    def to(self, part: str) -> list[dict[str, Any]]:
        return [body for url, body in self.asked if part in url]


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> Chats:
    found = Chats()
    monkeypatch.setattr(HttpClient, "request", lambda _, *args, **kwargs: found.request(*args, **kwargs))
    return found


@pytest.fixture
def chatty(deploy: Deploy, chats: Chats) -> Deployment:
    tocsin = deploy(team=CHATTY)
    SECRETS.clear()
    put(slack_token="xoxb-1", slack_signing_secret=SECRET)
    put(telegram_token="1:" + "x" * 35, telegram_secret="tell-nobody")
    return tocsin


def put(**more: str) -> None:
    SECRETS.update(more)
    aws("ssm").put_parameter(
        Name="/tocsin/secrets", Value=json.dumps(SECRETS), Type="SecureString", Overwrite=True
    )


def slack(tocsin: Deployment, body: bytes, kind: str = FORM, secret: str = SECRET) -> dict[str, Any]:
    at = str(int(tocsin.clock.now().timestamp()))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{at}:".encode() + body, "sha256").hexdigest()
    headers = {"content-type": kind, "x-slack-request-timestamp": at, "x-slack-signature": signature}
    return post(tocsin, "/v1/slack", body, headers)


def post(tocsin: Deployment, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    event = events.http("POST", path, body, headers, route=f"POST {path}")
    answer: dict[str, Any] = tocsin.invoke("reply", event)
    return answer


def pressed(action: str, number: int, user: str = "U012AB3CD", version: int = 2) -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "ana"},
        "container": {"channel_id": "C1", "message_ts": "1.1"},
        "trigger_id": f"{action}.{user}",
        "response_url": "https://hooks.slack.com/actions/T1/2/x",
        "actions": [{"value": f"{action}:{number}:{version}", "action_ts": "9.9", "type": "button"}],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_signed_press_acts_and_a_card_was_posted_with_the_token_of_the_parameter(
    chatty: Deployment, chats: Chats
) -> None:
    chatty.alert()
    chatty.run(0.1)
    [posted] = chats.to("chat.postMessage")
    assert posted["channel"] == "#incidents"
    assert slack(chatty, pressed("acknowledge", 1001))["statusCode"] == 200
    assert chatty.get(1001).state is State.ACKNOWLEDGED
    assert chatty.get(1001).acked_by is not None
    assert slack(chatty, pressed("resolve", 1001, "U0EVE00000"))["statusCode"] == 200
    [told] = chats.to("hooks.slack.com")
    assert "U0EVE00000" in told["text"]
    assert chatty.get(1001).state is State.ACKNOWLEDGED


def test_what_is_signed_with_another_secret_or_not_at_all_is_refused(
    chatty: Deployment, chats: Chats
) -> None:
    chatty.alert()
    chatty.run(0.1)
    assert slack(chatty, pressed("resolve", 1001), secret="guessed")["statusCode"] == 401
    assert post(chatty, "/v1/slack", pressed("resolve", 1001), {"content-type": FORM})["statusCode"] == 401
    assert post(chatty, "/v1/telegram", b"{}", {"content-type": "application/json"})["statusCode"] == 401
    assert post(chatty, "/v1/pigeon", b"{}", {})["statusCode"] == 404
    assert chatty.get(1001).state is State.TRIGGERED
    assert chatty.counted("ChatForged") == 3


def test_slack_is_answered_when_it_asks_whether_the_address_is_ours(chatty: Deployment) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}).encode()
    answer = slack(chatty, body, "application/json")
    assert (answer["statusCode"], answer["body"]) == (200, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd")


def test_a_telegram_bot_takes_commands_from_whoever_the_file_knows(chatty: Deployment, chats: Chats) -> None:
    chatty.alert()
    chatty.run(0.1)

    def write(text: str, who: int, serial: int) -> None:
        update = {
            "update_id": serial,
            "message": {
                "message_id": serial,
                "date": int(chatty.clock.now().timestamp()),
                "from": {"id": who, "is_bot": False, "first_name": "Ana"},
                "chat": {"id": who, "type": "private"},
                "text": text,
            },
        }
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": "tell-nobody"}
        assert post(chatty, "/v1/telegram", json.dumps(update).encode(), headers)["statusCode"] == 200

    write("/res 1001", 666, 1)
    assert chatty.get(1001).state is State.TRIGGERED
    assert "666" in json.dumps(chats.to("sendMessage")[-1])
    write("/ack 1001", 4711, 2)
    assert chatty.get(1001).acked_by is not None
    assert chatty.get(1001).state is State.ACKNOWLEDGED


def test_a_button_of_telegram_is_answered_once_whether_there_is_something_to_say_or_not(
    chatty: Deployment, chats: Chats
) -> None:
    chatty.alert()
    chatty.run(0.1)

    def press(who: int, serial: int) -> dict[str, Any]:
        person = {"id": who, "is_bot": False, "first_name": "Ana"}
        message = {"message_id": 7, "chat": {"id": -100, "type": "supergroup"}}
        query = {"id": f"q{serial}", "from": person, "message": message, "data": "acknowledge:1001:2"}
        body = json.dumps({"update_id": serial, "callback_query": query}).encode()
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": "tell-nobody"}
        assert post(chatty, "/v1/telegram", body, headers)["statusCode"] == 200
        answers = [one for one in chats.to("answerCallbackQuery") if one["callback_query_id"] == f"q{serial}"]
        assert len(answers) == 1
        return answers[0]

    assert "666" in press(666, 1)["text"]
    assert chatty.get(1001).state is State.TRIGGERED
    assert "text" not in press(4711, 2), "the card says it"
    assert chatty.get(1001).state is State.ACKNOWLEDGED


def test_a_rotated_secret_is_known_to_new_functions(chatty: Deployment) -> None:
    chatty.alert()
    assert slack(chatty, pressed("acknowledge", 1001))["statusCode"] == 200
    put(slack_signing_secret="another")
    chatty.restart()
    assert slack(chatty, pressed("resolve", 1001))["statusCode"] == 401
    assert slack(chatty, pressed("resolve", 1001), secret="another")["statusCode"] == 200


def test_whoever_uses_no_chat_is_paged_without_a_look_at_secrets(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.edge.secrets import Secrets

    monkeypatch.setattr(Secrets, "get", lambda self: pytest.fail("secrets were read"))
    tocsin = deploy()
    tocsin.alert()
    tocsin.run(0.1)
    assert len(tocsin.sent) == 1


def test_a_chat_without_a_token_is_off_and_the_person_is_paged_all_the_same(
    deploy: Deploy, chats: Chats
) -> None:
    tocsin = deploy(team=CHATTY)
    tocsin.alert()
    tocsin.run(0.1)
    assert chats.asked == []
    assert "post_refused" in tocsin.kinds(1001)
    assert len(tocsin.sent) == 1


def test_a_vendor_that_does_not_answer_the_word_holds_up_no_command(chatty: Deployment, chats: Chats) -> None:
    chatty.alert()
    chatty.run(0.1)
    chats.fails = HttpFailed("no_connection", "ConnectTimeoutError", False)
    assert slack(chatty, pressed("resolve", 1001))["statusCode"] == 200
    assert slack(chatty, pressed("acknowledge", 1001))["statusCode"] == 200
    assert chatty.get(1001).state is State.RESOLVED
