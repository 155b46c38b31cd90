"""Mail by Amazon SES (``sesv2.send_email``).

Whatever it is given, SES puts an id and a time of its own into Message-ID and Date (developer guide, "Amazon SES header
fields"); In-Reply-To and References it leaves as they are. So every mail about an incident, the first one too, says
that it answers one and the same message, which was never sent: mail programs show them as one thread. (RFC 5256 calls
that message a dummy. Gmail wants the same subject besides.)
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_address
from tocsin.paging.channels.errors import deliver
from tocsin.paging.plain import cut, one_line

SERVICE = "sesv2"
PAGE_HEADER = "X-Tocsin-Page"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,60}")
_DOMAIN = re.compile(r"[a-z0-9.-]{1,255}")
_REASONS = {
    "MailFromDomainNotVerifiedException": "identity_not_ready",
    "NotFoundException": "identity_not_ready",
    "AccountSuspendedException": "account_disabled",
    "SendingPausedException": "account_disabled",
    "LimitExceededException": "limit_reached",
}


def send(client: Any, settings: ChannelSettings, message: Message) -> Outcome:
    """One mail to one address; the page's id, percent-encoded, travels in the header ``X-Tocsin-Page``."""
    if refused := bad_address(message.to):
        return refused
    # SES takes printable ASCII of at most 995 characters.
    headers = {PAGE_HEADER: quote(message.page_id, safe="")[:900] or "-"}
    # RFC 3834: then an absence assistant keeps silent, as it should.
    headers["Auto-Submitted"] = "auto-generated"
    if message.incident is not None and (thread := _thread(message.incident, settings.mail_from)):
        headers |= {"In-Reply-To": thread, "References": thread}
    body: dict[str, Any] = {"Text": _part(message.text)}
    if message.html:
        body["Html"] = _part(message.html)
    subject = cut(one_line(message.subject), 200) or "Tocsin"
    request: dict[str, Any] = {
        "FromEmailAddress": settings.mail_from,
        "Destination": {"ToAddresses": [message.to]},
        "Content": {
            "Simple": {
                "Subject": _part(subject),
                "Body": body,
                "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
            }
        },
    }
    if settings.mail_reply_to:
        request["ReplyToAddresses"] = [reply_to(settings.mail_reply_to, message.reply_token)]
    if settings.mail_configuration_set:
        request["ConfigurationSetName"] = settings.mail_configuration_set
    return deliver(client.send_email, request, "MessageId", _REASONS)


def reply_to(address: str, token: str) -> str:
    """Where an answer goes: ``ack@in.example.com`` with a token is ``ack+<token>@in.example.com``.

    A token that is too long for a local part (64 octets, RFC 5321) is left out: the subject names the incident too.
    """
    local, _, domain = address.rpartition("@")
    named = f"{local}+{token}"
    return f"{named}@{domain}" if _TOKEN.fullmatch(token) and len(named) <= 64 else address


def _thread(incident: int, sender: str) -> str:
    """The id of the message that all mails about an incident answer; "" where the sender's domain is no plain one."""
    domain = sender.rpartition("@")[2].rstrip(">").strip().lower()
    return f"<incident-{incident}@{domain}>" if _DOMAIN.fullmatch(domain) else ""


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
