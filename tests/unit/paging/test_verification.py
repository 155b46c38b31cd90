"""Codes that prove a contact: how they are made, when they count, and how many are sent."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging import contact_texts, gsm, verification
from tocsin.paging.verification import Pending, Verified

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def waiting(code: str = "123456", tries: int = 0) -> Pending:
    made = verification.pending("ana", code, "salt", NOW, "r1")
    for _ in range(tries):
        made = verification.wrong(made)
    return made


def test_a_code_counts_for_fifteen_minutes() -> None:
    one = waiting()
    assert verification.judge(one, "123456", NOW + timedelta(minutes=15) - SECOND) == "right"
    assert verification.judge(one, "123456", NOW + timedelta(minutes=15)) == "expired"
    assert verification.judge(one, "123457", NOW) == "wrong"
    assert verification.judge(None, "123456", NOW) == "none"


def test_after_five_wrong_codes_the_right_one_does_not_count() -> None:
    assert verification.judge(waiting(tries=4), "123456", NOW) == "right"
    assert verification.judge(waiting(tries=5), "123456", NOW) == "too_many"


def test_of_a_code_only_its_salted_hash_is_kept() -> None:
    one, other = waiting(), verification.pending("ana", "123456", "pepper", NOW, "r1")
    assert "123456" not in str(one.as_json())
    assert one.hash != other.hash


@given(st.text(min_size=1))
def test_a_token_has_one_code_of_six_digits(token: str) -> None:
    code = verification.code_from(token)
    assert len(code) == 6
    assert code.isascii()
    assert code.isdigit()
    assert code == verification.code_from(token)


def test_codes_are_as_likely_at_each_digit_and_may_begin_with_zero() -> None:
    codes = [verification.code_from(f"token {number}") for number in range(5000)]
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        assert set(counts) == set("0123456789")
        assert max(counts.values()) < 650
    assert len(set(codes)) > 4950


@given(st.lists(st.integers(0, 200), max_size=12))
def test_no_address_gets_more_than_three_codes_in_any_hour(pauses: list[int]) -> None:
    now, all_sent = NOW, list[datetime]()
    sent: tuple[datetime, ...] = ()
    for pause in pauses:
        now += timedelta(minutes=pause)
        again = verification.may_send_at(now, sent)
        if again is None:
            sent = (*verification.recent(now, sent), now)
            all_sent.append(now)
        else:
            assert now < again <= now + timedelta(hours=1)
            assert verification.may_send_at(again, sent) is None
    for at in all_sent:
        assert sum(1 for one in all_sent if at <= one < at + timedelta(hours=1)) <= 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "123456"),
        (" 012 345 ", "012345"),
        ("123-456.", "123456"),
        ("12345", None),
        ("1234567", None),
        ("123456 ack", None),
        ("ack 123456", None),
        ("#123456", None),
        ("١٢٣٤٥٦", None),
        ("12 34 56", None),
        ("123456\n\nSent from my phone", None),
        ("", None),
    ],
)
def test_a_text_is_a_code_only_when_it_is_nothing_else(text: str, code: str | None) -> None:
    assert verification.code_in(text) == code


def test_what_is_kept_is_read_as_it_was_written() -> None:
    one = waiting(tries=2)
    assert Pending.from_json(one.as_json()) == one
    known = Verified(NOW, "vouched", "dee", "r7")
    assert Verified.from_json(known.as_json()) == known


@given(st.text(min_size=1, max_size=120))
def test_a_text_with_a_code_is_one_part_whatever_the_person_is_called(user: str) -> None:
    for words in (
        contact_texts.code_text("sms", user, "012345")[1],
        contact_texts.test_text("sms", user)[1],
        contact_texts.proved_text(user),
    ):
        assert gsm.septets(words) <= 160
    assert "012345" in contact_texts.code_text("sms", user, "012345")[1]


def test_the_words() -> None:
    assert contact_texts.code_text("sms", "ana", "012345") == (
        "",
        "Tocsin: 012345 proves that this phone is ana's. Answer with the code within 15 min."
        " Or: tocsin contact confirm ana 012345",
    )
    assert (
        "0, 1, 2, 3, 4, 5. Once more: 0, 1, 2, 3, 4, 5."
        in contact_texts.code_text("voice", "ana", "012345")[1]
    )
    subject, words = contact_texts.code_text("email", "ana", "012345")
    assert subject == "Tocsin: 012345 is your code"
    assert "tocsin contact confirm ana 012345" in words
