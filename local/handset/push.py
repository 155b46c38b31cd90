"""A phone's browser, and the push service that it has its messages from: RFC 8030, 8188, 8291 and 8292.

The endpoints that these browsers give are of a push service that does not exist; deployed with PushEndpoint, the stack
posts to this one instead.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.handset.network import Network, Refusal
from local.handset.records import Text
from local.handset.refusals import WireError

#: Where the endpoints of these browsers lie: a name that is nobody's (RFC 6761).
ORIGIN = "https://push.example.com"
#: What these browsers say of themselves.
NAME = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
_CURVE = ec.SECP256R1()


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser of one person's phone, as it gives itself to be pushed to. ``id`` is the end of its endpoint."""

    id: str
    user: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    auth: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, Any]:
        """As ``PushSubscription.toJSON()`` gives it."""
        keys = {"p256dh": _text(self.public), "auth": _text(self.auth)}
        return {"endpoint": f"{ORIGIN}/b/{self.id}", "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> Mapping[str, Any]:
        """What a message for this browser says. Raises ValueError."""
        salt, length = body[:16], body[20] if len(body) > 20 else 0
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
        secret = _derived(shared, self.auth, b"WebPush: info\0" + self.public + theirs, 32)
        content_key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(content_key).decrypt(nonce, sealed, None)
        except InvalidTag:
            raise ValueError("it was encrypted for another browser") from None
        said = json.loads(padded.rstrip(b"\0")[:-1])
        if not isinstance(said, dict):
            raise ValueError("it is no JSON object")
        return said


def switch_on(network: Network, user: str) -> Browser:
    """The browser of somebody's phone: the same until it forgets. Raises Refusal."""
    network.in_hand(user)
    known = next((one for one in network.browsers.values() if one.user == user), None)
    if known is None:
        known = Browser(
            secrets.token_urlsafe(12), user, ec.generate_private_key(_CURVE), secrets.token_bytes(16)
        )
        network.browsers[known.id] = known
    return known


def forget(network: Network, now: datetime, user: str) -> None:
    """The browser's data is cleared: its push service knows it no more. Raises Refusal."""
    phone = network.phone(user)
    gone = [id for id, one in network.browsers.items() if one.user == user]
    for id in gone:
        del network.browsers[id]
    if gone:
        network.record(now, "power", phone, f"{phone.person.first_name}'s browser forgets everything")


def push(network: Network, now: datetime, id: str, headers: Mapping[str, str], body: bytes) -> None:
    """A message for a browser. Raises WireError, whose status is the push service's answer."""
    browser = network.browsers.get(id)
    if browser is None:
        raise WireError("Gone", "there is no such subscription, or there is no more", 410)
    look_at(headers, now)
    phone = network.phone(browser.user)
    network.refused(now, phone, browser.id, "push")
    try:
        said = browser.read(body)
    except ValueError as error:
        raise WireError("BadRequest", f"the browser cannot read it: {error}", 400) from error
    tag = str(said.get("tag") or "")
    for older in network.texts.values():
        if tag and older.via == "push" and older.user == browser.user and older.context["tag"] == tag:
            older.status = "replaced"
            network.changed("text", older)
    text = Text(
        id=network.next_id("p"),
        user=browser.user,
        via="push",
        carrier="push",
        direction="in",
        to=browser.id,
        sender="Tocsin",
        text=f"{said['title']}\n{said['body']}",
        at=now,
        status="delivered" if phone.on else "expired",
        provider_id=browser.id,
        delivered_at=now if phone.on else None,
        context={"tag": tag, "url": str(said["url"]), "urgency": str(said["urgency"])},
        buttons=tuple({"label": str(one["title"]), "value": str(one["action"])} for one in said["actions"]),
    )
    network.texts[text.id] = text
    network.changed("text", text)
    says = f"Push to {phone.person.first_name}" + ("" if phone.on else " is lost: the phone is off")
    network.record(now, "text" if phone.on else "queued", phone, says, text.text, text.id)


def pressed(network: Network, user: str, message: str, label: str) -> tuple[Text, str]:
    """The notification whose button somebody presses, and what the button does. Raises Refusal."""
    network.in_hand(user)
    text = network.texts.get(message)
    if text is None or (text.user, text.via) != (user, "push"):
        raise Refusal(f"no notification {message!r} came to {user}", missing=True)
    value = next((one["value"] for one in text.buttons if one["label"] == label), None)
    if value is None:
        raise Refusal(f"no button {label!r} on that notification")
    return text, value


def told(network: Network, now: datetime, on: Text, said: str) -> None:
    """What came of a press takes the notification's place."""
    on.text, on.buttons, on.at = f"{on.text.splitlines()[0]}\n{said}", (), now
    on.status = "answered"
    network.changed("text", on)


def look_at(headers: Mapping[str, str], now: datetime) -> None:
    """What every push service asks for. Raises WireError."""
    if not headers.get("ttl", "").isdigit():
        raise WireError("BadRequest", "a message needs a TTL (RFC 8030, section 5.2)", 400)
    if headers.get("content-encoding") != "aes128gcm":
        raise WireError("BadRequest", "the content is to be encoded by aes128gcm (RFC 8291)", 400)
    try:
        _verify(headers.get("authorization", ""), now)
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise WireError("Forbidden", f"nobody is known to send it (RFC 8292): {error!r}", 403) from error


def _verify(authorization: str, now: datetime) -> None:
    scheme, _, rest = authorization.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = fields["t"].split(".")
    said = json.loads(_bytes(claims))
    if scheme != "vapid" or json.loads(_bytes(head))["alg"] != "ES256":
        raise ValueError("it is not signed as VAPID has it")
    if said["aud"] != ORIGIN:
        raise ValueError("it is meant for another push service")
    if not 0 < said["exp"] - now.timestamp() <= 86_400:
        raise ValueError("it is over, or good for more than a day")
    raw = _bytes(signature)
    halves = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _bytes(fields["k"]))
    key.verify(encode_dss_signature(*halves), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
