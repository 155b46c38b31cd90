"""What SES publishes of mails, in its own shapes: of one that it received, and of one that never arrives.

Developer guide, "Contents of notifications for Amazon SES email receiving" and "Contents of event data that Amazon SES
publishes to Amazon SNS".
"""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from local.handset.records import Mail

#: Verdicts of a mail whose sender is whom it names, and of one whose sender is not.
_VERDICTS = ("spf", "dkim", "dmarc", "spam", "virus")
_FORGED = frozenset(("spf", "dkim", "dmarc"))


def received(at: datetime, mail: Mail, answered: Mail, forged: bool) -> dict[str, Any]:
    """The notification of a receipt rule's SNS action (in base64) for somebody's answer to a mail of ours."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, mail.to, mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{uuid.uuid4()}@handset.example>"
    message["In-Reply-To"] = message["References"] = f"<{answered.provider_id}>"
    quoted = "\n".join(f"> {line}" for line in answered.text.splitlines())
    said = f"On {answered.at:%a, %d %b %Y at %H:%M}, {answered.sender} wrote:"
    message.set_content(f"{mail.text}\n\n{said}\n\n{quoted}\n")
    named = ("From", "To", "Subject", "Date", "In-Reply-To", "References")
    return {
        "notificationType": "Received",
        "mail": {
            "timestamp": _instant(at),
            "source": mail.sender,
            "messageId": mail.provider_id,
            "destination": [mail.to],
            "headersTruncated": False,
            "headers": [{"name": name, "value": str(message[name])} for name in named],
            "commonHeaders": {
                "returnPath": mail.sender,
                "from": [mail.sender],
                "date": str(message["Date"]),
                "to": [mail.to],
                "messageId": str(message["Message-ID"]),
                "subject": mail.subject,
            },
        },
        "receipt": {
            "timestamp": _instant(at),
            "processingTimeMillis": 222,
            "recipients": [mail.to],
            **{
                f"{name}Verdict": {"status": "FAIL" if forged and name in _FORGED else "PASS"}
                for name in _VERDICTS
            },
            "action": {"type": "SNS", "topicArn": "", "encoding": "BASE64"},
        },
        "content": base64.b64encode(bytes(message)).decode(),
    }


def bounced(at: datetime, mail: Mail) -> dict[str, Any]:
    """The event of a configuration set for a mail whose address takes none."""
    return {
        "eventType": "Bounce",
        "bounce": {
            "feedbackId": str(uuid.uuid4()),
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": mail.to,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "timestamp": _instant(at),
            "reportingMTA": "dsn; handset.example",
        },
        "mail": {
            "timestamp": _instant(mail.at),
            "source": mail.sender,
            "messageId": mail.provider_id,
            "destination": [mail.to],
            "headersTruncated": False,
            "headers": [{"name": "Subject", "value": mail.subject}],
            "commonHeaders": {"from": [mail.sender], "to": [mail.to], "subject": mail.subject},
            "tags": {},
        },
    }


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
