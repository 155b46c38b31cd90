"""What every store promises. Each store has a test class that inherits these tests and gives its own ``store``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.store.changes import DayToDay
from tests.unit.store.samples import (
    ANA,
    KEY,
    PAYLOAD,
    T0,
    alert,
    at,
    commit,
    entry,
    fate,
    incident,
    opening,
    outbox,
    page,
)
from tocsin.config.compile import compile_config
from tocsin.config.revision import pack
from tocsin.incidents.alert import Alert, FateKind
from tocsin.incidents.incident import Entry, State
from tocsin.paging.text_throttle import Texted
from tocsin.paging.throttle import Called
from tocsin.paging.verification import Pending, Verified
from tocsin.store.configuration import KeyRecord
from tocsin.store.pages import BoundText, Message, NoticeClaim, PageRecord, PageState
from tocsin.store.people import Calls, LinkGrant, Phone
from tocsin.store.ports import Conflict, NoConfiguration, Store

OTHER = "a0" * 16
LEASE = timedelta(seconds=60)


def document(name: str = "Ana Souza") -> dict[str, object]:
    return {"version": "1", "users": {"ana": {"name": name}}}


class Configurations:
    def test_before_the_first_apply_there_is_no_configuration(self, store: Store) -> None:
        assert store.current_revision() is None
        with pytest.raises(NoConfiguration):
            store.config()
        with pytest.raises(NoConfiguration):
            store.revision("r1")

    def test_the_revision_applied_last_is_the_configuration(self, store: Store) -> None:
        first, blob = pack(document("Ana"))
        store.apply(first, blob, None, T0, "ana")
        assert store.current_revision() == first
        assert store.config() == (first, compile_config(document("Ana")))
        second, blob = pack(document("Ana Souza"))
        store.apply(second, blob, first, at(1), "ben")
        id, config = store.config()
        assert id == second
        assert config.book.users["ana"].name == "Ana Souza"

    def test_a_revision_that_is_not_current_any_more_can_still_be_read(self, store: Store) -> None:
        first, blob = pack(document("Ana"))
        store.apply(first, blob, None, T0, "ana")
        second, blob = pack(document("Ben"))
        store.apply(second, blob, first, at(1), "ana")
        assert store.revision(first).book.users["ana"].name == "Ana"

    def test_a_revision_that_an_earlier_tocsin_took_can_still_be_read(self, store: Store) -> None:
        steps = [{"page": [{"user": "ana"}], "when": {"severity": ["critcal"], "repeated": "0"}}]
        id, blob = pack({**document("Ana"), "policies": {"old": {"steps": steps}}})
        store.apply(id, blob, None, T0, "ana")
        [step] = store.config()[1].book.policies["old"].steps
        assert step.when is not None
        assert step.when.severity == ("critcal",)

    def test_of_two_who_apply_upon_the_same_revision_the_second_meets_a_conflict(self, store: Store) -> None:
        first, blob = pack(document("Ana"))
        store.apply(first, blob, None, T0, "ana")
        second, blob = pack(document("Ben"))
        for expected in (None, "another"):
            with pytest.raises(Conflict):
                store.apply(second, blob, expected, at(1), "ben")
        assert store.current_revision() == first
        with pytest.raises(NoConfiguration):
            store.revision(second)

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_an_apply_by_a_clock_that_is_behind_the_last_one_meets_a_conflict(
        self, store: Store, seconds: float
    ) -> None:
        first, blob = pack(document("Ana"))
        store.apply(first, blob, None, T0, "ana")
        second, blob = pack(document("Ben"))
        with pytest.raises(Conflict):
            store.apply(second, blob, first, at(seconds), "ben")
        assert store.current_revision() == first
        assert [row.revision for row in store.applies(at(-9), at(9))] == [first]

    def test_an_earlier_revision_can_be_made_current_again(self, store: Store) -> None:
        first, first_blob = pack(document("Ana"))
        second, second_blob = pack(document("Ben"))
        store.apply(first, first_blob, None, T0, "ana")
        store.apply(second, second_blob, first, at(1), "ana")
        store.apply(first, first_blob, second, at(2), "ana")
        assert store.config()[1].book.users["ana"].name == "Ana"

    def test_a_key_is_known_by_its_hash(self, store: Store) -> None:
        key = KeyRecord("abc", "checkout-prometheus", T0)
        store.put_key(key)
        assert store.key("abc") == key
        assert store.key("abd") is None

    def test_a_key_hash_is_given_once(self, store: Store) -> None:
        store.put_key(KeyRecord("abc", "checkout-prometheus", T0, revoked_at=at(5)))
        with pytest.raises(Conflict):
            store.put_key(KeyRecord("abc", "another", T0))
        assert store.key("abc") == KeyRecord("abc", "checkout-prometheus", T0, revoked_at=at(5))


class Alerts:
    def test_an_unknown_alert_and_unknown_events_are_nothing(self, store: Store) -> None:
        assert store.alert(KEY, ["e1", "e2"]) == (None, {})

    def test_an_alert_is_read_with_the_fates_of_those_of_the_events_that_have_one(self, store: Store) -> None:
        store.open_incident(opening(), None)
        repeat = fate("e2", FateKind.REPEAT)
        store.put_fates([repeat])
        found, fates = store.alert(KEY, ["e1042", "e2", "e3", "e2"])
        assert found == alert()
        assert fates == {"e1042": fate("e1042"), "e2": repeat}

    def test_ninety_nine_events_are_asked_about_at_once_and_no_more(self, store: Store) -> None:
        store.put_fates([fate(f"e{n}") for n in range(99)])
        assert len(store.alert(KEY, [f"e{n}" for n in range(99)])[1]) == 99
        with pytest.raises(ValueError, match="100 events"):
            store.alert(KEY, [f"e{n}" for n in range(100)])

    def test_repeats_are_counted_exactly(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.count(alert(), 7, "00000000000000000008", at(9), at(8))
        counted = alert(count=8, last_seq="00000000000000000008", last_seen=at(9), came_at=at(8))
        assert store.alert(KEY)[0] == counted
        store.count(counted, 1, "00000000000000000009", at(10), at(10))
        found, _ = store.alert(KEY)
        assert found is not None
        assert (found.count, found.last_seen, found.first_seen) == (9, at(10), T0)

    def test_an_older_event_does_not_turn_back_when_the_latest_came(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.count(alert(), 1, "00000000000000000002", at(5), at(-5))
        found, _ = store.alert(KEY)
        assert found is not None
        assert found.came_at == T0
        assert found.last_seen == at(5)

    def test_the_same_repeats_are_not_counted_twice(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.count(alert(), 2, "00000000000000000003", at(1), at(1))
        with pytest.raises(Conflict):
            store.count(alert(), 2, "00000000000000000003", at(1), at(1))
        found, _ = store.alert(KEY)
        assert found is not None
        assert found.count == 3

    def test_repeats_count_only_while_the_alert_is_open_and_of_that_incident(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.count(alert(), 1, "00000000000000000002", T0, T0)
        assert store.alert(KEY)[0] is None
        store.open_incident(opening(), None)
        with pytest.raises(Conflict):
            store.count(alert(number=7), 1, "00000000000000000002", T0, T0)
        store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
        with pytest.raises(Conflict):
            store.count(alert(), 1, "00000000000000000002", T0, T0)
        assert store.alert(KEY)[0] == alert(open=False)

    def test_a_resolve_is_noted_on_an_unknown_alert(self, store: Store) -> None:
        store.note_resolve(KEY, "checkout-prometheus", "payments-down", at(3))
        expected = Alert(KEY, "checkout-prometheus", "payments-down", open=False, resolve_came_at=at(3))
        assert store.alert(KEY)[0] == expected

    def test_a_resolve_is_noted_on_a_closed_alert_unless_a_later_one_is_known(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
        for seconds, known in ((3, 3), (1, 3), (3, 3), (9, 9)):
            store.note_resolve(KEY, "another", "another", at(seconds))
            assert store.alert(KEY)[0] == alert(open=False, resolve_came_at=at(known))

    def test_a_resolve_is_not_noted_on_an_open_alert(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.note_resolve(KEY, "checkout-prometheus", "payments-down", at(3))
        assert store.alert(KEY)[0] == alert()

    @pytest.mark.parametrize("many", [1, 2, 60])
    def test_fates_written_again_are_the_same(self, store: Store, many: int) -> None:
        fates = {f"e{n}": fate(f"e{n}", FateKind.DROPPED, None) for n in range(many)}
        fates["e0"] = replace(fates["e0"], rule="no_open_alert")
        store.put_fates([*fates.values(), fates["e0"]])
        store.put_fates(list(fates.values()))
        assert store.alert(KEY, list(fates))[1] == fates

    def test_writing_no_fates_does_nothing(self, store: Store) -> None:
        store.put_fates([])
        assert store.alert(KEY) == (None, {})

    def test_an_alert_keeps_the_beginning_of_a_long_title(self, store: Store) -> None:
        long = alert(title="é" * 300)
        store.open_incident(opening(alert=long), None)
        assert store.alert(KEY)[0] == alert(title="é" * 256)
        assert store.alert_of(1042, KEY)[0] == alert(title="é" * 256)


class Openings:
    def test_numbers_rise_by_one(self, store: Store) -> None:
        assert [store.next_number() for _ in range(3)] == [1001, 1002, 1003]

    def test_turns_are_counted_by_policy_along_with_the_numbers(self, store: Store) -> None:
        asked = ["pay.ments", "[a] b", "pay.ments", "pay.ments"]
        assert [store.next_turn(policy) for policy in asked] == [(1001, 0), (1002, 0), (1003, 1), (1004, 2)]
        assert store.next_number() == 1005

    def test_an_unknown_incident_is_none(self, store: Store) -> None:
        assert store.incident(1) is None
        assert store.timeline(1) == ()
        assert store.pages(1) == ()
        assert store.alert_of(1, KEY) == (None, None)

    def test_an_incident_is_opened_with_its_alert_its_timeline_and_the_fate_of_its_event(
        self, store: Store
    ) -> None:
        said = (
            entry("000001-000", 0, "opened", severity="critical"),
            entry("000001-001", 0, "paged", step=1),
        )
        store.open_incident(opening(entries=said), at(60))
        assert store.incident(1042) == incident()
        assert store.alert(KEY, ["e1042"]) == (alert(), {"e1042": fate("e1042")})
        assert store.timeline(1042) == said
        assert store.alert_of(1042, KEY) == (alert(), PAYLOAD)
        assert store.overdue(at(61), 10) == (1042,)

    def test_a_number_is_used_once(self, store: Store) -> None:
        store.open_incident(opening(), None)
        with pytest.raises(Conflict):
            store.open_incident(opening(key=OTHER, fates=(fate("e2"),)), None)
        assert store.alert(OTHER, ["e2"]) == (None, {})

    def test_of_two_who_open_for_the_same_alert_the_second_meets_a_conflict(self, store: Store) -> None:
        store.open_incident(opening(), None)
        with pytest.raises(Conflict):
            store.open_incident(opening(1043), at(0))
        assert store.incident(1043) is None
        assert store.timeline(1043) == ()
        assert store.alert(KEY, ["e1043"]) == (alert(), {})
        assert store.alert_of(1043, KEY) == (None, None)
        assert store.overdue(at(99), 10) == ()

    def test_a_closed_alert_opens_again_and_leaves_its_final_figures_behind(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.count(alert(), 4, "00000000000000000005", at(9), at(9))
        store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
        final, _ = store.alert(KEY)
        assert final == alert(
            count=5, last_seq="00000000000000000005", last_seen=at(9), came_at=at(9), open=False
        )
        store.open_incident(opening(1043, before=final, payload='{"second": true}'), None)
        assert store.alert(KEY)[0] == alert(number=1043)
        assert store.alert_of(1042, KEY) == (final, PAYLOAD)
        assert store.alert_of(1043, KEY) == (alert(number=1043), '{"second": true}')

    def test_an_alert_that_opens_again_is_muted_no_more(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
        over = incident(version=2, state=State.RESOLVED)
        store.commit(replace(commit(over), mutes={KEY: at(60)}), None)
        before = alert(open=False, muted_until=at(60))
        with pytest.raises(Conflict):
            store.open_incident(opening(1043, before=alert(open=False)), None)
        store.open_incident(opening(1043, before=before), None)
        assert store.alert(KEY)[0] == alert(number=1043)

    def test_an_alert_that_was_only_ever_resolved_opens(self, store: Store) -> None:
        store.note_resolve(KEY, "checkout-prometheus", "payments-down", at(-60))
        before, _ = store.alert(KEY)
        store.open_incident(opening(before=before), None)
        assert store.alert(KEY)[0] == alert()

    @pytest.mark.parametrize(
        "change", [{"open": True}, {"incident": 7}, {"incident": None}, {"muted_until": at(9)}]
    )
    def test_opening_again_needs_the_alert_to_be_as_it_was_read(
        self, store: Store, change: dict[str, object]
    ) -> None:
        store.open_incident(opening(), None)
        store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
        before = replace(alert(open=False), **change)  # type: ignore[arg-type]
        with pytest.raises(Conflict):
            store.open_incident(opening(1043, before=before), None)
        with pytest.raises(Conflict):
            store.open_incident(opening(1043, before=None), None)
        assert store.alert(KEY)[0] == alert(open=False)

    def test_opening_upon_an_alert_that_is_gone_is_a_conflict(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.open_incident(opening(before=alert(open=False, number=7)), None)
        assert store.incident(1042) is None

    @pytest.mark.parametrize("length", [10, 1023, 1024, 1025, 200_000])
    def test_the_first_event_is_kept_whole(self, store: Store, length: int) -> None:
        payload = '"' + "x" * (length - 2) + '"'
        store.open_incident(opening(payload=payload), None)
        assert store.alert_of(1042, KEY)[1] == payload


class Commits:
    def test_a_change_replaces_what_the_incident_was(self, store: Store) -> None:
        store.open_incident(opening(), at(60))
        change = commit(
            incident(),
            entry("000002-000", 5, "acknowledged"),
            state=State.ACKNOWLEDGED,
            acked_at=at(5),
            acked_by=ANA,
            ack_timeout_at=at(1805),
            due=at(1805),
            outbox={},
            commands=("sms-1",),
        )
        store.commit(change, at(1805))
        assert store.incident(1042) == change.incident
        assert [line.kind for line in store.timeline(1042)] == ["opened", "acknowledged"]

    def test_what_is_none_again_is_forgotten(self, store: Store) -> None:
        acked = incident(acked_at=at(5), acked_by=ANA, ack_timeout_at=at(9), capped_at=at(1), due=at(9))
        store.open_incident(opening(incident=acked), at(9))
        change = commit(acked, acked_at=None, acked_by=None, ack_timeout_at=None, capped_at=None, due=None)
        store.commit(change, None)
        assert store.incident(1042) == change.incident
        assert store.overdue(at(10**6), 10) == ()

    def test_of_two_who_change_the_same_version_the_second_meets_a_conflict(self, store: Store) -> None:
        store.open_incident(opening(), at(60))
        store.commit(commit(incident(), wakes=1), at(60))
        late = commit(incident(), entry("000002-000", 9, "acknowledged"), closes=(KEY,), state=State.RESOLVED)
        with pytest.raises(Conflict):
            store.commit(replace(late, fates=(fate("e9"),)), None)
        assert store.incident(1042) == incident(version=2, wakes=1)
        assert len(store.timeline(1042)) == 1
        assert store.alert(KEY, ["e9"]) == (alert(), {})
        assert store.overdue(at(61), 10) == (1042,)

    def test_the_same_change_is_not_made_twice(self, store: Store) -> None:
        store.open_incident(opening(), None)
        change = commit(incident(), wakes=1)
        store.commit(change, None)
        with pytest.raises(Conflict):
            store.commit(change, None)

    def test_an_unknown_incident_cannot_be_changed(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.commit(commit(incident(), entry()), at(1))
        assert store.incident(1042) is None
        assert store.timeline(1042) == ()

    def test_fates_are_written_with_the_change(self, store: Store) -> None:
        store.open_incident(opening(), None)
        settled = fate("e2", FateKind.RESOLVED)
        store.commit(replace(commit(incident()), fates=(settled,)), None)
        assert store.alert(KEY, ["e2"])[1] == {"e2": settled}

    def test_resolving_closes_the_alerts_that_still_belong_to_the_incident(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.open_incident(opening(1043, key=OTHER), None)
        change = commit(
            incident(),
            entry("000002-000", 9, "resolved"),
            closes=(KEY, OTHER, "ff" * 16),
            state=State.RESOLVED,
        )
        store.commit(replace(change, resolved=(KEY, at(8))), None)
        assert store.incident(1042) == change.incident
        assert store.alert(KEY)[0] == alert(open=False, resolve_came_at=at(8))
        assert store.alert(OTHER)[0] == alert(OTHER, 1043)
        assert store.alert("ff" * 16)[0] is None
        assert [line.kind for line in store.timeline(1042)] == ["opened", "resolved"]

    def test_that_a_sender_resolved_one_alert_says_nothing_of_the_others(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.open_incident(opening(1043, key=OTHER), None)
        target = commit(incident())
        store.merge(commit(incident(1043), state=State.RESOLVED), target, [alert(OTHER, 1043)], None)
        change = commit(target.incident, closes=(KEY, OTHER), state=State.RESOLVED)
        store.commit(replace(change, resolved=(KEY, at(8))), None)
        assert store.alert(KEY)[0] == alert(open=False, resolve_came_at=at(8))
        assert store.alert(OTHER)[0] == alert(OTHER, open=False)

    def test_resolving_by_hand_leaves_alone_when_the_sender_last_resolved(self, store: Store) -> None:
        store.open_incident(opening(alert=alert(resolve_came_at=at(-9))), None)
        store.commit(commit(incident(), closes=(KEY, KEY), state=State.RESOLVED), None)
        assert store.alert(KEY)[0] == alert(open=False, resolve_came_at=at(-9))

    def test_alerts_are_muted_and_unmuted_with_the_change_open_or_closed(self, store: Store) -> None:
        store.open_incident(opening(), None)
        change = replace(commit(incident()), mutes={KEY: at(60)})
        store.commit(change, None)
        assert store.alert(KEY)[0] == alert(muted_until=at(60))
        change = commit(change.incident, closes=(KEY,), state=State.RESOLVED)
        store.commit(change, None)
        assert store.alert(KEY)[0] == alert(open=False, muted_until=at(60))
        change = replace(commit(change.incident), mutes={KEY: at(90.25)})
        store.commit(change, None)
        assert store.alert(KEY)[0] == alert(open=False, muted_until=at(90.25))
        store.commit(replace(commit(change.incident), mutes={KEY: None}), None)
        assert store.alert(KEY)[0] == alert(open=False)

    def test_an_alert_is_opened_again_and_unmuted_at_once(self, store: Store) -> None:
        store.open_incident(opening(), None)
        change = commit(incident(), closes=(KEY,), state=State.RESOLVED)
        store.commit(change, None)
        change = replace(commit(change.incident), mutes={KEY: at(60)})
        store.commit(change, None)
        again = commit(change.incident, state=State.TRIGGERED)
        store.commit(replace(again, opens=(KEY,), mutes={KEY: None}), None)
        assert store.alert(KEY)[0] == alert()

    def test_another_incidents_alert_is_not_muted(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.open_incident(opening(1043, key=OTHER), None)
        change = replace(
            commit(incident(), entry("000002-000", 9, "muted")), mutes={KEY: at(9), OTHER: at(9)}
        )
        with pytest.raises(Conflict):
            store.commit(change, None)
        assert (store.alert(KEY)[0], store.alert(OTHER)[0]) == (alert(), alert(OTHER, 1043))
        assert store.incident(1042) == incident()

    def test_repeats_and_a_noted_resolve_leave_a_mute_alone(self, store: Store) -> None:
        store.open_incident(opening(), None)
        change = replace(commit(incident()), mutes={KEY: at(60)})
        store.commit(change, None)
        store.count(alert(), 1, "00000000000000000002", at(1), at(1))
        store.commit(commit(change.incident, closes=(KEY,), state=State.RESOLVED), None)
        store.note_resolve(KEY, "checkout-prometheus", "payments-down", at(3))
        found, _ = store.alert(KEY)
        assert found is not None
        assert (found.open, found.count, found.resolve_came_at) == (False, 2, at(3))
        assert found.muted_until == at(60)

    def test_a_muted_alert_goes_over_to_another_incident_muted(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.open_incident(opening(1043, key=OTHER), None)
        change = replace(commit(incident(1043)), mutes={OTHER: at(60)})
        store.commit(change, None)
        over = commit(change.incident, state=State.RESOLVED)
        moved = alert(OTHER, 1043, muted_until=at(60))
        store.merge(over, commit(incident()), [moved], None)
        assert store.alert(OTHER)[0] == replace(moved, incident=1042)

    def test_a_change_of_two_hundred_lines_keeps_them_all(self, store: Store) -> None:
        store.open_incident(opening(), None)
        lines = tuple(entry(f"000002-{n:03d}", 5, "paged", user=f"u{n}") for n in range(200))
        store.commit(commit(incident(), *lines), None)
        assert store.timeline(1042) == (entry(), *lines)

    def test_the_outbox_is_written_whole(self, store: Store) -> None:
        store.open_incident(opening(), None)
        pages = outbox(1042, page("ben"), page("chi", rule=2))
        store.commit(commit(incident(), outbox=pages), None)
        found = store.incident(1042)
        assert found is not None
        assert found.outbox == pages

    def test_an_outbox_keeps_the_order_in_which_its_pages_were_decided(self, store: Store) -> None:
        pages = [
            page("zoe", target=0),
            page("ana", target=0, place=1),
            page("ben", target=1),
            page("ben", rule=1, target=1),
        ]
        store.open_incident(opening(incident=incident(outbox=outbox(1042, *pages))), None)
        found = store.incident(1042)
        assert found is not None
        assert list(found.outbox.values()) == pages

    def test_pages_are_taken_out_of_the_outbox_whatever_the_version(self, store: Store) -> None:
        odd = ["ana.souza", "a-b", "b[0]", "50%", "Zoë", "#x", "size"]
        pages = [page(user) for user in odd]
        store.open_incident(opening(incident=incident(outbox=outbox(1042, *pages, page("ben")))), None)
        store.mark_sent(1042, [one.id(1042) for one in pages])
        assert store.incident(1042) == incident(outbox=outbox(1042, page("ben")))
        store.mark_sent(1042, [page("ben").id(1042), page("ben").id(1042)])
        assert store.incident(1042) == incident(outbox={})

    def test_taking_out_what_is_not_there_is_no_error(self, store: Store) -> None:
        store.mark_sent(1042, ["1042-c1-r1-s1-ana-0"])
        assert store.incident(1042) is None
        store.open_incident(opening(), None)
        store.mark_sent(1042, ["1042-c9-r9-s9-ana-0"])
        store.mark_sent(1042, [])
        assert store.incident(1042) == incident()

    def test_an_outbox_of_hundreds_is_taken_out_whole(self, store: Store) -> None:
        pages = outbox(1042, *(page(f"user-{n}") for n in range(250)))
        store.open_incident(opening(incident=incident(outbox=pages)), None)
        store.mark_sent(1042, tuple(pages))
        assert store.incident(1042) == incident(outbox={})

    def test_what_the_caller_does_to_its_own_map_later_changes_nothing(self, store: Store) -> None:
        mine = outbox(1042, page())
        store.open_incident(opening(incident=incident(outbox=mine)), None)
        mine.clear()
        assert store.incident(1042) == incident()


class Timelines:
    def test_lines_stand_in_the_order_in_which_they_happened(self, store: Store) -> None:
        lines = [entry("b", 2), entry("a", 2), entry("z", 1.5), entry("y", 0.000001), entry("x", 3600)]
        store.add_entries(7, lines)
        assert [line.id for line in store.timeline(7)] == ["y", "z", "a", "b", "x"]

    @pytest.mark.parametrize("many", [1, 2, 60])
    def test_a_line_is_written_once_however_often_it_is_said(self, store: Store, many: int) -> None:
        lines = tuple(
            entry(f"{n:03d}", 1, "page_sent", user="ana", tries=1, maybe=True, reason=None)
            for n in range(many)
        )
        store.add_entries(7, [*lines, lines[0]])
        store.add_entries(7, lines)
        assert store.timeline(7) == lines

    def test_the_same_id_at_another_instant_is_another_line(self, store: Store) -> None:
        store.add_entries(7, [entry("sms-1", 1)])
        store.add_entries(7, [entry("sms-1", 2)])
        assert [line.at for line in store.timeline(7)] == [at(1), at(2)]

    def test_a_line_says_who_and_how(self, store: Store) -> None:
        line = Entry("sms#1", at(1), "acknowledged", ANA, {"text": 'Zoë said "ack" # 4'})
        store.add_entries(7, [line])
        assert store.timeline(7) == (line,)

    def test_saying_nothing_does_nothing(self, store: Store) -> None:
        store.add_entries(7, [])
        assert store.timeline(7) == ()

    def test_a_line_changes_no_incident(self, store: Store) -> None:
        store.open_incident(opening(), None)
        store.add_entries(1042, [entry("x", 9)])
        assert store.incident(1042) == incident()

    def test_other_incidents_lines_are_not_among_them(self, store: Store) -> None:
        store.add_entries(7, [entry("mine", 1)])
        store.add_entries(77, [entry("theirs", 1)])
        assert [line.id for line in store.timeline(7)] == ["mine"]


class Audits:
    def test_only_those_before_the_instant_are_overdue_the_longest_first(self, store: Store) -> None:
        for number, due in ((1, 30), (2, 10), (17, 20), (18, 40), (33, None)):
            key = f"{number:032x}"
            store.open_incident(opening(number, key=key), at(due) if due is not None else None)
        assert store.overdue(at(30), 10) == (2, 17)
        assert store.overdue(at(30.000001), 10) == (2, 17, 1)
        assert store.overdue(at(99), 10) == (2, 17, 1, 18)

    def test_no_more_than_asked_for_are_given(self, store: Store) -> None:
        for number in range(1, 12):
            store.open_incident(opening(number, key=f"{number:032x}"), at(number))
        assert store.overdue(at(99), 5) == (1, 2, 3, 4, 5)

    def test_a_commit_moves_the_key_or_takes_it_away(self, store: Store) -> None:
        store.open_incident(opening(), at(10))
        store.commit(commit(incident()), at(20))
        assert store.overdue(at(15), 10) == ()
        assert store.overdue(at(25), 10) == (1042,)
        store.commit(commit(incident(version=2)), None)
        assert store.overdue(at(99), 10) == ()

    def test_taking_pages_out_of_the_outbox_leaves_the_key(self, store: Store) -> None:
        store.open_incident(opening(), at(10))
        store.mark_sent(1042, tuple(incident().outbox))
        assert store.overdue(at(15), 10) == (1042,)


class Pages:
    def claimed(self, store: Store, seconds: float = 0) -> PageRecord:
        won, record = store.claim_page(1042, page(), at(seconds), at(seconds) + LEASE)
        assert won
        return record

    def test_the_first_to_come_has_the_page(self, store: Store) -> None:
        won, record = store.claim_page(1042, page(), T0, T0 + LEASE)
        id = page().id(1042)
        assert won
        assert record == PageRecord(1042, id, page(), PageState.SENDING, T0 + LEASE)
        assert store.page(1042, id) == record
        assert store.pages(1042) == (record,)
        assert store.page(1042, "another") is None

    def test_nobody_else_has_it_while_the_lease_runs(self, store: Store) -> None:
        mine = self.claimed(store)
        won, record = store.claim_page(1042, page(), at(59.9), at(59.9) + LEASE)
        assert not won
        assert record == mine
        assert store.page(1042, mine.id) == mine

    def test_when_the_lease_has_run_out_it_may_be_sent_twice(self, store: Store) -> None:
        self.claimed(store)
        won, record = store.claim_page(1042, page(), at(60), at(120))
        assert won
        assert (record.tries, record.maybe_twice, record.lease_until) == (2, True, at(120))

    def test_a_page_that_waits_can_be_had_at_once_and_is_not_in_doubt(self, store: Store) -> None:
        mine = self.claimed(store)
        store.finish_page(replace(mine, state=PageState.WAITING, reason="throttled"), (), None, at(1))
        won, record = store.claim_page(1042, page(), at(2), at(62))
        assert won
        assert (record.state, record.tries, record.maybe_twice) == (PageState.SENDING, 2, False)
        assert record.lease_until == at(62)

    def test_a_page_that_waits_because_nobody_knows_stays_in_doubt(self, store: Store) -> None:
        mine = self.claimed(store)
        store.finish_page(replace(mine, state=PageState.WAITING, maybe_twice=True), (), None, at(1))
        won, record = store.claim_page(1042, page(), at(2), at(62))
        assert won
        assert record.maybe_twice
        store.finish_page(replace(record, state=PageState.WAITING), (), None, at(3))
        assert store.claim_page(1042, page(), at(4), at(64))[1].maybe_twice

    @pytest.mark.parametrize("state", [PageState.SENT, PageState.REFUSED, PageState.CANCELLED])
    def test_a_page_that_is_final_is_nobodys_any_more(self, store: Store, state: PageState) -> None:
        mine = self.claimed(store)
        outcome = replace(mine, state=state, provider_id="m1", channel="sms", reason="why", at=at(1))
        store.finish_page(outcome, (), None, at(1))
        won, record = store.claim_page(1042, page(), at(999), at(1059))
        assert not won
        assert record == outcome

    def test_the_outcome_is_written_with_its_line_and_what_the_carriers_id_stands_for(
        self, store: Store
    ) -> None:
        mine = self.claimed(store)
        message = Message("m1", 1042, mine.id, "ana", "+5511955550100")
        line = entry("sent", 1, "page_sent")
        outcome = replace(mine, state=PageState.SENT, provider_id="m1", channel="sms", at=at(1))
        store.finish_page(outcome, (line,), message, at(1))
        assert store.page(1042, mine.id) == outcome
        assert store.timeline(1042) == (line,)
        assert store.message("m1") == message
        assert store.message("m2") is None

    def test_another_id_of_a_message_stands_for_the_same(self, store: Store) -> None:
        message = Message("wamid.1", 1042, "1042-c1-r1-s1-ana-0", "ana", "+5511955550100")
        for _ in range(2):
            store.put_message(message, at(1))
            assert store.message("wamid.1") == message

    def test_who_lost_the_claim_meanwhile_records_nothing(self, store: Store) -> None:
        mine = self.claimed(store)
        _, theirs = store.claim_page(1042, page(), at(61), at(121))
        message = Message("m1", 1042, mine.id, "ana", "+5511955550100")
        with pytest.raises(Conflict):
            store.finish_page(replace(mine, state=PageState.SENT), (entry("sent", 1),), message, at(61))
        assert store.page(1042, mine.id) == theirs
        assert store.timeline(1042) == ()
        assert store.message("m1") is None

    def test_an_outcome_is_recorded_once(self, store: Store) -> None:
        mine = self.claimed(store)
        store.finish_page(replace(mine, state=PageState.SENT), (), None, at(1))
        with pytest.raises(Conflict):
            store.finish_page(replace(mine, state=PageState.REFUSED), (), None, at(2))
        unclaimed = replace(mine, id=page("ben").id(1042))
        with pytest.raises(Conflict):
            store.finish_page(replace(unclaimed, state=PageState.SENT), (), None, at(2))
        assert [record.state for record in store.pages(1042)] == [PageState.SENT]

    def test_a_receipt_is_noted_and_survives_the_outcome(self, store: Store) -> None:
        mine = self.claimed(store)
        store.note_receipt(1042, mine.id, "DELIVERED")
        store.finish_page(replace(mine, state=PageState.SENT, provider_id="m1"), (), None, at(1))
        found = store.page(1042, mine.id)
        assert found == replace(mine, state=PageState.SENT, provider_id="m1", receipt="DELIVERED")
        store.note_receipt(1042, mine.id, "CARRIER_BLOCKED")
        found = store.page(1042, mine.id)
        assert found is not None
        assert found.receipt == "CARRIER_BLOCKED"

    def test_what_was_read_stays_so_however_late_its_delivery_is_told(self, store: Store) -> None:
        mine = self.claimed(store)
        for status in ("delivered", "read", "delivered"):
            store.note_receipt(1042, mine.id, status)
        found = store.page(1042, mine.id)
        assert found is not None
        assert found.receipt == "read"

    def test_what_a_chat_shows_is_noted_by_the_latest_version(self, store: Store) -> None:
        mine = self.claimed(store)
        sent = replace(mine, state=PageState.SENT, provider_id="C1/1.2", channel="slack", shown=3)
        store.finish_page(sent, (), None, at(1))
        assert store.page(1042, mine.id) == sent
        assert store.note_shown(1042, mine.id, 5, at(2)) == 5
        assert store.note_shown(1042, mine.id, 4, at(3)) == 5
        assert store.page(1042, mine.id) == replace(sent, shown=5)

    def test_a_message_that_took_a_gone_ones_place_stands_for_its_incident(self, store: Store) -> None:
        mine = self.claimed(store)
        sent = replace(mine, state=PageState.SENT, provider_id="C1/1.2", channel="slack", shown=3)
        store.finish_page(sent, (), None, at(1))
        anew = Message("C1/9.9", 1042, mine.id, "ana", "#incidents")
        assert store.note_shown(1042, mine.id, 4, at(2), anew) == 4
        assert store.message("C1/9.9") == anew
        assert store.page(1042, mine.id) == replace(sent, shown=4, provider_id="C1/9.9")
        again = Message("C1/10.1", 1042, mine.id, "ana", "#incidents")
        assert store.note_shown(1042, mine.id, 4, at(3), again) == 4, "of the same version"
        assert store.note_shown(1042, mine.id, 3, at(4), anew) == 4
        assert store.page(1042, mine.id) == replace(sent, shown=4, provider_id="C1/10.1")

    def test_what_an_unknown_page_shows_is_no_error(self, store: Store) -> None:
        assert store.note_shown(1042, "1042-c1-r1-s1-ana-0", 4, at(1)) == 4
        assert store.pages(1042) == ()

    def test_a_receipt_for_an_unknown_page_is_no_error(self, store: Store) -> None:
        store.note_receipt(1042, "1042-c1-r1-s1-ana-0", "DELIVERED")
        assert store.pages(1042) == ()

    def test_the_pages_of_an_incident_are_its_own(self, store: Store) -> None:
        for number, user in ((1042, "ben"), (1042, "ana"), (104, "chi")):
            store.claim_page(number, page(user), T0, T0 + LEASE)
        assert [record.page.user for record in store.pages(1042)] == ["ana", "ben"]

    def test_an_answer_is_sent_once(self, store: Store) -> None:
        assert store.claim_notice("n1", T0, at(60)) is NoticeClaim.WON
        assert store.claim_notice("n1", at(59), at(119)) is NoticeClaim.HELD
        store.finish_notice("n1", at(59))
        assert store.claim_notice("n1", at(999), at(1059)) is NoticeClaim.DONE
        assert store.claim_notice("n2", T0, at(60)) is NoticeClaim.WON

    def test_what_became_of_a_notice_is_known_once_it_is_done(self, store: Store) -> None:
        assert store.notice_said("n1") is None
        store.claim_notice("n1", T0, at(60))
        assert store.notice_said("n1") is None
        store.finish_notice("n1", at(59), "refused: opted_out")
        assert store.notice_said("n1") == "refused: opted_out"

    def test_a_text_means_what_it_meant_first(self, store: Store) -> None:
        assert store.bind_text("t1", 1042, T0) == BoundText(1042)
        assert store.bind_text("t1", 1043, at(60)) == BoundText(1042)
        assert store.bind_text("t1", None, at(61)) == BoundText(1042)
        assert store.bind_text("t2", None, T0) == BoundText(None)
        assert store.bind_text("t2", 1042, at(60)) == BoundText(None)

    def test_a_text_has_one_answer(self, store: Store) -> None:
        store.bind_text("t1", 1042, T0)
        store.settle_text("t1", "#1042 acknowledged.")
        store.settle_text("t1", "#1042 was already acknowledged.")
        store.settle_text("unbound", "nothing")
        assert store.bind_text("t1", 1043, at(60)) == BoundText(1042, "#1042 acknowledged.")
        assert store.bind_text("unbound", 7, T0) == BoundText(7)

    def test_an_answer_whose_lease_has_run_out_is_anybodys(self, store: Store) -> None:
        assert store.claim_notice("n1", T0, at(60)) is NoticeClaim.WON
        assert store.claim_notice("n1", at(60), at(120)) is NoticeClaim.WON
        assert store.claim_notice("n1", at(61), at(121)) is NoticeClaim.HELD


class People:
    def test_an_unknown_number_has_no_codes_and_wants_texts(self, store: Store) -> None:
        assert store.phone("+5511955550100") == Phone("+5511955550100")
        assert store.calls("ana") == Calls("ana")

    def test_a_phone_is_written_one_version_on(self, store: Store) -> None:
        store.put_phone(Phone("+55", {1: 1042, 12: 7}, at(1)))
        assert store.phone("+55") == Phone("+55", {1: 1042, 12: 7}, at(1), version=1)
        store.put_phone(Phone("+55", {}, None, version=1))
        assert store.phone("+55") == Phone("+55", {}, None, version=2)

    def test_whose_a_number_is_and_what_it_waits_for_is_kept_with_it(self, store: Store) -> None:
        waiting = Pending("ben", "salt", "hash", at(900), 2, "r1")
        known = {"ana": Verified(at(1), "code", "ana", "r0"), "dee": Verified(at(2), "vouched", "ops")}
        phone = Phone(
            "+55",
            {1: 7},
            None,
            verified=known,
            pending=waiting,
            codes_sent=(at(0), at(1.5)),
            stopped_at=at(2),
        )
        store.put_phone(phone)
        assert store.phone("+55") == replace(phone, version=1)
        store.put_phone(replace(phone, verified={}, pending=None, codes_sent=(), stopped_at=None, version=1))
        assert store.phone("+55") == Phone("+55", {1: 7}, version=2)

    def test_what_a_phone_was_told_of_ends_is_kept_with_it(self, store: Store) -> None:
        text = Texted(at(1), ("resolved-7-1-ana", "resolved-8-1-ana"), (7, 8))
        phone = Phone("+55", texts=(text,), waiting={"9-c1": 9}, resolves=(text,), resolves_waiting={"r": 9})
        store.put_phone(phone)
        assert store.phone("+55") == replace(phone, version=1)
        store.put_phone(Phone("+55", version=1))
        assert store.phone("+55") == Phone("+55", version=2)

    def test_many_phones_are_read_at_once_each_by_its_number(self, store: Store) -> None:
        store.put_phone(Phone("+55", {1: 7}))
        numbers = [f"x{number}@example.com" for number in range(130)]
        found = store.phones(["+55", *numbers, "+55"])
        assert found == {"+55": Phone("+55", {1: 7}, version=1)} | {one: Phone(one) for one in numbers}
        assert store.phones([]) == {}

    def test_of_two_who_write_a_phone_the_second_meets_a_conflict(self, store: Store) -> None:
        store.put_phone(Phone("+55", {1: 1042}))
        for version in (0, 2):
            with pytest.raises(Conflict):
                store.put_phone(Phone("+55", {2: 7}, version=version))
        assert store.phone("+55") == Phone("+55", {1: 1042}, version=1)

    def test_calls_are_written_one_version_on(self, store: Store) -> None:
        made = (Called(at(0), "p1"), Called(at(200.5), "p2"))
        store.put_calls(Calls("ana.souza", made[1], {"+55": made, "+1": ()}))
        assert store.calls("ana.souza") == Calls("ana.souza", made[1], {"+55": made, "+1": ()}, version=1)
        store.put_calls(Calls("ana.souza", None, {}, version=1))
        assert store.calls("ana.souza") == Calls("ana.souza", None, {}, version=2)

    def test_of_two_who_count_a_call_the_second_meets_a_conflict(self, store: Store) -> None:
        store.put_calls(Calls("ana", Called(at(0), "p1"), {}))
        for version in (0, 2):
            with pytest.raises(Conflict):
                store.put_calls(Calls("ana", Called(at(1), "p2"), {}, version=version))
        assert store.calls("ana").last == Called(at(0), "p1")

    def test_a_link_is_known_by_its_tokens_hash(self, store: Store) -> None:
        grant = LinkGrant("hash", 1042, "ana", at(604800.25))
        store.put_link(grant)
        assert store.link("hash") == grant
        assert store.link("another") is None


class StoreContract(Configurations, DayToDay, Alerts, Openings, Commits, Timelines, Audits, Pages, People):
    """All of it."""
