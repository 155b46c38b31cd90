"""A second lost here and there changes nothing of what was foretold; a long silence does."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.escalation.book import AT, book, minutes, step, user
from tocsin.escalation.model import Book, Rule
from tocsin.escalation.planner import advance, begin
from tocsin.escalation.simulate import simulate
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Next, Page


def played(where: Book, late: timedelta) -> list[Page]:
    """The pages of one incident whose every wake-up comes so late, until its rounds are over."""
    service = where.services["checkout"]
    plan = begin(service, Urgency.HIGH, AT)
    pages: list[Page] = []
    now = AT
    while plan.next is not Next.RESTART:
        done = advance(plan, Urgency.HIGH, where.policies["p"], where, now)
        plan = done.plan
        pages += done.pages
        assert plan.due is not None
        now = max(now, plan.due) + late
    return pages


def test_late_wakeups_send_what_was_foretold() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(4), "email"), Rule(minutes(11), "sms"))
    ben = user("ben", Rule(minutes(2), "sms"), Rule(minutes(9), "email"))
    where = book(step("ben", wait=6), step("ana", wait=5), repeat=1, users=(ana, ben))
    foretold = [
        (page.at, page.user, page.round, page.step, page.rule)
        for page in simulate(where, "checkout", AT).pages
    ]
    for seconds in (0, 1, 7, 29):
        sent = played(where, timedelta(seconds=seconds))
        assert [(page.at, page.user, page.round, page.step, page.rule) for page in sent] == foretold


def test_a_step_that_begins_long_after_its_time_has_its_wait_in_full() -> None:
    where = book(step("ana", wait=5), step("ben", wait=5), step("chi", wait=5))
    plan = begin(where.services["checkout"], Urgency.HIGH, AT)
    policy = where.policies["p"]
    first = advance(plan, Urgency.HIGH, policy, where, AT)
    back = AT + minutes(30)
    second = advance(first.plan, Urgency.HIGH, policy, where, back)
    assert [page.user for page in second.pages] == ["ben"]
    assert second.plan.next_at == back + minutes(5)
