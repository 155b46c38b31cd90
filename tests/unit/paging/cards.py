"""An incident as chats show it, and the most hostile one that could be."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.unit.paging import hostile
from tocsin.paging.chat import Button, Card

OPENED = datetime(2026, 11, 26, 2, tzinfo=UTC)
BUTTONS = (Button("acknowledge", "Acknowledge"), Button("resolve", "Resolve"))
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="disk full",
    state="triggered",
    urgency="high",
    severity="critical",
    count=3,
    opened_at=OPENED,
    line="Paged Ana Souza by SMS",
    link="https://tocsin.example.com/i/1042",
    runbook="https://wiki.example.com/disk",
    buttons=BUTTONS,
)

#: Any card: every text of it hostile.
cards = st.builds(
    Card,
    number=st.integers(1, 999_999_999),
    version=st.integers(0, 999_999_999),
    service=hostile.texts,
    title=hostile.texts,
    state=st.sampled_from(["triggered", "acknowledged", "snoozed", "resolved"]) | hostile.texts,
    urgency=st.sampled_from(["high", "low"]) | hostile.texts,
    severity=hostile.texts,
    count=st.integers(1, 10**9),
    opened_at=st.just(OPENED),
    line=hostile.texts,
    link=st.sampled_from(["", CARD.link, "javascript:alert(1)", "https://a b"]) | hostile.texts,
    runbook=hostile.texts,
    buttons=st.just(BUTTONS)
    | st.builds(tuple, st.lists(st.builds(Button, st.just("resolve"), hostile.texts))),
)

#: Whatever JSON anybody can send.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
