"""The chat beside the phones: a card comes, is pressed, changes in place; what people write and ask is heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.handset.chats.slack import SIGNING_SECRET, TOKEN
from local.handset.chats.telegram import SECRET
from local.handset.chats.telegram import TOKEN as BOT_TOKEN
from tests.browser.conftest import PHONE, WIDE
from tests.browser.eyes import faults, tab_to
from tests.unit.handset.conftest import running, served
from tests.unit.handset.kit import GROUP, Answer, Request, Served
from tocsin.edge.http import HttpClient
from tocsin.paging.channels import slack, telegram
from tocsin.paging.channels.base import ChannelSettings, Message, Sent
from tocsin.paging.chat import Asked, Button, Came, Card, Pressed, Spoke

__all__ = ["running", "served"]

CARD = Card(
    number=1042,
    version=1,
    service="checkout",
    title="<!channel> Payment success dropped to 0 % :fire:",
    state="triggered",
    urgency="high",
    severity="critical",
    count=1,
    opened_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
    line="Ana Souza is being paged",
    link="https://tocsin.example.com/i/1042",
    buttons=(Button("acknowledge", "Acknowledge"), Button("resolve", "Resolve")),
)


@dataclass
class App:
    """An app on the product's own channel ``vendor``: sends cards ``to`` a chat, and does what buttons say."""

    settings: ChannelSettings
    vendor: Any = slack
    to: str = "#incidents"
    came: list[Came] = field(default_factory=list)

    def send(self, card: Card = CARD, edits: str = "") -> str:
        message = Message("p", self.to, "", 1042, card=card, edits=edits)
        sent = self.vendor.send(HttpClient(), self.settings, message)
        assert isinstance(sent, Sent), sent
        return sent.provider_id

    def hears(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers}
        (one,) = self.vendor.read(headers, request.body, self.settings, datetime.now(UTC))
        self.came.append(one)
        threading.Thread(target=self.answer, args=(one,)).start()
        return Answer()

    def answer(self, one: Came) -> None:
        if isinstance(one, Pressed):
            line = f"Acknowledged by {one.person.name}"
            self.send(
                replace(CARD, version=2, state="acknowledged", line=line, buttons=CARD.buttons[1:]),
                one.message,
            )
            self.vendor.tell(HttpClient(), self.settings, one, "It is yours.")
        elif isinstance(one, Asked):
            self.vendor.tell(HttpClient(), self.settings, one, f"You asked: {one.text}")


@pytest.fixture
def app(served: Served) -> App:
    url = f"{served.url}/slack/api"
    app = App(ChannelSettings(slack_url=url, slack_token=TOKEN, slack_signing_secret=SIGNING_SECRET))
    served.api.answers = app.hears
    return app


@pytest.fixture(params=[(WIDE, "dark"), (PHONE, "light")], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, served: Served, app: App) -> Iterator[Page]:
    (width, height), scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=width < 500,
        is_mobile=width < 500,
    )
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda said: noise.append(said.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(served.url)
    expect(chat(page)).to_be_visible()
    yield page
    assert faults(page) == []
    assert noise == []
    context.close()


def chat(page: Page, name: str = "Slack") -> Locator:
    return page.get_by_role("region", name=name)


def card(page: Page) -> Locator:
    return chat(page).get_by_role("listitem").filter(has_text="#1042 checkout").first


def act_as(page: Page, name: str, region: str = "Slack") -> None:
    chat(page, region).get_by_role("combobox", name="Who presses and writes").select_option(label=name)


def test_a_card_is_taken_by_its_button_and_changes_in_place(app: App, page: Page) -> None:
    expect(chat(page).get_by_text("Nothing is written here yet.")).to_be_visible()
    app.send()
    expect(card(page)).to_contain_text("#1042 checkout: <!channel> Payment success dropped to 0 % :fire:")
    expect(chat(page).locator(".mention, .emoji")).to_have_count(0)
    act_as(page, "Ben")
    card(page).get_by_role("button", name="Acknowledge").click()
    expect(card(page)).to_contain_text("Acknowledged by ben")
    expect(card(page)).to_contain_text("changed")
    expect(card(page).get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(chat(page).get_by_role("listitem").filter(has_text="only Ben sees this")).to_contain_text(
        "It is yours."
    )
    expect(page.get_by_role("region", name="What went out, to whom")).to_contain_text(
        'Ben presses the button "Acknowledge"'
    )


def test_what_is_written_under_a_card_and_asked_is_heard_and_shown(app: App, page: Page) -> None:
    message = app.send()
    act_as(page, "Chi")
    card(page).get_by_role("button", name="Reply in thread").click()
    card(page).get_by_role("textbox", name="Reply as Chi").fill("it is <b>the</b> acquirer")
    card(page).get_by_role("button", name="Send the reply").click()
    expect(card(page).get_by_role("listitem").filter(has_text="Chi Tanaka")).to_contain_text("<b>the</b>")
    chat(page).get_by_role("textbox", name="/tocsin").fill("who is on call")
    chat(page).get_by_role("button", name="Send the command").click()
    expect(chat(page).get_by_text("You asked: who is on call")).to_be_visible()
    spoke, asked = app.came
    assert isinstance(spoke, Spoke)
    assert (spoke.text, spoke.thread, spoke.person.id) == ("it is <b>the</b> acquirer", message, "U00000CHI")
    assert isinstance(asked, Asked)


def test_a_direct_message_waits_behind_its_own_tab(app: App, page: Page) -> None:
    direct = Message("n", "U00000ANA", "You are on call from 09:00.")
    assert isinstance(slack.send(HttpClient(), app.settings, direct), Sent)
    tab = chat(page).get_by_role("button", name="Slack Ana Souza 1 new")
    tab.click()
    expect(chat(page).get_by_text("You are on call from 09:00.")).to_be_visible()
    expect(chat(page).get_by_role("combobox", name="Who presses and writes")).to_be_disabled()
    expect(chat(page).get_by_role("button", name="Slack Ana Souza", exact=True)).to_be_focused()


def test_slack_is_switched_off_and_says_so_to_whoever_presses(app: App, page: Page, served: Served) -> None:
    app.send()
    chat(page).get_by_role("combobox", name="What Slack does").select_option(label="Down")
    expect(page.get_by_text("Slack refuses: down")).not_to_have_count(0)
    served.handset.wait_for(lambda state: state["services"][0]["refuses"] == "down")
    refused = slack.send(HttpClient(), app.settings, Message("n", "#incidents", "x"))
    assert not isinstance(refused, Sent)
    chat(page).get_by_role("combobox", name="What Slack does").select_option(label="delivers")
    served.handset.wait_for(lambda state: state["services"][0]["refuses"] is None)
    app.send(replace(CARD, number=1043))
    expect(chat(page).get_by_text("#1043 checkout")).to_be_visible()


def test_a_keyboard_alone_takes_an_incident_in_the_chat(app: App, page: Page) -> None:
    app.send()
    expect(card(page)).to_be_visible()
    tab_to(page, card(page).get_by_role("button", name="Acknowledge"))
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text("Acknowledged by ana")
    expect(card(page).get_by_role("button", name="Resolve")).to_be_focused()


@pytest.fixture
def bot(served: Served, page: Page) -> App:
    """The app as a bot of Telegram, with its group open on the page."""
    url = f"{served.url}/telegram"
    settings = ChannelSettings(telegram_url=url, telegram_token=BOT_TOKEN, telegram_secret=SECRET)
    bot = App(settings, telegram, GROUP)
    served.api.answers = bot.hears
    chat(page).get_by_role("button", name="Telegram Incidents").click()
    expect(chat(page, "Telegram").get_by_text("Nothing is written here yet.")).to_be_visible()
    return bot


def said(page: Page, text: str) -> Locator:
    """What was written in Telegram and holds the text, the first of it."""
    return chat(page, "Telegram").get_by_role("listitem").filter(has_text=text).first


def test_a_card_in_telegram_is_taken_by_its_button_and_changes_in_place(bot: App, page: Page) -> None:
    title = "@everyone /resolve <b>Payments</b> *down* #fire https://evil.example"
    bot.send(replace(CARD, title=title))
    shown = said(page, "#1042 · triggered")
    expect(shown).to_contain_text("<b>Payments</\u2060b> *down*")
    expect(shown.locator(".mention, b, a:not(.press)")).to_have_count(0)
    expect(shown.get_by_role("link", name="Open")).to_have_attribute("href", CARD.link)
    act_as(page, "Chi", "Telegram")
    shown.get_by_role("button", name="Acknowledge").click()
    taken = said(page, "Acknowledged by Chi Tanaka")
    expect(taken).to_contain_text("changed")
    expect(taken.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(said(page, "only Chi sees this")).to_contain_text("It is yours.")
    expect(page.get_by_role("region", name="What went out, to whom")).to_contain_text(
        'Chi presses the button "Acknowledge"'
    )
    (one,) = bot.came
    assert isinstance(one, Pressed)
    assert (one.person.vendor, one.action, one.number) == ("telegram", "acknowledge", 1042)


def test_what_is_written_in_telegram_stands_in_its_order_with_what_it_answers(bot: App, page: Page) -> None:
    place = bot.send()
    act_as(page, "Chi", "Telegram")
    shown = said(page, "#1042 · triggered")
    shown.get_by_role("button", name="Reply", exact=True).click()
    shown.get_by_role("textbox", name="Reply as Chi").fill("it is <b>the</b> acquirer")
    shown.get_by_role("button", name="Send the reply").click()
    answer = said(page, "it is <b>the</b> acquirer")
    expect(answer).to_contain_text("Tocsin🔴 checkout:")
    message = chat(page, "Telegram").get_by_role("textbox", name="Message")
    message.fill("lunch?")
    chat(page, "Telegram").get_by_role("button", name="Send the message").click()
    expect(page.get_by_role("region", name="What went out, to whom")).to_contain_text(
        "The bot does not hear of it"
    )
    message.fill("/open")
    message.press("Enter")
    expect(said(page, "You asked: open")).to_contain_text("Chi Tanaka/open")
    spoke, asked = bot.came
    assert isinstance(spoke, Spoke)
    assert (spoke.text, spoke.thread) == ("it is <b>the</b> acquirer", place)
    assert isinstance(asked, Asked)


def test_a_chat_with_the_bot_alone_is_in_the_hands_of_one_person(bot: App, page: Page) -> None:
    chat(page, "Telegram").get_by_role("button", name="Telegram Chi Tanaka").click()
    expect(chat(page, "Telegram").get_by_role("combobox", name="Who presses and writes")).to_be_disabled()
    message = chat(page, "Telegram").get_by_role("textbox", name="Message")
    expect(message).to_have_attribute("placeholder", "ack 1042, as Chi")
    message.fill("ack 1042")
    message.press("Enter")
    expect(said(page, "You asked: ack 1042")).to_be_visible()


def test_telegram_is_switched_off_and_serves_again(bot: App, page: Page) -> None:
    serves = chat(page, "Telegram").get_by_role("combobox", name="What Telegram does")
    serves.select_option(label="Bot was removed from the group")
    expect(page.get_by_text("Telegram refuses: bot was removed from the group")).not_to_have_count(0)
    refused = telegram.send(HttpClient(), bot.settings, Message("n", GROUP, "x"))
    assert not isinstance(refused, Sent)
    serves.select_option(label="delivers")
    expect(page.get_by_text("Telegram serves again")).not_to_have_count(0)
    bot.send()
    expect(said(page, "#1042 · triggered")).to_be_visible()
