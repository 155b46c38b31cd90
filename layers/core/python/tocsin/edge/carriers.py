"""The channels as this deployment has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from tocsin.edge.clients import client
from tocsin.edge.clock import SystemClock
from tocsin.edge.log import logger
from tocsin.edge.settings import Settings
from tocsin.paging import channels
from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, Refused, Sent
from tocsin.paging.texts import Facts


@cache
def channel_client(service: str) -> Any:
    """The client that a channel's ``send`` takes, by its ``SERVICE``."""
    if service == "http":
        from tocsin.edge.http import HttpClient

        return HttpClient()
    if service == "teams":
        from tocsin.edge.http import HttpClient
        from tocsin.paging.channels.teams import Connector

        return Connector(HttpClient())
    if service == "outside":
        from tocsin.edge.posting import Poster

        return Poster()
    return client(service)


def channel_settings(settings: Settings, *, secret: bool = False) -> ChannelSettings:
    """What the channels are told; with ``secret``, their secrets too. Raises what the client of those raises."""
    known = ChannelSettings(
        sms_identity=settings.sms_identity,
        sms_identity_by_prefix=_by_prefix(settings.sms_identity_by_prefix),
        sms_max_price=settings.sms_max_price,
        voice_max_price=settings.voice_max_price,
        protect_configuration=settings.protect_configuration,
        sms_configuration_set=settings.sms_configuration_set,
        sns_sms=settings.sns_sms,
        voice_identity=settings.voice_identity,
        connect_instance_id=settings.connect_instance_id,
        connect_flow_id=settings.connect_flow_id,
        connect_number=settings.connect_number,
        mail_from=settings.mail_from,
        mail_configuration_set=settings.mail_configuration_set,
        mail_reply_to=settings.mail_reply_to,
        whatsapp_phone_number_id=settings.whatsapp_phone_number_id,
        whatsapp_template=settings.whatsapp_template,
        whatsapp_language=settings.whatsapp_language,
        vapid_subject=settings.public_url if settings.public_url.startswith("https:") else _SUBJECT,
    )
    addresses = {
        "slack_url": settings.slack_url,
        "telegram_url": settings.telegram_url,
        "teams_service_url": settings.teams_url,
        "teams_login_url": settings.teams_login_url,
        "teams_keys_url": settings.teams_keys_url,
        "push_url": settings.push_url,
    }
    known = replace(known, **{name: url for name, url in addresses.items() if url})  # type: ignore[arg-type]
    if not secret:
        return known
    from tocsin.edge.secrets import secrets

    found = secrets(settings.secrets).get()
    given: dict[str, Any] = {name: found[name] for name in SECRETS if name in found}
    if "webhook_secrets" in given:
        given["webhook_secrets"] = tuple(given["webhook_secrets"].split())
    return replace(known, **given)


def _by_prefix(text: str) -> tuple[tuple[str, str], ...]:
    """``+44=arn:…,+55=arn:…``, as the template lets it be."""
    rows = (row.partition("=") for row in text.split(",") if row)
    return tuple((prefix, identity) for prefix, _, identity in rows)


#: The secrets that can be set, by their names; of ``webhook_secrets`` several, with a blank between.
SECRETS = (
    "slack_token",
    "slack_signing_secret",
    "telegram_token",
    "telegram_secret",
    "telegram_bot",
    "teams_app_id",
    "teams_app_password",
    "teams_tenant",
    "webhook_secrets",
    "vapid_private_key",
)
#: Whom push services write to where this deployment has no address of its own: a rehearsal's.
_SUBJECT = "mailto:tocsin@example.com"


class AwsCarriers:
    """Carriers of AWS, by the settings of the template; chats and webhooks, by the secrets that were set."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._all = settings
        self._open = channel_settings(settings)

    def _settings(self, channel: str) -> ChannelSettings:
        return channel_settings(self._all, secret=True) if channel in channels.SECRET else self._open

    def channel(self, via: str) -> str | None:
        chosen = channels.choose(via, self._settings(via))
        return None if isinstance(chosen, Refused) else chosen

    def takes_replies(self, channel: str, to: str) -> bool:
        return channels.takes_replies(channel, self._open, to)

    def compose(self, channel: str, page_id: str, to: str, facts: Facts) -> Message:
        return channels.compose(channel, self._open, page_id=page_id, to=to, facts=facts)

    def send(self, channel: str, message: Message) -> Outcome:
        module = channels.channel(channel)
        message = replace(message, at=SystemClock().now())
        settings = self._settings(channel)
        # A rehearsal's push service is not of the open internet.
        service = "http" if channel == "push" and settings.push_url else module.SERVICE
        outcome = module.send(channel_client(service), settings, message)
        if not isinstance(outcome, Sent):
            # The timeline has the reason; the carrier's own words are for whoever mends it.
            logger().warning(
                "a carrier did not take a message",
                extra={
                    "channel": channel,
                    "page": message.page_id,
                    "reason": outcome.reason,
                    "detail": outcome.detail,
                },
            )
        return outcome

    def send_each(self, channel: str, messages: Sequence[Message]) -> list[Outcome]:
        if len(messages) < 2:
            return [self.send(channel, message) for message in messages]
        from concurrent.futures import ThreadPoolExecutor  # few people have several browsers

        # A push service that does not answer takes 8 s: one after another they would outlast the function.
        with ThreadPoolExecutor(len(messages)) as pool:
            return list(pool.map(lambda message: self.send(channel, message), messages))

    def link(self, token: str) -> str:
        return f"{self._public_url}/l/{token}" if self._public_url else ""
