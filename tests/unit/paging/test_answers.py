"""What Tocsin says back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging.hostile import texts
from tocsin.paging import answers
from tocsin.paging.gsm import septets
from tocsin.paging.replies import Kind, Reply, read

#: Half past nine on a November morning in London.
HALF_PAST_NINE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
OPEN = [(1042, 1), (1043, 2)]
STATES: tuple[answers.State, ...] = get_args(answers.State)


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
        (answers.confirmed(1042, "unacknowledged"), "#1042 unacknowledged: its pages go on."),
        (answers.confirmed(1042, "reopened"), "#1042 reopened: its pages begin anew."),
        (
            answers.confirmed(1042, "snoozed", until=HALF_PAST_NINE, zone="Europe/London"),
            "#1042 snoozed until Thu 26 Nov 09:30 (Europe/London).",
        ),
        (
            answers.confirmed(1042, "kept", until=HALF_PAST_NINE, zone="America/Sao_Paulo"),
            "#1042 is still yours until Thu 26 Nov 06:30 (America/Sao_Paulo).",
        ),
        (answers.confirmed(1042, "kept"), "#1042 is still yours."),
        (answers.confirmed(1042, "noted"), "#1042 has your note."),
        (answers.confirmed(1042, "joined"), "You joined #1042."),
        (answers.confirmed(1042, "declined"), "You declined to join #1042."),
        (answers.already(1042, "snoozed", "Ben", "sms"), "#1042 was already snoozed by Ben (SMS)."),
        (answers.already(1042, "joined", "you"), "You had already joined #1042."),
        (answers.already(1042, "declined", "you"), "You had already declined to join #1042."),
        (answers.all_acknowledged([1042, 1043, 1044]), "3 acknowledged: #1042, #1043, #1044."),
        (answers.all_acknowledged([1042], already=1), "1 acknowledged: #1042. 1 more was already."),
        (answers.all_acknowledged([], already=2), "Nothing to acknowledge. 2 were already."),
        (answers.all_acknowledged([]), "Nothing to acknowledge."),
        (
            answers.all_acknowledged([1043], 1, [(1042, ["Ana Souza"])]),
            "1 acknowledged: #1043. Your ack of #1042 is noted, still to acknowledge: Ana Souza. 1 more was already.",
        ),
        (
            answers.all_acknowledged([], 0, [(1042, ["Ana Souza", "Ben"])]),
            "Your ack of #1042 is noted, still to acknowledge: Ana Souza, Ben.",
        ),
        (
            answers.all_acknowledged([], 0, [(1042, ["Ana Souza"]), (1043, ["Ben"])]),
            "Noted, and others have to acknowledge, too: #1042, #1043.",
        ),
        (
            answers.not_acknowledged(1042, "1a"),
            "#1042 is not acknowledged, nothing was changed. 1a acknowledges.",
        ),
        (
            answers.not_acknowledged(1042),
            "#1042 is not acknowledged, nothing was changed. ack 1042 acknowledges.",
        ),
        (answers.not_asked(1042), "You were not asked to join #1042. Nothing was changed."),
        (answers.which(OPEN, "s"), "Which one? Nothing was changed. Reply 1s for #1042, 2s for #1043."),
        (
            answers.which(OPEN, " note ..."),
            "Which one? Nothing was changed. Reply 1 note ... for #1042, 2 note ... for #1043.",
        ),
        (answers.which([], "s"), "Which one? Nothing was changed."),
        (
            answers.still_on_it(1042, HALF_PAST_NINE, "Asia/Kolkata", "1k"),
            "Still on #1042? Reply 1k, or it pages again Thu 26 Nov 15:00 (Asia/Kolkata).",
        ),
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
    st.timedeltas(timedelta(0), timedelta(days=3_000)),
    st.sampled_from(sorted(available_timezones())),
)
@settings(deadline=None)
def test_every_answer_is_one_part_whoever_the_people_are_and_however_much_is_open(
    name: str, how: str, number: int, open_: list[tuple[int, int]], later: timedelta, zone: str
) -> None:
    until = HALF_PAST_NINE + later
    said = [
        *(answers.confirmed(number, state, until=until, zone=zone) for state in STATES),
        *(answers.already(number, state, name, how) for state in STATES),
        *(answers.which(open_, command) for command in ("s", "k", " note ...")),
        answers.all_acknowledged([one for one, _ in open_], number),
        answers.all_acknowledged([one for one, _ in open_], number, [(number, [name, name])]),
        answers.all_acknowledged([one for one, _ in open_], number, [(one, [name]) for one, _ in open_]),
        answers.all_acknowledged([], 0, [(number, [name])]),
        answers.still_on_it(number, until, zone),
        answers.not_acknowledged(number),
        answers.not_asked(number),
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


@given(
    texts, st.integers(1, 9_999), st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 20)), max_size=20)
)
@settings(deadline=None)
def test_no_answer_is_a_command_when_it_is_sent_back(
    name: str, number: int, open_: list[tuple[int, int]]
) -> None:
    said = [
        *(
            answers.confirmed(number, state, until=until)
            for state in STATES
            for until in (None, HALF_PAST_NINE)
        ),
        *(answers.already(number, state, name, "sms") for state in STATES),
        *(answers.which(open_, command) for command in ("a", "s", " note ...")),
        answers.all_acknowledged([one for one, _ in open_], number),
        answers.all_acknowledged([one for one, _ in open_], number, [(number, [name, name])]),
        answers.all_acknowledged([one for one, _ in open_], number, [(one, [name]) for one, _ in open_]),
        answers.all_acknowledged([], 0, [(number, [name])]),
        answers.still_on_it(number, HALF_PAST_NINE, "UTC", "1k"),
        answers.not_acknowledged(number),
        answers.not_asked(number),
        answers.not_yours(number),
        answers.no_such_code("7", open_),
        answers.help_text(open_),
        answers.not_understood(open_),
        answers.snooze_limits(),
        answers.part_of(number, number + 1),
    ]
    read_as = {each: read(each) for each in said if read(each) != Reply(Kind.UNKNOWN)}
    # It resolves what is resolved, and is told so: in other words, which are no command.
    assert read_as == {f"#{number} resolved.": Reply(Kind.RESOLVE, number=number)}


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60))
@settings(deadline=None)
def test_who_acknowledges_all_is_told_of_every_incident_by_number_or_by_count(numbers: list[int]) -> None:
    said = answers.all_acknowledged(numbers)
    assert said.startswith(f"{len(numbers)} acknowledged: #{numbers[0]}")
    named, _, rest = said.partition(" and ")
    assert named.count("#") + int(rest.removesuffix(" more.") or 0) == len(numbers)


@pytest.mark.parametrize("digits", range(1, 10))
def test_however_many_are_acknowledged_at_once_the_answer_is_one_part(digits: int) -> None:
    for count in range(1, 80):
        for already in (0, 1, 12_345):
            numbers = range(10 ** (digits - 1), 10 ** (digits - 1) + count)
            assert septets(answers.all_acknowledged(numbers, already)) <= 160
