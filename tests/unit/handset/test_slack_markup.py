"""What Slack makes of a text: the handset shows it, so that words which are more than words are seen to be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local.handset.chats.records import Span
from local.handset.chats.slack_blocks import mrkdwn, read


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("just words", [Span("just words")]),
        ("a *bold* _it_ ~no~ `x`", "a |bold:bold| |it:italic| |no:strike| |x:code"),
        ("2*3*4 snake_case_name a~b", [Span("2*3*4 snake_case_name a~b")]),
        ("<!channel> <@U1|ana> <#C1|ops>", "@channel:mention| |@ana:mention| |@ops:mention"),
        ("on :fire: now", "on |:fire::emoji| now"),
        ("1 &lt; 2 &amp;&amp; 3", [Span("1 < 2 && 3")]),
        ("&lt;!channel&gt;", [Span("<!channel>")]),
        ("<https://x.example/a|here>", [Span("here", href="https://x.example/a")]),
        (
            "see https://x.example/a now",
            [Span("see "), Span("https://x.example/a", href="https://x.example/a"), Span(" now")],
        ),
        ("<!date^1^{date}|yesterday>", [Span("yesterday", moment=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))]),
    ],
)
def test_markup_is_read(text: str, spans: list[Span] | str) -> None:
    if isinstance(spans, str):
        spans = [_span(part) for part in spans.split("|")]
    assert list(mrkdwn(text)) == spans


def _span(part: str) -> Span:
    text, _, style = part.rpartition(":") if part.rstrip().endswith(STYLES) else (part, "", "")
    return Span(text, style)  # type: ignore[arg-type]


STYLES = ("bold", "italic", "strike", "code", "mention", "emoji")


def test_verbatim_text_has_no_address_of_its_own() -> None:
    assert list(mrkdwn("see https://x.example", verbatim=True)) == [Span("see https://x.example")]


def test_plain_text_shows_emoji_unless_they_are_switched_off() -> None:
    def shown(**more: bool) -> list[str]:
        block = {"type": "section", "text": {"type": "plain_text", "text": "a :fire: *b*", **more}}
        [section] = read("", [block], None)
        return [span.style for span in section.parts[0].texts[0]]

    assert shown(emoji=False) == [""]
    assert shown() == ["", "emoji", ""]


def test_a_text_is_for_notifications_alone_where_there_are_blocks() -> None:
    block = {"type": "section", "text": {"type": "plain_text", "text": "shown"}}
    [section] = read("hidden", [block], None)
    assert section.parts[0].texts[0] == (Span("shown"),)
    [section] = read("shown", None, None)
    assert section.parts[0].texts[0] == (Span("shown"),)
