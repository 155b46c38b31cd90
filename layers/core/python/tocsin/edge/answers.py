"""The reply queue, one message after another: answers, and what carriers report."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.batches import again_soon, failures
from tocsin.edge.log import logger
from tocsin.engine.receipts import receipt_came
from tocsin.paging import receipts


def worked(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Takes a batch, and gives back those of it that shall come again."""
    failed: list[dict[str, Any]] = []
    for record in records:
        try:
            _take(record["body"])
        except Exception:
            logger().exception("an answer could not be taken", extra={"message_id": record["messageId"]})
            failed.append(record)
    return failures(again_soon(failed))


def _take(body: str) -> None:
    # Most of what comes are receipts: what an answer takes is imported when one comes.
    came = receipts.read(body)
    if isinstance(came, receipts.Receipt):
        receipt_came(wiring.ports(), came)
    elif isinstance(came, receipts.Unrecognised):
        logger().warning("not an answer", extra={"reason": came.reason})
    elif isinstance(came, receipts.InboundSms):
        from tocsin.engine import reply

        reply.text_came(wiring.ports(), came)
    elif isinstance(came, receipts.OfWhatsApp):
        from tocsin.edge.carriers import channel_settings
        from tocsin.edge.settings import settings
        from tocsin.engine.whatsapp import whatsapp_came
        from tocsin.paging.channels import whatsapp_answers

        for one in whatsapp_answers.read(came.body, channel_settings(settings())):
            whatsapp_came(wiring.ports(), one)
    else:
        from tocsin.paging.mail_answers import MailAnswer, Stored

        if isinstance(came, MailAnswer):
            from tocsin.engine import mail

            mail.mail_came(wiring.ports(), came)
            return
        # Whoever sent it is told nothing: what is not vouched for may come from anybody.
        why = (
            came.reason if not isinstance(came, Stored) else "it lies in a bucket: use an SNS action instead"
        )
        wiring.ports().metrics.count("MailNotTaken")
        logger().warning("a mail was not taken", extra={"reason": why})
