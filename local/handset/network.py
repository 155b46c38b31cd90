"""The phone network: everybody's phone and all that came to it, what a carrier refuses, and the log.

Plain state, and the time is passed in. What must reach the stack, and what changed, leaves through
``Outside``. Texts, calls and mails have modules of their own that act on this state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

from local.handset.people import Person
from local.handset.records import Call, Entry, Mail, Phone, Text
from local.handset.refusals import DAILY_CALLS, KINDS, OPTED_OUT, Spec

if TYPE_CHECKING:
    from local.handset.push import Browser

#: What answers where the stack sent from a pool, a sender id or nothing at all: a number kept for fiction.
OUR_NUMBER = "+12025550199"
#: Calls to one number in 24 hours by SendVoiceMessage, as in the voice sandbox's quotas.
CALLS_A_DAY = 5
LOG_LIMIT = 2000

Channel = Literal["text", "voice", "connect", "mail", "whatsapp", "push"]


class Refusal(Exception):
    """A person or phone cannot do that now; the message says why. ``missing``: there is no such thing."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: how long a phone rings (End User Messaging), how long the contact flow waits for a key.

    ``pace`` scales how long a voice takes to say things.
    """

    ring: float = 30.0
    key_wait: float = 8.0
    pace: float = 1.0


class Outside(Protocol):
    """What the network reaches: the receipts topic, and whoever watches."""

    def receipt(self, payload: Mapping[str, Any]) -> None: ...

    def changed(self, kind: str, item: object) -> None: ...


class Network:
    """All phones and all that came to them. One thread's property: nothing here is locked."""

    def __init__(self, people: Iterable[Person], outside: Outside, timing: Timing | None = None) -> None:
        self.outside = outside
        self.timing = timing or Timing()
        self._serial = 0
        self.start_over(people)

    def start_over(self, people: Iterable[Person]) -> None:
        """Forget everything; everybody's phone is on. Ids go on counting: none is ever used twice."""
        self.phones: dict[str, Phone] = {person.user: Phone(person) for person in people}
        self.texts: dict[str, Text] = {}
        self.calls: dict[str, Call] = {}
        self.mails: dict[str, Mail] = {}
        self.log: list[Entry] = []
        self.wrote_at: dict[str, datetime] = {}
        self.browsers: dict[str, Browser] = {}
        self.contacts: dict[str, str] = {}
        self._placed: dict[str, list[datetime]] = {}

    def refuse(self, now: datetime, user: str, kind: str | None, times: int | None = None) -> Phone:
        """From now on, or for the next ``times`` sends, the carrier refuses this person's numbers."""
        if kind is not None and kind not in KINDS:
            raise Refusal(f"no such refusal: {kind!r}; there are {', '.join(sorted(KINDS))}")
        if times is not None and times < 1:
            raise Refusal("times is at least 1")
        phone = self.phone(user)
        phone.refuses, phone.refusals_left = kind, times if kind else None
        self.changed("phone", phone)
        who = phone.person.first_name
        says = (
            f"The carrier refuses {who}: {KINDS[kind].label.lower()}"
            if kind
            else f"The carrier serves {who} again"
        )
        self.record(now, "refuse", phone, says)
        return phone

    # -- finding -------------------------------------------------------------------------------------------

    def phone(self, user: str) -> Phone:
        if user not in self.phones:
            raise Refusal(f"nobody here is called {user!r}; there are {', '.join(self.phones)}", missing=True)
        return self.phones[user]

    def in_hand(self, user: str) -> Phone:
        """The person's phone, switched on."""
        phone = self.phone(user)
        if not phone.on:
            raise Refusal(f"{phone.person.first_name}'s phone is off")
        return phone

    def phone_of(self, address: str, kind: Literal["numbers", "emails"]) -> Phone:
        """Whose number or address it is; one that nobody of the file has gets a phone of its own."""
        for phone in self.phones.values():
            known = phone.person.numbers if kind == "numbers" else phone.person.emails
            if address.lower() in (item.lower() for item in known):
                return phone
        numbers, emails = ((address,), ()) if kind == "numbers" else ((), (address,))
        stranger = Person(user=address, name=address, timezone="UTC", numbers=numbers, emails=emails)
        phone = self.phones[address] = Phone(stranger, known=False)
        self.changed("phone", phone)
        return phone

    # -- what the carriers refuse --------------------------------------------------------------------------

    def refused(
        self,
        now: datetime,
        phone: Phone,
        number: str,
        channel: Channel,
        *,
        tells: bool = True,
        dry_run: bool = False,
    ) -> str | None:
        """None when it goes through; the receipt's event type when the refusal only comes later.

        Raises:
            WireError: the API refuses at once (with ``tells`` off that becomes a later TEXT_BLOCKED).
        """
        outcome: Spec | str | None = None
        if phone.refuses is not None:
            outcome = getattr(KINDS[phone.refuses], channel)
            if outcome is not None and phone.refusals_left is not None and not dry_run:
                phone.refusals_left -= 1
                if phone.refusals_left == 0:
                    phone.refuses = phone.refusals_left = None
                self.changed("phone", phone)
        if outcome is None and channel not in ("connect", "whatsapp", "push") and number in phone.opted_out:
            outcome = OPTED_OUT
        if not isinstance(outcome, Spec):
            return outcome
        if not tells:
            return "TEXT_BLOCKED"
        self._refuse_now(now, phone, channel, outcome)
        raise outcome.error()

    def count_call(self, now: datetime, phone: Phone, number: str, *, dry_run: bool = False) -> None:
        """One more call by SendVoiceMessage.

        Raises:
            WireError: it would be one more than a number gets in 24 hours.
        """
        recent = [at for at in self._placed.get(number, ()) if now - at < timedelta(days=1)]
        if len(recent) >= CALLS_A_DAY:
            self._refuse_now(now, phone, "voice", DAILY_CALLS)
            raise DAILY_CALLS.error()
        self._placed[number] = recent if dry_run else [*recent, now]

    def _refuse_now(self, now: datetime, phone: Phone, channel: Channel, refusal: Spec) -> None:
        what = {"text": "Text", "push": "Push"}.get(channel, "Call")
        says = f"{what} to {phone.person.first_name} refused"
        self.record(now, "refused", phone, says, error=refusal.name, trouble=True)

    # -- bookkeeping ---------------------------------------------------------------------------------------

    def record(
        self,
        now: datetime,
        kind: str,
        phone: Phone | None,
        text: str,
        detail: str = "",
        about: str | None = None,
        *,
        error: str | None = None,
        trouble: bool = False,
    ) -> None:
        """Write a line of the log; ``phone`` None for what concerns nobody's phone."""
        user = phone.person.user if phone else None
        entry = Entry(self.next_id("l"), now, kind, user, text, detail[:400], about, error, trouble)
        self.log.append(entry)
        del self.log[:-LOG_LIMIT]
        self.changed("log", entry)

    def changed(self, kind: str, item: object) -> None:
        self.outside.changed(kind, item)

    def next_id(self, letter: str) -> str:
        self._serial += 1
        return f"{letter}{self._serial}"


def shown_number(sender: str | None) -> str:
    """The number a text or call shows: the origination identity where that is one."""
    return sender if sender and sender.startswith("+") else OUR_NUMBER
