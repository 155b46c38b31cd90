from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store import samples
from tests.unit.store.samples import KEY, T0, alert, incident, maybe_instants, outbox, page
from tocsin.incidents.alert import Alert, Fate
from tocsin.incidents.incident import Entry, Incident
from tocsin.incidents.plan import Page, Plan
from tocsin.store.common import kept
from tocsin.store.dynamo.alerts import AlertCopyItem, AlertItem, FateItem, alert_key, copy_key
from tocsin.store.dynamo.incidents import EntryItem, IncidentItem, map_key
from tocsin.store.dynamo.items import Item, Raw, expiry

GOLDEN = Path(__file__).with_name("golden")


def stored(item: Item) -> Raw:
    """An item as DynamoDB gives it back: through JSON, as the wire has it."""
    raw: Raw = json.loads(json.dumps(item.serialize()))
    return raw


@given(samples.plans)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


@given(samples.pages)
def test_a_page_is_read_as_it_was_written(one: Page) -> None:
    assert Page.from_json(json.loads(json.dumps(one.as_json()))) == one


@given(samples.incidents, maybe_instants)
def test_an_incident_is_read_as_it_was_written(one: Incident, audit_at: datetime | None) -> None:
    item = IncidentItem.of(one, audit_at)
    assert IncidentItem.from_raw_data(stored(item)).incident() == one
    assert ("audit" in item.serialize()) == ("audit_due" in item.serialize()) == (audit_at is not None)


@given(samples.alerts)
def test_an_alert_is_read_as_it_was_written_but_for_the_end_of_a_long_title(one: Alert) -> None:
    raw = stored(AlertItem.of(alert_key(KEY), one))
    assert AlertItem.from_raw_data(raw).alert(KEY) == kept(one)


@given(samples.entries)
def test_a_line_is_read_as_it_was_written(one: Entry) -> None:
    assert EntryItem.from_raw_data(stored(EntryItem.of(7, one))).entry() == one


@given(samples.fates)
def test_a_fate_is_read_as_it_was_written(one: Fate) -> None:
    assert FateItem.from_raw_data(stored(FateItem.of(one))).fate(one.event) == one


@given(st.text(st.characters(codec="utf-8"), max_size=3000))
def test_a_payload_is_read_as_it_was_written(text: str) -> None:
    copy = AlertCopyItem.of(copy_key(7, KEY), alert())
    copy.pack(text)
    assert AlertCopyItem.from_raw_data(copy.serialize()).unpacked() == text


@given(samples.names, samples.names)
def test_two_pages_never_share_a_place_in_the_outbox(one: str, other: str) -> None:
    assert (map_key(one) == map_key(other)) == (one == other)
    assert not set("[]") & set(map_key(one))


@given(samples.instants, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_whatever_the_offset_it_was_said_in(instant: datetime, minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    said = stored(IncidentItem.of(incident(due=elsewhere), elsewhere))
    assert said == stored(IncidentItem.of(incident(due=instant), instant))
    assert len(said["due"]["S"]) == 32


def test_an_item_never_expires_early() -> None:
    assert expiry(datetime(1970, 1, 1, 0, 0, 9, 1, tzinfo=UTC)) == 10
    assert expiry(datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1)) == 86400


def test_a_change_of_an_incident_names_every_attribute() -> None:
    """What is left out of a change would keep its old value for ever."""
    changed = {str(action.values[0]) for action in IncidentItem.of(incident(), None).changes()}
    assert changed >= {field.name for field in fields(Incident)}


def test_an_alert_whose_title_is_normal_takes_one_write_unit() -> None:
    one = alert(title="t" * 120, dedup_key="k" * 120, resolve_came_at=T0, count=100_000, muted_until=T0)
    raw = AlertItem.of(alert_key(KEY), one).serialize()
    assert size(raw) < 1024


def size(raw: Raw) -> int:
    """An item's size as DynamoDB counts it: names, and values as UTF-8; a number at most 21 bytes."""
    return sum(
        len(name.encode()) + (1 if kind == "BOOL" else len(value.encode()))
        for name, typed in raw.items()
        for kind, value in typed.items()
    )


# Items as the first release wrote them. They are read for ever: never change these files, add to them.


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


def test_an_incident_of_the_first_release_is_read() -> None:
    told = incident(
        outbox=outbox(1042, page(), page("ben.lee", rule=2)),
        acked_at=T0,
        acked_by=samples.ANA,
        capped_at=T0,
        commands=("sms-1",),
    )
    assert IncidentItem.from_raw_data(golden("incident.json")).incident() == told
    assert stored(IncidentItem.of(told, T0)) == golden("incident.json")


def test_an_alert_of_the_first_release_is_read() -> None:
    assert AlertItem.from_raw_data(golden("alert.json")).alert(KEY) == alert(resolve_came_at=T0)


def test_an_incident_that_lacks_what_came_later_is_read() -> None:
    needed = (
        "number",
        "version",
        "service",
        "integration",
        "policy",
        "revision",
        "title",
        "severity",
        "urgency",
    )
    raw = {name: golden("incident.json")[name] for name in (*needed, "state", "opened_at", "pk", "sk")}
    read = IncidentItem.from_raw_data(raw).incident()
    bare = Incident(**{name: getattr(incident(), name) for name in (*needed, "state", "opened_at")})
    assert read == bare


def test_what_newer_code_added_does_not_keep_an_incident_from_being_read() -> None:
    raw = {**golden("incident.json"), "mood": {"M": {"x": {"NULL": True}}}}
    plan = json.loads(raw["plan"]["S"])
    raw["plan"] = {"S": json.dumps({**plan, "weather": 7, "pending": [{**plan["pending"][0], "new": 1}]})}
    assert IncidentItem.from_raw_data(raw).incident().plan == incident().plan


def test_an_alert_without_what_came_later_is_read() -> None:
    raw = {name: golden("alert.json")[name] for name in ("pk", "sk", "integration", "dedup_key", "open")}
    read = AlertItem.from_raw_data(raw).alert(KEY)
    assert read == Alert(KEY, "checkout-prometheus", "payments-down", open=True)
    assert replace(read, open=False) != read
