"""What a carrier's error means for a page: refused for good (the next contact, now), or later (the same one
again).

Errors are told by AWS's codes and reasons, never by their sentences, and botocore is not imported: a client
error is an exception with ``response["Error"]["Code"]``. Whatever is no error of a carrier is raised again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tocsin.paging.channels.base import Later, Outcome, Refused, Sent
from tocsin.paging.plain import cut, one_line

_THROTTLED = frozenset(
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
    ]
)
_TIMED_OUT = frozenset({"RequestTimeout", "RequestTimeoutException"})
_STALE = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed"})
_FAULTS = frozenset(
    [
        "InternalServerException",
        "InternalServiceException",
        "InternalError",
        "InternalFailure",
        "ServiceUnavailable",
    ]
)
_DENIED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "NotAuthorized",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SubscriptionRequiredException",
    ]
)

#: End User Messaging (API of 2022-03-31): "code/reason", else "code", to our reason. What is not named is
#: "rejected".
END_USER_MESSAGING: Mapping[str, str] = MappingProxyType(
    {
        "ConflictException/DESTINATION_PHONE_NUMBER_OPTED_OUT": "opted_out",
        "ConflictException/DESTINATION_PHONE_NUMBER_NOT_VERIFIED": "not_verified",
        "ConflictException/DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": "country_blocked",
        "ConflictException/DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": "number_blocked",
        "ConflictException/NO_ORIGINATION_IDENTITIES_FOUND": "identity_not_ready",
        "ConflictException/NUMBER_CAPABILITIES_MISMATCH": "identity_not_ready",
        "ConflictException/REGISTRATION_NOT_COMPLETE": "identity_not_ready",
        "ConflictException/RESOURCE_NOT_ACTIVE": "identity_not_ready",
        "ServiceQuotaExceededException/DAILY_DESTINATION_CALL_LIMIT": "daily_call_limit",
        "ServiceQuotaExceededException/MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": "spend_limit",
        "ServiceQuotaExceededException/MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE": "spend_limit",
        "ServiceQuotaExceededException": "limit_reached",
        "ValidationException/PRICE_OVER_THRESHOLD": "price_over_limit",
        "ValidationException/COUNTRY_NOT_ENABLED": "country_blocked",
        "ValidationException/DESTINATION_COUNTRY_BLOCKED": "country_blocked",
        "ValidationException/INTERNATIONAL_SENDING_NOT_SUPPORTED": "country_blocked",
        "ValidationException/INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": "identity_not_ready",
        "ValidationException/CHANNEL_NOT_ENABLED": "identity_not_ready",
        "ValidationException/SENDER_ID_NOT_REGISTERED": "identity_not_ready",
        "ValidationException/SENDER_ID_NOT_SUPPORTED": "identity_not_ready",
        "ValidationException/SENDER_ID_REQUIRES_REGISTRATION": "identity_not_ready",
        "ValidationException/VOICE_CAPABILITY_NOT_AVAILABLE": "identity_not_ready",
        "ResourceNotFoundException": "identity_not_ready",
        "AccessDeniedException/INSUFFICIENT_ACCOUNT_REPUTATION": "no_reputation",
        "AccessDeniedException/ACCOUNT_DISABLED": "account_disabled",
    }
)


def deliver(
    call: Callable[..., Any], request: Mapping[str, Any], answer_id: str, reasons: Mapping[str, str]
) -> Outcome:
    """Make the client's call: Sent, under the answer's ``answer_id``, or what its exception means."""
    try:
        answer = call(**request)
    except Exception as exc:  # verdict raises again what did not come from a carrier
        return verdict(exc, reasons)
    return Sent(str(answer.get(answer_id, "")))


def verdict(exc: Exception, reasons: Mapping[str, str]) -> Refused | Later:
    """What the exception of a client's call means. Raises it again when it did not come from a carrier.

    ``reasons`` names what is refused, by "code/reason" or "code"; it goes before what is known of all
    services.
    """
    response = getattr(exc, "response", None)
    if isinstance(response, Mapping) and isinstance(response.get("Error"), Mapping):
        return _of_response(response, reasons)
    return _of_transport(exc)


def _of_response(response: Mapping[str, Any], reasons: Mapping[str, str]) -> Refused | Later:
    error = response["Error"]
    code, reason = str(error.get("Code") or ""), response.get("Reason") or error.get("Reason")
    reason = reason if isinstance(reason, str) else ""
    meta = response.get("ResponseMetadata") or {}
    status = meta.get("HTTPStatusCode")
    status = status if isinstance(status, int) else 0
    words = str(error.get("Message") or response.get("Message") or "")
    detail = _words(f"{code} ({reason})" if reason else code, words)
    named = reasons.get(f"{code}/{reason}") or reasons.get(code)
    if not named and _wrong_number(response):
        named = "invalid_number"
    if named:
        return Refused(named, detail)
    if code in _THROTTLED or status == 429:
        return Later("throttled", _retry_after(meta), detail)
    if code in _TIMED_OUT:
        return Later("timeout", _retry_after(meta), detail, maybe_sent=True)
    if code in _STALE:
        return Later("no_credentials", None, detail)
    if status >= 500 or code in _FAULTS:
        return Later("carrier_down", _retry_after(meta), detail, maybe_sent=True)
    return Refused("access_denied" if code in _DENIED else "rejected", detail)


def _wrong_number(response: Mapping[str, Any]) -> bool:
    """End User Messaging names the field it finds wrong in a validation's ``Fields``."""
    fields = response.get("Fields")
    return isinstance(fields, list) and any(
        isinstance(field, Mapping) and field.get("Name") == "DestinationPhoneNumber" for field in fields
    )


_NEVER_THERE = frozenset(
    [
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ProxyConnectionError",
        "SSLError",
        "NewConnectionError",
        "ConnectionRefusedError",
        "gaierror",
    ]
)
_NO_CREDENTIALS = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})


def _of_transport(exc: Exception) -> Refused | Later:
    """An exception without an answer: botocore's, urllib3's or the network's; any other is raised again."""
    classes = type(exc).__mro__
    names = {each.__name__ for each in classes}
    ours = not any(each.__module__.startswith(("botocore", "urllib3")) for each in classes)
    if ours and not isinstance(exc, (ConnectionError, TimeoutError)) and "gaierror" not in names:
        raise exc
    detail = _words(type(exc).__name__, str(exc))
    if "ParamValidationError" in names:
        return Refused("rejected", detail)
    if names & _NO_CREDENTIALS:
        return Later("no_credentials", None, detail)
    if names & _NEVER_THERE:
        return Later("no_connection", None, detail)
    late = isinstance(exc, TimeoutError) or "ReadTimeoutError" in names
    return Later("timeout" if late else "carrier_down", None, detail, maybe_sent=True)


def _retry_after(meta: Mapping[str, Any]) -> int | None:
    """Seconds of a Retry-After header; a date in it is not read."""
    value = str((meta.get("HTTPHeaders") or {}).get("retry-after") or "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _words(what: str, words: str) -> str:
    return cut(one_line(f"{what}: {words}" if words else what), 500)
