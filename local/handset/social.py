"""What AWS End User Messaging Social publishes of WhatsApp, in its own shape: Meta's webhook in an envelope of AWS.

AWS: "Message and event format" (social-messaging user guide). Meta: "messages webhook reference".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.handset.records import Text

#: Of the account and number that stand for a team's own.
_ACCOUNT, _WABA, _META_NUMBER, _SHOWN = "000000000000", "1234567890", "106540352242922", "12025550199"


def status(at: datetime, text: Text, word: str, code: str = "") -> dict[str, Any]:
    """What became of a message of ours: ``word`` such as delivered; ``code`` is Meta's, of a failure."""
    found: dict[str, Any] = {
        "id": text.whatsapp_id,
        "status": word,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": text.to.removeprefix("+"),
    }
    if text.context.get("callback"):
        found["biz_opaque_callback_data"] = text.context["callback"]
    if code:
        found["errors"] = [{"code": int(code), "title": "Message undeliverable"}]
    return _event(at, text.context["number"], {"statuses": [found]}, text.provider_id)


def written(at: datetime, text: Text, name: str, content: Mapping[str, Any], quoted: str) -> dict[str, Any]:
    """What a person wrote or pressed: ``content`` has its ``type``; ``quoted`` is WhatsApp's id of what it answers."""
    number = text.sender.removeprefix("+")
    message: dict[str, Any] = {
        "from": number,
        "id": text.whatsapp_id,
        "timestamp": str(int(at.timestamp())),
        **content,
    }
    if quoted:
        message["context"] = {"from": _SHOWN, "id": quoted}
    person = {"profile": {"name": name}, "wa_id": number}
    value = {"contacts": [person], "messages": [message]}
    return _event(at, text.context["number"], value, str(uuid.uuid4()))


def _event(at: datetime, number: str, value: Mapping[str, Any], id: str) -> dict[str, Any]:
    metadata = {"display_phone_number": _SHOWN, "phone_number_id": _META_NUMBER}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": _WABA, "changes": [{"value": whole, "field": "messages"}]}
    arn = f"arn:aws:social-messaging:us-east-1:{_ACCOUNT}"
    own = number.rpartition("-")[2]
    return {
        "context": {
            "MetaWabaIds": [{"wabaId": _WABA, "arn": f"{arn}:waba/{_WABA}"}],
            "MetaPhoneNumberIds": [
                {"metaPhoneNumberId": _META_NUMBER, "arn": f"{arn}:phone-number-id/{own}"}
            ],
        },
        "whatsAppWebhookEntry": json.dumps(entry),
        "aws_account_id": _ACCOUNT,
        "message_timestamp": at.isoformat(),
        "messageId": id,
    }
