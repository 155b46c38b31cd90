"""What somebody wrote in an answer to a mail, without what they quote and their signature.

Mails are hostile: huge, nested, malformed, in charsets that do not exist. What cannot be read is empty, never an
exception.
"""

from __future__ import annotations

import re
from contextlib import suppress
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from html import unescape

from tocsin.paging.plain import one_line

#: Bytes of a mail that are read: what somebody wrote stands before what they attached, and the parser takes quadratic
#: time for a long header.
MOST_READ = 300_000
_PARTS, _DEPTH, _TEXT, _LINES, _LINE = 50, 8, 60_000, 400, 1_000
#: Lines of somebody's own that are looked at: a command stands at the beginning.
OWN_LINES = 10

_CHARSET = re.compile(
    r"(?:utf|us-ascii|ascii|iso-|iso8859|latin|windows-|cp|koi8|gb|big5|euc|shift|sjis|mac).{0,30}"
)
_ADDRESS = re.compile(r"[^\s@<>]{1,200}@[^\s@<>]{1,200}\.")
_RULE = re.compile(r"(?:[-_=*]{5,}|-{2,}[^-].*-{2,}|--)")
_FIELD = re.compile(r"\*?[^\W\d_][\w \-]{0,20}:\*?(?: |$)")


def parse(raw: bytes) -> Message | None:
    """The mail, None where the parser gives up. Its headers are as they came."""
    try:
        return message_from_bytes(raw[:MOST_READ])
    except Exception:
        # The standard library's parser raises all kinds of things over mails that were made to break one.
        return None


def headers(mail: Message, name: str) -> list[str]:
    """All headers of a name, decoded (RFC 2047) and each on one line."""
    return [_decoded(str(value)) for value in mail.get_all(name, [])[:20]]


def _decoded(value: str) -> str:
    value = value[:2_000]
    with suppress(MessageError, ValueError, LookupError):  # then it stays as it came
        value = str(make_header(decode_header(value)))
    return one_line(value)


def own_lines(mail: Message) -> list[str]:
    """The first lines of somebody's own, from the plain text where there is one, else from the HTML."""
    try:
        plain, html = _texts(mail)
        return unquoted(plain if plain.strip() else _of_html(html))
    except Exception:
        # As above: parts are only decoded here, and HTML is read.
        return []


def _texts(mail: Message) -> tuple[str, str]:
    """The first plain text with words in it, and the first HTML."""
    found = {"text/plain": "", "text/html": ""}
    left, seen = [(mail, 0)], 0
    while left and seen < _PARTS:
        part, depth = left.pop(0)
        seen += 1
        kind = part.get_content_type()
        if part.is_multipart():
            inside = part.get_payload()
            # A mail that is attached is somebody else's words.
            if isinstance(inside, list) and depth < _DEPTH and kind != "message/rfc822":
                left[:0] = [(one, depth + 1) for one in inside[:_PARTS] if isinstance(one, Message)]
        elif kind in found and part.get_content_disposition() != "attachment" and not found[kind].strip():
            found[kind] = _text(part)
    return found["text/plain"], found["text/html"]


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = (part.get_content_charset() or "utf-8").lower()
    try:
        return data[:_TEXT].decode(charset if _CHARSET.fullmatch(charset) else "utf-8", "replace")
    except (LookupError, ValueError):
        return data[:_TEXT].decode("utf-8", "replace")


def unquoted(text: str) -> list[str]:
    """The first lines of somebody's own. All doubt is for a quotation: an alert's words must never become a command.

    Quoted is what begins with ``>``, what follows it without an empty line (clients wrap), and all that stands below a
    rule, a signature's ``--``, a block of headers, or a line with a mail address, as every attribution has one.
    """
    lines = [line[:_LINE] for line in text[:_TEXT].splitlines()[:_LINES]]
    plain = [one_line(line) for line in lines]
    own: list[str] = []
    in_quote = False
    for at, line in enumerate(plain):
        if not line:
            in_quote = False
        elif line.startswith(">"):
            in_quote = True
        elif in_quote or (line.endswith(":") and _quoted_next(plain, at)):
            continue
        elif _RULE.fullmatch(line) or _ADDRESS.search(line) or _is_head(plain, at):
            break
        else:
            own.append(line)
            if len(own) == OWN_LINES:
                break
    return own


def _quoted_next(lines: list[str], at: int) -> bool:
    """Whether a quotation follows: then this line says whose it is, and somebody's own words may stand below it."""
    following = next((line for line in lines[at + 1 : at + 4] if line), "")
    return following.startswith(">")


def _is_head(lines: list[str], at: int) -> bool:
    """Whether two lines are the first of a block of headers (``From: …``, ``Sent: …``), in any language."""
    following = next((line for line in lines[at + 1 : at + 3] if line), "")
    return bool(_FIELD.match(lines[at]) and _FIELD.match(following))


_BLOCKS = frozenset(
    (
        "address",
        "br",
        "dd",
        "div",
        "dt",
        "h1",
        "h2",
        "h3",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "td",
        "tr",
        "ul",
    )
)
_UNSEEN = frozenset(("blockquote", "head", "script", "style", "title"))
_TAG = re.compile(r"/?([A-Za-z][A-Za-z0-9]{0,20})")
#: How Gmail, Outlook, Yahoo, Thunderbird and Proton mark what they quote.
_MARKS = re.compile(
    r"gmail_quote|gmail_attr|divrplyfwdmsg|appendonsend|yahoo_quoted|moz-cite-prefix|protonmail_quote"
    r"|reference-message-container|outlookmessageheader"
)


def _of_html(html: str) -> str:
    """The words of HTML, up to where a mail program says that a quotation begins.

    Read in one pass: html.parser took a minute for 60 kB that were made for it (Python 3.11), and no more is needed.
    """
    begins, *comments = html[:_TEXT].split("<!--")
    html = begins + "".join(one.partition("-->")[2] for one in comments)
    said, unseen = [], list[str]()
    first, *rest = html.split("<")
    said.append(_words(first))
    for piece in rest:
        tag, _, words = piece.partition(">")
        found = _TAG.match(tag)
        name = found[1].lower() if found else ""
        if name == "hr" or _MARKS.search(tag[:500].lower()):
            break
        if name in _UNSEEN:
            if not tag.startswith("/"):
                unseen.append(name)
            elif unseen and unseen[-1] == name:
                unseen.pop()
        if name in _BLOCKS:
            said.append("\n")
        if not unseen:
            said.append(_words(words))
    return "".join(said)


def _words(html: str) -> str:
    return " ".join(unescape(html).splitlines())
