"""What people change from day to day: they make, take and cancel changes, ask again when nobody answers, and err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended, us
from tests.simulation.teams import SCHEDULES
from tests.simulation.witness import Wish
from tocsin.engine import rota
from tocsin.engine.ports import Ports
from tocsin.oncall.changes import Change, Cover, LeaveMade, Made, OverrideMade, Swap, TemporaryMade
from tocsin.oncall.model import Shift

#: In nobody's file.
NOBODY = "zoe"
TRIES = 3
_KINDS = ("override", "override", "leave", "leave", "delegate", "temporary", "cover", "cover", "swap")
_ERRORS = ("", "", "", "", "", "", "", "over", "unknown", "itself", "backwards")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Then:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def pause(self, attempt: int) -> None:
        return


class Rota:
    """Everybody who changes by hand who is on call."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._dice = cloud.dice

    def before(self, at: datetime) -> None:
        """What was changed at ``at``, before the history begins."""
        for index in range(self._dice.pick("changes before", (0, 0, 1, 2))):
            name = f"earlier {index}"
            if self._dice.happens(f"made: {name}", 1.0):
                change = self._change(name, at + index * 10 * _MINUTE, at, 300)
                try:
                    rota.make(self._cloud.store, Then(at + index * 10 * _MINUTE), change)
                except rota.Refused:
                    continue

    def script(self, minutes: int) -> None:
        """What will be changed, and when."""
        for index in range(self._dice.pick("changes", (0, 0, 1, 2, 3, 5))):
            name = f"change {index}"
            if self._dice.happens(f"made: {name}", 1.0):
                at = us(self._dice.between(f"{name}/at", 0, 60 * minutes))
                self._cloud.kernel.at(at, lambda name=name: self._begin(name))  # type: ignore[misc]

    def _begin(self, name: str) -> None:
        dice, now = self._dice, self._cloud.kernel.instant()
        error = dice.pick(f"{name}/error", _ERRORS)
        change = self._change(name, now, now, dice.pick(f"{name}/longest", (5, 30, 150)), error)
        wrong = error in ("over", "unknown", "backwards") or (
            error == "itself" and isinstance(change, LeaveMade) and change.delegate is not None
        )
        wish = Wish(self._cloud.kernel.now, change.made.by, "make", change.made.id, change, wrong)
        self._ask(wish, lambda ports: rota.make(ports.store, ports.clock, change))
        if dice.happens(f"cancelled: {name}", 0.35):
            self._later(f"{name}/cancelled", 1500, lambda: self._cancel(name, change))
        if isinstance(change, Cover):
            together = dice.between(f"{name}/taken", 1, 600)
            for index in range(dice.pick(f"{name}/takers", (0, 1, 1, 2, 2, 3))):
                taker = f"{name} taker {index}"
                at = together if dice.roll(f"{taker}/together") < 0.5 else dice.between(taker, 1, 1200)
                self._cloud.kernel.later(
                    at,
                    lambda taker=taker: self._take(taker, change),  # type: ignore[misc]
                )

    def _later(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self._cloud.kernel.later(self._dice.between(name, 1, seconds), act)

    # -- what is asked for --------------------------------------------------------------------------------------

    def _change(self, name: str, now: datetime, made: datetime, longest: float, error: str = "") -> Change:
        dice, story = self._dice, self._cloud.witness.story(self._cloud.kernel.now)
        duty = story.at(now)
        if duty is None:
            raise AssertionError("nothing was applied before the history began")
        people = sorted(duty.users)
        who, other, *_ = dice.sample(f"{name}/people", people, 2)
        schedule = dice.pick(f"{name}/schedule", SCHEDULES)
        start, end = self._span(name, now, longest)
        if error == "over":
            start, end = now - 40 * _MINUTE, now - 5 * _MINUTE
        elif error == "backwards":
            start, end = end, start
        kind = dice.pick(f"{name}/kind", _KINDS)
        if kind == "swap" and not error:
            # It is of whole times: one that has begun is refused.
            start, end = start + 16 * _MINUTE, end + 16 * _MINUTE
        by = dice.pick(f"{name}/by", people)
        if kind in ("cover", "swap"):
            who = self._one_of(duty.on_call(schedule, max(start, now)), name, who)
        if error == "unknown":
            who = NOBODY
        mark = Made(name.replace(" ", "-"), made, by)
        match kind:
            case "override":
                instead = self._one_of(duty.on_call(schedule, max(start, now)), f"{name}/instead", other)
                users = tuple(sorted({who, other} if dice.roll(f"{name}/pair") < 0.2 else {who}))
                replaces = instead if dice.roll(f"{name}/for") < 0.4 and instead not in users else None
                return OverrideMade(mark, schedule, users, start, end, replaces)
            case "leave" | "delegate":
                # Whoever is on call is away, most often: it has to matter.
                if error != "unknown" and dice.roll(f"{name}/on call") < 0.6:
                    who = self._one_of(duty.on_call(schedule, max(start, now)), name, who)
                    other = other if other != who else people[people.index(who) - 1]
                delegate = None if kind == "leave" else who if error == "itself" else other
                return LeaveMade(mark, who, start, end, delegate)
            case "temporary":
                return TemporaryMade(
                    mark, schedule, name, start, end, self._shifts(name, start, end, [who, other])
                )
            case _:
                return Cover(mark, schedule, who, start, end, swap=self._swap(name, kind, now, schedule, who))

    def _one_of(self, people: Sequence[str], name: str, otherwise: str) -> str:
        return self._dice.pick(f"{name}/one of", people) if people else otherwise

    def _span(self, name: str, now: datetime, longest: float) -> tuple[datetime, datetime]:
        """Some are in the middle of their time already; some begin, or end, at full minutes, as turns do."""
        dice = self._dice
        start = now + _MINUTE * dice.between(f"{name}/from", -15, 25)
        end = max(start, now) + _MINUTE * dice.between(f"{name}/for so long", 1.5, longest)
        if dice.roll(f"{name}/sharp") < 0.5:
            start, end = (at.replace(second=0, microsecond=0) for at in (start, end))
        return start, end

    def _shifts(self, name: str, start: datetime, end: datetime, people: Sequence[str]) -> tuple[Shift, ...]:
        """One after another, or with a gap between."""
        if end <= start:
            return (Shift((people[0],), start, end),)
        middle = start + (end - start) * self._dice.between(f"{name}/middle", 0.2, 0.8)
        after = middle + (end - middle) * self._dice.pick(f"{name}/gap", (0.0, 0.0, 0.5))
        return (Shift((people[0],), start, middle), Shift((people[1],), after, end))

    def _swap(self, name: str, kind: str, now: datetime, schedule: str, who: str) -> Swap | None:
        """Their own time for somebody's in the next hours."""
        duty = self._cloud.witness.story(self._cloud.kernel.now).at(now)
        if kind != "swap" or duty is None:
            return None
        for at in duty.edges(schedule, now, now + 180 * _MINUTE):
            others = [one for one in duty.on_call(schedule, at) if one != who]
            if at > now and others:
                return Swap(others[0], at, at + 20 * _MINUTE)
        return None

    # -- asking -------------------------------------------------------------------------------------------------

    def _cancel(self, name: str, change: Change) -> None:
        by = change.made.by
        wish = Wish(self._cloud.kernel.now, by, "cancel", change.made.id)
        self._ask(wish, lambda ports: rota.cancel(ports.store, ports.clock, change.made.id, by))
        if self._dice.happens(f"cancelled by two: {name}", 0.2):
            other = Wish(self._cloud.kernel.now, "the chief", "cancel", change.made.id)
            self._ask(other, lambda ports: rota.cancel(ports.store, ports.clock, change.made.id, "the chief"))

    def _take(self, name: str, cover: Cover) -> None:
        dice, now = self._dice, self._cloud.kernel.instant()
        duty = self._cloud.witness.story(self._cloud.kernel.now).at(now)
        people = sorted(duty.users) if duty is not None else []
        others = [one for one in people if one != cover.user]
        user = dice.pick(f"{name}/user", others * 6 + [cover.user, NOBODY])
        if cover.swap is not None and dice.roll(f"{name}/asked") < 0.8:
            user = cover.swap.user
        start: datetime | None = None
        end: datetime | None = None
        if dice.roll(f"{name}/part") < 0.5 and cover.start < cover.end:
            low, high = max(cover.start, now), cover.end
            start = low + (high - low) * dice.pick(f"{name}/from", (0.0, 0.25, 0.5))
            end = start + (high - start) * dice.pick(f"{name}/to", (0.5, 1.0, 1.2))
        wish = Wish(self._cloud.kernel.now, user, "take", cover.made.id, wrong=user in (cover.user, NOBODY))
        self._ask(
            wish, lambda ports: rota.take(ports.store, ports.clock, cover.made.id, user, start, end), name
        )

    def _ask(self, wish: Wish, command: Callable[[Ports], Any], name: str = "") -> None:
        """Asked for again, in the same words, when no answer came."""
        witness, kernel = self._cloud.witness, self._cloud.kernel
        if not wish.tries:
            witness.wishes.append(wish)
            witness.say(wish.who, f"wants to {wish.what} {wish.id}")
        wish.tries += 1
        run = f"{wish.who} {wish.what}s {wish.id}{f' ({name})' if name else ''}#{wish.tries}"

        def done(ended: Ended) -> None:
            if ended.well:
                wish.told = "done"
            elif isinstance(ended.error, rota.Refused):
                wish.told = str(ended.error)
            elif wish.tries < TRIES:
                kernel.later(
                    self._dice.between(f"{run}/again", 1, 20), lambda: self._ask(wish, command, name)
                )

        self._cloud.by_hand(run, f"machine of {wish.who}", command, done)
