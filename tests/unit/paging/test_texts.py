"""What a page says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging.hostile import SAMPLES, texts
from tocsin.paging.gsm import septets
from tocsin.paging.plain import defang, one_line
from tocsin.paging.texts import Facts, email, said, sms, voice

LINK = "https://k3xyz12345.execute-api.eu-west-1.amazonaws.com/l/Zm9vYmFyYmF6cXV4MTIzNA"
FACTS = Facts(
    number=1042,
    service="checkout",
    title="Payment success rate 0 %",
    severity="critical",
    urgency="high",
    count=14,
    state="triggered",
    opened_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    link="https://tocsin.example.com/l/AbCdEf",
    ack_code="1a",
    resolve_code="1r",
)

# How phones find addresses: a scheme, a dotted name with a top-level domain, four numbers. After Android's
# Patterns.WEB_URL, with any letters for the domain, as new ones appear.
TAPPABLE = re.compile(
    r"""(?ix) :// | [\w-]\.[^\W\d_]\w | \d\.\d{1,3}\.\d{1,3}\.\d | \bwww\.\w\w | \b(?:mailto|tel|sms):[\w+]"""
)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def hostile(draw_title: str, draw_service: str) -> Facts:
    return replace(FACTS, title=draw_title, service=draw_service, link=LINK)


def test_a_text_says_what_is_broken_then_its_number_then_what_to_do() -> None:
    assert sms(FACTS) == (
        "checkout: Payment success rate 0 %\n"
        "#1042 critical, 14 times\n"
        "Reply 1a ack, 1r resolve\n"
        "https://tocsin.example.com/l/AbCdEf"
    )


def test_a_text_names_no_codes_to_a_phone_that_cannot_answer() -> None:
    text = sms(replace(FACTS, ack_code=None, resolve_code=None))
    assert "Reply" not in text
    assert text.endswith("\nhttps://tocsin.example.com/l/AbCdEf")


def test_a_long_title_gives_way_and_a_short_service_stays_whole() -> None:
    text = sms(replace(FACTS, title="Latency " * 40))
    assert septets(text) == 160 or septets(text) == 159
    assert text.startswith("checkout: Latency Latency")
    assert "...\n#1042\nReply 1a ack, 1r resolve\nhttps://tocsin.example.com/l/AbCdEf" in text


def test_a_long_service_is_cut_before_the_link_is() -> None:
    text = sms(replace(FACTS, service="payments-" * 50, title="Down " * 50, link=LINK))
    assert septets(text) <= 160
    assert text.endswith(f"...\n#1042\nReply 1a ack, 1r resolve\n{LINK}")
    assert text.startswith("payments")
    assert ": Down" in text


def test_severity_and_count_are_only_said_when_nothing_is_cut_for_them() -> None:
    whole = sms(replace(FACTS, title="t" * 58, link=LINK[:60], count=3))
    assert f"checkout: {'t' * 58}\n#1042\nReply" in whole
    short = sms(replace(FACTS, title="t" * 40, link=LINK[:60], count=3))
    assert f"checkout: {'t' * 40}\n#1042 critical, 3 times\nReply" in short
    assert "critical" not in sms(replace(FACTS, title="t" * 90, severity="critical"))


def test_an_alert_without_a_title_still_wakes_somebody() -> None:
    assert sms(replace(FACTS, title="\u200b\0 ")).startswith("checkout: (no title)\n#1042")
    assert sms(replace(FACTS, title="Down", service="")).startswith("Down\n#1042")
    assert "An alert without a title. Incident 1 0 4 2" in voice(replace(FACTS, title=""), keys=True)
    assert email(replace(FACTS, title="")).subject == "checkout: (no title) [#1042]"


@pytest.mark.parametrize(
    "link", ["https://x.example/" + "y" * 200, "javascript:alert(1)", "https://x/`", "not a link", ""]
)
def test_a_link_that_cannot_stand_whole_is_left_out_rather_than_cut(link: str) -> None:
    text = sms(replace(FACTS, link=link))
    assert "://" not in text
    assert "javascript" not in text
    assert text.endswith("Reply 1a ack, 1r resolve")


@given(texts, texts, st.integers(1, 10**9), st.sampled_from([None, 1, 12, 999]), st.integers(20, 90))
@settings(deadline=None, max_examples=150)
def test_any_alert_becomes_exactly_one_part_with_link_and_codes_whole(
    title: str, service: str, number: int, code: int | None, length: int
) -> None:
    link = ("https://t.example.com/l/" + "k" * 90)[:length]
    facts = replace(
        hostile(title, service),
        number=number,
        link=link,
        ack_code=f"{code}a" if code else None,
        resolve_code=f"{code}r" if code else None,
    )
    text = sms(facts)
    assert 0 < septets(text) <= 160
    lines = text.split("\n")
    assert lines[-1] == link
    assert re.fullmatch(rf"#{number}( .*)?", lines[1])
    assert lines[2:-1] == ([f"Reply {code}a ack, {code}r resolve"] if code else [])
    assert lines[0]
    assert not TAPPABLE.search(" ".join(lines[:-1]))


@given(texts)
@settings(deadline=None, max_examples=150)
def test_nothing_in_an_alert_can_be_tapped(text: str) -> None:
    assert not TAPPABLE.search(defang(one_line(text)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see https://grafana.example.com/d/x?y=1", "see grafana(.)example(.)com/d/x?y=1"),
        ("db.prod.internal refused", "db(.)prod(.)internal refused"),
        ("node 10.0.0.1:9100 down", "node 10.0.0(.)1:9100 down"),
        ("mail bob@example.com", "mail bob@example(.)com"),
        ("postgresql://db/x", "postgresql:db/x"),
        ("v1.2.3 at 99.95 %, p99 1.5s", "v1.2.3 at 99.95 %, p99 1.5s"),
        ("Disk full. Please help, e.g. by deleting.", "Disk full. Please help, e.g. by deleting."),
        ("~/.ssh and ../x", "~/.ssh and ../x"),
        ("tel:+1900", "tel: +1900"),
        ("evil。com 故障。请", "evil(.)com 故障。请"),
    ],
)
def test_addresses_stay_readable_when_they_are_no_longer_tappable(written: str, shown: str) -> None:
    assert defang(written) == shown


def test_a_call_says_what_is_broken_and_what_each_key_does() -> None:
    assert voice(FACTS, keys=True) == (
        "Tocsin. checkout: Payment success rate 0 percent. Incident 1 0 4 2, critical. "
        "Press 4 to acknowledge, 6 to resolve, 9 to escalate, star to repeat."
    )


def test_a_call_without_keys_offers_none_and_is_said_twice() -> None:
    spoken = voice(FACTS, keys=False)
    assert "Press" not in spoken
    assert "star" not in spoken
    assert "This call takes no keys." in spoken
    assert spoken.count("checkout: Payment success rate 0 percent. Incident 1 0 4 2, critical.") == 2


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("<speak>Hi <break time='9s'/>there</speak>", "Hi there"),
        ("latency over <threshold>", "latency over threshold"),
        ("a < b & c > d", "a less than b and c greater than d"),
        ("＜speak＞x＜/speak＞", "x"),
        ("see https://a.example.com/x?y now", "see a link now"),
        ("db.prod is down", "db dot prod is down"),
        ("🔥🔥 db", "fire fire db"),
        ("São Paulo", "São Paulo"),
        ("база", "baza"),
        ("kube_pod_status #42", "kube pod status number 42"),
        ("$.External.say", "dot External dot say"),
    ],
)
def test_a_voice_reads_words_and_no_markup(written: str, spoken: str) -> None:
    assert said(written) == spoken


@given(texts, texts, st.booleans())
@settings(deadline=None, max_examples=150)
def test_no_alert_can_steer_the_voice(title: str, service: str, keys: bool) -> None:
    spoken = voice(hostile(title, service), keys)
    assert len(spoken) <= 3000
    assert not re.search(r"[<>&${}\[\]\\]|://", spoken)
    assert not CONTROLS.search(spoken)
    assert "Incident 1 0 4 2" in spoken


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]


def test_a_mail_shows_the_state_of_this_moment() -> None:
    mail = email(replace(FACTS, state="acknowledged", acked_by="Ana Souza"))
    assert mail.subject == "checkout: Payment success rate 0 % [#1042]"
    assert mail.text == (
        "checkout: Payment success rate 0 %\n\n"
        "Incident: #1042, acknowledged by Ana Souza\n"
        "Severity: critical, high urgency\n"
        "Since: 2026-11-23 02:00 UTC, 14 times\n\n"
        "Acknowledge, resolve or look closer:\nhttps://tocsin.example.com/l/AbCdEf\n"
    )


@given(texts, texts, texts)
@settings(deadline=None, max_examples=150)
def test_the_only_link_of_a_mail_is_ours_whatever_the_alert_says(title: str, service: str, name: str) -> None:
    mail = email(replace(hostile(title, service), acked_by=name))
    page = Page()
    page.feed(mail.html)
    assert page.links == [LINK]
    assert page.tags == {"html", "head", "meta", "body", "h1", "p", "a", "table", "tr", "td"}
    assert mail.text.count("://") == 1
    assert not TAPPABLE.search(mail.text.replace(LINK, ""))
    assert len(mail.subject) <= 200
    assert not CONTROLS.search(mail.subject)
    assert mail.subject.endswith("[#1042]")
    EmailMessage()["Subject"] = mail.subject  # raises on a line break
    (mail.text + mail.html).encode("utf-8")


def test_a_mail_without_a_link_has_none() -> None:
    mail = email(replace(FACTS, link=""))
    assert "href" not in mail.html
    assert "://" not in mail.text


@pytest.mark.parametrize(
    "title", [*SAMPLES, "x" * 65_536, "a" + "\u0301\u0316" * 32_768], ids=lambda text: repr(text[:20])
)
def test_a_title_of_any_size_is_shown_on_one_line(title: str) -> None:
    line = one_line(title)
    assert line == line.strip()
    assert not CONTROLS.search(line)


def test_a_title_behind_any_amount_of_nothing_is_still_read() -> None:
    assert one_line(" \n\u200b\0" * 20_000 + "Down") == "Down"


def test_a_letter_cannot_carry_a_tower_of_marks() -> None:
    assert len(one_line("a" + "\u0316\u0301" * 5_000)) <= 5


def test_a_mail_says_how_to_answer_it_only_where_it_can_be_answered() -> None:
    for mail, told in ((email(FACTS), False), (email(FACTS, replies=True), True)):
        for part in (mail.text, mail.html):
            assert ("Or answer this mail with #ack" in part) is told
