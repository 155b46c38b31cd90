"""The way from the handset to the stack: what AWS would publish, invoke and have delivered.

Everything here blocks, and is meant for a worker thread.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import botocore.session
import urllib3
from botocore.config import Config

#: Connect waits 8 s for a function that a flow invokes; a cold one of the emulator may need longer on a busy machine.
INVOKE_SECONDS = 25


class StackError(Exception):
    """The stack did not take what was brought; the message says what and why."""


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail as SES keeps it; ``to`` everybody of To, Cc and Bcc, ``at`` aware UTC."""

    message_id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class SentText:
    """A text by SNS Publish to a number."""

    message_id: str
    number: str
    body: str


class Stack:
    """Clients of one emulated account at ``endpoint``."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        inbound: str,
        receipts: str,
        reply_function: str,
        mails: str = "",
        whatsapp: str = "",
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.region = region
        self.inbound = inbound
        self.receipts = receipts
        self.inbound_mails = mails
        self.whatsapp = whatsapp
        self.reply_function = reply_function
        self.pool = urllib3.PoolManager(
            maxsize=40, retries=False, timeout=urllib3.Timeout(connect=2, read=35)
        )
        session = botocore.session.Session()
        # Without credentials of its own the emulator takes any; nobody's real ones are looked for.
        keys = {} if "AWS_ACCESS_KEY_ID" in os.environ else _TEST_KEYS
        self._sns = session.create_client(
            "sns",
            region,
            endpoint_url=self.endpoint,
            config=Config(proxies={}, connect_timeout=2, read_timeout=10),
            **keys,
        )
        once = Config(
            proxies={}, connect_timeout=2, read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1}
        )
        self._lambda = session.create_client(
            "lambda", region, endpoint_url=self.endpoint, config=once, **keys
        )

    def bring_reply(self, payload: Mapping[str, str]) -> None:
        """A person's text, to the two-way topic."""
        self._publish(self.inbound, payload, "the text")

    def bring_mail(self, payload: Mapping[str, Any]) -> None:
        """A person's mail, to the topic of the receipt rule."""
        action = {**payload["receipt"]["action"], "topicArn": self.inbound_mails}
        receipt = {**payload["receipt"], "action": action}
        self._publish(self.inbound_mails, {**payload, "receipt": receipt}, "the mail")

    def bring_receipt(self, payload: Mapping[str, Any]) -> None:
        """A delivery receipt, to the configuration set's topic, or to that of WhatsApp."""
        if "whatsAppWebhookEntry" in payload:
            self.bring_whatsapp(payload)
        else:
            self._publish(self.receipts, payload, f"the receipt {payload['eventType']}")

    def bring_whatsapp(self, payload: Mapping[str, Any]) -> None:
        """An event of the WhatsApp Business Account, to its topic."""
        self._publish(self.whatsapp, payload, "the event of WhatsApp")

    def ask_reply_function(self, event: Mapping[str, Any]) -> str:
        """What the function answers under ``say`` in its flat map of strings; empty when it says nothing."""
        if not self.reply_function:
            raise StackError("no reply function is known, so nobody hears the key")
        try:
            answer = self._lambda.invoke(FunctionName=self.reply_function, Payload=json.dumps(event))
            body = answer["Payload"].read()
        except Exception as error:
            raise StackError(f"the reply function cannot be asked: {error}") from error
        if answer.get("FunctionError"):
            raise StackError(f"the reply function failed: {body[:400].decode(errors='replace')}")
        said = json.loads(body or b"null")
        if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
            raise StackError("the reply function's answer is not the flat map of strings that Connect takes")
        return str(said.get("say", ""))

    def mails(self) -> list[SentMail]:
        """Everything SES has taken since it started, of every account."""
        kept = self._get("/_ministack/ses/messages")["messages"]
        return [
            SentMail(
                message_id=mail["MessageId"],
                at=datetime.fromtimestamp(mail["Timestamp"], UTC),
                sender=mail["Source"],
                to=tuple(dict.fromkeys((mail["To"] or []) + (mail["CC"] or []) + (mail["BCC"] or []))),
                subject=mail["Subject"] or "",
                text=mail["BodyText"] or "",
                html=mail["BodyHtml"] or "",
            )
            for account in kept.values()
            for mail in account
        ]

    def texts(self) -> list[SentText]:
        """Everything published straight to a number since SNS started."""
        kept = self._get("/_ministack/sns/sms-messages")["sms_messages"]
        return [
            SentText(text["MessageId"], number, text["Message"] or "")
            for number, published in kept.items()
            for text in published
        ]

    def _get(self, path: str) -> Any:
        try:
            answer = self.pool.request("GET", self.endpoint + path, timeout=5)
        except urllib3.exceptions.HTTPError as error:
            raise StackError(f"the stack does not answer at {self.endpoint}") from error
        if answer.status != 200:
            raise StackError(f"the stack answers {answer.status} to {path}")
        return answer.json()

    def _publish(self, topic: str, payload: Mapping[str, Any], what: str) -> None:
        if not topic:
            raise StackError(f"no topic is known for {what}")
        try:
            self._sns.publish(TopicArn=topic, Message=json.dumps(payload))
        except Exception as error:
            raise StackError(f"the stack did not take {what}: {error}") from error


_TEST_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
