"""Push in a real browser: switched on by hand, shown by the service worker, answered by a button of the notification.

What no browser here can do is ask a push service for a subscription: the page is given one, and what the stack would
push is handed to the service worker by the browser's own tools.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page, Worker, expect

from tests.browser.conftest import PHONE, WIDE, Visit
from tests.browser.eyes import faults, path_in
from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command

#: A subscription as a browser gives one; ``kept`` is what this browser has.
FAKE = """
let kept = JSON.parse(sessionStorage.getItem("kept"));
const given = () => ({ ...kept, options: {}, toJSON: () => kept, unsubscribe: async () => { kept = null; } });
PushManager.prototype.getSubscription = async () => kept && given();
PushManager.prototype.subscribe = async (options) => {
  if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error("asked wrongly");
  kept = %s;
  sessionStorage.setItem("kept", JSON.stringify(kept));
  return given();
};
"""


def opened(tocsin: Tocsin, visit: Visit, size: tuple[int, int] = PHONE, scheme: str = "dark") -> Page:
    """The page of Pia's link, in a browser that can be pushed to."""
    tocsin_command(tocsin, "contact", "push", "pia", "--off")
    link = json.loads(tocsin_command(tocsin, "contact", "push", "pia", "--show", "--json"))["link"]
    page = visit("/l/none", size, scheme)
    page.context.grant_permissions(["notifications"], origin=tocsin.stack.address)
    page.context.add_init_script(FAKE % json.dumps(tocsin.handset.browser_gives("pia")))
    page.goto(urlsplit(link).path)
    return page


def test_it_is_switched_on_by_one_tap_tried_and_switched_off(tocsin: Tocsin, visit: Visit) -> None:
    page = opened(tocsin, visit)
    expect(page.get_by_role("heading", level=1)).to_have_text("Be paged in this browser")
    page.get_by_role("button", name="Switch on here").tap()
    expect(page.get_by_text("Push is on in this browser.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_contain_text("Chrome on")
    expect(page.get_by_role("button", name="Switch on here")).to_be_hidden()
    assert len(tocsin.store.browsers("pia").rows) == 1
    page.reload()
    expect(page.get_by_text("Push is on in this browser.")).to_be_visible()

    page.get_by_role("button", name="Send a test").tap()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    tocsin.handset.wait_for_message("pia", "push", text="a test for pia")
    page.get_by_role("button", name="Switch off").tap()
    expect(page.get_by_text("Push is off there now.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert tocsin.store.browsers("pia").rows == ()
    assert faults(page) == []


def test_whoever_forbids_notifications_is_told_where_to_allow_them(tocsin: Tocsin, visit: Visit) -> None:
    page = opened(tocsin, visit)
    page.evaluate("Notification.requestPermission = async () => 'denied'")
    page.get_by_role("button", name="Switch on here").tap()
    expect(page.get_by_role("status")).to_contain_text("Allow notifications for this site")
    assert tocsin.store.browsers("pia").rows == ()


def test_a_browser_without_push_says_what_to_do(tocsin: Tocsin, visit: Visit) -> None:
    page = opened(tocsin, visit)
    page.context.add_init_script("delete window.PushManager")
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("This browser takes no push")
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "dark"), (PHONE, "light"), (WIDE, "dark"), (WIDE, "light")]
)
def test_its_words_are_easy_to_read(tocsin: Tocsin, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    page = opened(tocsin, visit, size, scheme)
    page.get_by_role("button", name="Switch on here").click()
    expect(page.get_by_text("Push is on in this browser.")).to_be_visible()
    assert faults(page) == []


class Pushed:
    """The service worker of a page, and what it shows."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.tools: CDPSession = page.context.new_cdp_session(page)
        self.registration = ""
        self.tools.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self.tools.send("ServiceWorker.enable")
        page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")

    def _registered(self, event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            self.registration = one["registrationId"]

    @property
    def worker(self) -> Worker:
        return self.page.context.service_workers[0]

    def push(self, said: dict[str, Any]) -> None:
        what = {"origin": self.origin, "registrationId": self.registration, "data": json.dumps(said)}
        self.tools.send("ServiceWorker.deliverPushMessage", what)

    def shown(self) -> list[dict[str, Any]]:
        script = """async () => {
            const registration = await navigator.serviceWorker.ready;
            return (await registration.getNotifications()).map((one) => ({
                title: one.title, body: one.body, tag: one.tag, silent: one.silent,
                requireInteraction: one.requireInteraction, actions: one.actions.map(({ action }) => action),
            }));
        }"""
        return list(self.page.evaluate(script))

    def press(self, action: str) -> None:
        script = """async (action) => {
            const [notification] = await self.registration.getNotifications();
            self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
        }"""
        self.worker.evaluate(script, action)


def test_a_notification_stays_until_it_is_answered_and_its_button_acknowledges(
    tocsin: Tocsin, visit: Visit, name: str
) -> None:
    tocsin.send(tocsin.key("search"), {"title": "Disk full", "dedup_key": name, "severity": "critical"})
    number = tocsin.incident_of(name, "search").number
    link = path_in(tocsin.handset.wait_for_message("ana", "sms", text=f"#{number}")["text"])
    page = opened(tocsin, visit)
    pushed = Pushed(page, tocsin.stack.address)
    tocsin.wait(lambda: pushed.registration, what="the service worker's registration")
    pushed.push(
        {
            "title": "search: Disk full",
            "body": f"#{number}, critical. Nobody has it yet.",
            "number": number,
            "url": f"{tocsin.stack.address}{link}",
            "urgency": "high",
            "tag": f"incident-{number}",
            "actions": [{"action": "acknowledge", "title": "Acknowledge"}],
        }
    )
    [shown] = tocsin.wait(pushed.shown, what="the notification")
    assert shown["title"] == "search: Disk full"
    assert shown["requireInteraction"]
    assert shown["actions"] == ["acknowledge"]
    pushed.press("acknowledge")
    assert tocsin.until(number, "acknowledged").acked_by.name == "ana"
    [told] = tocsin.wait(
        lambda: [one for one in pushed.shown() if "It is yours" in one["body"]], what="what came of it"
    )
    assert (told["tag"], told["silent"], told["actions"]) == (f"incident-{number}", True, [])
    tocsin_command(tocsin, "incident", "resolve", str(number), "--as", "ops")


def test_a_press_that_was_not_heard_says_so_and_can_be_pressed_again(tocsin: Tocsin, visit: Visit) -> None:
    page = opened(tocsin, visit)
    pushed = Pushed(page, tocsin.stack.address)
    tocsin.wait(lambda: pushed.registration, what="the service worker's registration")
    said = {
        "title": "search: Disk full",
        "body": "#1, critical.",
        # Nothing is there that could be posted to: an answer in JSON, and not ours.
        "url": f"{tocsin.stack.address}/v1/oncall",
        "urgency": "high",
        "tag": "incident-1",
        "actions": [{"action": "acknowledge", "title": "Acknowledge"}],
    }
    pushed.push(said)
    tocsin.wait(pushed.shown, what="the notification")
    pushed.press("acknowledge")
    [told] = tocsin.wait(
        lambda: [one for one in pushed.shown() if "NOT done" in one["body"]], what="that it was not heard"
    )
    assert told["actions"] == ["acknowledge"]
    assert told["requireInteraction"]
    assert "#1, critical." in told["body"]


def test_what_cannot_be_read_is_shown_all_the_same(tocsin: Tocsin, visit: Visit) -> None:
    page = opened(tocsin, visit)
    pushed = Pushed(page, tocsin.stack.address)
    tocsin.wait(lambda: pushed.registration, what="the service worker's registration")
    what = {"origin": pushed.origin, "registrationId": pushed.registration, "data": "no JSON"}
    pushed.tools.send("ServiceWorker.deliverPushMessage", what)
    [shown] = tocsin.wait(pushed.shown, what="the notification")
    assert shown["title"] == "Tocsin"
