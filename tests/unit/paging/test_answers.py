"""What Tocsin says back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging.hostile import texts
from tocsin.paging import answers
from tocsin.paging.gsm import septets


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answers.confirmed(1042, "acknowledged", "1r"), "#1042 acknowledged. 1r resolves."),
        (answers.confirmed(1042, "acknowledged"), "#1042 acknowledged. res 1042 resolves."),
        (answers.confirmed(1042, "resolved", "1r"), "#1042 resolved."),
        (
            answers.already(1042, "acknowledged", "Ana Souza", "connect"),
            "#1042 was already acknowledged by Ana Souza (call).",
        ),
        (answers.already(1042, "acknowledged", "you"), "#1042 was already acknowledged by you."),
        (answers.already(1042, "resolved"), "#1042 was already resolved."),
        (answers.not_yours(7), "#7 is not an incident you were paged for. Nothing was changed."),
        (answers.no_such_code("7a"), "7a stands for no open incident, nothing was changed."),
        (
            answers.which([(1042, 1), (1043, 2)]),
            "Which one? Nothing was changed. Reply 1a to ack #1042, 2a to ack #1043; 1r resolves.",
        ),
        (
            answers.not_understood([(1042, 3)]),
            "Not understood, nothing was changed. Reply 3a to ack #1042; 3r resolves.",
        ),
        (answers.help_text([(1042, 1)]), "Tocsin. Reply 1a to ack #1042; 1r resolves."),
        (answers.said_confirmed(1042, "acknowledged"), "Incident 1 0 4 2 acknowledged."),
        (
            answers.said_already(1042, "resolved", "Ben <b>"),
            "Incident 1 0 4 2 was already resolved by Ben.",
        ),
        (answers.said_already(1042, "resolved"), "Incident 1 0 4 2 was already resolved."),
    ],
)
def test_an_answer_says_what_was_changed_or_that_nothing_was(said: str, expected: str) -> None:
    assert said == expected


@given(
    texts,
    texts,
    st.integers(1, 10**9),
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 10**4)), max_size=40),
)
@settings(deadline=None)
def test_every_answer_is_one_part_whoever_the_people_are_and_however_much_is_open(
    name: str, how: str, number: int, open_: list[tuple[int, int]]
) -> None:
    said = [
        answers.confirmed(number, "acknowledged"),
        answers.already(number, "acknowledged", name, how),
        answers.not_yours(number),
        answers.no_such_code(name, open_),
        answers.which(open_),
        answers.help_text(open_),
        answers.not_understood(open_),
    ]
    assert all(0 < septets(each) <= 160 for each in said)
    assert len(answers.said_already(number, "resolved", name)) <= 300
