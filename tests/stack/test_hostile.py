"""Whatever a sender writes is read as words by every phone, mail and call: never interpreted, never unsendable."""

from __future__ import annotations

import pytest

from tests.stack.conftest import Tocsin

TITLES = {
    "markup": "<b>fire</b> <script>alert(1)</script> *bold* _it_ `x` <!channel> @here",
    "speech": '<speak><break time="10s"/><audio src="https://evil.example/a.mp3"/>fire</speak>',
    "links": "click https://evil.example/pay and evil.example or call +12025559999",
    "marks": "abc\u202edef\u200b\u0000\ud83d\ude00 \u0456dentical",
    "long": "fire " * 2_000,
}


@pytest.mark.parametrize("kind", TITLES)
def test_a_text_is_one_part_of_plain_words(tocsin: Tocsin, name: str, kind: str) -> None:
    tocsin.send(tocsin.key("search"), {"dedup_key": name, "title": TITLES[kind]})
    number = tocsin.incident_of(name, "search").number
    body = tocsin.handset.wait_for_message("ana", "sms", text=f"#{number}")["text"]
    assert len(body) <= 160
    assert "evil.example" not in body
    assert body.isprintable() or body.replace("\n", "").isprintable()
    assert f"#{number}" in body
    tocsin.handset.reply("ana", f"res {number}")
    tocsin.until(number, "resolved")


@pytest.mark.parametrize("kind", TITLES)
def test_a_mail_shows_words_and_links_nowhere_but_to_us(tocsin: Tocsin, name: str, kind: str) -> None:
    tocsin.send(tocsin.key("inputs"), {"dedup_key": name, "title": TITLES[kind]})
    number = tocsin.incident_of(name, "inputs").number
    mail = tocsin.handset.wait_for_message("ops", "email", text=f"#{number}")
    page = str(mail.get("html") or "")
    assert page
    for tag in ("<script", "<audio", "<speak", "<b>fire"):
        assert tag not in page
    assert "https://evil.example" not in page
    assert "\n" not in str(mail.get("subject"))
    assert len(str(mail.get("subject"))) <= 200


def test_a_call_reads_out_words_alone(tocsin: Tocsin, name: str) -> None:
    tocsin.send(tocsin.key("spoken"), {"dedup_key": name, "title": TITLES["speech"]})
    number = tocsin.incident_of(name, "spoken").number
    call = tocsin.handset.wait_for_message("hal", "voice")
    assert "<" not in call["text"]
    assert "fire" in call["text"]
    tocsin.handset.answer("hal", call["id"])
    tocsin.handset.press("hal", "6", call["id"])
    tocsin.until(number, "resolved")
