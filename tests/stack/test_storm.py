"""Five thousand events on fifty keys at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.stack.conftest import Tocsin
from tocsin.alerts.event import Action, AlertEvent, Parsed, Severity, event_id, key_hash
from tocsin.store.pages import PageRecord

KEYS, EACH = 50, 100


def test_five_thousand_events_on_fifty_keys_are_fifty_incidents_with_exact_counts(
    tocsin: Tocsin, name: str
) -> None:
    url = tocsin.stack.outputs["AlertQueueUrl"]
    sqs = tocsin.stack.client("sqs")

    def send(index: int) -> None:
        """What the door puts on the queue, by tens; every hundredth event twice."""
        events = [
            _event(f"{name}-{(index * 10 + offset) % KEYS}", f"{name}-{index}-{offset}")
            for offset in range(10)
        ]
        entries = [
            {
                "Id": str(at),
                "MessageBody": event.to_json(),
                "MessageGroupId": event.group(),
                "MessageDeduplicationId": event.id,
            }
            for at, event in enumerate(events)
        ]
        for _ in range(2 if index % 10 == 0 else 1):
            assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(KEYS * EACH // 10)))
    keys = [key_hash("storm", f"{name}-{index}") for index in range(KEYS)]

    def counted() -> int:
        return sum(alert.count for key in keys if (alert := tocsin.store.alert(key)[0]) is not None)

    tocsin.wait(lambda: counted() >= KEYS * EACH, 240, "the count of 5,000")
    alerts = [tocsin.store.alert(key)[0] for key in keys]
    assert {alert.count for alert in alerts} == {EACH}
    assert len({alert.incident for alert in alerts}) == KEYS

    def sent() -> list[PageRecord]:
        rows = [
            row for alert in alerts for row in tocsin.store.pages(alert.incident) if row.state.value == "sent"
        ]
        return rows if len(rows) >= KEYS else []

    rows = tocsin.wait(sent, 180, "a page for each incident")
    assert len(rows) == KEYS
    texts = [one for one in tocsin.handset.messages("sam", "sms") if f"{name}-" in one["text"]]
    calls = tocsin.handset.messages("sam", "voice")
    assert len(texts) + len(calls) == KEYS, "each page reached the phone once"
    minutes = (max(row.at for row in rows) - min(row.at for row in rows)).total_seconds() / 60
    assert 1 <= len(calls) <= 1 + minutes / 2, "one call to one person in two minutes; the rest became texts"


def _event(key: str, delivery: str) -> AlertEvent:
    parsed = Parsed(Action.TRIGGER, key, f"{key} is hot", Severity.WARNING, None)
    return AlertEvent(event_id(delivery, 0), "storm", "generic", datetime.now(UTC), parsed)
