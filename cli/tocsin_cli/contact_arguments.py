"""The grammar of the commands about people's contacts."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]

_VERBS = (
    ("list", "Show the numbers and addresses, and which of them are verified"),
    ("verify", "Send a code to a number or an address, to prove whose it is"),
    ("confirm", "Confirm a code that came"),
    ("vouch", "Answer for contacts without a code; it is kept who did"),
    ("push", "Send somebody a link by which they switch push on in their browsers"),
    ("test", "Test somebody's pager: a message by every contact, over the way that pages take"),
)


def add(commands: Commands, command: Command, stack: Group, json: Group) -> None:
    """Adds ``contact``, with what all commands have in common."""
    group = commands.add_parser(
        "contact",
        help="verify people's contacts, and test them",
        description="People's contacts.",
        allow_abbrev=False,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for verb, words in _VERBS:
        parser = command(verbs, verb, f"tocsin_cli.contact:{'show' if verb == 'list' else verb}", words)
        if verb == "list":
            parser.add_argument("user", metavar="USER", nargs="?", help="default: everybody")
        else:
            parser.add_argument("user", metavar="USER", help="as the file names them")
        if verb == "confirm":
            parser.add_argument("code", metavar="CODE", help="the 6 digits")
        if verb == "push":
            which = parser.add_mutually_exclusive_group()
            which.add_argument("--show", action="store_true", help="print the link instead of sending it")
            which.add_argument("--off", action="store_true", help="switch push off in all of their browsers")
            which.add_argument(
                "--contact", metavar="NAME", help="send it there; default: by mail, else by text"
            )
        else:
            parser.add_argument("--contact", metavar="NAME", help=_which(verb))
        if verb in ("verify", "test"):
            parser.add_argument("--voice", action="store_true", help=_by_voice(verb))
        if verb not in ("list", "test", "push"):
            parser.add_argument(
                "--as", dest="by", metavar="USER", help="who does it; default: your user name"
            )
        json(parser)
        stack(parser)


def _which(verb: str) -> str:
    if verb == "verify":
        return "one of theirs; default: the first that is not verified"
    if verb == "test":
        return "one of theirs, or whatsapp; default: all of them"
    return "one of theirs; default: all of them"


def _by_voice(verb: str) -> str:
    return "by a call instead of a text" if verb == "verify" else "call the numbers, too"
