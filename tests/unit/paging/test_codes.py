"""Short codes per phone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.codes import ack_code, give, resolve_code


def test_the_first_incident_of_a_phone_is_1a_and_1r() -> None:
    given_ = give({}, set(), 1042)
    assert (given_.code, given_.held) == (1, {1: 1042})
    assert (ack_code(1), resolve_code(1)) == ("1a", "1r")


def test_an_incident_keeps_its_code_on_a_phone() -> None:
    given_ = give({1: 1042, 2: 1043}, set(), 1043)
    assert (given_.code, given_.held) == (2, {1: 1042, 2: 1043})


def test_an_incident_that_is_opened_again_still_has_its_code() -> None:
    assert give({1: 1042}, {1042}, 1042).code == 1


def test_a_code_is_reused_only_after_its_incident_is_closed() -> None:
    held = {1: 1042, 2: 1043, 3: 1044}
    assert give(held, set(), 1050).code == 4
    assert give(held, {1043}, 1050).held == {1: 1042, 2: 1050, 3: 1044}
    assert give(held, {1042, 1043}, 1050).code == 1


def test_the_smallest_free_number_is_given() -> None:
    assert give({2: 1043, 4: 1044}, set(), 1050).code == 1
    assert give({1: 1042, 3: 1044}, set(), 1050).code == 2


def test_a_closed_incident_is_still_known_by_its_code_until_another_needs_it() -> None:
    held = give({1: 1042, 2: 1043}, {1043}, 1042).held
    assert held[2] == 1043


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=60))
def test_two_open_incidents_never_share_a_code_and_codes_stay_as_few_as_were_open_at_once(
    steps: list[tuple[bool, int]],
) -> None:
    held: dict[int, int] = {}
    open_: set[int] = set()
    most = 0
    for opens, incident in steps:
        if not opens:
            open_.discard(incident)
            continue
        # Reopened incidents come back as new ones to the phone that has forgotten them.
        open_.add(incident)
        most = max(most, len(open_))
        before = dict(held)
        given_ = give(held, set(held.values()) - open_, incident)
        assert held == before, "the codes given in are not changed"
        assert given_.held[given_.code] == incident
        for code, number in before.items():
            if number in open_ and number != incident:
                assert given_.held[code] == number
        held = dict(given_.held)
        assert len(set(held.values())) == len(held)
    assert max(held, default=0) <= most
