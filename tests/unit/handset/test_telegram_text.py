"""What Telegram makes of a text: the handset shows it, so that words which are more than words are seen to be."""

from __future__ import annotations

from typing import Any

import pytest

from local.handset.chats.records import Span
from local.handset.chats.telegram_text import BadRequest, pressed, read


def spans(text: str, *entities: dict[str, Any]) -> list[Span]:
    [section] = read({"text": text, "entities": list(entities)})
    return list(section.parts[0].texts[0])


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    "text",
    [
        "just words, *stars* and _lines_ and <b>tags</b>",
        "#1042 is a number, not a tag",
        "1/2 and and/or and ana@home",
        "db(.)example(.)com, 10.0.0.1, v1.2.3, e.g. this",
        "@\u2060everyone /\u2060resolve #\u2060tag $\u2060USD +\u206012025550101",
        "C$ costs 5$ + 3",
    ],
)
def test_words_stay_words(text: str) -> None:
    assert spans(text) == [Span(text)]


@pytest.mark.parametrize(
    "tapped",
    ["@everyone", "@ana_souza", "/resolve", "/ack@TocsinBot", "#disk", "#1042full", "$USD", "+12025550101"],
)
def test_what_telegram_makes_tappable_by_itself_is_seen(tapped: str) -> None:
    assert spans(f"see {tapped} now") == [Span("see "), Span(tapped, "mention"), Span(" now")]


@pytest.mark.parametrize(
    ("tapped", "href"),
    [
        ("https://evil.example/a?b=1", "https://evil.example/a?b=1"),
        ("evil.example/a", "http://evil.example/a"),
        ("www.evil.com", "http://www.evil.com"),
        ("ana@example.com", "mailto:ana@example.com"),
    ],
)
def test_an_address_is_a_link_with_or_without_its_beginning(tapped: str, href: str) -> None:
    assert spans(f"see {tapped} now") == [Span("see "), Span(tapped, href=href), Span(" now")]


def test_entities_are_counted_in_utf_16() -> None:
    assert spans("🔴 disk full", entity("bold", 0, 7), entity("code", 8, 4)) == [
        Span("🔴 disk", "bold"),
        Span(" "),
        Span("full", "code"),
    ]
    link = entity("text_link", 2, 4, url="https://x.example/a")
    assert spans("🔴disk", link) == [Span("🔴"), Span("disk", href="https://x.example/a")]
    assert spans("a @bob b", entity("bold", 0, 8)) == [
        Span("a ", "bold"),
        Span("@bob", "mention"),
        Span(" b", "bold"),
    ]


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (entity("bold", -1, 2), "receive an entity with incorrect offset -1"),
        (entity("bold", 0, "2"), "receive an entity with incorrect length 2"),  # type: ignore[arg-type]
        (entity("bold", 3, 5), "ends after the end of the text"),
        (entity("bold", 1, 3), "in a middle of a UTF-16 symbol"),
        (entity("bold", 0, 1), "in a middle of a UTF-16 symbol"),
        (entity("blink", 0, 2), "unsupported type 'blink'"),
        (entity("text_link", 2, 2, url="nonsense"), "entity URL 'nonsense' is invalid: Wrong HTTP URL"),
    ],
)
def test_entities_that_telegram_would_not_take_are_not_taken(one: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        spans("🔴disk", one)
    assert says in str(refused.value)


BUTTON = {"text": "Acknowledge", "callback_data": "acknowledge:1042:7"}


def keyboard(*rows: Any) -> dict[str, Any]:
    return {"text": "x", "reply_markup": {"inline_keyboard": list(rows)}}


def test_buttons_stand_in_rows_and_one_without_a_label_is_left_out() -> None:
    open_it = {"text": "Open", "url": "https://tocsin.example.com/i/1042"}
    [section] = read(keyboard([BUTTON, {**BUTTON, "text": ""}], [], [open_it]))
    rows = [part.buttons for part in section.parts if part.kind == "buttons"]
    assert [[(one.label, one.href) for one in row] for row in rows] == [
        [("Acknowledge", "")],
        [("Open", "https://tocsin.example.com/i/1042")],
    ]


def test_a_button_is_known_by_what_it_carries_and_not_by_its_place() -> None:
    def first(sent: dict[str, Any]) -> str:
        [section] = read(sent)
        return next(part.buttons[0].id for part in section.parts if part.kind == "buttons")

    resolve = {"text": "Resolve", "callback_data": "resolve:1042:8"}
    before, after = keyboard([BUTTON]), keyboard([resolve])
    assert pressed(before, first(before)) == BUTTON
    assert pressed(after, first(before)) is None
    # A newer card may have it still: then it is pressed as it is there.
    newer = {**BUTTON, "callback_data": "acknowledge:1042:8"}
    assert pressed(keyboard([resolve, newer]), first(before)) == newer


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "message text is empty"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🔴" * 2049}, "message is too long"),
        ({"text": "*x*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"text": "x", "entities": "bold"}, "can't parse entities"),
        ({"text": "x", "reply_markup": []}, "object expected as reply markup"),
        (keyboard("x"), "must be of type Array"),
        (keyboard([7]), "must be of type String"),
        (keyboard([{"text": "Acknowledge"}]), "Text buttons are unallowed in the inline keyboard"),
        (keyboard([{**BUTTON, "callback_data": "é" * 33}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "Open", "url": "https://localhost/i"}]), "is invalid: Wrong HTTP URL"),
        (keyboard([{"text": "Open", "url": "ftp://x.example/i"}]), "is invalid: Unsupported URL protocol"),
    ],
)
def test_what_telegram_would_not_take_is_not_taken(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(asked)
    assert says in str(refused.value)
