"""The grammar of the commands that connect chats."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]


def add(commands: Commands, command: Command, stack: Group, json: Group) -> None:
    """Adds ``chat`` and ``secret``, with what all commands have in common."""
    group = commands.add_parser(
        "chat",
        help="connect Slack, Telegram, Teams or WhatsApp",
        description="Connect a chat.",
        allow_abbrev=False,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "Print the manifest of a Slack app for this stack, and what to do with it"
    stack(command(verbs, "slack", "tocsin_cli.chat:slack", words))
    words = "Have a Telegram bot send what people write and press to this stack"
    stack(command(verbs, "telegram", "tocsin_cli.chat:telegram", words))
    words = "Print the template that pages by WhatsApp need, and what to do with it"
    parser = command(verbs, "whatsapp", "tocsin_cli.chat:whatsapp", words)
    parser.add_argument("--name", default="tocsin_page", help="the template's name (tocsin_page)")
    parser.add_argument("--language", default="en", help="its language, as Meta writes it (en)")
    stack(parser)
    words = (
        "Print the manifest of a Teams app for this stack, or write the app's package, and what to do with it"
    )
    parser = command(verbs, "teams", "tocsin_cli.chat:teams", words)
    parser.add_argument("--package", type=Path, metavar="FILE", help="write the app's package, a zip, there")
    stack(parser)
    _secret(commands, command, stack, json)


def _secret(commands: Commands, command: Command, stack: Group, json: Group) -> None:
    group = commands.add_parser(
        "secret",
        help="the secrets of chats and webhooks",
        description="The secrets of chats and webhooks.",
        allow_abbrev=False,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "Set a secret; it is asked for, or read from standard input"
    parser = command(verbs, "set", "tocsin_cli.chat:secret_set", words)
    parser.add_argument("name", metavar="NAME", help="such as slack_token; tocsin secret list has all")
    stack(parser)
    words = "Make a secret that webhooks are signed with, and print it; the one before signs for a while, too"
    parser = command(verbs, "make", "tocsin_cli.chat:secret_make", words)
    parser.add_argument("name", metavar="NAME", help="webhook_secrets")
    stack(parser)
    parser = command(
        verbs, "list", "tocsin_cli.chat:secret_list", "List which secrets are set, and since when"
    )
    json(parser)
    stack(parser)
    parser = command(
        verbs, "remove", "tocsin_cli.chat:secret_remove", "Remove a secret: its channel is off then"
    )
    parser.add_argument("name", metavar="NAME", help="tocsin secret list shows which are set")
    stack(parser)
