"""Teams in the chat beside the phones: its cards are pressed and change, and the bot is called by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PHONE, WIDE
from tests.browser.eyes import faults
from tests.browser.test_chat import CARD
from tests.unit.handset.conftest import running, served
from tests.unit.handset.kit import BEN_THERE, TEAM, Answer, Request, Served
from tests.unit.handset.test_teams import settings
from tocsin.edge.http import HttpClient
from tocsin.paging.channels import teams
from tocsin.paging.channels.base import ChannelSettings, Message, Sent
from tocsin.paging.channels.teams import Connector
from tocsin.paging.chat import Asked, Came, Card, Pressed

__all__ = ["running", "served"]


@dataclass
class Bot:
    """The product's own channel: does what buttons say, and answers with the card as it is then."""

    settings: ChannelSettings
    connector: Connector = field(default_factory=lambda: Connector(HttpClient()))
    came: list[Came] = field(default_factory=list)

    def send(self, card: Card = CARD, edits: str = "", to: str = TEAM) -> str:
        message = Message("p", to, "", 1042, card=card, edits=edits, at=datetime.now(UTC))
        sent = teams.send(self.connector, self.settings, message)
        assert isinstance(sent, Sent), sent
        return sent.provider_id

    def hears(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers}
        now = datetime.now(UTC)
        (one,) = teams.read(headers, request.body, self.settings, now, self.connector)
        self.came.append(one)
        if isinstance(one, Pressed) and one.person.id != BEN_THERE:
            return Answer(200, [], teams.answer("Tocsin does not know who you are."))
        if isinstance(one, Pressed):
            line = f"Acknowledged by {one.person.name}"
            taken = replace(CARD, version=2, state="acknowledged", line=line, buttons=CARD.buttons[1:])
            self.send(taken, one.message)
            return Answer(200, [], teams.answer("", taken))
        if isinstance(one, Asked):
            teams.tell(self.connector, self.settings, one, f"You asked: {one.text}", now)
        return Answer()


@pytest.fixture
def bot(served: Served) -> Bot:
    bot = Bot(settings(served))
    served.api.answers = bot.hears
    return bot


@pytest.fixture(params=[(WIDE, "dark"), (PHONE, "light")], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, served: Served, bot: Bot) -> Iterator[Page]:
    (width, height), scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda said: noise.append(said.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(served.url)
    page.get_by_role("button", name="Teams Alerts").click()
    yield page
    assert faults(page) == []
    assert noise == []
    context.close()


def chat(page: Page) -> Locator:
    return page.get_by_role("region", name="Teams")


def said(page: Page, text: str) -> Locator:
    return chat(page).get_by_role("listitem").filter(has_text=text).first


def act_as(page: Page, name: str) -> None:
    chat(page).get_by_role("combobox", name="Who presses and writes").select_option(label=name)


def test_a_card_in_teams_is_taken_by_its_button_and_changes_in_place(bot: Bot, page: Page) -> None:
    bot.send(replace(CARD, title="**Payments** [down](https://evil.example) <at>Ana</at> {{TIME(x)}}"))
    shown = said(page, "#1042 · triggered")
    expect(shown).to_contain_text("**Payments** [down]")
    expect(shown.locator(".mention, a:not(.press)")).to_have_count(0)
    act_as(page, "Ana")
    shown.get_by_role("button", name="Acknowledge").click()
    expect(said(page, "only Ana sees this")).to_contain_text("Tocsin does not know who you are.")
    act_as(page, "Ben")
    shown.get_by_role("button", name="Acknowledge").click()
    taken = said(page, "Acknowledged by Ben Okafor")
    expect(taken).to_contain_text("changed")
    expect(taken.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_the_bot_is_called_by_its_name_and_answers_in_the_thread(bot: Bot, page: Page) -> None:
    act_as(page, "Ben")
    call = chat(page).get_by_role("textbox", name="@Tocsin")
    call.fill("open")
    call.press("Enter")
    expect(said(page, "@Tocsin open").get_by_role("listitem")).to_contain_text("You asked: open")


def test_a_chat_with_the_bot_alone_has_its_own_tab(bot: Bot, page: Page) -> None:
    bot.send(to=BEN_THERE)
    chat(page).get_by_role("button", name="Teams Ben Okafor 1 new").click()
    said(page, "#1042 · triggered").get_by_role("button", name="Acknowledge").click()
    expect(said(page, "Acknowledged by Ben Okafor")).to_be_visible()
