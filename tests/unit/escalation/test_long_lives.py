"""What holds in every life of an incident, however its acks, timeouts, refusals, escalations and retries follow."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.escalation.book import minutes
from tests.unit.escalation.drawing import MOMENTS, books
from tests.unit.escalation.life import (
    NUMBER,
    SECOND,
    Life,
    Story,
    contact_of,
    life,
    lives,
    place_of,
    step_of,
    stories,
    tell,
)
from tocsin.escalation.commands import Action
from tocsin.escalation.decide import woken
from tocsin.escalation.model import Book
from tocsin.escalation.planner import advance, begin, tick, urgency_at
from tocsin.escalation.simulate import simulate
from tocsin.escalation.ticks import Tick
from tocsin.incidents.incident import Actor, State, Urgency
from tocsin.incidents.plan import Next, Plan
from tocsin.oncall.windows import in_windows

SLOWLY = settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
scenes = st.sampled_from(MOMENTS).flatmap(lambda at: st.tuples(st.just(at), books(at)))


@SLOWLY
@given(lives(), stories)
def test_there_is_one_page_per_person_rule_step_round_attempt_and_cycle_and_its_id_never_repeats(
    one: Life, story: Story
) -> None:
    tell(one, story)  # a life refuses an id that it knows
    meant = {(*step_of(page), page.user, page.rule) for page in one.pages.values()}
    assert len(meant) == len(one.pages)


@SLOWLY
@given(lives(), stories)
def test_due_is_in_whole_seconds_and_never_past_once_woken(one: Life, story: Story) -> None:
    def check(doing: str) -> None:
        due, exact = one.incident.due, one.incident.next_due()
        assert (due is None) == (exact is None)
        if due is not None and exact is not None:
            assert due.microsecond == 0
            assert timedelta(0) <= due - exact < SECOND
            assert doing != "wake" or due > one.now

    tell(one, story, check)


@SLOWLY
@given(lives(), stories)
def test_somebody_or_something_is_always_due_while_it_is_high_and_nobody_has_it(
    one: Life, story: Story
) -> None:
    def check(doing: str) -> None:
        if one.incident.state is State.TRIGGERED and one.incident.urgency is Urgency.HIGH:
            assert one.incident.plan.next_at is not None
            if all(step.wait_hours is None for step in one.context.policy.steps):
                assert one.incident.plan.next_at <= one.now + minutes(30)

    tell(one, story, check)


@SLOWLY
@given(lives(), stories)
def test_nothing_is_sent_between_the_ack_and_its_timeout_and_then_a_new_cycle_begins(
    one: Life, story: Story
) -> None:
    tell(one, story)
    if one.incident.state is not State.TRIGGERED:
        return
    waiting = [page for page in one.incident.outbox.values() if page.user]
    assert one.ask(Action.ACKNOWLEDGE, Actor("integration", "checkout-prometheus", "event")) == []
    assert one.incident.plan.pending == ()
    assert not [page for page in one.incident.outbox.values() if page.user]
    assert one.kinds().count("page_cancelled") == len(waiting)
    assert all(page.cycle < one.incident.floor for page in one.pages.values())
    timeout, acked, cycle = one.context.service.ack_timeout, one.now, one.incident.plan.cycle
    if timeout is None:
        assert one.incident.next_due() in (None, one.incident.auto_resolve_at)
        return
    for early in (timeout / 3, timeout - SECOND):
        assert one.commit(woken(one.incident, one.context, acked + early, acked)) == []
        assert (one.incident.state, one.incident.plan.cycle) == (State.ACKNOWLEDGED, cycle)
    one.commit(woken(one.incident, one.context, acked + timeout, acked))
    assert (one.incident.state, one.incident.plan.cycle) == (State.TRIGGERED, cycle + 1)


@SLOWLY
@given(lives(caps=st.none()), stories)
def test_a_refusal_rings_the_persons_next_contact_or_passes_a_step_that_reached_nobody(
    one: Life, story: Story
) -> None:
    """Judged from what was sent and what was refused while the step was in progress."""
    history = [(one.incident, len(one.refusals))]

    def check(doing: str) -> None:
        was, known = history[-1]
        history.append((one.incident, len(one.refusals)))
        if doing != "refuse":
            return
        assert len(one.refusals) == known + 1
        id = list(one.refusals)[-1]
        page, place = one.pages[id], place_of(was.plan)
        if was.state is not State.TRIGGERED or page.cycle < was.floor:
            assert one.incident is was
            return
        dead = {contact_of(one.pages[gone]) for gone, at in one.refusals.items() if at == place}
        left = [p for p in was.plan.pending if contact_of(p) not in dead]
        if theirs := [p for p in left if p.user == page.user]:
            following = min(theirs, key=lambda p: (p.at, p.step, p.target, p.rule)).id(NUMBER)
            quiet = one.context.book.users[page.user].do_not_disturb
            if was.urgency is Urgency.LOW and quiet and in_windows(quiet.active, quiet.timezone, one.now):
                waiting = {p.id(NUMBER): p.at for p in one.incident.plan.pending}
                assert not in_windows(quiet.active, quiet.timezone, waiting[following])
            else:
                assert one.pages[following].at == one.now
            return
        sent = {id for id, p in one.pages.items() if step_of(p) == place} - {
            p.id(NUMBER) for p in was.plan.pending
        }
        if id in sent and sent <= set(one.refusals) and not any(step_of(p) == place for p in left):
            passed = one.place != place or one.incident.plan.next is Next.RETRY
            assert passed or was.plan.last_resort

    tell(one, story, check)


@SLOWLY
@given(lives(), stories)
def test_escalate_always_goes_on_to_a_later_step_round_or_cycle(one: Life, story: Story) -> None:
    tell(one, story)
    if not one.incident.open:
        return

    def order(plan: Plan) -> tuple[int, int, bool, int]:
        return plan.cycle, plan.round, plan.last_resort, plan.step

    was = one.incident.plan
    one.ask(Action.ESCALATE)
    assert order(one.incident.plan) > order(was)
    assert one.incident.plan.cycle >= one.incident.floor
    assert (one.incident.state, one.incident.urgency) == (State.TRIGGERED, Urgency.HIGH)
    assert one.incident.ack_timeout_at is None
    if was.next is Next.STEP and not was.last_resort and was.step < len(one.context.policy.steps):
        passed = {"step": None, "skipped": "condition"}
        began = [
            entry.details["step"]
            for entry in one.last.entries
            if entry.kind in passed and passed[entry.kind] == entry.details.get("reason")
        ]
        assert began[0] == was.step + 1


@SLOWLY
@given(lives(caps=st.integers(1, 15)), stories)
def test_past_the_page_cap_only_the_last_resort_is_paged_until_the_ack(one: Life, story: Story) -> None:
    cap = one.context.page_cap
    assert cap is not None

    def check(doing: str) -> None:
        incident = one.incident
        if incident.state is not State.TRIGGERED:
            return
        assert incident.pages == len(one.unanswered)
        if incident.capped_at is None:
            assert incident.pages <= cap
        else:
            assert {page.step for page in one.unanswered[cap:]} <= {0}
            assert incident.due is not None

    check("open")
    tell(one, story, check)


@SLOWLY
@given(scenes, st.none() | st.integers(1, 40).map(minutes), st.integers(0, 29), st.sampled_from([0, 250]))
def test_what_is_sent_is_what_the_simulator_lists_even_by_a_clock_that_is_a_little_late(
    scene: tuple[datetime, Book], ack_after: timedelta | None, late: int, fraction: int
) -> None:
    at, where = scene[0] + timedelta(milliseconds=fraction), scene[1]
    until = at + minutes(120)
    one = life(where, at=at)
    if ack_after is not None:
        one.run(at + ack_after, late * SECOND)
        one.ask(Action.ACKNOWLEDGE)
    one.run(until, late * SECOND)
    by = ("ana",) if ack_after is not None else ()
    listed = simulate(where, "checkout", at, severity="critical", ack_after=ack_after, by=by, until=until)
    assert Counter(one.pages.values()) == Counter(listed.pages)


@SLOWLY
@given(scenes, st.lists(st.integers(0, 1500), min_size=1, max_size=12))
def test_advance_is_every_tick_that_is_due_and_then_nothing(
    scene: tuple[datetime, Book], pauses: list[int]
) -> None:
    now, where = scene
    policy, service = where.policies["p"], where.services["checkout"]
    urgency = urgency_at(service, now)
    plan = begin(service, urgency, now)
    for pause in pauses:
        now += pause * SECOND
        ticks = [Tick(plan, urgency)]
        while (due := ticks[-1].plan.due) is not None and due <= now:
            ticks.append(tick(ticks[-1].plan, ticks[-1].urgency, policy, where, now))
        whole = advance(plan, urgency, policy, where, now)
        assert whole == Tick(
            ticks[-1].plan,
            ticks[-1].urgency,
            tuple(page for one in ticks for page in one.pages),
            tuple(skip for one in ticks for skip in one.skips),
            tuple(began for one in ticks for began in one.began),
            tuple(mark for one in ticks for mark in one.marks),
            tuple(ticks[1:]),
        )
        assert all(page.at <= now for page in whole.pages)
        plan, urgency = whole.plan, whole.urgency
        assert plan.due is None or plan.due > now
        assert advance(plan, urgency, policy, where, now) == Tick(plan, urgency)


@SLOWLY
@given(scenes, st.integers(1, 60).map(minutes))
def test_advancing_at_each_due_instant_is_what_ticks_do_at_theirs(
    scene: tuple[datetime, Book], length: timedelta
) -> None:
    at, where = scene
    policy, service = where.policies["p"], where.services["checkout"]
    urgency = urgency_at(service, at)
    slow = fast = Tick(begin(service, urgency, at), urgency)
    sent: list[list[object]] = [[], []]
    while (due := slow.plan.due) is not None and due < at + length:
        slow = tick(slow.plan, slow.urgency, policy, where, due)
        sent[0] += [*slow.pages, *slow.skips, *slow.marks]
    while (due := fast.plan.due) is not None and due < at + length:
        fast = advance(fast.plan, fast.urgency, policy, where, due)
        sent[1] += [*fast.pages, *fast.skips, *fast.marks]
    assert Counter(sent[0]) == Counter(sent[1])
    assert (slow.plan, slow.urgency) == (fast.plan, fast.urgency)
