"""What is written is read back as it was, and looks as people write it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE
from tocsin.config.load import load_text
from tocsin_cli.importing.rendering import render

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda key: key != "<<"
)
VALUES = st.recursive(
    TEXT,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4) | st.dictionaries(KEYS, inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_every_document_is_read_back_as_it_was(document):
    assert load_text(render(document, {})).document == document


def test_a_whole_file_is_read_back_as_it_was():
    document = load_text(EXAMPLE).document
    text = render(document, {("users", "ana"): "user 1"}, "Head\nand more")
    assert load_text(text).document == document
    assert text.startswith(
        "# Head\n# and more\n\nversion: 1\n\nusers:\n  ana:  # user 1\n    name: Ana Souza\n"
    )
    assert text == render(load_text(text).document, {("users", "ana"): "user 1"}, "Head\nand more")


def test_what_a_reader_could_take_for_something_else_is_quoted():
    words = [
        "no",
        "Yes",
        "null",
        "12",
        "012",
        "1.5",
        "0x1f",
        "17:00",
        "+5511955550100",
        "2026-01-05",
        "~",
        "- a",
        "a: b",
    ]
    words += [
        "#x",
        "a #b",
        "",
        " a",
        "a ",
        "é",
        "*a",
        "&a",
        "!a",
        "{a}",
        "@a",
        "`a",
        '"',
        "\\",
        "\u2028",
        "\u0007",
        ".inf",
    ]
    (line,) = render({"key": words}, {}).splitlines()
    plain = [word for word in words if f", {word}," in line or f"[{word}," in line]
    assert plain == ["12"]
    assert load_text(line).document == {"key": words}


def test_plain_words_walls_and_durations_are_not():
    words = [
        "ana",
        "Ana Souza",
        "Europe/London",
        "ana@example.com",
        "2026-01-05T09:00",
        "5m",
        "1",
        "payments-primary",
    ]
    assert render({"key": words}, {}) == f"key: [{', '.join(words)}]\n"
