"""Who is on call: never rewritten, as it is written down, and changed by nobody but those who were told that they did.

An answer about the past may still change while somebody's write is on its way: it counts from when it was made, and is
there when it is written. What was on its way is known exactly, and nothing else is excused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.duty import TICK, Duty, Queue, rotated
from tests.simulation.onlooker import AHEAD, BACK
from tests.simulation.witness import Applied, Written
from tocsin.oncall.changes import Change, Cover

Parts = Sequence[tuple[datetime, tuple[str, ...]]]


def counts_from(row: Change, before: Change | None) -> datetime:
    """The moment from which on a write says something new."""
    if before is None:
        return row.made.at
    if row.made.cancelled_at is not None:
        return row.made.cancelled_at
    return row.parts[-1].at if isinstance(row, Cover) and row.parts else row.made.at


def writes(cloud: Cloud) -> Iterator[tuple[Written, Change | None, datetime]]:
    """Each write of a change, what it was before, and from when on it counts."""
    known: dict[str, Change] = {}
    for one in cloud.witness.written:
        before = known.get(one.row.made.id)
        yield one, before, counts_from(one.row, before)
        known[one.row.made.id] = one.row


def unsettled(cloud: Cloud, when: int) -> datetime:
    """Up to this instant an answer given at ``when`` is for ever: what was not written by then counts from later on."""
    late = [at for one, _, at in writes(cloud) if one.at > when]
    late += [one.era.at for one in cloud.witness.applied if one.at > when]
    return min([cloud.kernel.instant(when), *late])


def the_past_is_never_rewritten(cloud: Cloud) -> Iterator[str]:
    """Whatever was answered about the past is answered the same when all is over."""
    begin = cloud.kernel.begin - BACK
    last = {one.schedule: one.parts for one in cloud.witness.answered}
    for one in cloud.witness.answered:
        until = unsettled(cloud, one.at)
        then, now = _clipped(one.parts, begin, until), _clipped(last[one.schedule], begin, until)
        if then != now:
            at = next(end for end, _ in (*then, *now) if _who(then, end - TICK) != _who(now, end - TICK))
            yield (
                f"at {clock(cloud.kernel.instant(one.at))} {_who(then, at - TICK)} had been on call on {one.schedule} "
                f"before {clock(at)}, and in the end it was {_who(now, at - TICK)}"
            )


def _clipped(parts: Parts, begin: datetime, until: datetime) -> list[tuple[datetime, tuple[str, ...]]]:
    found: list[tuple[datetime, tuple[str, ...]]] = []
    for end, users in parts:
        if begin >= until:
            break
        found.append((min(end, until), users))
        begin = end
    return found


def _who(parts: Parts, at: datetime) -> tuple[str, ...]:
    return next((users for end, users in parts if at < end), ())


def who_is_on_call_is_as_written(cloud: Cloud) -> Iterator[str]:
    """What is answered in the end is what the sentences of the file format say, before, during and after the history.

    And whoever asked for now was told of now.
    """
    story = cloud.witness.story(cloud.kernel.now)
    low, high = cloud.kernel.begin - BACK, cloud.kernel.instant() + AHEAD
    for schedule, parts in {one.schedule: one.parts for one in cloud.witness.answered}.items():
        edges = {low, *story.edges(schedule, low, high - TICK), *(end for end, _ in parts if end < high)}
        cuts = sorted(edges)
        for opens, closes in pairwise([*cuts, high]):
            for at in (opens, opens + (closes - opens) / 2):
                said, expected = _who(parts, at), story.on_call(schedule, at)
                if said != expected:
                    yield f"{said} is on call on {schedule} at {clock(at)}, and by what is written {expected}"
                    break
    for one in cloud.witness.answered:
        at, duty = cloud.kernel.instant(one.at), current(cloud, one.at)
        if one.now != duty.on_call(one.schedule, at):
            expected = duty.on_call(one.schedule, at)
            yield f"{one.now} was on call on {one.schedule} at {clock(at)}, by what was written {expected}"


def current(cloud: Cloud, when: int) -> Duty:
    """The revision that was current at ``when``, with the changes that were there."""
    story = cloud.witness.story(when)
    return story.of(len(story.eras) - 1)


def a_change_counts_from_when_it_was_made(cloud: Cloud) -> Iterator[str]:
    """Not from when it was asked for first, and not from its own beginning; by the clock of whoever makes it."""
    for one, before, at in writes(cloud):
        row = one.row
        if one.by is not None:
            made = cloud.kernel.since(at) - one.by.skew
            if not one.by.began <= made <= one.at:
                landed = clock(cloud.kernel.instant(one.at))
                yield f"{row.made.id} counts from {clock(at)}, and it was made at {landed}"
        if before is None:
            continue
        same = replace(row, made=before.made)
        if isinstance(same, Cover) and isinstance(before, Cover):
            kept = same.parts[: len(before.parts)] == before.parts
            same = replace(same, parts=before.parts) if kept else same
        if same != before or (row.made.at, row.made.by) != (before.made.at, before.made.by):
            yield f"{row.made.id} is another change than it was: {row} after {before}"
        if before.made.cancelled:
            yield f"{row.made.id} was cancelled, and was changed afterwards"


def an_apply_counts_after_the_one_before(cloud: Cloud) -> Iterator[str]:
    """From when it was made, by the clock of whoever makes it, but never before the one that it replaces."""
    for before, one in pairwise(cloud.witness.applied):
        if one.era.at <= before.era.at:
            yield f"{one.era.revision} counts from {clock(one.era.at)}, and replaces one from {clock(before.era.at)}"
        if one.by is None:
            continue
        made = cloud.kernel.since(one.era.at) - one.by.skew
        # Whoever looked when the one before had counted from later on by its own clock comes right after it.
        if not one.by.began <= made <= one.at and one.era.at != before.era.at + TICK:
            landed = clock(cloud.kernel.instant(one.at))
            yield f"{one.era.revision} counts from {clock(one.era.at)}, and was applied at {landed}"
    low, high = cloud.kernel.begin - BACK, cloud.kernel.instant() + AHEAD
    known = [one.revision for one in cloud.store.applies(low, high)]
    expected = [one.era.revision for one in cloud.witness.applied]
    if known != expected:
        yield f"the revisions {expected} were applied, and history has {known}"


def an_apply_is_refused_only_when_another_was_first(cloud: Cloud) -> Iterator[str]:
    for began, ended, run in cloud.witness.refused_applies:
        first = any(began <= one.at <= ended for one in cloud.witness.applied)
        if not first and not any(fault.where.startswith(run) for fault in cloud.weather.faults):
            yield f"{run} was refused at {clock(cloud.kernel.instant(ended))}, and nobody else had applied anything"


def an_apply_cuts_no_turn_short(cloud: Cloud) -> Iterator[str]:
    """Whoever has the turn keeps it until the next handoff; those who stay follow in the order in which they stood."""
    for before, one in pairwise(cloud.witness.applied):
        # By what was at hand: the changes that were written when it was looked at are those that count until then.
        rows = cloud.witness.rows(one.at)
        old, new = Duty(before.era, rows), Duty(one.era, rows)
        for schedule in one.era.document.get("schedules", {}):
            # A layer of another name is a new beginning.
            if old.layer(schedule)["name"] == new.layer(schedule)["name"]:
                yield from _goes_on(old, new, schedule, one)


def _goes_on(old: Duty, new: Duty, schedule: str, one: Applied) -> Iterator[str]:
    at = one.era.at
    turn, following = old.turn(schedule, at), new.turn(schedule, at)
    if turn < 0 or following < 0:
        return
    was, goes_on = old.queue(schedule, turn), new.queue(schedule, following)
    words = (
        f"on {schedule} {_shown(was)} stood in the queue when {clock(at)} came, and then {_shown(goes_on)}"
    )
    first = was[0]
    if first in goes_on:
        if goes_on[0] != first:
            yield f"{words}: whose turn it was has lost it"
    elif (some := [group for group in goes_on if {*group} & {*first}]) and goes_on[0] not in some:
        yield f"{words}: whoever of them is left has lost the turn"
    stay = [[group for group in queue if group in was and group in goes_on] for queue in (was, goes_on)]
    lists = [[group for group in duty.groups(schedule) if group in stay[0]] for duty in (old, new)]
    if stay[0] and _turned(lists[0], lists[1]) and stay[0] != stay[1]:
        yield f"{words}: those who stay have another order"


def _turned(one: list[tuple[str, ...]], other: list[tuple[str, ...]]) -> bool:
    """Whether two lists are the same but for where they begin."""
    return any(rotated(tuple(one), by) == tuple(other) for by in range(len(one)))


def _shown(queue: Queue) -> str:
    return ", ".join("+".join(group) for group in queue)


def clock(at: datetime) -> str:
    return f"{at:%H:%M:%S.%f}"
