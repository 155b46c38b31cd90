"""What carriers report about a message. It may bring the next contact forward; it never makes anybody wait."""

from __future__ import annotations

from dataclasses import replace

from tocsin.engine.ports import Ports
from tocsin.paging.receipts import Receipt
from tocsin.store.pages import Message, PageRecord, PageState

#: WhatsApp's word for what its server has taken.
_WENT = "sent"


def receipt_came(ports: Ports, receipt: Receipt) -> None:
    """Notes the report on its page; one that says that the message never arrives counts as the carrier's refusal.

    Raises TooBusy.
    """
    found = _page_of(ports, receipt)
    if found is None:
        ports.metrics.count("ReceiptUnknown")
        return
    number, page = found
    # That it went is known; noted late, it would take the place of its having arrived.
    if receipt.status != _WENT:
        ports.store.note_receipt(number, page, receipt.status)
    message = ports.store.message(receipt.provider_id) if receipt.also or receipt.hard else None
    if receipt.also and message is None:
        message = _never_noted(ports, number, page, receipt.channel)
    if receipt.also and message is not None and receipt.also != message.provider_id:
        ports.store.put_message(replace(message, provider_id=receipt.also), ports.clock.now())
    if not receipt.hard:
        return
    from tocsin.engine.commits import refuse_page  # most messages arrive, and need no planner
    from tocsin.engine.texting import carried_with, number_of

    to = message.to if message is not None else receipt.to
    carried = carried_with(ports.store.phone(to), page) if to else ()
    # What another page's text carried has not arrived either.
    for id in (page, *carried):
        record = ports.store.page(number_of(id), id)
        if record is not None and (id == page or _went_with_another(record)):
            refuse_page(ports, record.incident, record.page, receipt.reason)


def _never_noted(ports: Ports, number: int, page: str, channel: str) -> Message | None:
    """What a message stands for whose id was never written down, by its page: the function died, or never heard the
    carrier's answer; or the carrier does not say which id it answered with."""
    from tocsin.engine.deliver import recipient  # most messages are known

    record, incident = ports.store.page(number, page), ports.store.incident(number)
    if record is None or incident is None or record.page.via != channel:
        return None
    user, contact = recipient(ports, incident, record.page)
    if user is None or contact is None:
        return None
    return Message("", number, page, user.id, contact.address)


def _went_with_another(record: PageRecord) -> bool:
    """Whether it was sent and has no carrier's id of its own. One that is under way finds the report by itself, and one
    that became a call in the end has gone its own way."""
    return record.state is PageState.SENT and record.provider_id is None


def _page_of(ports: Ports, receipt: Receipt) -> tuple[int, str] | None:
    """The page that a receipt is about: by the carrier's id, else by what we gave the carrier along with the message.

    The carrier's id is unknown where a function died before it could note it, or never heard the carrier's answer.
    """
    message = ports.store.message(receipt.provider_id)
    if message is not None:
        return message.incident, message.page
    number, _, rest = (receipt.page_id or "").partition("-")
    if receipt.page_id and rest and number.isascii() and number.isdigit() and len(number) <= 12:
        return int(number), receipt.page_id
    return None
