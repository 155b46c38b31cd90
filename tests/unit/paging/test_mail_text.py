"""What somebody wrote in an answer, whatever the mail is made of: never what they quote, never an exception."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tests.unit.paging.mails import answer, came, mail, said
from tests.unit.paging.test_mail_receipts import recorded
from tocsin.paging.mail_answers import MailAnswer, NotTaken, read
from tocsin.paging.replies import Kind

# what it says


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("#ack", Kind.ACK),
        ("#ACK.", Kind.ACK),
        (" #ack ", Kind.ACK),
        ("#acknowledged, thanks", Kind.ACK),
        ("#res", Kind.RESOLVE),
        ("#resolve", Kind.RESOLVE),
        ("#esc", Kind.ESCALATE),
        ("#Escalate!", Kind.ESCALATE),
        ("On it.\n\n#ack\n\nAna", Kind.ACK),
        ("#ack\n#ack", Kind.ACK),
        ("#keep", Kind.KEEP),
        ("#snooze 2h", Kind.SNOOZE),
        ("#snooze 7 for 30m", Kind.SNOOZE),
        ("#unack", Kind.UNACK),
        ("#accept", Kind.ACCEPT),
        ("#decline 7", Kind.DECLINE),
        ("#1042 note the disk of eu-1", Kind.NOTE),
        ("#note the disk of eu-1", Kind.UNKNOWN),
        ("#ack all", Kind.UNKNOWN),
        ("#aa", Kind.UNKNOWN),
        ("\u200b#ack", Kind.ACK),
        ("ack", Kind.UNKNOWN),
        ("#ack?", Kind.UNKNOWN),
        ("please #ack it", Kind.UNKNOWN),
        ("#ack\n#res", Kind.UNKNOWN),
        ("#1a", Kind.ACK),
        ("#stop", Kind.UNKNOWN),
        ("#hashtag", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        ("a line\n" * 10 + "#ack", Kind.UNKNOWN),
    ],
)
def test_a_command_is_a_line_of_its_own_with_a_hash(words: str, kind: Kind) -> None:
    assert said(words) == kind


QUOTED = [
    "On Mon, 23 Nov 2026 at 02:04, Tocsin <tocsin@example.com> wrote:\n\n> #res\n> more",
    "On Mon, 23 Nov 2026 at 02:04, Tocsin\n<tocsin@example.com> wrote:\n\n> #res",
    "Em seg., 23 de nov. de 2026 às 02:04, Tocsin <tocsin@example.com>\nescreveu:\n\n#res",
    "2026年11月23日(月) 2:04 Tocsin <tocsin@example.com>:\n\n#res",
    "________________________________\nFrom: Tocsin\nSent: Monday\n\n#res",
    "-----Original Message-----\n#res",
    "-------- Ursprüngliche Nachricht --------\n#res",
    "Von: Tocsin\nGesendet: Montag, 23. November 2026 02:04\nAn: Ana\nBetreff: checkout\n\n#res",
    "*From:* Tocsin\n*Sent:* Monday\n\n#res",
    "-- \nAna\n#res",
    "--\n#res",
    "> a title that was so long that the mail program put the rest of it below\n#res",
    "Sent from my phone\n\n> On 23 Nov 2026, at 02:04, Tocsin <tocsin@example.com> wrote:\n> \n> #res",
]


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_or_signed_never_becomes_a_command(quoted: str) -> None:
    assert said(f"#ack\n\n{quoted}") == Kind.ACK
    assert said(f"I am looking\n\n{quoted}") == Kind.UNKNOWN
    assert said(quoted) == Kind.UNKNOWN


@pytest.mark.parametrize(
    "head",
    [
        "On Mon, 23 Nov 2026 at 02:04, Tocsin <tocsin@example.com> wrote:",
        "Tocsin schrieb am 23.11.26 um 02:04:",
        "",
    ],
)
def test_an_answer_may_stand_below_what_it_answers(head: str) -> None:
    assert said(f"{head}\n> checkout: #res\n> more\n\n#ack\n-- \nAna") == Kind.ACK


# how it is made


def made(html: str | None, plain: str | None = None) -> str:
    built = EmailMessage()
    built["From"], built["Subject"] = "Ana Souza <ana@example.com>", "Re: [#1042]"
    if plain is not None:
        built.set_content(plain)
    if html is not None:
        (built.add_alternative if plain is not None else built.set_content)(html, subtype="html")
    return built.as_string()


def test_plain_text_goes_before_html() -> None:
    assert answer(made("<p>#res</p>", "#ack")).kind == Kind.ACK
    assert answer(made("<p>#ack</p>", " \n ")).kind == Kind.ACK


@pytest.mark.parametrize(
    "html",
    [
        "#ack",
        "<html><head><title>#res</title><style>#res{}</style></head><body><div>#ack</div></body></html>",
        "<p>#ack</p><blockquote>#res</blockquote>",
        "<blockquote><blockquote>x</blockquote><div>#res</div></blockquote><p>#ack</p>",
        '<div>#ack</div><br><div class="gmail_quote gmail_quote_container"><div>#res</div></div>',
        '<div>#ack</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">x</div><div>#res</div>',
        "<div>&#35;ack</div><hr><div>#res</div>",
        '<div>#ack</div><div class="moz-cite-prefix">x</div><div>#res</div>',
        "<p>#ack<p>On Monday Tocsin &lt;tocsin@example.com&gt; wrote:<p>#res",
        "<div>#ack<br></div><script>document.write('#res')</script>",
        "<table><tr><td>#ack</td><td>x</td></tr></table>",
    ],
)
def test_html_is_read_where_there_is_no_plain_text(html: str) -> None:
    assert answer(made(html)).kind == Kind.ACK


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("base64", base64.b64encode(b"#ack\r\n").decode()),
        ("quoted-printable", "=23ack=\r\n\r\n"),
        ("QUOTED-PRINTABLE", "#a=\r\nck"),
        ("8bit", "#ack"),
        ("x-unknown", "#ack"),
    ],
)
def test_it_may_be_encoded_in_any_way_of_mime(coding: str, body: str) -> None:
    assert answer(mail(f"Content-Transfer-Encoding: {coding}", body=body)).kind == Kind.ACK


@pytest.mark.parametrize(
    "charset",
    [
        "iso-8859-1",
        "windows-1252",
        "UTF-8",
        "us-ascii",
        "nonsense",
        "zlib",
        "undefined",
        "idna",
        '"',
        "\udcff",
        "",
    ],
)
def test_a_charset_that_does_not_exist_is_no_reason_not_to_read(charset: str) -> None:
    raw = mail(f"Content-Type: text/plain; charset={charset}", body="Já vejo\n\n#ack")
    for data in (raw.encode("latin-1", "replace"), raw.encode("utf-8", "surrogateescape")):
        found = read(json.dumps(recorded("received_s3")), data)
        assert isinstance(found, MailAnswer)
        assert found.kind == Kind.ACK


def test_utf_16_is_read() -> None:
    body = base64.b64encode("#ack".encode("utf-16")).decode()
    typed = ("Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64")
    assert answer(mail(*typed, body=body)).kind == Kind.ACK


def parts(*inside: str, kind: str = "mixed", boundary: str = "b") -> tuple[str, str]:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in inside) + f"--{boundary}--\r\n"
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"', body


def test_what_is_attached_is_not_what_somebody_wrote() -> None:
    own = "Content-Type: text/plain\r\n\r\n#ack"
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n#res"
    forwarded = "Content-Type: message/rfc822\r\n\r\nFrom: eve@example.com\r\n\r\n#res"
    for inside in ((own, attached), (attached, own), (forwarded, own)):
        typed, body = parts(*inside)
        assert answer(mail(typed, body=body)).kind == Kind.ACK
    typed, body = parts(forwarded)
    assert answer(mail(typed, body=body)).kind == Kind.UNKNOWN


def test_parts_may_be_nested_but_not_without_end() -> None:
    inner = "Content-Type: text/plain\r\n\r\n#ack"
    for depth in range(2_000):
        typed, body = parts(inner, boundary=f"b{depth}")
        inner = f"{typed}\r\n\r\n{body}"
        if depth == 4:
            assert answer(mail(typed, body=body)).kind == Kind.ACK
    found = came(mail(typed, body=body))
    assert isinstance(found, NotTaken) or found == answer(mail(body=""))


def test_a_huge_mail_is_read_from_its_beginning() -> None:
    typed, body = parts(
        "Content-Type: text/plain\r\n\r\n#ack", "Content-Type: image/png\r\n\r\n" + "A" * 5_000_000
    )
    found = read(json.dumps(recorded("received_s3")), mail(typed, body=body).encode())
    assert isinstance(found, MailAnswer)
    assert found.kind == Kind.ACK
    assert said("x" * 100_000 + "\n#ack") == Kind.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\0",
        "\r\n\r\n#ack",
        "From: ana@example.com",
        "From ana@example.com\nFrom: ana@example.com\n\n#ack",
        mail('Content-Type: multipart/mixed; boundary=""'),
        mail("Content-Type: multipart/mixed"),
        mail('Content-Type: multipart/alternative; boundary="b"', body="--b\r\n" * 3_000),
        mail("Content-Type: ;;;=;\"'"),
        mail("Content-Type: message/rfc822", body="x"),
        mail("Content-Type: message/delivery-status", body="\n\n\n"),
        mail("Content-Type: text/html", body="<![if foo<!DOCTYPE <?x <!-- <![CDATA[ &#xffffffff; &#0; </"),
        mail("Content-Type: text/html", body="<" * 60_000),
        mail("Content-Type: text/html", body="<div " + "a=1 " * 15_000),
        mail("Content-Type: text/html", body="<!--" * 15_000),
        mail("Content-Type: text/html", body="<a " * 20_000),
        mail("Content-Type: text/html", body="<a b='" * 10_000),
        mail("Subject: =?utf-8?b?aaaaa?= [#1042]", instead="Subject"),
        mail("Content-Type: text/html", body="<blockquote>" * 5_000 + "#ack"),
        mail("Content-Transfer-Encoding: base64", body="!" * 1_000),
        mail("Content-Transfer-Encoding: uuencode", body="begin 666 x\n#####\nend"),
        mail("Subject: " + "=?utf-8?q?x?= " * 3_000, instead="Subject"),
        mail("References: " + "<incident-1@x> " * 20_000),
        mail(*("Received: x" for _ in range(5_000))),
    ],
)
def test_no_mail_is_an_exception_however_it_is_made(content: str) -> None:
    assert isinstance(came(content), (MailAnswer, NotTaken))


@given(
    hostile.texts, hostile.texts, st.sampled_from(["text/plain", "text/html", "multipart/mixed; boundary=b"])
)
@example("[#7]", "\r\n\r\n#res", "text/plain")
def test_whatever_stands_in_a_mail_it_is_an_answer_or_not_taken(title: str, body: str, kind: str) -> None:
    raw = mail(f"Subject: {title}", f"Content-Type: {kind}", body=body, instead="Subject")
    assert isinstance(came(raw), (MailAnswer, NotTaken))
    data = raw.encode("utf-8", "surrogatepass")
    assert isinstance(read(json.dumps(recorded("received_s3")), data), (MailAnswer, NotTaken))


@given(hostile.texts)
def test_no_title_that_we_quote_back_is_a_command(title: str) -> None:
    quoted = "".join(f"> {line}\n" for line in title.splitlines())
    assert said(f"hello\n\nOn Monday Tocsin <t@example.com> wrote:\n{quoted}") == Kind.UNKNOWN


@given(st.binary(max_size=500))
def test_bytes_that_are_no_mail_are_not_taken(raw: bytes) -> None:
    assert isinstance(read(json.dumps(recorded("received_s3")), raw), (MailAnswer, NotTaken))
