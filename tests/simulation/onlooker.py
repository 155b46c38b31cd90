"""Somebody who asks again and again who is, was and will be on call, and writes down every answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import us
from tests.simulation.teams import SCHEDULES
from tests.simulation.witness import Answered
from tocsin.config.history import book_with, timeline_of
from tocsin.engine.history import eras_of
from tocsin.oncall.who import on_call

#: So far back, and ahead, the onlooker asks.
BACK, AHEAD = timedelta(hours=4), timedelta(hours=3)


def onlooker(cloud: Cloud, minutes: int) -> None:
    """Asks now and then; once more when all is over."""
    for index in range(cloud.dice.whole("looks", 2, 6)):
        at = us(cloud.dice.between(f"look {index}", 0, 60 * minutes))
        cloud.kernel.at(at, lambda: look(cloud))


def look(cloud: Cloud) -> None:
    now = cloud.kernel.instant()
    _, config, changes = cloud.store.in_force()
    book = book_with(config, changes)
    for schedule in SCHEDULES:
        people = on_call(book.schedules[schedule], now)
        answer = Answered(cloud.kernel.now, schedule, parts(cloud, schedule), people)
        cloud.witness.answered.append(answer)


def parts(cloud: Cloud, schedule: str) -> list[tuple[datetime, tuple[str, ...]]]:
    """Who is on call until when, as the table knows it."""
    begin, now = cloud.kernel.begin, cloud.kernel.instant()
    start, end = begin - BACK, now + AHEAD
    spans, gaps = timeline_of(eras_of(cloud.store, start, end), schedule, start, end)
    found = [(span.end, span.users) for span in spans] + [(gap.end, ()) for gap in gaps]
    return sorted(found)
