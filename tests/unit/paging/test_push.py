"""A page in a browser: encrypted for it alone (RFC 8291), signed (RFC 8292), and gone for good when the browser is."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tests.unit.paging.receiver import Receiver
from tocsin.paging import webpush
from tocsin.paging.channels import push
from tocsin.paging.channels.base import REASONS, ChannelSettings, Later, Message, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.chat import Card

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
PRIVATE = webpush.private_key(secrets.randbelow(webpush.ORDER - 1) + 1)
PUBLIC = webpush.public_key(PRIVATE)
SETTINGS = ChannelSettings(vapid_private_key=PRIVATE, vapid_subject="mailto:ops@example.com")
ENDPOINT = "https://Push.example.net/send/s3cr3t:APA91b"
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="disk full",
    state="triggered",
    urgency="high",
    severity="critical",
    count=3,
    opened_at=NOW,
    line="Nobody has it yet",
    link="https://tocsin.example.com/l/AbCdEf",
)


def _hmac(key: bytes, data: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(data)
    return made.finalize()


class Browser:
    """The receiving half, written after RFC 8291 (section 3.4) and RFC 8188 (section 2) step by step."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, auth: bytes) -> None:
        self.key, self.auth = key, auth
        self.public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= 4096
        assert len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        info = b"WebPush: info\0" + self.public + theirs + b"\1"
        secret = _hmac(_hmac(self.auth, shared), info)
        pseudo_random = _hmac(salt, secret)
        content_key = _hmac(pseudo_random, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = _hmac(pseudo_random, b"Content-Encoding: nonce\0\1")[:12]
        padded = AESGCM(content_key).decrypt(nonce, sealed, None)
        said, delimiter = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1]
        assert delimiter == 2
        return said


BROWSER = Browser(ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef")
SUBSCRIPTION = {
    "endpoint": ENDPOINT,
    "p256dh": webpush.to_base64(BROWSER.public),
    "auth": webpush.to_base64(BROWSER.auth),
}
MESSAGE = Message(
    "1042-c1-r1-s1-ana-0",
    json.dumps(SUBSCRIPTION),
    "#1042, critical. Nobody has it yet.",
    1042,
    card=CARD,
    at=NOW,
    event="page",
)


def send(
    message: Message = MESSAGE,
    *answers: HttpAnswer | HttpFailed,
    settings: ChannelSettings = SETTINGS,
) -> tuple[Sent | Refused | Later, Receiver]:
    receiver = Receiver(*(answers or (HttpAnswer(201),)))
    outcome = push.send(receiver, settings, message)
    assert "s3cr3t" not in repr(outcome)
    assert SUBSCRIPTION["auth"] not in repr(outcome)
    assert not settings.vapid_private_key or settings.vapid_private_key not in repr(outcome)
    if isinstance(outcome, (Refused, Later)):
        assert outcome.reason in REASONS
    return outcome, receiver


def shown(receiver: Receiver) -> dict[str, Any]:
    """What the service worker gets."""
    found = json.loads(BROWSER.read(receiver.asked[-1].body))
    assert isinstance(found, dict)
    return found


# RFC 8291, section 5 and appendix A.
RFC = {
    "plaintext": b"When I grow up, I want to be a watermelon",
    "as_private": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "ua_public": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "ua_private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
    "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def key_of(raw: object) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(webpush.from_base64(raw), "big"), ec.SECP256R1())


def test_it_is_encrypted_to_the_byte_as_the_rfc_shows() -> None:
    to = webpush.Subscription("", webpush.from_base64(RFC["ua_public"]), webpush.from_base64(RFC["auth"]))
    salt = webpush.from_base64(RFC["salt"])
    body = webpush.encrypted(RFC["plaintext"], to, key_of(RFC["as_private"]), salt)  # type: ignore[arg-type]
    assert webpush.to_base64(body) == RFC["body"]
    browser = Browser(key_of(RFC["ua_private"]), to.auth)
    assert browser.read(body) == RFC["plaintext"]


def test_only_the_browser_can_read_what_a_page_says() -> None:
    outcome, receiver = send()
    assert outcome == Sent(MESSAGE.page_id)
    assert shown(receiver) == {
        "title": "checkout: disk full",
        "body": "#1042, critical. Nobody has it yet.",
        "number": 1042,
        "url": "https://tocsin.example.com/l/AbCdEf",
        "urgency": "high",
        "tag": "incident-1042",
        "actions": [
            {"action": "acknowledge", "title": "Acknowledge"},
            {"action": "escalate", "title": "Escalate"},
        ],
    }
    [asked] = receiver.asked
    assert (asked.method, asked.url) == ("POST", ENDPOINT)
    assert b"checkout" not in asked.body
    assert {name: value for name, value in asked.headers.items() if name != "authorization"} == {
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": "300",
        "urgency": "high",
        "topic": "incident-1042",
    }


def test_nothing_is_encrypted_twice_with_the_same_key_or_salt() -> None:
    bodies = [send()[1].asked[0].body for _ in range(3)]
    assert len({body[:16] for body in bodies}) == 3
    assert len({body[21:86] for body in bodies}) == 3


def test_who_sends_it_is_signed_for_this_push_service_and_half_a_day() -> None:
    _, receiver = send()
    scheme, _, rest = receiver.asked[0].headers["authorization"].partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    assert fields["k"] == PUBLIC == webpush.public_key(PRIVATE)
    head, claims, signature = fields["t"].split(".")
    assert json.loads(webpush.from_base64(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {
        "aud": "https://push.example.net",
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "sub": "mailto:ops@example.com",
    }
    raw = webpush.from_base64(signature)
    assert len(raw) == 64
    halves = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.from_base64(PUBLIC))
    signed = f"{head}.{claims}".encode()
    point.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))


def test_a_browsers_own_way_to_write_a_subscription_is_read_too() -> None:
    keys = {name: SUBSCRIPTION[name] for name in ("p256dh", "auth")}
    own = {"endpoint": ENDPOINT, "expirationTime": None, "keys": keys}
    outcome, receiver = send(replace(MESSAGE, to=json.dumps(own)))
    assert isinstance(outcome, Sent)
    assert shown(receiver)["number"] == 1042
    padded = {**SUBSCRIPTION, "auth": base64.b64encode(BROWSER.auth).decode()}
    assert webpush.subscription(json.dumps(padded)).auth == BROWSER.auth


def test_a_notice_replaces_nothing() -> None:
    notice = Message("n-1", MESSAGE.to, "You are on call\nuntil Monday", subject="Handoff", at=NOW)
    _, receiver = send(notice)
    assert shown(receiver) == {
        "title": "Handoff",
        "body": "You are on call until Monday",
        "number": None,
        "url": "",
        "urgency": "high",
        "tag": None,
        "actions": [],
    }
    assert "topic" not in receiver.asked[0].headers


def test_what_is_told_of_an_incident_without_waking_anybody_takes_the_pages_place() -> None:
    over = Message("resolved-1042-1-ana", MESSAGE.to, "#1042 was resolved by Ben", 1042, at=NOW)
    _, receiver = send(over)
    found = shown(receiver)
    assert (found["body"], found["urgency"], found["tag"]) == (over.text, "low", "incident-1042")
    assert (receiver.asked[0].headers["urgency"], receiver.asked[0].headers["topic"]) == (
        "normal",
        "incident-1042",
    )


@pytest.mark.parametrize(
    ("purpose", "actions"),
    [("reminder", ["keep", "resolve"]), ("ask", ["accept", "decline"]), ("", [])],
)
def test_what_else_is_asked_has_its_own_buttons(purpose: str, actions: list[str]) -> None:
    _, receiver = send(replace(MESSAGE, event=purpose))
    assert [one["action"] for one in shown(receiver)["actions"]] == actions


def test_a_browser_that_was_asked_with_another_key_is_gone() -> None:
    other = webpush.public_key(webpush.private_key(7))
    outcome, receiver = send(replace(MESSAGE, to=json.dumps({**SUBSCRIPTION, "key": other})))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "subscription_gone"
    assert receiver.asked == []
    assert isinstance(send(replace(MESSAGE, to=json.dumps({**SUBSCRIPTION, "key": PUBLIC})))[0], Sent)


def test_of_two_people_in_one_browser_neithers_page_takes_the_others_place() -> None:
    tags = set()
    for who in ("0a1b2c3d", "4e5f6071"):
        _, receiver = send(replace(MESSAGE, to=json.dumps({**SUBSCRIPTION, "who": who})))
        assert shown(receiver)["tag"] == receiver.asked[0].headers["topic"] == f"incident-1042-{who}"
        tags.add(shown(receiver)["tag"])
    assert len(tags) == 2


def test_a_link_that_has_to_be_cut_takes_the_buttons_with_it() -> None:
    long = replace(CARD, link="https://tocsin.example.com/l/" + "x" * 2_000)
    said = json.loads(push.payload(replace(MESSAGE, card=long), push.LEAST))
    assert (said["url"], said["actions"]) == ("", [])


def test_what_is_kept_of_a_browser_is_shown_in_no_message() -> None:
    assert "s3cr3t" not in repr(MESSAGE)


def test_without_a_link_there_is_nothing_to_press() -> None:
    _, receiver = send(replace(MESSAGE, card=replace(CARD, link="")))
    assert (shown(receiver)["url"], shown(receiver)["actions"]) == ("", [])


def test_a_rehearsal_posts_to_one_place_instead_of_to_every_push_service() -> None:
    _, receiver = send(settings=replace(SETTINGS, push_url="http://127.0.0.1:8080/push"))
    assert receiver.asked[0].url == "http://127.0.0.1:8080/push/send/s3cr3t:APA91b"


@given(st.integers(1, webpush.ORDER - 1))
def test_any_number_below_the_order_of_the_curve_makes_a_key(number: int) -> None:
    assert len(webpush.from_base64(webpush.public_key(webpush.private_key(number)))) == 65


@pytest.mark.parametrize("number", [-1, 0, webpush.ORDER, 2**256])
def test_no_other_number_does(number: int) -> None:
    with pytest.raises(ValueError, match="from 1"):
        webpush.private_key(number)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "null",
        "[]",
        "[" * 100_000,
        "{}",
        json.dumps({**SUBSCRIPTION, "endpoint": ""}),
        json.dumps({**SUBSCRIPTION, "endpoint": 7}),
        json.dumps({**SUBSCRIPTION, "endpoint": "http://push.example.net/s3cr3t"}),
        json.dumps({**SUBSCRIPTION, "endpoint": "https://push.example.net:8443/s3cr3t"}),
        json.dumps({**SUBSCRIPTION, "endpoint": "https://ana:s3cr3t@push.example.net/"}),
        json.dumps({**SUBSCRIPTION, "endpoint": "https://[s3cr3t"}),
        json.dumps({**SUBSCRIPTION, "auth": "s3cr3t"}),
        json.dumps({**SUBSCRIPTION, "auth": None}),
        json.dumps({**SUBSCRIPTION, "auth": "!" * 22}),
        json.dumps({**SUBSCRIPTION, "p256dh": "A" * 87}),
        json.dumps({**SUBSCRIPTION, "p256dh": "BA" + "A" * 85}),
        json.dumps({**SUBSCRIPTION, "p256dh": "A" * 100_000}),
        json.dumps({**SUBSCRIPTION, "keys": {}}),
    ],
)
def test_what_is_no_subscription_of_a_browser_is_refused(to: str) -> None:
    outcome, receiver = send(replace(MESSAGE, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "subscription_invalid"
    assert receiver.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"vapid_private_key": ""},
        {"vapid_private_key": "s3cr3t"},
        {"vapid_private_key": webpush.to_base64(bytes(32))},
        {"vapid_private_key": webpush.to_base64(b"\xff" * 32)},
        {"vapid_private_key": "é" * 43},
        {"vapid_subject": ""},
        {"vapid_subject": "ops@example.com"},
    ],
)
def test_without_a_proper_key_and_somebody_to_write_to_nothing_is_sent(wrong: dict[str, Any]) -> None:
    outcome, receiver = send(settings=replace(SETTINGS, **wrong))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "channel_off"
    assert receiver.asked == []
    assert "s3cr3t" not in repr(replace(SETTINGS, **wrong))


# RFC 8030, sections 5 and 7.3.
@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (HttpAnswer(200), Sent(MESSAGE.page_id)),
        (HttpAnswer(201, b"", {"location": "https://push.example.net/m/s3cr3t"}), Sent(MESSAGE.page_id)),
        (HttpAnswer(202), Sent(MESSAGE.page_id)),
        (HttpAnswer(400, b"s3cr3t"), Refused("rejected", "HTTP 400")),
        (HttpAnswer(401), Refused("access_denied", "HTTP 401")),
        (HttpAnswer(403), Refused("access_denied", "HTTP 403")),
        (HttpAnswer(404), Refused("subscription_gone", "HTTP 404")),
        (HttpAnswer(410), Refused("subscription_gone", "HTTP 410")),
        (HttpAnswer(413), Refused("message_invalid", "HTTP 413")),
        (HttpAnswer(429, b"", {"retry-after": "7"}), Later("throttled", 7, "HTTP 429")),
        (HttpAnswer(500), Later("carrier_down", None, "HTTP 500", maybe_sent=True)),
        (HttpAnswer(503, b"", {"retry-after": "7"}), Later("carrier_down", 7, "HTTP 503", maybe_sent=True)),
        (HttpFailed("timeout", "late", True), Later("timeout", None, "late", maybe_sent=True)),
        (HttpFailed("no_connection", "none", False), Later("no_connection", None, "none")),
        (HttpFailed("address_refused", "inside", False), Refused("address_refused", "inside")),
    ],
)
def test_every_answer_of_a_push_service_is_a_page_another_try_or_the_next_contact(
    answer: HttpAnswer | HttpFailed, meant: Sent | Refused | Later
) -> None:
    assert send(MESSAGE, answer)[0] == meant


def test_what_a_service_finds_too_large_is_cut_and_sent_again_once() -> None:
    long = replace(CARD, title="🔥" * 3_000)
    outcome, receiver = send(replace(MESSAGE, card=long, text="é" * 3_000), HttpAnswer(413), HttpAnswer(201))
    assert isinstance(outcome, Sent)
    sizes = [len(asked.body) for asked in receiver.asked]
    assert len(sizes) == 2
    assert sizes[1] < push.LEAST + 110 < sizes[0]
    assert shown(receiver)["title"].startswith("checkout: 🔥")
    assert shown(receiver)["url"] == CARD.link
    _, receiver = send(replace(MESSAGE, card=long), HttpAnswer(413))
    assert len(receiver.asked) == 2


def test_a_message_without_its_time_is_a_defect_of_ours() -> None:
    with pytest.raises(ValueError, match="time"):
        push.send(Receiver(HttpAnswer(201)), SETTINGS, replace(MESSAGE, at=None))


def test_more_than_one_record_is_not_encrypted() -> None:
    to = webpush.subscription(MESSAGE.to)
    assert len(webpush.encrypt(b"x" * webpush.MOST_SAID, to)) == 4_096
    with pytest.raises(ValueError, match="bytes"):
        webpush.encrypt(b"x" * (webpush.MOST_SAID + 1), to)


@given(hostile.texts, hostile.texts)
def test_whatever_an_alert_says_fits_and_nothing_in_it_can_be_tapped(title: str, other: str) -> None:
    card = replace(CARD, title=title, service=other, link=other, urgency="low")
    for message in (
        replace(MESSAGE, card=card, text=title),
        replace(MESSAGE, card=None, text=title, subject=other),
    ):
        for most in (push.MOST, push.LEAST):
            said = push.payload(message, most)
            assert len(said) <= most
            read = json.loads(said)
            assert "://" not in read["title"] + read["body"]
            assert "\n" not in read["title"] + read["body"]


@given(
    st.text(),
    st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner), max_leaves=5),
)
def test_no_subscription_that_somebody_makes_up_is_an_exception(text: str, value: object) -> None:
    for to in (text, json.dumps(value), *(json.dumps({**SUBSCRIPTION, key: value}) for key in SUBSCRIPTION)):
        with suppress(ValueError):
            webpush.subscription(to)


def test_cryptography_is_loaded_when_something_is_pushed_and_not_before() -> None:
    code = (
        "import sys, tocsin.paging.channels as c\n"
        "c.channel('push'), c.channel('webhook')\n"
        "assert not {'cryptography', 'ssl', 'socket', 'http.client'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
