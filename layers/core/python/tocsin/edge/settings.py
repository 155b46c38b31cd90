"""The functions' environment, read once and only here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple


class SettingMissing(Exception):
    """A variable that the template sets is not there."""


# A named tuple: a frozen dataclass takes a starting function four times as long to make.
class Settings(NamedTuple):
    """What the template tells every function. An empty channel setting means that the channel is off."""

    table: str
    alert_queue_url: str
    page_queue_url: str
    post_queue_url: str
    state_machine_arn: str
    public_url: str
    watchdog_topic_arn: str
    heartbeat_url: str
    page_cap: int
    verified_only: bool
    text_gap: int
    rate_per_key: int
    sms_identity: str
    sms_configuration_set: str
    sns_sms: bool
    voice_identity: str
    connect_instance_id: str
    connect_flow_id: str
    connect_number: str
    mail_from: str
    mail_configuration_set: str
    mail_reply_to: str = ""
    whatsapp_phone_number_id: str = ""
    whatsapp_template: str = ""
    whatsapp_language: str = ""
    secrets: str = ""
    slack_url: str = ""
    telegram_url: str = ""
    teams_url: str = ""
    teams_login_url: str = ""
    teams_keys_url: str = ""
    push_url: str = ""
    sms_identity_by_prefix: str = ""
    sms_max_price: str = ""
    voice_max_price: str = ""
    protect_configuration: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Raises SettingMissing for the table's name, without which nothing works."""
        if not environment.get("TOCSIN_TABLE"):
            raise SettingMissing("TOCSIN_TABLE is not set: the template sets it for every function")

        def text(name: str, default: str = "") -> str:
            return environment.get(f"TOCSIN_{name}", default).strip()

        return cls(
            table=text("TABLE"),
            alert_queue_url=text("ALERT_QUEUE_URL"),
            page_queue_url=text("PAGE_QUEUE_URL"),
            post_queue_url=text("POST_QUEUE_URL") or text("PAGE_QUEUE_URL"),
            state_machine_arn=text("STATE_MACHINE_ARN"),
            public_url=text("PUBLIC_URL").rstrip("/"),
            watchdog_topic_arn=text("WATCHDOG_TOPIC_ARN"),
            heartbeat_url=text("HEARTBEAT_URL"),
            page_cap=int(text("PAGE_CAP") or 100),
            verified_only=text("CONTACT_VERIFICATION") == "required",
            text_gap=int(text("TEXT_GAP") or 60),
            rate_per_key=int(text("RATE_PER_KEY") or 600),
            sms_identity=text("SMS_IDENTITY"),
            sms_configuration_set=text("SMS_CONFIGURATION_SET"),
            sns_sms=text("SNS_SMS") == "on",
            voice_identity=text("VOICE_IDENTITY"),
            connect_instance_id=text("CONNECT_INSTANCE_ID"),
            connect_flow_id=text("CONNECT_FLOW_ID"),
            connect_number=text("CONNECT_NUMBER"),
            mail_from=text("MAIL_FROM"),
            mail_configuration_set=text("MAIL_CONFIGURATION_SET"),
            mail_reply_to=text("MAIL_REPLY_TO"),
            whatsapp_phone_number_id=text("WHATSAPP_PHONE_NUMBER_ID"),
            whatsapp_template=text("WHATSAPP_TEMPLATE"),
            whatsapp_language=text("WHATSAPP_LANGUAGE") or "en",
            secrets=text("SECRETS"),
            slack_url=text("SLACK_URL"),
            telegram_url=text("TELEGRAM_URL"),
            teams_url=text("TEAMS_URL"),
            teams_login_url=text("TEAMS_LOGIN_URL"),
            teams_keys_url=text("TEAMS_KEYS_URL"),
            push_url=text("PUSH_URL").rstrip("/"),
            sms_identity_by_prefix=text("SMS_IDENTITY_BY_PREFIX"),
            sms_max_price=text("SMS_MAX_PRICE"),
            voice_max_price=text("VOICE_MAX_PRICE"),
            protect_configuration=text("PROTECT_CONFIGURATION"),
        )


@cache
def settings() -> Settings:
    return Settings.read(os.environ)
