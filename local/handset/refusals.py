"""How a carrier can refuse: the kinds a phone's switch offers, and what each is on the wire.

A refusal is told at once, as an error of the API, or later, as a delivery receipt. Reasons are those of the
``pinpoint-sms-voice-v2`` model (API 2022-03-31) and of Connect's ``StartOutboundVoiceContact``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


class WireError(Exception):
    """An error in a service's own words: ``code`` is its type, ``status`` HTTP's, ``extra`` the rest."""

    def __init__(self, code: str, message: str, status: int = 400, **extra: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Spec:
    """An error's ``code`` and what stands beside its message."""

    code: str
    message: str
    status: int = 400
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The code with its reason, for people."""
        return " ".join(filter(None, (self.code, self.extra.get("Reason"))))

    def error(self) -> WireError:
        return WireError(self.code, self.message, self.status, **self.extra)


#: An error of the API, or a later receipt's event type (on Connect, which has none, any text). None passes. A mail is
#: always taken at first, and what WhatsApp refuses fails later, by Meta's code.
Outcome = Spec | str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to refuse, by channel."""

    label: str
    text: Outcome
    voice: Outcome
    connect: Outcome
    mail: str | None = None
    whatsapp: str | None = None
    push: Spec | None = None


def _conflict(reason: str, message: str) -> Spec:
    return Spec("ConflictException", message, extra={"Reason": reason})


def _quota(reason: str, message: str) -> Spec:
    return Spec("ServiceQuotaExceededException", message, extra={"Reason": reason})


_NOT_ALLOWED = Spec(
    "DestinationNotAllowedException", "Outbound calls to the destination number are not allowed.", 403
)
_CALL_LIMIT = _quota(
    "DAILY_DESTINATION_CALL_LIMIT", "The daily limit of calls to the destination number was reached."
)
_OPTED_OUT = _conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT", "Destination phone number is opted out.")
_NOT_VERIFIED = _conflict(
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "Destination phone number is not verified."
)
_COUNTRY = _conflict(
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "The destination country is blocked by the protect configuration.",
)
_REPUTATION = Spec(
    "AccessDeniedException",
    "Account reputation is insufficient.",
    extra={"Reason": "INSUFFICIENT_ACCOUNT_REPUTATION"},
)
_THROTTLED = Spec("ThrottlingException", "Rate exceeded")
_INTERNAL = Spec("InternalServerException", "Internal server error", 500, {"RequestId": "handset"})

#: By the name the control API takes.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "carrier_blocked": Kind("Carrier blocks it", "TEXT_CARRIER_BLOCKED", "VOICE_FAILED", "failed"),
        "unreachable": Kind("Carrier cannot reach it", "TEXT_CARRIER_UNREACHABLE", "VOICE_FAILED", "failed"),
        "invalid": Kind("Number does not exist", "TEXT_INVALID", "VOICE_FAILED", "failed", whatsapp="131026"),
        "spam": Kind("Taken for spam", "TEXT_SPAM", None, None),
        "opted_out": Kind("Opted out", _OPTED_OUT, _OPTED_OUT, _NOT_ALLOWED),
        "not_verified": Kind("Not verified (sandbox)", _NOT_VERIFIED, _NOT_VERIFIED, _NOT_ALLOWED),
        "country_blocked": Kind("Country blocked", _COUNTRY, _COUNTRY, _NOT_ALLOWED),
        "spend_limit": Kind(
            "Spend limit reached",
            _quota(
                "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
                "The monthly spend limit for text messages was reached.",
            ),
            _quota(
                "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE",
                "The monthly spend limit for voice messages was reached.",
            ),
            Spec("LimitExceededException", "The limit of outbound calls was reached.", 429),
        ),
        "daily_limit": Kind(
            "Daily call limit",
            None,
            _CALL_LIMIT,
            Spec("LimitExceededException", "The daily limit of calls was reached.", 429),
        ),
        "reputation": Kind("Account reputation", _REPUTATION, _REPUTATION, _NOT_ALLOWED),
        "throttled": Kind(
            "Throttled",
            _THROTTLED,
            _THROTTLED,
            Spec("TooManyRequestsException", "Too Many Requests", 429),
            push=Spec("TooManyRequests", "Too many messages to this browser", 429),
        ),
        "bounces": Kind("Mail bounces", None, None, None, "Bounce"),
        "internal": Kind(
            "Service error",
            _INTERNAL,
            _INTERNAL,
            Spec("InternalServiceException", "Internal service error", 500),
            push=Spec("InternalError", "The push service has a fault", 500),
        ),
    }
)

#: What the network says of itself, without a switch.
OPTED_OUT = _OPTED_OUT
DAILY_CALLS = _CALL_LIMIT
