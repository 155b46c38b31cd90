"""`tocsin chat` and `tocsin secret`: connects Slack, Telegram, Teams, WhatsApp and webhooks to a deployed stack."""

from __future__ import annotations

import base64
import getpass
import json
import re
import secrets
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from tocsin.paging import webpush
from tocsin.paging.channels import webhook
from tocsin_cli import stored
from tocsin_cli.aws_commands import asking
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.stack import Stack, StackError, open_stack
from tocsin_cli.writing import print_json, print_table

WEBHOOKS = "webhook_secrets"
VAPID = "vapid_private_key"
#: Every secret, and where it is found.
NAMES: Mapping[str, str] = {
    "slack_token": "Slack: the app's page, OAuth & Permissions, Bot User OAuth Token (xoxb-...)",
    "slack_signing_secret": "Slack: the app's page, Basic Information, Signing Secret",
    "telegram_token": "Telegram: BotFather gives it (/newbot, or /token)",
    "telegram_secret": "Telegram: tocsin chat telegram makes it",
    "telegram_bot": "Telegram: the bot's name without @, where several bots are in one group",
    "teams_app_id": "Teams: the Azure bot's page, Configuration, Microsoft App ID",
    "teams_app_password": "Teams: the app registration's page, Certificates & secrets, the value of a client secret",
    "teams_tenant": "Teams: the Azure bot's page, Configuration, App Tenant ID",
    VAPID: "Push: tocsin secret make vapid_private_key makes it, and nobody needs to know it",
    WEBHOOKS: "Webhooks: tocsin secret make webhook_secrets; one, or two with a blank between, the newest first",
}
_GUIDS = ("teams_app_id", "teams_tenant")
#: What the app may do in Slack, and what it wants to hear of. https://docs.slack.dev/reference/scopes
_SCOPES = ("chat:write", "chat:write.public", "commands", "channels:history", "groups:history", "im:history")
_EVENTS = ("message.channels", "message.groups", "message.im")
#: Updates of Telegram that mean something here. https://core.telegram.org/bots/api#setwebhook
_UPDATES = ("message", "callback_query")


def slack(args: Namespace) -> int:
    """Prints the manifest on standard output and the steps on standard error. Raises CommandError."""

    def run(stack: Stack) -> int:
        print(json.dumps(manifest(_root(stack)), indent=2))
        print(
            "\n1. https://api.slack.com/apps: Create New App, From a manifest; paste the JSON above."
            "\n2. Install it to the workspace, then:"
            "\n     tocsin secret set slack_token"
            "\n     tocsin secret set slack_signing_secret"
            "\n3. Slack asks the address once whether it is ours: on the app's page, Event Subscriptions, Retry."
            '\n4. In tocsin.yaml: chat: {slack: U...} beside each person, and {slack: "#incidents"} in a step.'
            "\n   A private channel wants /invite @Tocsin first.",
            file=sys.stderr,
        )
        return 0

    return _with(args, run)


def whatsapp(args: Namespace) -> int:
    """Prints the template on standard output and the steps on standard error. Raises CommandError."""
    from tocsin.paging.channels.base import ChannelSettings
    from tocsin.paging.channels.whatsapp import template

    settings = ChannelSettings(whatsapp_template=args.name, whatsapp_language=args.language)

    def run(stack: Stack) -> int:
        topic = stack.output("WhatsAppTopicArn")
        print(json.dumps(template(settings), indent=2))
        print(
            "\n1. AWS End User Messaging Social, in the Region of the stack: link your WhatsApp account and a number."
            "\n2. Have Meta approve the template above:"
            "\n     aws socialmessaging create-whatsapp-message-template --id waba-... --template-definition fileb://FILE"
            f"\n3. On the account's page, Event destination: Amazon SNS, {topic}"
            "\n4. Once it is approved, deploy with WhatsAppPhoneNumberId=phone-number-id-..."
            f" WhatsAppTemplate={args.name} WhatsAppLanguage={args.language}"
            "\n5. In tocsin.yaml: {after: 0m, via: whatsapp} among a person's rules; it takes their number.",
            file=sys.stderr,
        )
        return 0

    return _with(args, run)


def manifest(root: str) -> dict[str, Any]:
    """An app of Slack whose requests go to the stack at ``root``."""
    url = f"{root}/v1/slack"
    return {
        "display_information": {
            "name": "Tocsin",
            "description": "Who has it, and what can be done: incidents, on call and escalation",
        },
        "features": {
            "bot_user": {"display_name": "Tocsin", "always_online": True},
            "slash_commands": [
                {
                    "command": "/tocsin",
                    "url": url,
                    "description": "Acts on an incident; open lists them, oncall says who is on call",
                    "usage_hint": "ack 1042 | res 1042 | esc 1042 | open | oncall",
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(_SCOPES)}},
        "settings": {
            "event_subscriptions": {"request_url": url, "bot_events": list(_EVENTS)},
            "interactivity": {"is_enabled": True, "request_url": url},
        },
    }


def telegram(args: Namespace) -> int:
    """Registers the stack's address with the bot. Raises CommandError."""

    def run(stack: Stack) -> int:
        found = stored.read(stack)
        if "telegram_token" not in found:
            raise StackError("no bot is known yet: tocsin secret set telegram_token")
        secret = found.get("telegram_secret") or secrets.token_urlsafe(32)
        if "telegram_secret" not in found:
            stored.put(stack, "telegram_secret", secret)
        _set_webhook(found["telegram_token"], f"{_root(stack)}/v1/telegram", secret)
        print("The bot sends what people write and press to this stack now.")
        print(
            "In tocsin.yaml: chat: {telegram: NUMBER} beside each person; whoever writes to the bot is told theirs."
        )
        return 0

    return _with(args, run)


def _set_webhook(token: str, url: str, secret: str) -> None:
    """Raises StackError with Telegram's own words, never with the token."""
    import urllib3

    asked = {"url": url, "secret_token": secret, "allowed_updates": list(_UPDATES)}
    try:
        answer = urllib3.PoolManager(timeout=10, retries=False).request(
            "POST", f"https://api.telegram.org/bot{token}/setWebhook", json=asked
        )
        said = json.loads(answer.data[:100_000])
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise StackError(f"Telegram cannot be asked: {type(error).__name__}") from None
    if not said.get("ok"):
        raise StackError(f"Telegram refuses: {said.get('description', 'without a word')}")


def teams(args: Namespace) -> int:
    """Writes the app's package, or prints its manifest on standard output, with the steps on standard error. Raises
    CommandError."""

    def run(stack: Stack) -> int:
        from tocsin_cli import teams_app

        address = f"{_root(stack)}/v1/teams"
        bot = stored.read(stack).get("teams_app_id")
        if bot is None:
            print(teams_app.before(address), file=sys.stderr)
            raise StackError("no bot is known yet: tocsin secret set teams_app_id")
        app = teams_app.manifest(bot, _root(stack))
        if args.package is None:
            print(json.dumps(app, indent=2))
        else:
            args.package.write_bytes(teams_app.package(app))
        print(teams_app.after(address, args.package), file=sys.stderr)
        return 0

    return _with(args, run)


def secret_set(args: Namespace) -> int:
    """Sets it. Raises CommandError."""
    if args.name not in NAMES:
        raise unknown("secret", args.name, NAMES)
    if sys.stdin.isatty():
        print(NAMES[args.name], file=sys.stderr)
        value = getpass.getpass(f"{args.name}: ").strip()
    else:
        value = sys.stdin.readline().strip()
    if not value or not value.isascii() or not value.isprintable() or len(value) > 4_000:
        raise CommandError("a secret is one line of plain characters: nothing was set")
    if args.name in _GUIDS and not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value):
        raise CommandError(
            f"{args.name} is an id such as 00000000-1111-2222-3333-444444444444: nothing was set"
        )
    looks: Mapping[str, Callable[[str], object]] = {
        WEBHOOKS: webhook.secrets_of,
        VAPID: webpush.number_of,
    }
    if args.name in looks:
        try:
            looks[args.name](value)
        except ValueError as error:
            raise CommandError(f"{error}: nothing was set") from None

    def run(stack: Stack) -> int:
        stored.put(stack, args.name, value)
        print(f"{args.name} is set. The functions know it within 5 minutes.")
        return 0

    return _with(args, run)


def secret_make(args: Namespace) -> int:
    """Makes a secret. Raises CommandError."""
    makers = {WEBHOOKS: _make_webhooks, VAPID: _make_vapid}
    if args.name not in makers:
        raise unknown("secret that is made here", args.name, list(makers))
    return _with(args, makers[args.name])


def _make_webhooks(stack: Stack) -> int:
    """Prints it: receivers have to know it. Until it is set alone, the one before signs as well."""
    before = stored.read(stack).get(WEBHOOKS, "").split()[:1]
    made = webhook.PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    stored.put(stack, WEBHOOKS, " ".join([made, *before]))
    print(made)
    steps = "Messages are signed with it within 5 minutes"
    if before:
        steps += (
            ", and with the one before as well. Once your receivers know the new one, give it alone to"
            f"\n  tocsin secret set {WEBHOOKS}"
        )
    print(f"{steps}.", file=sys.stderr)
    return 0


def _make_vapid(stack: Stack) -> int:
    """Browsers have the public part of it, and take nothing that another one signed."""
    if VAPID in stored.read(stack):
        raise CommandError(
            f"{VAPID} is set already. With another one, push would have to be switched on again in every browser:"
            f" if that is what you want, tocsin secret remove {VAPID} first"
        )
    stored.put(stack, VAPID, webpush.private_key(secrets.randbelow(webpush.ORDER - 1) + 1))
    print(
        f"{VAPID} is set. The functions know it within 5 minutes. Then, for each person: tocsin contact push USER"
    )
    return 0


def secret_list(args: Namespace) -> int:
    """Prints which secrets are set, never what they are. Raises CommandError."""

    def run(stack: Stack) -> int:
        known = stored.read(stack)
        if args.json:
            print_json({"secrets": [{"name": name, "set": name in known} for name in NAMES]})
        else:
            rows = [(name, "set" if name in known else "-", words) for name, words in NAMES.items()]
            print_table(rows, ("secret", "", "where it is found"))
        return 0

    return _with(args, run)


def secret_remove(args: Namespace) -> int:
    """Removes it. Raises CommandError."""
    if args.name not in NAMES:
        raise unknown("secret", args.name, NAMES)

    def run(stack: Stack) -> int:
        known = stored.read(stack)
        if args.name not in known:
            print(f"{args.name} is not set.")
            return 0
        stored.write(stack, {name: value for name, value in known.items() if name != args.name})
        print(f"{args.name} is removed. The functions forget it within 5 minutes.")
        return 0

    return _with(args, run)


def _with(args: Namespace, run: Callable[[Stack], int]) -> int:
    return asking(lambda _: run(open_stack(args.stack, args.region, args.profile, args.endpoint_url)), args)


def _root(stack: Stack) -> str:
    return stack.output("PublicUrl").rstrip("/")
