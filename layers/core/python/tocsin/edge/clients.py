"""AWS clients, made when first asked for, on the one botocore session of the process.

A second session would load the endpoint data again (tens of milliseconds of a cold start).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.config import Config

from tocsin.store.dynamo import session

#: Service to its timeouts (connect, read, in seconds) and how often botocore itself tries in all.
_PATIENCE: dict[str, tuple[float, float, int]] = {
    "stepfunctions": (1, 1, 1),
    "sqs": (1, 3, 3),
    "sns": (1, 3, 1),
    "sesv2": (2, 5, 1),
    "connect": (2, 8, 2),
    "pinpoint-sms-voice-v2": (2, 8, 1),
    "socialmessaging": (2, 8, 1),
    "ssm": (1, 2, 2),
}


@cache
def client(service: str) -> Any:
    """The client of an AWS service, with timeouts that fit into a function's.

    What takes no token (texts, mail, WhatsApp, End User Messaging calls) is never tried again by the client itself:
    only the claim on the page may decide to send once more.
    """
    connect, read, attempts = _PATIENCE.get(service, (1, 3, 2))
    config = Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"total_max_attempts": attempts, "mode": "standard"},
    )
    return session().create_client(service, config=config)
