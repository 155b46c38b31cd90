"""The policy as its file says it, held against what was done: an account of its own, that knows nothing of the planner.

Told from the timeline's steps, up to where something else decides: a refusal, or a cap. Of the pages ``rules`` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.branches import case_of, verdicts, wait_over
from tests.simulation.invariants.clocks import bound, push_known_until
from tests.simulation.invariants.course import Standing, Step, standing, steps_of
from tests.simulation.kernel import us
from tests.simulation.witness import Change
from tocsin.escalation.planner import PUNCTUAL
from tocsin.incidents.incident import Entry, State, Urgency
from tocsin.incidents.times import from_iso
from tocsin.oncall.windows import in_windows

#: Lines after which the plan is not the policy's alone.
ELSEWISE = frozenset({"refused", "held_back"})
RETRY = timedelta(minutes=5)
RESTART = timedelta(minutes=30)

Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an incident stands in its policy: in this cycle and round ``step`` was the last to begin; the next one does
    at ``due`` (None: nobody can tell). ``reached`` says whether the round has reached somebody (None: unknown).
    """

    cycle: int
    round: int
    step: int
    due: datetime | None
    reached: bool | None

    def next(self, now: Standing) -> tuple[set[Place], datetime | None]:
        """What may come next, and when."""
        cycle, round, policy = self.cycle, self.round, now.policy
        if self.step < len(policy.steps):
            return {(cycle, round, self.step + 1)}, self.due
        again: set[Place] = {(cycle, round, 1)}
        over: set[Place] = {(cycle, round + 1, 1)} if round <= policy.repeat else {(cycle, round, 0)}
        if self.reached is None:
            return again | over, None
        if self.reached:
            return over, self.due
        return again, self.due + RETRY if self.due is not None else None

    def waiting(self, now: Standing) -> Stand:
        """Where it stands when its policy becomes another one: a round that reached nobody is over, and tried again."""
        if self.reached or self.step < len(now.policy.steps):
            return self
        return replace(self, step=0, due=self.due + RETRY if self.due is not None else None)


def the_policy_is_kept(cloud: Cloud) -> Iterator[str]:
    """Each step follows the one before as the policy says, and when it says; each is taken that is for the incident."""
    for number, changes in cloud.witness.changes.items():
        known = undisturbed(cloud, changes)
        steps = list(steps_of(cloud, number, known))
        yield from (f"#{number}: {words}" for words in _order(cloud, number, steps, known))
        for step in steps:
            if step.step and step.taken not in verdicts(
                step.written, case_of(cloud, number, step.index), step.at
            ):
                done = "taken" if step.taken else "passed"
                yield f"#{number}: {step.place} was {done} at {step.at:%H:%M:%S}, and its condition says otherwise"


def an_escalation_names_where_it_goes(cloud: Cloud) -> Iterator[str]:
    """Whoever escalates is told the step that begins then, or is passed; or that there is none any more."""
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            capped = change.incident.capped_at is not None
            for place, line in enumerate(change.entries):
                if line.kind != "escalated":
                    continue
                then = next((one for one in change.entries[place + 1 :] if _is_step(one)), None)
                names = ("round", "step") if capped else ("cycle", "round", "step")
                said = [line.details[name] for name in names]
                began = [then.details[name] for name in names] if then is not None else None
                if (began is None) != (line.details["step"] is None) or (began is not None and said != began):
                    yield f"#{number} was escalated to {said}, and then came {began}"


def _is_step(line: Entry) -> bool:
    return line.kind == "step" or (line.kind == "skipped" and line.details["reason"] == "condition")


def undisturbed(cloud: Cloud, changes: Sequence[Change]) -> list[Change]:
    """The changes up to the first after which something else than the policy decides, or somebody may have got push, or
    lost it.
    """
    known: list[Change] = []
    for change in changes:
        if change.at >= push_known_until(cloud):
            break
        if {entry.kind for entry in change.entries} & ELSEWISE or change.incident.capped_at is not None:
            break
        known.append(change)
    return known


def _order(cloud: Cloud, number: int, steps: Sequence[Step], changes: Sequence[Change]) -> Iterator[str]:
    began = {step.line: step for step in steps}
    now = standing(cloud, number)
    stand: Stand | None = Stand(1, 1, 0, changes[0].incident.opened_at if changes else None, False)
    until: datetime | None = None
    since = place = 0
    for change in changes:
        for line in change.entries:
            place += 1
            if line.kind == "revision_changed" and stand is not None:
                stand = stand.waiting(now)
            now = now.after(cloud, line)
            if (step := began.get(place)) is not None:
                yield from _follows(cloud, step, stand, now, since)
                stand, until = _after_step(step, stand), None if step.step else step.at + RESTART
                since = change.at
            elif line.kind in ("acknowledged", "kept", "snoozed"):
                said = str(line.details["until"])
                stand, until = None, from_iso(said) if said != "never" else None
                since = change.at
            elif line.kind == "resolved":
                stand = None
            elif (begun := _begun(line, until, len(now.policy.steps))) is not None:
                # What ends by itself was decided when it began.
                since = since if begun.due is until else change.at
                stand, until = begun, None


def _begun(line: Entry, until: datetime | None, steps: int) -> Stand | None:
    """Where a line that is no step puts its incident; None when it leaves it where it is. ``until`` is when what was
    there before is over: an ack, a snooze, the pause after the last resort. Its policy has so many ``steps``.
    """
    cycle = int(line.details.get("cycle") or 0)
    match line.kind:
        case "unacknowledged":
            return Stand(cycle, 1, 0, line.at if line.details["reason"] == "by_hand" else until, False)
        case "reopened" | "reassigned" | "moved":
            return Stand(cycle, 1, 0, line.at, False)
        case "restarted":
            return Stand(cycle, 1, 0, until, False)
        case "raised" if cycle:
            return Stand(cycle, 1, 0, None, False)
        case "escalated":
            # It names the step that begins. Of a first one nobody knows whether its round has reached somebody.
            step, round = int(line.details["step"] or 0), int(line.details["round"] or 0)
            return Stand(cycle, round, step - 1 if step else steps, line.at, None if step == 1 else True)
    return None


def _after_step(step: Step, before: Stand | None) -> Stand | None:
    """Where a step leaves its incident: after the last resort the policy is over, and a low one goes no further than
    to the first step that reaches somebody.
    """
    if not step.step or (step.reached and step.urgency is Urgency.LOW):
        return None
    due = wait_over(step.written, step.at) if step.reached else step.at
    goes_on = (
        before is not None
        and (before.cycle, before.round) == (step.cycle, step.round)
        and before.step < step.step
    )
    reached = before.reached if goes_on and before is not None else False
    return Stand(step.cycle, step.round, step.step, due, step.reached or reached)


def _follows(cloud: Cloud, step: Step, stand: Stand | None, now: Standing, since: int) -> Iterator[str]:
    if stand is None:
        yield f"{step.place} began at {step.at:%H:%M:%S}, and nothing was to begin"
        return
    places, due = stand.next(now)
    if (step.cycle, step.round, step.step) not in places:
        yield (
            f"after cycle {stand.cycle} round {stand.round} step {stand.step} came cycle {step.cycle} {step.place}, "
            f"not {' or '.join(map(str, sorted(places)))}"
        )
    elif due is not None and not _after(cloud, due, step.at, since):
        yield f"{step.place} began at {step.at:%H:%M:%S.%f}, not at {due:%H:%M:%S.%f}"


def _after(cloud: Cloud, due: datetime, at: datetime, since: int) -> bool:
    """Punctual things count from when they were due, late ones from when they were done: as late as faults explain that
    struck after ``since``, when it was decided.
    """
    if at - due <= PUNCTUAL:
        return at == due
    return at - due < timedelta(microseconds=bound(cloud, since, cloud.kernel.since(at)))


def urgency_is_that_of_the_hour(cloud: Cloud) -> Iterator[str]:
    """An incident opens high, unless its service has support hours and it is outside of them."""
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        hours = cloud.book(first.revision).services[first.service].support_hours
        high = hours is None or in_windows(hours.active, hours.timezone, first.opened_at)
        said = next(entry.details["urgency"] for entry in changes[0].entries if entry.kind == "opened")
        if (said == Urgency.HIGH.value) != high:
            yield f"#{number} opened {said} at {first.opened_at:%H:%M:%S}"


def what_ends_badly_pages_the_last_resort(cloud: Cloud) -> Iterator[str]:
    """When the rounds are over the last resort is asked; the cap on pages is kept to the page."""
    for number, changes in cloud.witness.changes.items():
        now = standing(cloud, number)
        for change in changes:
            for line in change.entries:
                now = now.after(cloud, line)
            policy = now.policy
            alarms = {entry.details["reason"] for entry in change.entries if entry.kind == "alarm"}
            last = any(entry.kind == "step" and entry.details["step"] == 0 for entry in change.entries)
            if "exhausted" in alarms and bool(policy.last_resort) != last:
                yield f"#{number} was exhausted, and its last resort {'was' if last else 'was not'} asked"
            if "page_cap" in alarms and change.incident.pages != cloud.page_cap:
                yield f"#{number} was capped at {change.incident.pages} pages, not {cloud.page_cap}"
        if cloud.page_cap is not None and any(
            change.incident.pages > cloud.page_cap and change.incident.capped_at is None for change in changes
        ):
            yield f"#{number} sent more than {cloud.page_cap} pages and was not capped"


def what_is_low_becomes_high_when_support_hours_begin(cloud: Cloud) -> Iterator[str]:
    """As long as nobody has it; asked of the windows minute by minute."""
    minute = 60 * us(1)
    for number in cloud.witness.changes:
        low_since: int | None = None
        revision = ""
        for change, end in cloud.witness.lives(number, cloud.ended):
            incident = change.incident
            hours = cloud.book(incident.revision).services[incident.service].support_hours
            if incident.revision != revision:
                # Moved there, it goes by those hours that begin from then on.
                low_since, revision = None, incident.revision
            low = (
                incident.state is State.TRIGGERED
                and incident.urgency is Urgency.LOW
                and not incident.capped_at
            )
            low_since = (change.at if low_since is None else low_since) if low else None
            if low_since is None or hours is None:
                continue
            for at in range(low_since // minute * minute + minute, end, minute):
                before, now = cloud.kernel.instant(at - 1), cloud.kernel.instant(at)
                began = in_windows(hours.active, hours.timezone, now) and not in_windows(
                    hours.active, hours.timezone, before
                )
                if began and end - at > bound(cloud, low_since, end):
                    yield f"#{number} is low since before {now:%H:%M}, when its support hours began"
