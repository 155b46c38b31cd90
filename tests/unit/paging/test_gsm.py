"""The alphabet of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging.hostile import texts
from tocsin.paging.gsm import fit, septets, to_gsm


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Payment success 0 %", "Payment success 0 %"),
        ("São Paulo à la carte, ñandú", "Sao Paulo à la carte, ñandu"),
        ("Ωμέγα Δ", "ΩmegaΔ"[:1] + "mega Δ"),
        ("“smart” – dashes — and…", '"smart" - dashes - and...'),
        ("db 🔥 down", "db :fire: down"),
        ("ﬁle １２３", "file 123"),
        ("tab\tnew\nline\r\n end", "tab new line end"),
        ("nul\0 zero\u200bwidth \u202ertl\u202c", "nul zerowidth rtl"),
        ("€5 [x] {y} a|b ~ ^ \\", "€5 [x] {y} a|b ~ ^ \\"),
        ("`cmd`", "'cmd'"),
        ("база данных", "baza dannykh"),
        ("データ", "deta"),
        ("a\u0301", "a"),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("", ""),
    ],
)
def test_a_text_is_spelled_with_what_every_phone_can_show(written: str, sent: str) -> None:
    assert to_gsm(written) == sent


def test_a_character_of_the_extension_table_counts_twice() -> None:
    assert septets("abc\n") == 4
    assert septets("€[]{}~|^\\\f") == 20


def test_a_character_that_is_not_in_the_alphabet_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match=r"U\+00E1 is not a GSM 7-bit character"):
        septets("Olá")


@pytest.mark.parametrize(
    ("text", "room", "left"),
    [
        ("hello", 5, "hello"),
        ("hello!", 5, "he..."),
        ("one two three", 7, "one..."),
        ("€€€€", 8, "€€€€"),
        ("€€€€", 7, "€€..."),
        ("€€€€", 6, "€..."),
        ("hello", 3, "hel"),
        ("€€", 3, "€"),
        ("hello", 0, ""),
        ("hello", -4, ""),
        ("", -1, ""),
    ],
)
def test_a_text_is_cut_on_septets_and_says_so(text: str, room: int, left: str) -> None:
    assert fit(text, room) == left


@given(texts, st.integers(-5, 200))
@settings(deadline=None)
def test_any_text_becomes_one_line_of_the_alphabet_that_fits(text: str, room: int) -> None:
    sent = to_gsm(text)
    assert septets(sent) >= 0, "each character has its septets"
    assert "\n" not in sent
    assert "\r" not in sent
    assert "\f" not in sent
    assert to_gsm(sent) == sent or len(sent) > 8_000
    cut = fit(sent, room)
    assert septets(cut) <= max(room, 0)
    assert cut == sent or septets(sent) > room
