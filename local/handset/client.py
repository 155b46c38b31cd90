"""A test's hands on the handset: the control API in Python, standard library only."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

#: Seconds: what a queue's consumer could not take, because the account ran as many functions as it may, comes again
#: when the queue's visibility of 60 s is over.
PATIENCE = 90.0

Json = dict[str, Any]
T = TypeVar("T")


class HandsetError(Exception):
    """The handset refused; ``status`` is that of HTTP, the message its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Handset:
    """The handset at ``base_url``. Every method blocks; times in its answers are ISO 8601 with an offset."""

    def __init__(self, base_url: str, timeout: float = 20.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        # No proxy of the environment stands between a test and loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # -- looking -------------------------------------------------------------------------------------------

    def state(self) -> Json:
        """Everything: phones, texts, calls, mails, log, stack, demo, revision."""
        return self._ask("GET", "state") or {}

    def messages(self, user: str | None = None, via: str | None = None) -> list[Json]:
        """What was brought to people, in order: texts ("sms", "auto"), calls ("voice") and mails ("email").

        With ``via="reply"``, what people wrote themselves.
        """
        return messages(self.state(), user, via)

    def phone(self, user: str) -> Json:
        return next(phone for phone in self.state()["phones"] if phone["user"] == user)

    def log(self, kind: str | None = None, user: str | None = None) -> list[Json]:
        """Lines of the timeline: refusals and what people did are here too."""
        lines: list[Json] = self.state()["log"]
        return [line for line in lines if kind in (None, line["kind"]) and user in (None, line["user"])]

    def wait_for(self, predicate: Callable[[Json], T], timeout: float = PATIENCE, every: float = 0.1) -> T:
        """The first truthy answer of ``predicate(state)``.

        Raises:
            TimeoutError: there was none; the message holds the last lines of the log.
        """
        deadline = time.monotonic() + timeout
        state = self.state()
        while True:
            answer = predicate(state)
            if answer:
                return answer
            if time.monotonic() > deadline:
                told = "\n".join(
                    f"  {line['at']} {line['text']} {line['detail']}" for line in state["log"][-15:]
                )
                raise TimeoutError(f"not within {timeout} s; the handset's last lines:\n{told or '  (none)'}")
            time.sleep(every)
            state = self._ask("GET", f"state?since={state['revision']}") or state

    def wait_for_message(
        self, user: str, via: str | None = None, timeout: float = PATIENCE, text: str = ""
    ) -> Json:
        """The latest message to somebody that holds ``text``, once there is one."""

        def with_text(state: Json) -> list[Json]:
            found = messages(state, user, via)
            return [item for item in found if text in item["text"] + item.get("subject", "")]

        return self.wait_for(with_text, timeout)[-1]

    # -- doing ---------------------------------------------------------------------------------------------

    def reply(self, user: str, text: str, answering: str | None = None) -> Json:
        """Text back; ``answering`` an id of a text, None for the latest, "" for none."""
        return self._do(user, "reply", text=text, answering=answering)

    def answer(self, user: str, call: str | None = None) -> Json:
        return self._do(user, "answer", call=call)

    def decline(self, user: str, call: str | None = None) -> Json:
        return self._do(user, "decline", call=call)

    def hang_up(self, user: str, call: str | None = None) -> Json:
        return self._do(user, "hangup", call=call)

    def press(self, user: str, digit: str, call: str | None = None) -> Json:
        """Press a key on a Connect call; ``said`` in the answer is what was heard then."""
        return self._do(user, "press", digit=digit, call=call)

    def power(self, user: str, on: bool) -> Json:
        return self._do(user, "power", on=on)

    def refuse(self, user: str, kind: str | None, times: int | None = None) -> Json:
        """Let the carrier refuse by a kind of ``state()["refusals"]``: ``times`` sends, or until None."""
        return self._do(user, "refuse", kind=kind, times=times)

    def open_mail(self, mail: str) -> Json:
        return self._post(f"mails/{urllib.parse.quote(mail)}/open", {})

    def reply_to_mail(self, mail: str, text: str, sender: str = "", forged: bool = False) -> Json:
        """Answer a mail, from another address where one is named; ``forged``: SES vouches for nothing."""
        path = f"mails/{urllib.parse.quote(mail)}/reply"
        return self._post(path, {"text": text, "sender": sender or None, "forged": forged})

    def write_whatsapp(self, user: str, text: str, answering: str = "") -> Json:
        """Write by WhatsApp, below the message ``answering`` where one is named."""
        return self._do(user, "whatsapp", text=text, answering=answering)

    def press_whatsapp(self, user: str, message: str, label: str) -> Json:
        """Press a button of a message of WhatsApp."""
        return self._do(user, "whatsapp", message=message, label=label)

    def switch_push_on(self, user: str, url: str) -> Json:
        """Open the link that switches push on, in the browser of somebody's phone: the browser's id and name."""
        return self._do(user, "push", url=url)

    def browser_gives(self, user: str) -> Json:
        """What the browser of somebody's phone gives to be pushed to, as ``PushSubscription.toJSON()`` has it."""
        return self._do(user, "push", gives=True)

    def press_notification(self, user: str, message: str, label: str) -> Json:
        """Press a button of a notification: what it was told, and the incident's state."""
        return self._do(user, "push", message=message, label=label)

    def forget_push(self, user: str) -> Json:
        """The browser's data is cleared: whatever is pushed to it is refused for good."""
        return self._do(user, "push", forget=True)

    def tap(self, url: str, form: dict[str, str] | None = None, user: str | None = None) -> Json:
        """Open a link of a message (GET), or press its page's button (POST ``form``): status, body, …"""
        return self._post("tap", {"url": url, "form": form, "user": user})

    def raise_incident(self, event: Json | None = None, key: str | None = None) -> Json:
        """The page's button; ``event`` overrides fields of the generic event."""
        return self._post("raise", {"event": event, "key": key})

    def resolve(self, key: str | None = None) -> Json:
        return self._post("resolve", {"key": key})

    # -- chats ---------------------------------------------------------------------------------------------

    def chat(self, channel: str | None = None, only_for: str | None = None) -> list[Json]:
        """Messages in chats, in order: of a channel by its name, or those that somebody alone sees."""
        return chat(self.state(), channel, only_for)

    def wait_for_chat(self, text: str, channel: str | None = None, timeout: float = PATIENCE) -> Json:
        """The latest message in a chat that holds ``text``, once there is one."""

        def with_text(state: Json) -> list[Json]:
            return [item for item in chat(state, channel) if text in words(item)]

        return self.wait_for(with_text, timeout)[-1]

    def chat_press(self, user: str, message: Json, label: str) -> Json:
        """Press the button with that label, as somebody."""
        for button in buttons(message):
            if button["label"] == label:
                return self._chat(
                    message["vendor"], "press", user=user, message=message["id"], button=button["id"]
                )
        raise LookupError(f"no button {label!r}; there are {[one['label'] for one in buttons(message)]}")

    def chat_reply(self, user: str, message: Json, text: str) -> Json:
        """Write under a message."""
        return self._chat(message["vendor"], "reply", user=user, message=message["id"], text=text)

    def chat_ask(self, user: str, text: str, channel: str = "#incidents", vendor: str = "slack") -> Json:
        """Type the vendor's command in a channel, by its name."""
        found = next(
            one for one in self.state()["channels"] if (one["vendor"], one["name"]) == (vendor, channel)
        )
        return self._chat(vendor, "ask", user=user, channel=found["id"], text=text)

    def chat_refuse(self, kind: str | None, times: int | None = None, vendor: str = "slack") -> Json:
        """Let the vendor refuse by a kind of ``state()["services"]``: ``times`` requests, or until None."""
        return self._chat(vendor, "refuse", kind=kind, times=times)

    def _chat(self, vendor: str, verb: str, **body: object) -> Json:
        return self._post(f"chats/{urllib.parse.quote(vendor, safe='')}/{verb}", body)

    def reset(self) -> Json:
        """Read the configuration again, forget all messages; every phone on, nobody refused or opted out."""
        return self._post("reset", {})

    def _do(self, user: str, verb: str, **body: object) -> Json:
        return self._post(f"phones/{urllib.parse.quote(user, safe='')}/{verb}", body)

    def _post(self, path: str, body: Json) -> Json:
        return self._ask("POST", path, body) or {}

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json | None:
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"content-type": "application/json"}
        url = f"{self.base_url}/_handset/{path}"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the test's own URL
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                raw = answer.read()
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")
            with contextlib.suppress(ValueError):
                told = json.loads(told).get("error") or told
            raise HandsetError(error.code, told) from error
        return json.loads(raw) if raw else None


def messages(state: Json, user: str | None = None, via: str | None = None) -> list[Json]:
    """The messages of a state, as ``Handset.messages`` gives them; for predicates of ``wait_for``."""
    everything = [*state["texts"], *state["calls"], *state["mails"]]
    chosen = [
        item
        for item in everything
        if user in (None, item["user"]) and (item["via"] == via if via else item["via"] != "reply")
    ]
    return sorted(chosen, key=lambda item: str(item["at"]))


def chat(state: Json, channel: str | None = None, only_for: str | None = None) -> list[Json]:
    """The messages of a state, as ``Handset.chat`` gives them; for predicates of ``wait_for``."""
    names = {(one["vendor"], one["id"]): one["name"] for one in state["channels"]}
    return [
        one
        for one in state["messages"]
        if channel in (None, names[one["vendor"], one["channel"]]) and only_for in (None, one["only_for"])
    ]


def words(message: Json) -> str:
    """Everything that is written in a message of a chat, a text to a line."""
    texts = [text for section in message["sections"] for part in section["parts"] for text in part["texts"]]
    return "\n".join("".join(span["text"] for span in text) for text in texts)


def buttons(message: Json) -> list[Json]:
    return [one for section in message["sections"] for part in section["parts"] for one in part["buttons"]]
