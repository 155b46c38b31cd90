"""The channels of all vendors and what stands in them. Plain state, the time passed in, as the network of phones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from local.handset.chats.records import Channel, Message, Section, Service, words
from local.handset.network import Network, Refusal
from local.handset.records import Phone

#: Messages that are kept, of all channels together.
LIMIT = 1000


class Rooms:
    """One thread's property, like the network whose log and watchers it uses."""

    def __init__(self, network: Network, services: Iterable[Service]) -> None:
        self.network = network
        self._services = tuple(services)
        self.start_over()

    def start_over(self) -> None:
        """Forget every message; every vendor serves again."""
        self.services = {one.name: replace(one, refuses=None, refusals_left=None) for one in self._services}
        self.channels: dict[tuple[str, str], Channel] = {}
        self.messages: dict[str, Message] = {}

    # -- finding -------------------------------------------------------------------------------------------

    def service(self, name: str) -> Service:
        if name not in self.services:
            raise Refusal(f"no chat is called {name!r}; there are {', '.join(self.services)}", missing=True)
        return self.services[name]

    def channel(self, vendor: str, channel_id: str) -> Channel | None:
        return self.channels.get((vendor, channel_id))

    def open(self, channel: Channel) -> Channel:
        """The channel, known from here on."""
        key = (channel.vendor, channel.id)
        if key not in self.channels:
            self.channels[key] = channel
            self.network.changed("channel", channel)
        return self.channels[key]

    def find(self, vendor: str, channel_id: str, provider_id: str) -> Message | None:
        """The message of that id; one that only one person sees is nobody else's to find."""
        for message in self.messages.values():
            if (message.vendor, message.channel, message.provider_id) == (vendor, channel_id, provider_id):
                return message if message.only_for is None else None
        return None

    def message(self, vendor: str, message_id: str) -> Message:
        message = self.messages.get(message_id)
        if message is None or message.vendor != vendor:
            raise Refusal(f"there is no message {message_id!r}", missing=True)
        return message

    def place(self, message: Message) -> str:
        """Where it stands, for the log: "in #incidents", "to Ana"."""
        channel = self.channels[message.vendor, message.channel]
        if channel.user is None:
            return f"in {channel.name}"
        return f"to {self.network.phone(channel.user).person.first_name}"

    # -- what happens there --------------------------------------------------------------------------------

    def write(self, now: datetime, message: Message, who: Phone | None = None) -> Message:
        """A message comes: from the app, or from a person's hands."""
        self.messages[message.id] = message
        while len(self.messages) > LIMIT:
            del self.messages[next(iter(self.messages))]
        self.network.changed("message", message)
        label = self.services[message.vendor].label
        if message.only_for is not None:
            name = self.network.phone(message.only_for).person.first_name
            says, kind = f"{label} tells {name} alone", "chat_aside"
        elif who is not None:
            says, kind = f"{who.person.first_name} writes in {label}", "chat_reply"
        else:
            says, kind = f"{label} message {self.place(message)}", "chat"
        self.network.record(now, kind, who, says, words(message.sections), message.id)
        return message

    def edit(self, now: datetime, message: Message, sections: tuple[Section, ...]) -> None:
        """The app changes a message in place."""
        message.sections, message.edited_at = sections, now
        self.network.changed("message", message)
        label = self.services[message.vendor].label
        says = f"{label} message {self.place(message)} changes"
        self.network.record(now, "chat_edit", None, says, words(sections), message.id)

    # -- what a vendor refuses -----------------------------------------------------------------------------

    def refuse(self, now: datetime, vendor: str, kind: str | None, times: int | None = None) -> Service:
        """From now on, or for the next ``times`` requests, the vendor refuses by that kind; None: it serves again."""
        service = self.service(vendor)
        if kind is not None and kind not in service.kinds:
            raise Refusal(f"no such refusal: {kind!r}; there are {', '.join(sorted(service.kinds))}")
        if times is not None and times < 1:
            raise Refusal("times is at least 1")
        service.refuses, service.refusals_left = kind, times if kind else None
        self.network.changed("service", service)
        says = (
            f"{service.label} refuses: {service.kinds[kind].lower()}"
            if kind
            else f"{service.label} serves again"
        )
        self.network.record(now, "refuse", None, says)
        return service

    def refused(self, now: datetime, vendor: str, what: str) -> str | None:
        """The kind by which this request is refused, counted and told; None when it goes through."""
        service = self.services[vendor]
        kind = service.refuses
        if kind is None:
            return None
        if service.refusals_left is not None:
            service.refusals_left -= 1
            if service.refusals_left == 0:
                service.refuses = service.refusals_left = None
            self.network.changed("service", service)
        says = f"{service.label} refuses {what}"
        self.network.record(now, "chat_refused", None, says, error=kind, trouble=True)
        return kind
