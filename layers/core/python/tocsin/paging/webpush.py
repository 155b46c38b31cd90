"""What Web Push encrypts and signs: a message for one browser (RFC 8291, by aes128gcm of RFC 8188), and who sends it
(VAPID, RFC 8292).

Over ``cryptography``, which is loaded when it is used. Why no library stands between:
docs/decisions/0017-web-push-over-cryptography.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

#: Bytes of a public key (an uncompressed point of P-256), of a private one, and of a browser's secret.
_POINT, _PRIVATE, _AUTH = 65, 32, 16
#: The order of P-256 (SEC 2, section 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: One record takes all: RFC 8291, section 4, lets there be no other.
RECORD = 4_096
#: Bytes of a message beside what is said in it: the header, the delimiter and the tag.
_OVERHEAD = 16 + 4 + 1 + _POINT + 1 + 16
#: Bytes that a message may say: every push service takes 4,096 of the whole (RFC 8030, section 7.2).
MOST_SAID = RECORD - _OVERHEAD
#: How long a signature counts: at most 24 hours (RFC 8292, section 2); some of it is for clocks that differ.
_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave: where to post, its public key and its secret, as bytes. All of it is a secret.

    ``key`` is our public key that it was asked with, and takes messages of alone; ``who`` tells the people of one
    browser apart. Either may be "".
    """

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)
    key: str = ""
    who: str = ""


def subscription(text: str) -> Subscription:
    """Reads ``{"endpoint", "p256dh", "auth", "key"?, "who"?}``, or what a browser's ``PushSubscription.toJSON()`` says.

    The keys are base64url. Raises ValueError, which repeats nothing of it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    keys = found["keys"] if isinstance(found.get("keys"), dict) else found
    endpoint = found.get("endpoint")
    if not isinstance(endpoint, str) or not endpoint:
        raise ValueError("has no endpoint")
    point, auth = from_base64(keys.get("p256dh")), from_base64(keys.get("auth"))
    if len(point) != _POINT or len(auth) != _AUTH:
        raise ValueError("has no p256dh of 65 bytes, or no auth of 16")
    key, who = found.get("key"), found.get("who")
    return Subscription(
        endpoint, point, auth, key if isinstance(key, str) else "", who if isinstance(who, str) else ""
    )


def private_key(number: int) -> str:
    """A private key, a secret: base64url of its bytes. ``number`` is to be random, from 1 to below ORDER.

    Needs no ``cryptography``. Raises ValueError for another number.
    """
    if not 0 < number < ORDER:
        raise ValueError("a private key is a number from 1 to below the order of P-256")
    return to_base64(number.to_bytes(_PRIVATE, "big"))


def public_key(private_key: str) -> str:
    """The public key that belongs to a private one, base64url of its bytes: a browser's ``applicationServerKey``.
    Raises ValueError for what is none."""
    return to_base64(_point(_private(private_key)))


def authorization(private_key: str, subject: str, origin: str, at: datetime) -> str:
    """The header ``Authorization`` for a push service (``https://host``): a signed word of who is sending, and the key.

    Raises ValueError for a private key that is none, and for a subject that is neither mailto: nor https:.
    """
    if not subject.startswith(("mailto:", "https:")):
        raise ValueError("the VAPID subject does not begin with mailto: or https:")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key = _private(private_key)
    claims = {"aud": origin, "exp": int((at + _LIFE).timestamp()), "sub": subject}
    head = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(
        to_base64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims)
    ).encode()
    numbers = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = b"".join(number.to_bytes(32, "big") for number in numbers)
    return f"vapid t={signed.decode()}.{to_base64(signature)}, k={to_base64(_point(key))}"


def encrypt(said: bytes, to: Subscription) -> bytes:
    """The body of a message for a browser, under a fresh key and salt.

    Raises ValueError where its key is no point of the curve, or more than MOST_SAID bytes are said.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = AESGCM.generate_key(128)  # 16 random bytes
    return encrypted(said, to, ec.generate_private_key(ec.SECP256R1()), salt)


def encrypted(said: bytes, to: Subscription, key: EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """``encrypt`` with a given key and salt: neither may ever be used twice."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(said) > MOST_SAID:
        raise ValueError(f"more than {MOST_SAID:,} bytes")
    browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    ours = _point(key)
    shared = key.exchange(ec.ECDH(), browser)
    secret = _derived(shared, to.auth, b"WebPush: info\0" + to.p256dh + ours, 32)
    content_key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    # The delimiter of the last record, and no padding.
    return header + AESGCM(content_key).encrypt(nonce, said + b"\2", None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def number_of(private_key: str) -> int:
    """The number that a private key is. Needs no ``cryptography``. Raises ValueError for what is none."""
    raw = from_base64(private_key)
    number = int.from_bytes(raw, "big")
    if len(raw) != _PRIVATE or not 0 < number < ORDER:
        raise ValueError("the VAPID private key is not base64url of the 32 bytes of a key of P-256")
    return number


def _private(text: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(number_of(text), ec.SECP256R1())


def _point(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def to_base64(data: bytes) -> str:
    """Base64url without padding (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: object) -> bytes:
    """The bytes of base64, of either alphabet, padded or not; none for anything else."""
    if not isinstance(text, str) or len(text) > 200 or not text.isascii():
        return b""
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
