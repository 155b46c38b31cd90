"""Who was on call at an instant is answered the same for ever, whatever is applied and changed afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.config.facts import Facts
from tocsin.config.history import book_with, facts_for, timeline_of
from tocsin.config.revision import pack
from tocsin.engine.history import eras_of
from tocsin.oncall.changes import Change, Cover, LeaveMade, Made, OverrideMade, Part
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call
from tocsin.store.memory import MemoryStore

PEOPLE = ("ana", "ben", "chi", "dee", "eli")
# A Monday; the clocks of London go forward in the third week.
T0 = datetime(2026, 3, 9, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def document(users: list, unit: str = "day", **more: Any) -> dict[str, Any]:
    layer = {
        "name": "w",
        "users": users,
        "starts": "2026-03-02T09:00",
        "rotate": {"every": "1", "unit": unit},
        **more,
    }
    return small(
        users={user: {} for user in PEOPLE},
        schedules={"primary": {"timezone": "Europe/London", "layers": [layer]}},
        policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
    )


def apply(store: MemoryStore, wanted: dict, at: datetime) -> None:
    """As the command does it."""
    current = store.current_revision()
    old = store.revision(current) if current is not None else None
    facts, settled = facts_for(old, store.changes(), compile_config(wanted), at, {})
    store.apply(*pack(wanted, facts), current, at, "ana", settled)


def now_on_call(store: MemoryStore, at: datetime) -> tuple[str, ...]:
    """What an escalation step would find."""
    _, config, changes = store.in_force()
    return on_call(book_with(config, changes).schedules["primary"], at)


def was_on_call(store: MemoryStore, at: datetime) -> tuple[str, ...]:
    spans, _ = timeline_of(eras_of(store, at, at + HOUR), "primary", at, at + timedelta(microseconds=1))
    return spans[0].users if spans else ()


def test_an_apply_changes_nobodys_turn_in_progress_and_nothing_before_it():
    store = MemoryStore()
    apply(store, document(["ana", "ben", "chi"], "week"), T0 - 7 * 24 * HOUR)
    assert now_on_call(store, T0 + HOUR) == ("ben",)
    apply(store, document(["dee", "ana", "ben", "chi"], "week"), T0 + 2 * HOUR)
    assert [now_on_call(store, T0 + (3 + 7 * 24 * week) * HOUR)[0] for week in range(4)] == [
        "ben",
        "chi",
        "dee",
        "ana",
    ]
    assert was_on_call(store, T0 - HOUR) == ("ana",)
    spans, gaps = timeline_of(
        eras_of(store, T0 - 200 * HOUR, T0 + 400 * HOUR), "primary", T0 - 200 * HOUR, T0 + 400 * HOUR
    )
    assert [span.users for span in spans] == [("ana",), ("ben",), ("chi",), ("dee",)]
    assert [(gap.start, gap.end) for gap in gaps] == [(T0 - 200 * HOUR, T0 - 168 * HOUR)]


def test_a_leaver_is_passed_over_from_then_on_and_was_on_call_before():
    store = MemoryStore()
    apply(store, document(["ana", "ben", "chi"], "week"), T0)
    apply(store, document(["ana", "chi"], "week"), T0 + 10 * HOUR)
    assert [was_on_call(store, T0 + hours * HOUR) for hours in (9, 10)] == [("ben",), ("chi",)]


def test_what_the_past_was_does_not_depend_on_the_list_of_holidays_of_today():
    store = MemoryStore()
    wanted = document(["ana", "ben"], "week")
    wanted["users"]["ben"] = {"holidays": "GB"}
    days = {"GB": ((T0 + 24 * HOUR).date(),)}
    config = compile_config(wanted, facts=Facts(days))
    facts, settled = facts_for(None, store.changes(), config, T0, days)
    store.apply(*pack(wanted, facts), None, T0, "ana", settled)
    apply(store, wanted, T0 + 48 * HOUR)
    assert [was_on_call(store, T0 + hours * HOUR) for hours in (10, 24, 47, 49)] == [
        ("ben",),
        ("ana",),
        ("ben",),
        ("ben",),
    ]


def on_leave(user: str, first: int, last: int, id: str, now: datetime) -> LeaveMade:
    return LeaveMade(Made(id, now, user), user, T0 + first * 24 * HOUR, T0 + last * 24 * HOUR)


def test_leave_that_is_over_moves_no_layer_that_an_apply_began_anew_whatever_is_written_afterwards():
    store = MemoryStore()
    apply(store, document(["ana", "ben", "chi"], "week"), T0 - 7 * 24 * HOUR)
    store.put_change(on_leave("ben", 0, 7, "l", T0 - HOUR), store.changes(), T0 - HOUR)
    renamed = document(["ana", "ben", "chi"], "week")
    renamed["schedules"]["primary"]["layers"][0]["name"] = "new"
    apply(store, renamed, T0 + 9 * 24 * HOUR)
    at = T0 + 10 * 24 * HOUR
    before = now_on_call(store, at)
    other = OverrideMade(Made("o", at, "ana"), "secondary", ("ana",), at, at + HOUR)
    for later in (0, 100):
        store.put_change(other, store.changes(), at + later * 24 * HOUR)
        assert now_on_call(store, at) == before == was_on_call(store, at)
    spans, _ = timeline_of(eras_of(store, T0, at + HOUR), "primary", T0, at + HOUR)
    assert spans[-1].users == before


def test_an_old_incidents_revision_keeps_the_order_that_leave_gave_it_after_the_next_apply():
    store = MemoryStore()
    apply(store, document(["ana", "ben", "chi"], "week"), T0 - 7 * 24 * HOUR)
    store.put_change(on_leave("ben", 0, 7, "l", T0 - HOUR), store.changes(), T0 - HOUR)
    _, old, _ = store.in_force()
    at = T0 + 9 * 24 * HOUR
    before = on_call(book_with(old, store.changes()).schedules["primary"], at)
    apply(store, document(["ana", "ben", "chi", "dee"], "week"), at)
    other = OverrideMade(Made("o", at, "ana"), "secondary", ("ana",), at, at + HOUR)
    store.put_change(other, store.changes(), at)
    assert (
        on_call(book_with(old, store.changes()).schedules["primary"], at) == before == now_on_call(store, at)
    )


# ------------------------------------------------------------------------------------------------- drawn

STEPS = st.lists(
    st.tuples(
        st.integers(0, 60),  # hours until it is done
        st.sampled_from(("apply", "override", "leave", "delegate", "cover", "cancel")),
        st.permutations(PEOPLE),
        st.integers(-30, 100),  # when it begins, from then on
        st.integers(1, 200),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=9,
)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def changed(step: tuple, id: str, at: datetime) -> Change:
    _, what, people, begins, hours, size = step
    start, end = at + begins * HOUR, at + (begins + hours) * HOUR
    made = Made(id, at, people[0])
    if what == "override":
        return OverrideMade(made, "primary", (people[0],), start, end, people[1] if size > 2 else None)
    if what == "cover":
        part = Part(people[1], start, end - hours * HOUR / 2, at)
        return Cover(made, "primary", people[0], start, end, (part,))
    return LeaveMade(made, people[0], start, end, people[1] if what == "delegate" else None)


@MANY
@given(STEPS, st.sampled_from(("hour", "day", "week")), st.booleans())
def test_the_past_is_never_rewritten_and_the_present_is_what_was_answered(
    steps: list, unit: str, hours: bool
) -> None:
    store = MemoryStore()
    active = (
        {"active": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "20:00"}]}
        if hours
        else {}
    )
    apply(store, document(list(PEOPLE[:3]), unit, **active), T0)
    answered: dict[datetime, tuple[str, ...]] = {}
    foretold = []
    at = T0
    for number, step in enumerate(steps):
        until = at + step[0] * HOUR + timedelta(minutes=7)
        while at < until:
            answered[at] = now_on_call(store, at)
            at += timedelta(hours=1, minutes=13)
        at = until
        if step[1] == "apply":
            wanted = document(list(step[2][: step[5]]), unit, **active)
            wanted["schedules"]["primary"]["layers"][0]["name"] = f"w{step[4] % 4 // 3}"
            apply(store, wanted, at)
        elif step[1] == "cancel":
            rows = [row for row in store.changes().rows if not row.made.cancelled]
            if rows:
                row = rows[step[5] % len(rows)]
                gone = replace(row, made=replace(row.made, cancelled_at=at, cancelled_by="ana"))
                store.put_change(gone, store.changes(), at)
        else:
            store.put_change(changed(step, f"c{number}", at), store.changes(), at)
        _, config, changes = store.in_force()
        foretold.append((at, timeline(book_with(config, changes).schedules["primary"], at, at + 300 * HOUR)))
    for then, people in answered.items():
        assert was_on_call(store, then) == people, then
    # Until something else was done, it came as it was foretold.
    for (start, (spans, _)), (end, _) in zip(foretold, [*foretold[1:], (at, None)], strict=True):
        if start < end:
            was, _ = timeline_of(eras_of(store, start, end), "primary", start, end)
            assert [(one.start, min(one.end, end), one.users) for one in spans if one.start < end] == [
                (one.start, one.end, one.users) for one in was
            ]
