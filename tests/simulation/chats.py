"""The vendors of chats: cards and words stand there, are changed in place, deleted by somebody, or refused; and a
vendor is down, slow, asked too much, or loses its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulation import chat_wires as wires
from tests.simulation.chat_wires import Face, Wanted
from tests.simulation.kernel import Process, current, us
from tests.simulation.members import CHANNELS, VENDORS, members
from tests.simulation.teams import PEOPLE
from tests.simulation.witness import Taken
from tocsin.paging.channels.base import Message
from tocsin.paging.channels.http import TIMEOUT, HttpAnswer, HttpFailed
from tocsin.paging.channels.teams_keys import Connector

if TYPE_CHECKING:
    from tests.simulation.carriers import Carriers, Seen
    from tests.simulation.chatting import Deed

TENANT, APP = "7d1f7c50-0000-4000-8000-00000000000b", "7d1f7c50-0000-4000-8000-00000000000a"
#: What must be told nowhere.
SECRETS: Mapping[str, str] = {
    "slack_token": "xoxb-simulation-0123456789",
    "slack_signing_secret": "5igning5ecret0f51ack",
    "telegram_token": "7000000001:5imulati0n",
    "telegram_secret": "webhook5ecret0fTelegram",
    "teams_app_password": "pa55w0rd0f0urB0t",
}
#: The settings of all chats.
SETTINGS: Mapping[str, Any] = {
    **SECRETS,
    "teams_app_id": APP,
    "teams_tenant": TENANT,
    "telegram_bot": "TocsinBot",
}
#: The token that Microsoft gives for the password.
BEARER = "eyJ0eXAi.5imulated.bearer"

#: Minutes after the beginning from which a vendor is down, or slow, at the latest.
_LATEST = 40
_CALL = ("crash", "slow")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message was made to show at ``at``, by the run ``by`` that began at ``began``; ``refused``: it was not."""

    at: int
    by: str
    began: int
    face: Face
    refused: bool = False


@dataclass(slots=True)
class Standing:
    """A message of ours: at ``place`` (the provider's id) in the conversation that is ``to`` where it is written to.

    ``page`` is the page or the notice that it was sent for, ``under`` the message in whose thread it stands. ``anew``:
    in the place of one that was gone. ``gone`` is when somebody deletes it.
    """

    vendor: str
    place: str
    to: str
    page: str
    incident: int | None
    under: str
    anew: bool
    shown: list[Shown] = field(default_factory=list)
    gone: int | None = None

    @property
    def is_card(self) -> bool:
        return self.shown[0].face.number is not None

    def face(self) -> Face:
        """What it shows now."""
        return next(one.face for one in reversed(self.shown) if not one.refused)


class Chats:
    """All vendors of a history: the client of the channels' modules (``tocsin.paging.channels.http.Http``)."""

    def __init__(self, carriers: Carriers) -> None:
        self._all = carriers
        self.messages: dict[str, Standing] = {}
        #: What each run told to whoever pressed or asked: where, and in which words.
        self.told: dict[str, list[tuple[str, str]]] = {}
        #: What people did.
        self.deeds: list[Deed] = []
        #: Hears of every card that comes to a channel.
        self.posted: Callable[[Standing], None] = lambda card: None
        #: One container's: what it keeps is asked for once.
        self.connector = Connector(self)
        self.keys: Mapping[str, Any] = {}
        self._spells: dict[str, tuple[str, int, int]] = {}
        self._count = 0
        dice = carriers.dice
        for vendor in VENDORS if carriers.weather.rates else ():
            if dice.happens(f"spell: {vendor}", 0.3):
                at = us(60 * dice.between(f"{vendor}/from", 0, _LATEST))
                ends = at + us(60 * dice.pick(f"{vendor}/minutes", (0.5, 1, 3)))
                self._spells[vendor] = dice.pick(f"{vendor}/spell", ("down", "down", "slow")), at, ends

    def client(self, channel: str) -> Any:
        return self.connector if channel == "teams" else self

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Raises HttpFailed."""
        process = current()
        seen: Seen = process.ports.carriers
        sending = seen.sending
        wanted = wires.read(method, url, body or b"", headers or {})
        where = f"{process.name} at {process.effects} {wanted.vendor}"
        self._under_a_spell(process, wanted.vendor, where)
        weather, now = self._all.weather, process.kernel.now
        struck = not process.spared
        trouble: HttpAnswer | None = None
        if struck and wanted.what in ("post", "edit", "begin"):
            if weather.strikes("refused", f"{where} refuses", now):
                trouble = wires.refused(
                    wanted.vendor, *self._all.dice.pick(f"{where}/word", wires.REFUSALS[wanted.vendor])
                )
            elif weather.strikes("busy", f"{where} waits", now):
                trouble = wires.busy(wanted.vendor)
        doubt = struck and weather.strikes("doubt", f"{where} is silent", now)

        def take() -> HttpAnswer:
            return self._answer(process, sending, wanted, trouble)

        answer = seen.effects(process, f"ask {wanted.vendor} to {wanted.what}", take, _CALL)
        if doubt:
            raise HttpFailed("timeout", "the answer was lost", True)
        return answer

    def _under_a_spell(self, process: Process, vendor: str, where: str) -> None:
        """Raises HttpFailed where the vendor does not answer now."""
        weather, dice, now = self._all.weather, self._all.dice, process.kernel.now
        kind, opens, ends = self._spells.get(vendor, ("", 0, 0))
        if not opens <= now < ends or weather.over or process.spared:
            return
        if kind == "down":
            weather.note("busy", where, now)
            raise HttpFailed("no_connection", "nobody listens", False)
        weather.note("slow", where, now)
        takes = dice.between(f"{where}/takes", 0, 1.3 * TIMEOUT)
        process.rest(us(min(takes, TIMEOUT)))
        if takes > TIMEOUT:
            raise HttpFailed("timeout", "no answer", True)

    # -- what is answered -----------------------------------------------------------------------------------

    def _answer(
        self, process: Process, sending: Message | None, wanted: Wanted, trouble: HttpAnswer | None
    ) -> HttpAnswer:
        match wanted.what:
            case "log in":
                return wires.said(200, token_type="Bearer", expires_in=3600, access_token=BEARER)
            case "keys":
                return self._about_keys(wanted.message)
            case "tell":
                return self._tell(process, wanted)
            case "begin":
                to = wanted.to
                if self._is_dead("teams", to) or trouble is not None:
                    return self._refuse(sending, wanted, trouble)
                return wires.said(201, id=_conversation("teams", to))
            case "edit":
                return self._edit(process, sending, wanted, trouble)
        return self._post(process, sending, wanted, trouble)

    def _post(
        self, process: Process, sending: Message | None, wanted: Wanted, trouble: HttpAnswer | None
    ) -> HttpAnswer:
        vendor, to = wanted.vendor, _named(wanted.vendor, wanted.to)
        if self._is_dead(vendor, to) or trouble is not None:
            return self._refuse(sending, wanted, trouble)
        self._count += 1
        place = f"{_conversation(vendor, to)}/{f'1795399200.{self._count:06d}' if vendor == 'slack' else self._count}"
        page = sending.page_id if sending is not None else ""
        one = Standing(
            vendor,
            place,
            to,
            page,
            sending.incident if sending is not None else None,
            wanted.under,
            bool(sending is not None and sending.edits),
        )
        face = wanted.face or Face(None)
        one.shown.append(Shown(process.kernel.now, process.name, process.began, face))
        self.messages[place] = one
        if one.is_card and self._all.dice.happens(f"deleted: {place}", 0.05):
            one.gone = process.kernel.now + us(self._all.dice.between(f"{place}/stands", 5, 1800))
        self._all.witness.say(vendor, f"{place} to {to} for {page}: {face}")
        if page and to in members(PEOPLE) and not one.anew:
            self._arrived(process, one)
        elif not page:
            self.told.setdefault(process.name, []).append((to, face.line))
        elif one.is_card:
            self.posted(one)
        return wires.taken(vendor, place)

    def _arrived(self, process: Process, one: Standing) -> None:
        """It is somebody's own, and their phone rings."""
        text = one.shown[0].face.line
        about = one.incident if one.page.startswith(f"{one.incident}-") else None
        taken = Taken(
            process.kernel.now, process.name, process.began, one.vendor, one.to, one.page, about, text
        )
        self._all.witness.taken.append(taken)
        self._all.arrived(one.vendor, one.place, Message(one.page, one.to, text, about))

    def _edit(
        self, process: Process, sending: Message | None, wanted: Wanted, trouble: HttpAnswer | None
    ) -> HttpAnswer:
        one = self.messages.get(wanted.message)
        now, face = process.kernel.now, wanted.face or Face(None)
        if one is None or (one.gone is not None and one.gone <= now):
            return wires.gone(wanted.vendor)
        shown = Shown(
            now, process.name, process.began, face, self._is_dead(one.vendor, one.to) or trouble is not None
        )
        before = one.face()
        if shown.refused and not (trouble is not None and trouble.status == 429):
            one.shown.append(shown)
        if shown.refused:
            return trouble or wires.refused(one.vendor, *wires.REFUSALS[one.vendor][0])
        one.shown.append(shown)
        self._all.witness.say(one.vendor, f"{one.place} shows {face}")
        if one.vendor == "telegram" and face == before:
            return wires.same()
        return wires.taken(one.vendor, one.place)

    def _refuse(self, sending: Message | None, wanted: Wanted, trouble: HttpAnswer | None) -> HttpAnswer:
        if sending is not None and (trouble is None or trouble.status != 429):
            self._all.witness.refused.add(sending.page_id)
            self._all.witness.say(wanted.vendor, f"refuses {sending.page_id}")
        return trouble or wires.refused(wanted.vendor, *wires.REFUSALS[wanted.vendor][0])

    def _tell(self, process: Process, wanted: Wanted) -> HttpAnswer:
        words = wanted.face.line if wanted.face is not None else ""
        self.told.setdefault(process.name, []).append((wanted.message, words))
        if wanted.raw.get("response_type", "ephemeral") != "ephemeral":
            self._all.witness.found.append(f"whoever_asks_is_told_alone: everybody could read {words!r}")
        self._all.witness.say(wanted.vendor, f"tells {words!r}")
        return wires.said(200, ok=True, result=True)

    def _about_keys(self, path: str) -> HttpAnswer:
        if path.endswith("openidconfiguration"):
            return wires.said(200, jwks_uri="https://login.botframework.com/v1/.well-known/keys")
        return wires.said(200, **self.keys)

    def _is_dead(self, vendor: str, to: str) -> bool:
        """Whether the conversation takes nothing, ever."""
        return f"{vendor} of {to}" in self._all.dead


def _conversation(vendor: str, to: str) -> str:
    """What the vendor calls it whom, or what, we write to."""
    if vendor == "slack":
        return f"D{to[1:]}" if to.startswith("U") else "C0" + to.strip("#").replace("-", "").upper()
    if vendor == "telegram":
        return "-1009876543210" if to.startswith("@") else to
    return to if to.startswith("19:") else f"a:{to}"


def _named(vendor: str, conversation: str) -> str:
    """What we write to, by the conversation: a channel as the file has it, or a person's id."""
    if vendor == "teams":
        return conversation.removeprefix("a:")
    known = (*CHANNELS[vendor], *members(PEOPLE))
    return next((to for to in known if conversation in (to, _conversation(vendor, to))), conversation)
