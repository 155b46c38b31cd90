"""Mail by Amazon SES (``sesv2.send_email``)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_address
from tocsin.paging.channels.errors import deliver
from tocsin.paging.plain import cut, one_line

SERVICE = "sesv2"
PAGE_HEADER = "X-Tocsin-Page"

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
                # SES takes printable ASCII of at most 995 characters.
                "Headers": [{"Name": PAGE_HEADER, "Value": quote(message.page_id, safe="")[:900] or "-"}],
            }
        },
    }
    if settings.mail_configuration_set:
        request["ConfigurationSetName"] = settings.mail_configuration_set
    return deliver(client.send_email, request, "MessageId", _REASONS)


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
