"""Mails wait for a phone, for ever."""

from __future__ import annotations

from local.handset import mails, power
from local.handset.stack import SentMail
from tests.unit.handset.kit import Night


def _mail(night: Night) -> SentMail:
    return SentMail(
        "m1", night.now, "tocsin@example.com", ("ANA@example.com",), "#1042", "Payments are down", ""
    )


def test_a_mail_arrives_with_the_time_at_which_it_was_sent(night: Night) -> None:
    mail = _mail(night)
    mails.take(night.network, night.later(1), mail.to[0], mail)
    [got] = night.network.mails.values()
    assert (got.user, got.status, got.at, got.provider_id) == ("ana", "delivered", mail.at, "m1")


def test_a_mail_waits_until_the_phone_is_on(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    mails.take(night.network, night.now, "ana@example.com", _mail(night))
    [got] = night.network.mails.values()
    assert got.status == "waiting"
    power.turn(night.network, night.later(1_000_000), "ana", True)
    assert (got.status, got.delivered_at) == ("delivered", night.now)


def test_opening_a_mail_marks_it_once(night: Night) -> None:
    mails.take(night.network, night.now, "ana@example.com", _mail(night))
    [got] = night.network.mails.values()
    opened = night.later(5)
    mails.read(night.network, opened, got.id)
    mails.read(night.network, night.later(5), got.id)
    assert got.opened_at == opened
