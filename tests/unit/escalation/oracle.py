"""The escalation rules once more, slow and plain: a walk from tick to tick that knows nothing of the planner.

Written from the design's own sentences, which stand beside what they became. Every duration, and the question's
own instant, must be a whole number of ticks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Contact, Hours, Policy, Rule, Step, Target, User, When
from tocsin.oncall.who import on_call

TICK = timedelta(minutes=1)
RETRY = timedelta(minutes=5)
RESTART = timedelta(minutes=30)
DAY = timedelta(days=1)


class PageRow(NamedTuple):
    """In the order in which pages are listed: by time, step, target, rule."""

    at: datetime
    step: int
    target: int
    rule: int
    cycle: int
    round: int
    user: str
    via: str
    contact: str


class SkipRow(NamedTuple):
    at: datetime
    cycle: int
    round: int
    step: int
    user: str | None
    reason: str
    via: str = ""
    contact: str = ""


class Ends(NamedTuple):
    at: datetime
    why: str


class Answer(NamedTuple):
    pages: list[PageRow]
    skipped: list[SkipRow]
    ends: Ends


@dataclass
class Walk:
    book: Book
    service: str
    at: datetime
    ack_at: datetime | None
    until: datetime | None
    urgency: str
    #: A flag said low although the hours were in force: it holds until they begin again.
    flag_holds: bool = False
    #: Who acknowledge, one after the other; nobody: somebody whose ack is that of the incident.
    by: tuple[str, ...] = ()
    #: What fails: all that goes to somebody (""), or by a way, or to a contact.
    failing: frozenset[tuple[str, str]] = frozenset()
    situation: Situation = ANY
    #: How often this round was tried again.
    attempt: int = 0
    #: Whether all whom the step in progress reaches must acknowledge, and who has in this cycle.
    all_must: bool = False
    have_acked: set[str] = field(default_factory=set)
    cycle: int = 1
    round: int = 1
    step: int = 1
    round_reached: bool = False
    acked: bool = False
    #: When something begins, and what: step, retry, restart, low_is_over or reopen.
    next_at: datetime | None = None
    next_what: str = "step"
    #: Rules that have been started and not yet sent.
    pending: list[PageRow] = field(default_factory=list)
    pages: list[PageRow] = field(default_factory=list)
    skipped: list[SkipRow] = field(default_factory=list)
    ends: Ends | None = None
    #: The latest page of the step that somebody's do-not-disturb put off, or its beginning; and whose rules those were.
    told: datetime = field(init=False)
    put_off: set[tuple[str, int]] = field(default_factory=set)
    #: The step in progress, counted from the opening on. To whom its pages came through, and which contacts refused.
    now_in: int = 0
    through: list[str] = field(default_factory=list)
    dead: set[tuple[str, str]] = field(default_factory=set)
    #: Which step started somebody's rules, and where they stood among those whom it named.
    started_in: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    #: Pages that failed, of which step, whose refusal is yet to be heard of.
    refusals: list[tuple[PageRow, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.told = self.at

    # ------------------------------------------------------------------------------------------------- the clock

    def run(self) -> Answer:
        now = self.at
        self.next_at = now
        while True:
            self.tick(now)
            if self.ends is not None:
                return Answer(sorted(self.pages), sorted(self.skipped, key=lambda row: row.at), self.ends)
            now += TICK

    def tick(self, now: datetime) -> None:
        """At one instant: first the ack, then a beginning step, then rules. What happens at `until` is not listed."""
        if now == self.until:
            self.ends = Ends(now, "until")
            return
        if now == self.ack_at:
            self.ack(now)
        if self.ends is None and now > self.at:
            self.hours(now)
        while self.ends is None:
            if now == self.next_at:
                self.begin(now)
                continue
            self.send(now)
            if not self.refusals:
                break
            self.refusal(*self.refusals.pop(0), now)

    def ack(self, now: datetime) -> None:
        for one in self.by:
            if not self.all_must or not self.whom_it_reaches() - self.have_acked - {one}:
                break
            # Where all must acknowledge, one ack ends that one's pages alone.
            self.have_acked.add(one)
            self.pending = [page for page in self.pending if page.user != one]
        else:
            if self.by:
                return
        self.acked = True
        self.pending.clear()
        self.next_at = None
        timeout = self.book.services[self.service].ack_timeout
        if self.until is None or timeout is None:
            self.ends = Ends(now, "acknowledged")
        else:
            self.next_at, self.next_what = now + timeout, "reopen"

    def hours(self, now: datetime) -> None:
        """When support hours begin, what is un-acked becomes high and escalates from the first step."""
        if self.inside(now) and not self.inside(now - TICK):
            self.flag_holds = False
        if self.urgency == "low" and not self.acked and self.loud(now):
            self.urgency = "high"
            # What was put off at low urgency is dropped: it begins anew, loudly.
            for page in [page for page in self.pending if (page.user, page.rule) in self.put_off]:
                self.drop(page)
            self.begin_cycle(now)

    def not_disturbing(self, user: User, at: datetime) -> datetime:
        """Pages of low urgency due in the person's do-not-disturb wait for its end; if it has none, nobody waits."""
        hours = user.do_not_disturb
        if self.urgency == "high" or hours is None:
            return at
        later = at
        while inside(hours, later):
            later += TICK
            if later - at > 20 * DAY:
                return at
        return later

    def inside(self, now: datetime) -> bool:
        hours = self.book.services[self.service].support_hours
        return hours is not None and inside(hours, now)

    def loud(self, now: datetime) -> bool:
        """Inside support hours an incident is high."""
        return self.inside(now) and not self.flag_holds

    def begin_cycle(self, now: datetime) -> None:
        self.cycle += 1
        self.have_acked.clear()
        self.begin_round(now, 1)

    def begin_round(self, now: datetime, number: int, attempt: int = 0) -> None:
        self.attempt = attempt
        self.another_step()
        self.round, self.step, self.round_reached = number, 1, False
        self.next_at, self.next_what = now, "step"

    def send(self, now: datetime) -> None:
        due = [page for page in self.pending if page.at == now]
        self.pending = [page for page in self.pending if page.at != now]
        # At one instant pages go out in the order in which they are listed.
        for page in sorted(due, key=lambda page: (page[1:4], self.places[page.user], page[4:6])):
            if self.started_in[page.user] == self.now_in:
                self.through.append(page.user)
            if self.failing & {(page.user, ""), (page.user, page.via), (page.user, page.contact)}:
                self.skipped.append(
                    SkipRow(
                        now, page.cycle, page.round, page.step, page.user, "failing", page.via, page.contact
                    )
                )
                self.refusals.append((page, self.started_in[page.user]))
            else:
                self.pages.append(page)

    def refusal(self, page: PageRow, step: int, now: datetime) -> None:
        """A hard refusal brings the person's next pending rule over another contact forward (it is not sent again); if
        none is left and the step reached nobody, the step is passed."""
        if step == self.now_in and page.user in self.through:
            self.through.remove(page.user)
        self.dead.add((page.user, page.contact))
        ahead = [one for one in self.pending if one.user == page.user and self.alive(one)]
        if ahead:
            first = min(ahead, key=lambda one: (one.at, one.rule))
            soonest = self.not_disturbing(self.book.users[page.user], now)
            if soonest < first.at:
                self.pending[self.pending.index(first)] = first._replace(at=soonest)
                mark = self.put_off.add if soonest > now else self.put_off.discard
                mark((first.user, first.rule))
        elif step == self.now_in and not self.whom_it_reaches() and self.next_what in ("step", "low_is_over"):
            if self.urgency == "low":
                self.step += 1
            self.next_at, self.next_what = now, "step"

    def alive(self, page: PageRow) -> bool:
        return (page.user, page.contact) not in self.dead

    def whom_it_reaches(self) -> set[str]:
        """Whom the step in progress has reached, or may yet."""
        of_step = (page for page in self.pending if self.started_in[page.user] == self.now_in)
        return {*self.through, *(page.user for page in of_step if self.alive(page))}

    def another_step(self) -> None:
        self.now_in += 1
        self.through, self.dead = [], set()

    # ---------------------------------------------------------------------------------------------- what begins

    def begin(self, now: datetime) -> None:
        policy = self.book.policies[self.book.services[self.service].policy]
        if self.next_what == "low_is_over":
            self.next_at = None
            if self.until is None:
                self.ends = Ends(now, "low_urgency")
        elif self.next_what == "reopen":
            # `ack_timeout` from the ack: a new cycle.
            self.acked = False
            if self.loud(now):
                self.urgency = "high"
            self.begin_cycle(now)
        elif self.next_what == "retry":
            self.begin_round(now, self.round, self.attempt + 1)
        elif self.next_what == "restart":
            self.begin_cycle(now)
        else:
            self.round_reached = self.round_reached or bool(self.whom_it_reaches())
            self.begin_next(now, policy)

    def begin_next(self, now: datetime, policy: Policy) -> None:
        if self.step <= len(policy.steps):
            self.begin_step(now)
        elif not self.round_reached:
            # A round that reached nobody is tried again every 5 min as the same round.
            if self.until is None:
                self.ends = Ends(now, "exhausted")
            self.next_at, self.next_what = now + RETRY, "retry"
        elif self.round <= policy.repeat:
            self.begin_round(now, self.round + 1)
        elif self.until is None:
            self.ends = Ends(now, "exhausted")
        else:
            # After the last round's last wait the last resort is paged; the policy begins anew after 30 min.
            self.another_step()
            self.step, self.all_must = 0, False
            if policy.last_resort:
                self.page(now, policy.last_resort)
            self.next_at, self.next_what = now + RESTART, "restart"

    def begin_step(self, now: datetime) -> None:
        policy = self.book.policies[self.book.services[self.service].policy]
        step = policy.steps[self.step - 1]
        self.another_step()
        self.all_must, self.told = step.ack == "all", now
        if not self.taken(step, now):
            # A step is passed unless what it says of the incident and the hour holds.
            self.skipped.append(SkipRow(now, self.cycle, self.round, self.step, None, "condition"))
            self.step += 1
            return
        # In a round robin each incident is another one's; who had it and did not answer is not the first again.
        turn = self.situation.turn + (self.cycle - 1) + (self.round - 1) + self.attempt
        if not self.page(now, step.page, turn if step.round_robin else None):
            self.step += 1  # a step that reaches nobody is passed at once
            return
        # A low incident's wait begins when everybody whom it puts off has been told.
        self.next_at = waited(step, self.told)
        if self.urgency == "low":
            self.next_what = "low_is_over"
        else:
            self.step += 1

    def taken(self, step: Step, now: datetime) -> bool:
        return (step.when is None or self.fits(step.when, now)) and (
            step.unless is None or not self.fits(step.unless, now)
        )

    def fits(self, when: When, now: datetime) -> bool:
        """All that it says holds."""
        if when.severity and self.situation.severity.upper() not in [one.upper() for one in when.severity]:
            return False
        if when.priority and self.situation.priority.upper() not in [one.upper() for one in when.priority]:
            return False
        for label, values in when.labels.items():
            if self.situation.labels.get(label, "") not in values:
                return False
        if self.situation.repeats < when.repeated:
            return False
        return when.hours is None or inside(when.hours, now)

    def reachable(self, person: str, now: datetime) -> bool:
        user = self.book.users[person]
        rules = user.high if self.urgency == "high" else user.low
        return any(contact_of(user, rule) is not None and applies(user, rule, now) for rule in rules)

    def whose_turn(self, people: dict[str, int], turn: int, now: datetime) -> dict[str, int]:
        """The one whose turn it is, or the next one who can be reached; those before are told to be out of reach."""
        names = list(people)
        found: dict[str, int] = {}
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            found[name] = people[name]
            if self.reachable(name, now):
                break
        return found

    def page(self, now: datetime, targets: tuple[Target, ...], turn: int | None = None) -> bool:
        """Start the rules of everybody targeted; whether anybody is reached."""
        people = self.people(now, targets)
        places = list(people)
        if turn is not None:
            people = self.whose_turn(people, turn, now)
        where = (self.cycle, self.round, self.step)
        if not people:
            self.skipped.append(SkipRow(now, *where, None, "nobody_on_call"))
        reached = False
        for person, target in people.items():
            self.supersede(person)
            if person in self.have_acked:
                reached = True
                self.through.append(person)
                continue
            user = self.book.users[person]
            self.started_in[person], self.places[person] = self.now_in, places.index(person)
            started = False
            for index, rule in enumerate(user.high if self.urgency == "high" else user.low):
                contact = contact_of(user, rule)
                # A rule without a fitting contact is left out, and so is one for other hours than those it is due in.
                if contact is not None and applies(user, rule, now):
                    at = self.not_disturbing(user, now + rule.after)
                    if at != now + rule.after:
                        self.put_off.add((person, index))
                        self.told = max(self.told, at)
                    else:
                        self.put_off.discard((person, index))
                    self.pending.append(
                        PageRow(
                            at=at,
                            step=self.step,
                            target=target,
                            rule=index,
                            cycle=self.cycle,
                            round=self.round,
                            user=person,
                            via=rule.via,
                            contact=contact.name,
                        )
                    )
                    started = True
            if not started:  # a person with no rule left is unreachable
                self.skipped.append(SkipRow(now, *where, person, "unreachable"))
            reached = reached or started
        return reached

    def supersede(self, person: str) -> None:
        """What is still pending of theirs is dropped: each row has the dropped rule's own round, step and instant."""
        for page in [page for page in self.pending if page.user == person]:
            self.drop(page)

    def drop(self, page: PageRow) -> None:
        self.pending.remove(page)
        self.skipped.append(SkipRow(page.at, page.cycle, page.round, page.step, page.user, "superseded"))

    def people(self, now: datetime, targets: tuple[Target, ...]) -> dict[str, int]:
        """Everybody targeted, with the first target that names them: who is targeted twice in a step counts once."""
        found: dict[str, int] = {}
        for index, target in enumerate(targets):
            for person in self.named(now, target):
                found.setdefault(person, index)
        return found

    def named(self, now: datetime, target: Target) -> tuple[str, ...]:
        match target.kind:
            case "user":
                return (target.name,)
            case "team":
                return self.book.teams[target.name]
            case "schedule":
                return on_call(self.book.schedules[target.name], now)
            case "everyone":
                schedule = self.book.schedules[target.name]
                wall = now.astimezone(ZoneInfo(schedule.timezone)).replace(tzinfo=None)
                listed = [
                    user
                    for layer in schedule.layers
                    if layer.starts <= wall and (layer.until is None or wall < layer.until)
                    for turn in layer.users
                    for user in turn
                ]
                return (*on_call(schedule, now), *listed)
            case _:
                return ()


def contact_of(user: User, rule: Rule) -> Contact | None:
    """`via` takes the first fitting contact unless `to` names one; a number serves sms and voice, an address email."""
    for contact in user.contacts:
        fits = (contact.kind == "phone" and rule.via in ("sms", "voice")) or (
            contact.kind == "email" and rule.via == "email"
        )
        if fits and rule.to in (None, contact.name):
            return contact
    return None


def applies(user: User, rule: Rule, start: datetime) -> bool:
    """A rule for some hours applies only if the instant at which it is due lies in them."""
    if rule.during is None:
        return True
    assert user.office_hours is not None
    return inside(user.office_hours, start + rule.after) == (rule.during == "office_hours")


def inside(hours: Hours, now: datetime) -> bool:
    """Whether `now` is in one of the windows, each of which is put on the clock day by day."""
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    for day in (today - 2 * DAY, today - DAY, today, today + DAY):
        for window in hours.active:
            if day.weekday() not in window.days:
                continue
            begin = day + timedelta(minutes=window.start)
            end = day + timedelta(minutes=window.end)
            if min(meanings(begin, zone)) <= now < max(meanings(end, zone)):
                return True
    return False


def waited(step: Step, now: datetime) -> datetime:
    """A wait in hours counts the minutes in them alone."""
    left = step.wait
    if step.wait_hours is None:
        return now + left
    while left:
        if inside(step.wait_hours, now):
            left -= TICK
        now += TICK
    return now


def meanings(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the zone's clock shows `wall`; when it skips it, the first that it shows afterwards."""
    while True:
        both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        real = [one for one in both if one.astimezone(zone).replace(tzinfo=None) == wall]
        if real:
            return real
        wall += timedelta(minutes=1)


def simulate(
    book: Book,
    service: str,
    at: datetime,
    *,
    urgency: str | None = None,
    ack_after: timedelta | None = None,
    until: datetime | None = None,
    by: tuple[str, ...] = (),
    situation: Situation = ANY,
    failing: tuple[str, ...] = (),
) -> Answer:
    """What `tocsin simulate` must answer."""
    hours = book.services[service].support_hours
    now_inside = hours is not None and inside(hours, at)
    return Walk(
        book,
        service,
        at,
        ack_at=None if ack_after is None else at + ack_after,
        until=until,
        urgency=urgency or ("high" if hours is None or now_inside else "low"),
        flag_holds=urgency == "low" and now_inside,
        by=by,
        situation=situation,
        failing=frozenset((text.partition(":")[0], text.partition(":")[2]) for text in failing),
    ).run()
