"""A decision in the making: the incident as it shall be, its timeline's next lines, and the alarms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Policy, Service, Step, Target
from tocsin.escalation.planner import RESTART_AFTER, advance, last_resort_only
from tocsin.escalation.ticks import Tick
from tocsin.incidents.incident import TOCSIN, Actor, Entry, Incident, State, Urgency
from tocsin.incidents.plan import Next, Page
from tocsin.incidents.times import iso, whole_seconds_up

#: What stands behind the id of a remembered command that was an ack where others still had to.
_PARTLY = " partly"
#: How many command ids an incident remembers: far more than a queue can hold back and deliver again.
REMEMBERED_COMMANDS = 50


class Answer(StrEnum):
    """What became of a command. ``REFUSED`` says why in words; ``PARTLY`` is an ack where others still have to."""

    DONE = "done"
    PARTLY = "partly"
    ALREADY = "already"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    REFUSED = "refused"


def remembered(incident: Incident, id: str, answer: Answer = Answer.DONE) -> Incident:
    """The incident, which knows from now on that it has taken the command ``id``, and with which answer."""
    known = f"{id}{_PARTLY}" if answer is Answer.PARTLY else id
    return replace(incident, commands=(*incident.commands, known)[-REMEMBERED_COMMANDS:])


def taken_before(incident: Incident, id: str) -> Answer | None:
    """What the command ``id`` was answered when it came first; None for one that is new."""
    if id in incident.commands:
        return Answer.DONE
    return Answer.PARTLY if f"{id}{_PARTLY}" in incident.commands else None


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision rests on: the incident's own revision, what it is like, and how many pages it may send.

    ``part_of`` is the incident that one which was merged is a part of now, whatever that was merged into since.
    """

    service: Service
    policy: Policy
    book: Book
    page_cap: int | None = None
    situation: Situation = ANY
    part_of: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The incident as it shall be, the lines for its timeline, and the alarms to raise before it is committed.

    ``incident`` is None when nothing changes. Its ``due`` is set; its ``version`` and ``clock`` are the committer's.
    ``why`` says in words why a command was not done, or what else there is to know. ``opens`` and ``closes`` are the
    key hashes of alerts to open again, or to close, with it: one that resolves the incident closes all of its alerts
    anyway. ``mutes`` are those to mute, each until an instant; None ends it.
    """

    answer: Answer
    incident: Incident | None = None
    entries: Sequence[Entry] = ()
    alarms: Sequence[tuple[str, str]] = ()
    why: str = ""
    opens: Sequence[str] = ()
    closes: Sequence[str] = ()
    mutes: Mapping[str, datetime | None] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A decision in the making."""

    incident: Incident
    now: datetime
    entries: list[Entry] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)
    why: str = ""

    def note(self, kind: str, actor: Actor, **details: str | int | bool | None) -> None:
        number = f"{self.incident.version + 1:06d}-{len(self.entries):03d}"
        self.entries.append(Entry(number, self.now, kind, actor, details))

    def alarm(self, kind: str, words: str) -> None:
        self.alarms.append((kind, f"#{self.incident.number} {self.incident.service}: {words}"))
        self.note("alarm", TOCSIN, reason=kind)

    def done(self, answer: Answer = Answer.DONE) -> Decision:
        due = self.incident.next_due()
        incident = replace(self.incident, changed_at=self.now, due=whole_seconds_up(due) if due else None)
        return Decision(answer, incident, tuple(self.entries), tuple(self.alarms), self.why)


def assigned_policy(policy: Policy, users: tuple[str, ...]) -> Policy:
    """The policy of an incident that somebody gave to ``users``: they are its first step, and it goes on from there
    when they do not answer."""
    if not users:
        return policy
    return replace(policy, steps=(Step(tuple(Target("user", user) for user in users)), *policy.steps))


def withdraw(draft: Draft, outbox: Mapping[str, Page], reason: str = "not_handed_on_yet") -> None:
    """Says that pages which were committed are not handed on any more."""
    for id, page in outbox.items():
        if page.user:
            draft.note("page_cancelled", TOCSIN, page=id, user=page.user, via=page.via, reason=reason)
        else:
            draft.note("post_cancelled", TOCSIN, post=id, via=page.via, channel=page.contact, reason=reason)


def hand_on(draft: Draft, pages: Sequence[Page]) -> None:
    """Puts pages and posts that are due into the outbox, and says so."""
    number = draft.incident.number
    incident = draft.incident
    draft.incident = replace(
        incident,
        outbox={**incident.outbox, **{page.id(number): page for page in pages}},
        paged=tuple(sorted({*incident.paged, *(page.user for page in pages if page.user)})),
    )
    for page in pages:
        if page.user:
            aside = {"purpose": page.kind} if page.kind != "page" else {}
            draft.note("page_due", TOCSIN, page=page.id(number), user=page.user, via=page.via, **aside)
        else:
            draft.note("post_due", TOCSIN, post=page.id(number), via=page.via, channel=page.contact)


def go_on(draft: Draft, context: Context) -> None:
    """Takes everything due out of the plan, puts its pages into the outbox, and says all of it on the timeline."""
    incident, now = draft.incident, draft.now
    if incident.state is not State.TRIGGERED:
        return
    if incident.capped_at is not None:
        done = last_resort_only(incident.plan, incident.urgency, context.policy, context.book, now)
    else:
        done = advance(incident.plan, incident.urgency, context.policy, context.book, now, context.situation)
    pages = done.pages
    if (
        context.page_cap is not None
        and incident.capped_at is None
        and incident.pages + _people(pages) > context.page_cap
    ):
        done, pages = _cap(draft, done, context)
    draft.incident = replace(
        draft.incident, plan=done.plan, urgency=done.urgency, pages=draft.incident.pages + _people(pages)
    )
    for one in done.parts or (done,):
        say(draft, one)
    hand_on(draft, pages)


def _people(pages: Sequence[Page]) -> int:
    return sum(1 for page in pages if page.user)


def _cap(draft: Draft, done: Tick, context: Context) -> tuple[Tick, tuple[Page, ...]]:
    """The pages up to the cap; from then on only the last resort, every 30 minutes."""
    incident = draft.incident
    room = max(0, (context.page_cap or 0) - incident.pages)
    people = [page for page in done.pages if page.user]
    held = people[room:]
    plan = replace(
        done.plan,
        pending=(),
        last_resort=True,
        step=0,
        next=Next.RESTART,
        next_at=draft.now + RESTART_AFTER,
        raise_at=None,
    )
    draft.incident = replace(incident, capped_at=draft.now)
    draft.alarm(
        "page_cap", f"{context.page_cap} pages sent and nobody acknowledged; only the last resort from now on"
    )
    for page in held:
        draft.note("held_back", TOCSIN, user=page.user, via=page.via, reason="page_cap")
    sent = tuple(page for page in done.pages if page not in held)
    return done._replace(plan=plan, pages=sent), sent


def say_put_off(draft: Draft, pages: Iterable[Page]) -> None:
    for page in pages:
        until = iso(page.at)
        draft.note("put_off", TOCSIN, user=page.user, via=page.via, until=until, reason="do_not_disturb")


def say(draft: Draft, done: Tick) -> None:
    """Puts what happened on the timeline."""
    for mark in done.marks:
        match mark:
            case "raised":
                draft.note(
                    "raised",
                    TOCSIN,
                    urgency=Urgency.HIGH.value,
                    reason="support_hours",
                    cycle=done.plan.cycle,
                )
            case "nobody_reached":
                draft.alarm(
                    "nobody_reached", "a round of its policy reached nobody; it is tried again in 5 minutes"
                )
            case "exhausted":
                draft.alarm(
                    "exhausted", "its policy is over and nobody acknowledged; it begins anew in 30 minutes"
                )
            case "restarted":
                draft.note("restarted", TOCSIN, cycle=done.plan.cycle)
            case "quiet":
                pass
    for began in done.began:
        draft.note(
            "step",
            TOCSIN,
            cycle=began.cycle,
            round=began.round,
            step=began.step,
            people=" ".join(began.people),
            asked_at=iso(began.at),
        )
        say_put_off(draft, began.put_off)
    for skip in done.skips:
        draft.note(
            "skipped",
            TOCSIN,
            cycle=skip.cycle,
            round=skip.round,
            step=skip.step,
            user=skip.user,
            due=iso(skip.at),
            reason=skip.reason,
        )
