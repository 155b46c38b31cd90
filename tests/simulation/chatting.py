"""People in chats: they press what stands on a card, now or when it was another; they write commands, and under cards.

Others press whom no file knows, or whom no vendor vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.simulation import chat_requests as requests
from tests.simulation.chat_requests import Doing
from tests.simulation.chats import Standing
from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended, us
from tests.simulation.members import member_of
from tests.simulation.teams import PEOPLE

TRIES = 3
#: Whom no file knows, by vendor.
STRANGERS = {
    "slack": "U0STRANGER",
    "telegram": "424242",
    "teams": "99999999-2222-3333-4444-555555555555",
}
#: What commands are called where they are written.
_WORDS = {
    "acknowledge": "ack",
    "resolve": "res",
    "escalate": "esc",
    "unacknowledge": "unack",
    "keep": "keep",
}
_PLAIN = ("acknowledge", "acknowledge", "resolve", "escalate", "unacknowledge", "keep")


@dataclass(slots=True)
class Deed:
    """Somebody pressed (``press``), wrote a ``command``, or a ``word`` under the card ``place``: ``who`` is empty for
    whom no file knows. ``wish`` is the action, or what was written; ``version`` that of the button.

    ``forged``: no vendor signed it. ``runs`` are those that it was told to, with their answers by name: the status, and
    (in Teams) the body.
    """

    at: int
    who: str
    vendor: str
    how: str
    wish: str
    incident: int
    version: int
    place: str
    forged: str
    serial: int
    runs: dict[str, tuple[int, str] | None] = field(default_factory=dict)

    def __str__(self) -> str:
        who = self.who or "a stranger"
        return f"{who} in {self.vendor} ({self.how} {self.wish!r} on #{self.incident} v{self.version}, {self.serial})"


class Chatting:
    """Everybody who is in a chat."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._count = 0
        cloud.carriers.chats.posted = self.posted
        cloud.carriers.chats.keys = {"keys": [requests.keys(requests.MICROSOFT).public()]}

    def posted(self, card: Standing) -> None:
        """A card came to a channel: some of those who see it act, some of them at once."""
        dice, kernel = self._cloud.dice, self._cloud.kernel
        at = 0
        for index in range(dice.pick(f"{card.place}/acts", (0, 1, 1, 2, 3))):
            name = f"act {index} on {card.place}"
            if not index or dice.roll(f"{name}/together") > 0.3:
                at = kernel.now + us(dice.between(f"{name}/at", 2, 600))
            if dice.happens(f"done: {name}", 0.8):
                who = dice.pick(f"{name}/who", PEOPLE)
                beside = us(dice.between(f"{name}/beside", 0, 0.4))
                kernel.at(at + beside, lambda name=name, who=who: self.answer(name, who, card.place))  # type: ignore[misc]

    def answer(self, name: str, who: str, place: str) -> None:
        """What somebody does about a card."""
        dice = self._cloud.dice
        card = self._cloud.carriers.chats.messages[place]
        if self._cloud.weather.over or not card.is_card:
            return
        how = dice.roll(f"{name}/how")
        wrong = dice.roll(f"{name}/wrong")
        forged = dice.pick(f"{name}/forged", requests.FORGERIES) if wrong < 0.08 else ""
        if forged == "stale" and card.vendor == "telegram":
            forged = "secret"
        self._count += 1
        stranger = 0.08 <= wrong < 0.16
        doing = Doing(
            card.vendor,
            place,
            card.to,
            STRANGERS[card.vendor] if stranger else member_of(card.vendor, who),
            "zoe" if stranger else who,
            700_000 + self._count,
            self._cloud.kernel.instant(),
            forged,
        )
        # In Teams what is written to the bot alone is a command, and other group chats have no threads.
        threads = card.vendor != "teams" or card.to.endswith("@thread.tacv2")
        if how < 0.65:
            self._press(name, "" if stranger else who, doing, card)
        elif how < 0.85 or not threads:
            self._command(name, "" if stranger else who, doing, card, threads)
        else:
            self._word(name, "" if stranger else who, doing, card)

    def _press(self, name: str, who: str, doing: Doing, card: Standing) -> None:
        """A button that stands there, or one that stood there when the phone was looked at last."""
        dice = self._cloud.dice
        faces = [one.face for one in card.shown if one.face.buttons and not one.refused]
        if not faces:
            return
        face = dice.pick(f"{name}/face", faces) if dice.roll(f"{name}/late") < 0.25 else faces[-1]
        button = dice.pick(f"{name}/button", (face.buttons[0], *face.buttons))
        action, _, version = button.split(":")
        deed = self._did(doing, who, "press", action, card, int(version))
        self._tell(f"{name} presses {action}", deed, requests.press(doing, button), 1)
        if dice.happens(f"pressed twice: {name}", 0.15):
            self._count += 1
            wait = dice.pick(f"{name}/twice", (0.0, 0.3, 4.0))
            more = requests.again(doing, 700_000 + self._count, self._cloud.kernel.instant())
            second = self._did(more, who, "press", action, card, int(version))
            event = requests.press(more, button)
            self._cloud.kernel.later(wait, lambda: self._tell(f"{name} presses again", second, event, 1))

    def _command(self, name: str, who: str, doing: Doing, card: Standing, threads: bool) -> None:
        dice = self._cloud.dice
        wish = dice.pick(f"{name}/wish", _PLAIN)
        under = threads and card.vendor != "slack" and dice.roll(f"{name}/under") < 0.4
        words = _WORDS[wish] if under else f"{_WORDS[wish]} {card.incident}"
        if dice.roll(f"{name}/other") < 0.15:
            wish = words = dice.pick(f"{name}/asks", ("open", "oncall"))
        deed = self._did(doing, who, "command", wish, card)
        self._tell(f"{name} writes {words}", deed, requests.command(doing, words, under), 1)

    def _word(self, name: str, who: str, doing: Doing, card: Standing) -> None:
        words = f"what I see ({doing.serial})"
        deed = self._did(doing, who, "word", words, card)
        self._tell(f"{name} says something", deed, requests.word(doing, words), 1)

    def _did(self, doing: Doing, who: str, how: str, wish: str, card: Standing, version: int = 0) -> Deed:
        deed = Deed(
            self._cloud.kernel.now,
            who,
            doing.vendor,
            how,
            wish,
            card.incident or 0,
            version,
            doing.place,
            doing.forged,
            doing.serial,
        )
        if doing.vendor == "slack":
            self._cloud.witness.secrets.append(f"an5wer{doing.serial}")
        self._cloud.carriers.chats.deeds.append(deed)
        self._cloud.witness.say(doing.vendor, str(deed))
        return deed

    def _tell(self, name: str, deed: Deed, event: dict[str, Any], tries: int) -> None:
        """The vendor tells of it. What gets no answer is told again, but for a press, of which its person is told."""
        cloud = self._cloud
        run = f"reply({name})#{tries}"
        deed.runs[run] = None

        def done(ended: Ended) -> None:
            if ended.well:
                deed.runs[run] = ended.answer["statusCode"], str(ended.answer.get("body", ""))
            lost = not ended.well or ended.answer["statusCode"] >= 500
            if lost and tries < TRIES and (deed.how != "press" or deed.vendor == "telegram"):
                cloud.kernel.later(3, lambda: self._tell(name, deed, event, tries + 1))

        if cloud.weather.strikes("throttled", run, cloud.kernel.now):
            done(Ended(died=True))
        else:
            cloud.run("reply", run, event, done)
        if tries == 1 and cloud.dice.happens(f"told twice: {name}", 0.1):
            wait = cloud.dice.between(f"{name}/told again", 0.05, 20)
            cloud.kernel.later(wait, lambda: self._tell(f"{name}'", deed, event, TRIES))
