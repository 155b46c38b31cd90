"""The simulator's list is what people's phones got."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.stack import generated
from tests.stack.conftest import Tocsin
from tocsin.config.compile import compile_config
from tocsin.escalation.simulate import simulate
from tocsin.incidents.plan import Page

#: Seconds that the clock may be late on a busy machine, and still decide what was foretold.
SLACK = 25.0
#: Seconds more that a page may take: by its queue's visibility, when the account runs as many functions as it may.
THROTTLED = 60.0


Row = tuple[str, str, int, int, int]
Times = tuple[datetime, datetime]


def test_what_was_foretold_is_what_was_sent(tocsin: Tocsin) -> None:
    """Three policies made by chance, at once: nobody on call, pairs, teams, no contact, rounds, rules run late."""
    book = compile_config(tocsin.store.config()[1].document).book
    services = [generated.name(seed) for seed in generated.SEEDS]
    for service in services:
        answer = tocsin.send(tocsin.key(service), {"title": f"foresight {service}", "dedup_key": service})
        assert answer.status == 202
    for service in services:
        incident = tocsin.incident_of(service, service)
        foretold = simulate(book, service, incident.opened_at)
        wanted = {_row(page): page.at for page in foretold.pages}
        assert len(wanted) == len(foretold.pages) > 2

        rest = (foretold.ends_at - datetime.now(UTC)).total_seconds()
        got = _sent(tocsin, incident.number, foretold.ends_at, len(wanted), max(rest, 0) + 60 + THROTTLED)
        assert got.keys() == wanted.keys()
        for row, at in wanted.items():
            due, sent = got[row]
            assert abs((due - at).total_seconds()) < SLACK, f"{row} foretold for {at}, due {due}"
            assert -1 <= (sent - at).total_seconds() < SLACK + THROTTLED, (
                f"{row} foretold for {at}, sent {sent}"
            )
        texts = [one for one in tocsin.handset.messages(via="sms") if f"foresight {service}" in one["text"]]
        for user in {row[0] for row in wanted if row[1] == "sms"}:
            foreseen = sum(1 for row in wanted if row[:2] == (user, "sms"))
            assert sum(1 for one in texts if one["user"] == user) >= foreseen


def _sent(tocsin: Tocsin, number: int, end: datetime, count: int, seconds: float) -> dict[Row, Times]:
    """When each page due before ``end`` was due, and sent, once there are so many; others go on after it."""

    def look() -> dict[Row, Times]:
        rows = [row for row in tocsin.store.pages(number) if row.state.value == "sent"]
        found = {_row(row.page): (row.page.at, row.at) for row in rows if row.page.at < end}
        return found if len(found) >= count else {}

    found: dict[Row, Times] = tocsin.wait(look, seconds, f"{count} pages of #{number}")
    return found


def _row(page: Page) -> Row:
    return (page.user, page.via, page.step, page.round, page.rule)
