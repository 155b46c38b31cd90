"""The channels as this deployment has them."""

from __future__ import annotations

from tocsin.edge.clients import client
from tocsin.edge.log import logger
from tocsin.edge.settings import Settings
from tocsin.paging import channels
from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, Refused, Sent
from tocsin.paging.texts import Facts


class AwsCarriers:
    """Carriers of AWS, by the settings of the template."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._settings = ChannelSettings(
            sms_identity=settings.sms_identity,
            sms_configuration_set=settings.sms_configuration_set,
            sns_sms=settings.sns_sms,
            voice_identity=settings.voice_identity,
            connect_instance_id=settings.connect_instance_id,
            connect_flow_id=settings.connect_flow_id,
            connect_number=settings.connect_number,
            mail_from=settings.mail_from,
            mail_configuration_set=settings.mail_configuration_set,
        )

    def channel(self, via: str) -> str | None:
        chosen = channels.choose(via, self._settings)
        return None if isinstance(chosen, Refused) else chosen

    def takes_replies(self, channel: str) -> bool:
        return channels.takes_replies(channel, self._settings)

    def compose(self, channel: str, page_id: str, to: str, facts: Facts) -> Message:
        return channels.compose(channel, self._settings, page_id=page_id, to=to, facts=facts)

    def send(self, channel: str, message: Message) -> Outcome:
        module = channels.channel(channel)
        outcome = module.send(client(module.SERVICE), self._settings, message)
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

    def link(self, token: str) -> str:
        return f"{self._public_url}/l/{token}" if self._public_url else ""
