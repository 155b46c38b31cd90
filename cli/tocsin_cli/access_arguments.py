"""The grammar of the commands about secrets: calendars to subscribe to, and tokens of the API."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]


def add(
    commands: Commands, command: Command, duration: Callable[[str], Any], stack: Group, json: Group
) -> None:
    """Adds ``calendar`` and ``token``, with what all commands have in common."""
    _calendar(commands, command, duration, stack, json)
    _token(commands, command, stack, json)


def _calendar(
    commands: Commands, command: Command, duration: Callable[[str], Any], stack: Group, json: Group
) -> None:
    words = "calendars to subscribe to"
    group = commands.add_parser(
        "calendar", help=words, description="Calendars to subscribe to.", allow_abbrev=False
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "Make a secret address of a calendar and show it, this once"
    parser = command(verbs, "create", "tocsin_cli.access:calendar_create", words)
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--user", metavar="NAME", help="the shifts of one person")
    whose.add_argument("--schedule", metavar="NAME", help="everybody's shifts on one schedule")
    whose.add_argument("--team", metavar="NAME", help="the shifts of a team's people")
    parser.add_argument(
        "--alarm",
        action="append",
        default=[],
        type=duration,
        metavar="DURATION",
        help="remind so long before a shift; repeatable",
    )
    json(parser)
    stack(parser)
    _listed(verbs, command, "calendar", stack, json)


def _token(commands: Commands, command: Command, stack: Group, json: Group) -> None:
    group = commands.add_parser(
        "token", help="tokens of the HTTP API", description="Tokens of the HTTP API.", allow_abbrev=False
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "Make a token that may read who is on call and what is open, and show it, this once"
    parser = command(verbs, "create", "tocsin_cli.access:token_create", words)
    parser.add_argument("name", metavar="NAME", help="what it is for")
    parser.add_argument(
        "--acts", action="store_true", help="it may also change incidents, in the name of any user it names"
    )
    json(parser)
    stack(parser)
    _listed(verbs, command, "token", stack, json)


def _listed(verbs: Commands, command: Command, kind: str, stack: Group, json: Group) -> None:
    parser = command(verbs, "list", f"tocsin_cli.access:{kind}_list", f"List the {kind}s, not their secrets")
    json(parser)
    stack(parser)
    parser = command(
        verbs, "revoke", f"tocsin_cli.access:{kind}_revoke", f"Revoke a {kind}, at once and for ever"
    )
    parser.add_argument("id", metavar="ID", help=f"tocsin {kind} list shows them")
    stack(parser)
