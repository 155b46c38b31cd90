"""Short codes per phone."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.codes import SHORTEST, ack_code, give, resolve_code


def over(*numbers: int) -> Callable[[int], bool]:
    return lambda number: number in numbers


def unasked(number: int) -> bool:
    raise AssertionError(f"nobody needs to know whether {number} is over")


FULL = {code: 1040 + code for code in range(1, SHORTEST + 1)}


def test_the_first_incident_of_a_phone_is_1a_and_1r() -> None:
    given_ = give({}, unasked, 1042)
    assert (given_.code, given_.held) == (1, {1: 1042})
    assert (ack_code(1), resolve_code(1)) == ("1a", "1r")


def test_an_incident_keeps_its_code_on_a_phone() -> None:
    given_ = give({1: 1042, 2: 1043}, unasked, 1043)
    assert (given_.code, given_.held) == (2, {1: 1042, 2: 1043})


def test_an_incident_that_is_opened_again_still_has_its_code() -> None:
    assert give({1: 1042}, unasked, 1042).code == 1


def test_a_code_that_meant_an_incident_is_not_given_again_while_there_are_others_of_one_digit() -> None:
    """A late ``1r`` must not silence another page."""
    assert give({1: 1042, 2: 1043, 3: 1044}, unasked, 1050).code == 4
    assert give({1: 1042, 3: 1044}, unasked, 1050).code == 2


def test_then_the_oldest_incident_that_is_over_gives_its_code_up() -> None:
    held = {**FULL, 1: 1060}
    assert give(held, over(1043, 1045, 1060), 1070).held == {**held, 3: 1070}


def test_when_all_are_open_the_code_has_two_digits() -> None:
    assert give(FULL, over(), 1070).code == SHORTEST + 1


def test_a_closed_incident_is_still_known_by_its_code_until_another_needs_it() -> None:
    held = give({1: 1042, 2: 1043}, over(1043), 1050).held
    assert held[2] == 1043


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20)), max_size=80))
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
        given_ = give(held, lambda number: number not in open_, incident)
        assert held == before, "the codes given in are not changed"
        assert given_.held[given_.code] == incident
        for code, number in before.items():
            if number in open_ and number != incident:
                assert given_.held[code] == number
        held = dict(given_.held)
        assert len(set(held.values())) == len(held)
    assert max(held, default=0) <= max(most, SHORTEST)
