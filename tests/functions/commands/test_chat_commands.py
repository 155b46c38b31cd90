"""Connecting a chat: its secrets are set and never shown, and its app knows the stack's address."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functions.deployment import aws
from tests.unit.cli.running import Done
from tocsin.edge.carriers import SECRETS
from tocsin.paging import webpush
from tocsin.paging.channels import webhook
from tocsin.store.dynamo import DynamoStore
from tocsin_cli import chat

Command = Callable[..., Done]
WHSEC = "whsec_" + "A" * 32


def stored() -> dict[str, str]:
    answer = aws("ssm").get_parameter(Name="/tocsin/secrets", WithDecryption=True)
    assert answer["Parameter"]["Type"] == "SecureString"
    found: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return found


def test_a_secret_is_set_listed_without_its_value_and_removed(command: Command, store: DynamoStore) -> None:
    assert command("secret", "set", "slack_token", stdin=b"xoxb-1\n").code == 0
    assert command("secret", "set", "slack_signing_secret", stdin=b"s3cr3t\n").code == 0
    assert stored() == {"slack_token": "xoxb-1", "slack_signing_secret": "s3cr3t"}
    listed = command("secret", "list")
    assert "xoxb-1" not in listed.out
    rows = {row["name"]: row["set"] for row in command("secret", "list", "--json").json["secrets"]}
    assert {name for name, is_set in rows.items() if is_set} == {"slack_token", "slack_signing_secret"}
    assert command("secret", "remove", "slack_token").code == 0
    assert stored() == {"slack_signing_secret": "s3cr3t"}
    assert command("secret", "remove", "slack_token").out == "slack_token is not set.\n"


@pytest.mark.parametrize("value", ["", "\n", "two words\0\n", "é\n", "x" * 5000])
def test_what_is_no_secret_is_not_set(command: Command, store: DynamoStore, value: str) -> None:
    done = command("secret", "set", "slack_token", stdin=value.encode())
    assert (done.code, "nothing was set" in done.err) == (2, True)


def test_an_unknown_secret_is_named_with_those_there_are(command: Command, store: DynamoStore) -> None:
    done = command("secret", "set", "slack_tokn", stdin=b"x\n")
    assert done.code == 2
    assert "slack_token" in done.err


def test_the_functions_look_for_every_secret_that_can_be_set() -> None:
    assert set(chat.NAMES) == set(SECRETS)


def test_the_manifest_of_the_slack_app_sends_everything_to_the_stack(
    command: Command, store: DynamoStore
) -> None:
    done = command("chat", "slack")
    manifest = json.loads(done.out)
    url = "https://alerts.example/v1/slack"
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert manifest["settings"]["event_subscriptions"]["request_url"] == url
    assert manifest["features"]["slash_commands"][0]["url"] == url
    assert "tocsin secret set slack_signing_secret" in done.err


def test_a_telegram_bot_is_told_where_to_send_with_a_secret_of_its_own(
    command: Command, store: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "tocsin secret set telegram_token" in command("chat", "telegram").err
    command("secret", "set", "telegram_token", stdin=b"4711:abc\n")
    told: list[tuple[str, str, str]] = []
    monkeypatch.setattr(chat, "_set_webhook", lambda *words: told.append(words))
    assert command("chat", "telegram").code == 0
    assert command("chat", "telegram").code == 0
    [(token, url, secret), again] = told
    assert (token, url) == ("4711:abc", "https://alerts.example/v1/telegram")
    assert again[2] == secret == stored()["telegram_secret"]
    assert len(secret) >= 32


def test_a_webhook_secret_is_made_once_shown_and_the_one_before_signs_as_well_until_it_is_taken_away(
    command: Command, store: DynamoStore
) -> None:
    first = command("secret", "make", "webhook_secrets")
    assert first.code == 0
    made = first.out.strip()
    assert stored() == {"webhook_secrets": made}
    assert webhook.sign((made,), "msg_1", 1, b"{}").startswith("v1,")
    second = command("secret", "make", "webhook_secrets")
    newer = second.out.strip()
    assert stored() == {"webhook_secrets": f"{newer} {made}"}
    assert "the one before as well" in second.err
    command("secret", "make", "webhook_secrets")
    assert len(stored()["webhook_secrets"].split()) == 2
    assert command("secret", "set", "webhook_secrets", stdin=f"{newer}\n".encode()).code == 0
    assert stored() == {"webhook_secrets": newer}


@pytest.mark.parametrize(
    "value", ["s3cr3t", "whsec_s3cr3t", "whsec_AAAA", f"{WHSEC} {WHSEC} {WHSEC}", f"{WHSEC},{WHSEC}"]
)
def test_what_is_no_webhook_secret_is_not_set_and_not_repeated(
    command: Command, store: DynamoStore, value: str
) -> None:
    done = command("secret", "set", "webhook_secrets", stdin=value.encode())
    assert (done.code, "nothing was set" in done.err) == (2, True)
    assert value not in done.err + done.out


def test_two_webhook_secrets_are_set_the_newest_first(command: Command, store: DynamoStore) -> None:
    assert command("secret", "set", "webhook_secrets", stdin=f"{WHSEC} {WHSEC}\n".encode()).code == 0
    assert stored() == {"webhook_secrets": f"{WHSEC} {WHSEC}"}


def test_the_key_of_push_is_made_once_and_never_shown(command: Command, store: DynamoStore) -> None:
    done = command("secret", "make", "vapid_private_key")
    assert done.code == 0
    made = stored()["vapid_private_key"]
    assert len(webpush.from_base64(webpush.public_key(made))) == 65
    assert made not in done.out + done.err
    again = command("secret", "make", "vapid_private_key")
    assert again.code == 2
    assert "in every browser" in again.err
    assert stored() == {"vapid_private_key": made}
    wrong = command("secret", "set", "vapid_private_key", stdin=b"s3cr3t\n")
    assert (wrong.code, "nothing was set" in wrong.err) == (2, True)


def test_only_a_secret_of_our_own_is_made_here(command: Command, store: DynamoStore) -> None:
    done = command("secret", "make", "slack_token")
    assert done.code == 2
    assert "webhook_secrets" in done.err


def test_the_teams_app_has_the_bot_and_its_package_is_what_teams_takes(
    command: Command, store: DynamoStore, tmp_path: Path
) -> None:
    early = command("chat", "teams")
    assert early.code != 0
    assert "Messaging endpoint: https://alerts.example/v1/teams" in early.err
    assert "tocsin secret set teams_app_id" in early.err
    bot = "00000000-1111-2222-3333-444444444444"
    command("secret", "set", "teams_app_id", stdin=f"{bot}\n".encode())
    done = command("chat", "teams")
    manifest = json.loads(done.out)
    assert [one["botId"] for one in manifest["bots"]] == [bot]
    assert set(manifest["bots"][0]["scopes"]) == {"team", "groupChat", "personal"}
    assert "https://alerts.example/v1/teams" in done.err
    file = tmp_path / "tocsin.zip"
    assert command("chat", "teams", "--package", str(file)).code == 0
    with zipfile.ZipFile(file) as package:
        assert set(package.namelist()) == {"manifest.json", *manifest["icons"].values()}
        assert json.loads(package.read("manifest.json")) == manifest
        sizes = [struct.unpack(">II", package.read(name)[16:24]) for name in ("color.png", "outline.png")]
        assert sizes == [(192, 192), (32, 32)]
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["description"]["short"]) <= 80


@pytest.mark.parametrize("name", ["teams_app_id", "teams_tenant"])
def test_what_is_no_id_of_microsoft_is_not_set(command: Command, store: DynamoStore, name: str) -> None:
    done = command("secret", "set", name, stdin=b"tocsin-bot\n")
    assert (done.code, "nothing was set" in done.err) == (2, True)
