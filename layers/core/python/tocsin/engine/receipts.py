"""What carriers report about a message. It may bring the next contact forward; it never makes anybody wait."""

from __future__ import annotations

from tocsin.engine.ports import Ports
from tocsin.paging.receipts import Receipt


def receipt_came(ports: Ports, receipt: Receipt) -> None:
    """Notes the report on its page; one that says that the message never arrives counts as the carrier's refusal.

    Raises TooBusy.
    """
    message = ports.store.message(receipt.provider_id)
    if message is None:
        ports.metrics.count("ReceiptUnknown")
        return
    ports.store.note_receipt(message.incident, message.page, receipt.status)
    if not receipt.hard:
        return
    from tocsin.engine.commits import refuse_page  # most messages arrive, and need no planner

    record = ports.store.page(message.incident, message.page)
    if record is not None:
        refuse_page(ports, message.incident, record.page, receipt.reason)
