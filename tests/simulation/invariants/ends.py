"""An end is told: to each who was paged for it and did not bring it about, never by a call, and to nobody else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound, slowest
from tests.simulation.kernel import SECOND, us
from tests.simulation.teams import number_of, whose
from tests.simulation.witness import Taken
from tocsin.incidents.incident import Entry, Incident, State
from tocsin.store.pages import PageState

_ID = re.compile(r"resolved-(\d+)-(\d+)-(\w+)")
_NUMBER = re.compile(r"#(\d+)")
_ABOUT = re.compile(r"\A#(\d+): |\n\n#(\d+), ")
_PART = re.compile(r"\(with #\d+\)")
#: Ends are gathered for a quarter of a minute, and texts about them lie a minute apart; whoever is carried looks again.
GATHERED, GAP = us(15), us(60)
#: What ended so long before the history did has been told.
CALM = us(10 * 60)


@dataclass(frozen=True)
class End:
    """``incident`` ended at ``at``; ``until`` is when it was opened again (None: never). ``since`` is the beginning of
    the stretch that it ends."""

    incident: Incident
    since: int
    at: int
    until: int | None

    @property
    def by(self) -> str | None:
        by = self.incident.resolved_by
        return by.name if by is not None and by.kind == "user" else None


def whoever_was_paged_hears_of_the_end(cloud: Cloud) -> Iterator[str]:
    words = _words(cloud)
    for end in _ends(cloud):
        number = end.incident.number
        # Where it stays over, a page that was under way when it ended counts as well.
        reached = _paged(cloud, end, _parts(cloud, end), cloud.kernel.now if end.until is None else end.at)
        reached |= {*end.incident.handling.subscribers}
        for user in sorted(reached):
            if user == end.by or end.at > cloud.ended - CALM:
                continue
            heard = [
                one
                for one in words
                if one.at > end.at and number in _numbers(one) and whose()[one.to] == user
            ]
            if not heard:
                if not _excused(cloud, end, user):
                    yield f"{user} was paged for #{number}, and did not hear that it ended at {_clock(cloud, end.at)}"
            elif end.until is None:
                late = heard[0].at - end.at - GATHERED - GAP - us(10)
                explained = (
                    bound(cloud, end.at, heard[0].at) + slowest(cloud) + _kept(cloud, end.at, heard[0].at)
                )
                if late > explained:
                    yield f"{user} heard of the end of #{number} {late / SECOND:.0f} s late"


def nobody_else_hears_of_an_end(cloud: Cloud) -> Iterator[str]:
    """Nor whoever wants to hear of none, by a call, of one that is open, or another way than they want."""
    ends = {(end.incident.number, end.incident.plan.cycle): end for end in _ends(cloud)}
    for one in _words(cloud):
        number, cycle, user = int(one.id[1]), int(one.id[2]), one.id[3]
        end = ends.get((number, cycle))
        if end is None or one.at < end.at:
            yield f"{user} was told that #{number} had ended, and it had not"
            continue
        if one.channel == "connect":
            yield f"{user} was called about the end of #{number}"
        if whose().get(one.to) != user:
            yield f"what {user} should hear of #{number} went to {one.to}"
        if user == end.by:
            yield f"{user} resolved #{number}, and was told so"
        wanted = _wanted(cloud, end.incident, user)
        subscribed = user in end.incident.handling.subscribers
        if user not in _maybe_paged(cloud, end) and not subscribed:
            yield f"{user} was never paged for #{number}, and was told of its end"
        if wanted == "off" and not subscribed:
            yield f"{user} wants to hear of no ends, and heard of that of #{number}"
        can = wanted not in cloud.carriers.off and (wanted != "sms" or _has_phone(cloud, end.incident, user))
        if wanted not in (None, "off") and can and wanted != one.channel:
            yield f"{user} wants to hear of ends by {wanted}, and heard of #{number} by {one.channel}"
        if end.until is not None and one.began > end.until + slowest(cloud):
            yield f"{user} was told that #{number} had ended, and it was open again"


def ends_are_told_together(cloud: Cloud) -> Iterator[str]:
    """Texts about ends lie a minute apart on a phone, and none tells what another one told."""
    gap = timedelta(seconds=60 - 2 * cloud.weather.skew)
    struck = any(fault.where.startswith("page(") for fault in cloud.weather.faults)
    for person in set(whose().values()):
        texts = cloud.store.phone(number_of(person)).resolves
        for before, after in pairwise(texts):
            if after.at - before.at < gap:
                yield f"{person} was texted about ends at {before.at:%T} and at {after.at:%T}"
    if struck:
        return
    ends = Counter(end.incident.number for end in _ends(cloud))
    told = {(whose()[one.to], number, one.taken.page_id) for one in _words(cloud) for number in _numbers(one)}
    for (user, number), times in Counter((user, number) for user, number, _ in told).items():
        if times > ends[number]:
            yield f"{user} was told {times} times that #{number} ended, which it did {ends[number]} times"


#: The lines that subscribers hear of.
HEARD = frozenset(
    {
        "acknowledged",
        "acknowledged_too",
        "unacknowledged",
        "ack_taken_back",
        "kept",
        "snoozed",
        "muted",
        "unmuted",
        "reopened",
        "escalated",
        "reassigned",
        "moved",
        "responders_asked",
        "responder_joined",
        "responder_declined",
        "severity_changed",
        "priority_changed",
        "title_changed",
        "linked",
        "merged",
        "merged_into",
        "note",
    }
)


def whoever_subscribed_hears_of_it(cloud: Cloud) -> Iterator[str]:
    """Each line that matters, by others, once; and nobody else hears of any."""
    taken = [one for one in cloud.witness.taken if one.page_id.startswith("heard-")]
    for one in taken:
        if one.channel == "connect":
            yield f"{whose()[one.to]} was called about what they subscribed to"
    words = {(one.page_id, whose()[one.to], _about(one.text)) for one in taken}
    heard = Counter((user, number) for _, user, number in words)
    for number, changes in cloud.witness.changes.items():
        lines = [(one.at, line) for one in changes for line in one.entries if _is_heard(line)]
        wishes = _subscriptions(cloud, number, cloud.kernel.now)
        for user in {who for _, who, _ in wishes} | {who for who, which in heard if which == number}:
            theirs = [at for at, line in lines if (line.actor.kind, line.actor.name) != ("user", user)]
            # Who subscribes is read when the stream tells of the line.
            maybe = [at for at in theirs if _ever(wishes, user, at - us(5), at + us(300))]
            # Whom texts reach alone is not told of notes.
            read = _reads(cloud, changes[-1].incident, user)
            sure = [
                at
                for at, line in lines
                if at in theirs and at < cloud.ended - CALM and (read or line.kind != "note")
                if _always(wishes, user, at) and (line.actor.kind, line.actor.name) != ("user", user)
            ]
            if heard[user, number] > len(maybe):
                yield f"{user} heard {heard[user, number]} times of #{number}, and may have heard {len(maybe)} times"
            if heard[user, number] < len(sure) and not _unreachable(cloud, changes[-1].incident, user):
                yield f"{user} subscribed to #{number}, and heard {heard[user, number]} of {len(sure)} things"


def _is_heard(line: Entry) -> bool:
    """What a stranger says under a card is news for nobody."""
    return line.kind in HEARD and (line.kind != "note" or line.actor.kind == "user")


def _reads(cloud: Cloud, incident: Incident, user: str) -> bool:
    """Whether they hear by mail."""
    wanted = _wanted(cloud, incident, user)
    return "email" not in cloud.carriers.off and not (wanted == "sms" and _has_phone(cloud, incident, user))


def _subscriptions(cloud: Cloud, number: int, until: int) -> list[tuple[int, str, bool]]:
    """When who wanted to hear of it and when no more, by the lines of its timeline; who comes with a part, too."""
    found: list[tuple[int, str, bool]] = []
    for change in cloud.witness.changes[number]:
        for line in change.entries if change.at <= until else ():
            if line.kind in ("subscribed", "unsubscribed"):
                found += [
                    (change.at, who, line.kind == "subscribed") for who in str(line.details["users"]).split()
                ]
            elif line.kind == "merged":
                before = _subscriptions(cloud, int(line.details["source"] or 0), change.at)
                found += [
                    (change.at, who, True) for who in {one for _, one, _ in before} if _wants(before, who)
                ]
    return found


def _wants(wishes: Sequence[tuple[int, str, bool]], user: str) -> bool:
    return next((wants for _, who, wants in reversed(wishes) if who == user), False)


def _ever(wishes: Sequence[tuple[int, str, bool]], user: str, since: int, until: int) -> bool:
    """Whether they wanted to hear of it at any time in between."""
    began = _wants([one for one in wishes if one[0] <= since], user)
    return began or any(wants for at, who, wants in wishes if who == user and since < at <= until)


def _always(wishes: Sequence[tuple[int, str, bool]], user: str, since: int) -> bool:
    """Whether they had subscribed before, and never took it back."""
    began = _wants([one for one in wishes if one[0] < since], user)
    return began and all(wants for at, who, wants in wishes if who == user and at >= since)


def _about(text: str) -> int:
    """The incident that a subscriber's text or mail is about."""
    found = _ABOUT.search(text)
    return int(found[1] or found[2]) if found is not None else 0


@dataclass(frozen=True)
class Word:
    """Something that a carrier took about an end."""

    id: re.Match[str]
    taken: Taken

    @property
    def at(self) -> int:
        return self.taken.at

    @property
    def began(self) -> int:
        return self.taken.began

    @property
    def to(self) -> str:
        return self.taken.to

    @property
    def channel(self) -> str:
        return self.taken.channel


def _words(cloud: Cloud) -> list[Word]:
    found = ((_ID.fullmatch(taken.page_id), taken) for taken in cloud.witness.taken)
    return [Word(id, taken) for id, taken in found if id is not None]


def _numbers(word: Word) -> set[int]:
    """The incidents that are over by its words; a part is named beside the whole."""
    return {int(number) for number in _NUMBER.findall(_PART.sub("", word.taken.text))}


def _ends(cloud: Cloud) -> Iterator[End]:
    for changes in cloud.witness.changes.values():
        since = changes[0].at
        for place, change in enumerate(changes):
            before = changes[place - 1].incident.state if place else None
            now = change.incident
            if now.state is not State.RESOLVED or before is State.RESOLVED:
                continue
            later = [one for one in changes[place + 1 :] if one.incident.state is not State.RESOLVED][:1]
            if now.handling.merged_into is None:
                yield End(now, since, change.at, later[0].at if later else None)
            since = later[0].at if later else since


def _parts(cloud: Cloud, end: End) -> Mapping[int, int]:
    """The incidents that were merged into it since it was opened or opened again, each with when it was."""
    found: dict[int, int] = {}
    for number, changes in cloud.witness.changes.items():
        into = changes[-1].incident.handling.merged_into
        if into == end.incident.number:
            at = next(one.at for one in changes if one.incident.handling.merged_into is not None)
            if end.since <= at:
                found[number] = at
    return found


def _paged(cloud: Cloud, end: End, parts: Mapping[int, int], until: int) -> set[str]:
    """Whom a page reached since it was opened, or opened again, up to ``until``; for a part, before it became one."""
    sure = us(2 * cloud.weather.skew)
    return {
        user
        for number, at, user in _reached(cloud)
        if (number == end.incident.number and end.since + sure <= at <= until)
        or (number in parts and at < parts[number])
    }


def _maybe_paged(cloud: Cloud, end: End) -> set[str]:
    """Whoever was paged for it at all, or for what is a part of it in the end."""
    return {user for number, _, user in _reached(cloud) if _is_part(cloud, number, end.incident.number)}


def _reached(cloud: Cloud) -> Iterator[tuple[int, int, str]]:
    """The incident, when it was written down, and whom, of every page that a carrier took."""
    for outcomes in cloud.witness.outcomes.values():
        for at, record in outcomes:
            if record.state is PageState.SENT and record.page.user and record.page.kind != "reminder":
                yield record.incident, at, record.page.user


def _is_part(cloud: Cloud, number: int | None, whole: int) -> bool:
    while number is not None and number != whole:
        number = cloud.witness.changes[number][-1].incident.handling.merged_into
    return number == whole


def _wanted(cloud: Cloud, incident: Incident, user: str) -> str | None:
    document = cloud.witness.story(cloud.kernel.now)
    era = next((one for one in document.eras if one.revision == incident.revision), None)
    row = era.document["users"].get(user) if era is not None else None
    return row.get("notify", {}).get("resolved") if row is not None else None


def _has_phone(cloud: Cloud, incident: Incident, user: str) -> bool:
    row = cloud.book(incident.revision).users.get(user)
    return row is not None and any(contact.kind == "phone" for contact in row.contacts)


def _excused(cloud: Cloud, end: End, user: str) -> bool:
    """It was opened again, they want none, or nothing reaches them in writing."""
    silent = _wanted(cloud, end.incident, user) == "off" and user not in end.incident.handling.subscribers
    if end.until is not None or silent:
        return True
    return _unreachable(cloud, end.incident, user)


def _unreachable(cloud: Cloud, incident: Incident, user: str) -> bool:
    """Nothing reaches them in writing, or something may not have."""
    row = cloud.book(incident.revision).users.get(user)
    if row is None:
        return True
    stopped = any(act.who == user and act.wish == "STOP" for act in cloud.witness.acts)
    dead = cloud.carriers.dead | cloud.unverified
    refused = any(user in id or id.startswith("heard-") for id in cloud.witness.refused)
    blocked = any(contact.address in dead for contact in row.contacts)
    off = bool(cloud.carriers.off & {"sms", "email"})
    return stopped or refused or blocked or off or not row.contacts


def _kept(cloud: Cloud, since: int, until: int) -> int:
    """Whom a carrier keeps waiting waits for a lease; a text that a dead run began is left alone for two."""
    kept = sum(
        fault.kind in ("busy", "doubt") and since <= fault.at <= until for fault in cloud.weather.faults
    )
    struck = sum(
        fault.where.startswith("page(") and since <= fault.at <= until for fault in cloud.weather.faults
    )
    return kept * us(62) + struck * us(130)


def _clock(cloud: Cloud, at: int) -> str:
    return f"{cloud.kernel.begin + timedelta(microseconds=at):%T}"
