"""The grammar of the commands about one incident."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]

#: Verb, action, and what it does.
_VERBS = (
    ("ack", "acknowledge", "Acknowledge it: nobody else is paged"),
    ("unack", "unacknowledge", "Give it back: its pages go on, from the first step"),
    ("keep", "keep", "Keep it: the time of its ack begins anew"),
    ("resolve", "resolve", "Resolve it: it is over"),
    ("reopen", "reopen", "Open it again: its policy begins anew, and its alerts are its own again"),
    ("snooze", "snooze", "Keep it quiet for a while; then its pages begin anew"),
    ("mute", "mute", "Hear nothing more of it for a while: it is snoozed, and its alerts open nothing"),
    ("unmute", "unmute", "Let its alerts open incidents again; a snooze goes on"),
    ("escalate", "escalate", "Begin the next step of its policy now, or the one named"),
    ("reassign", "reassign", "Give it to people: they are paged first, and its policy follows"),
    ("move", "move", "Move it to another policy, or to the configuration of now"),
    ("ask", "ask", "Ask people to join: they are paged until each accepts or declines"),
    ("accept", "accept", "Join it, having been asked"),
    ("decline", "decline", "Decline to join it"),
    ("subscribe", "subscribe", "Let somebody hear of what becomes of it, in writing; without --user, you"),
    ("unsubscribe", "unsubscribe", "Let them hear of it no more"),
    ("merge", "merge", "Make it a part of another one, which gets its alerts"),
    ("note", "note", "Write a line on its timeline"),
    ("severity", "severity", "Say how bad it is: SEV1 to SEV5"),
    ("priority", "priority", "Say how soon it matters: P1 to P5"),
    ("title", "title", "Give it another title"),
    ("link", "link", "Put a link beside it"),
)
_USERS = ("reassign", "ask", "subscribe", "unsubscribe")
_WORDS = {
    "note": ("TEXT", "what it says"),
    "title": ("TEXT", "the new one"),
    "severity": ("SEV", "SEV1, the worst, to SEV5"),
    "priority": ("P", "P1, the most urgent, to P5"),
    "link": ("URL", "an http or https address"),
}


def add(
    commands: Commands, command: Command, duration: Callable[[str], Any], stack: Group, json: Group
) -> None:
    """Adds ``incident``, with what all commands have in common."""
    group = commands.add_parser(
        "incident", help="look at an incident, and act on it", description="One incident.", allow_abbrev=False
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = command(verbs, "show", "tocsin_cli.incident:show", "Show it, with its timeline")
    _number(parser)
    json(parser)
    stack(parser)
    for verb, action, words in _VERBS:
        parser = command(verbs, verb, "tocsin_cli.incident:act", words)
        parser.set_defaults(action=action)
        _number(parser)
        if verb in _WORDS:
            name, about = _WORDS[verb]
            parser.add_argument("words", metavar=name, help=about)
        if verb in _USERS:
            parser.add_argument(
                "--user",
                action="append",
                default=[],
                required=verb in ("reassign", "ask"),
                metavar="NAME",
                help="repeatable",
            )
        if verb == "snooze":
            parser.add_argument(
                "--for", dest="span", type=duration, default="1h", metavar="DURATION", help="default 1h"
            )
        elif verb == "mute":
            parser.add_argument("span", type=duration, metavar="DURATION", help="such as 4h: 1m to 31d")
        elif verb == "escalate":
            parser.add_argument(
                "--step",
                type=_step,
                metavar="N",
                help="counted from 1, which after reassign is whoever it was given to",
            )
        elif verb == "move":
            parser.add_argument("--policy", default="", metavar="NAME", help="default: its service's own")
        elif verb == "merge":
            parser.add_argument(
                "--into", type=_incident, required=True, metavar="NUMBER", help="the other one"
            )
        elif verb == "ask":
            parser.add_argument("--text", default="", help="what they read")
        elif verb == "link":
            parser.add_argument("--title", default="", metavar="TEXT", help="what it is called")
        parser.add_argument("--as", dest="by", metavar="USER", help="who does it; default: your user name")
        json(parser)
        stack(parser)


def _number(parser: ArgumentParser) -> None:
    parser.add_argument("number", type=_incident, metavar="NUMBER", help="of the incident, such as 1042")


def _incident(text: str) -> int:
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        raise ArgumentTypeError(f"{text!r} is no incident: write its number, such as 1042")
    return int(number)


def _step(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) >= 1):
        raise ArgumentTypeError(f"{text!r} is no step: write its number, counted from 1")
    return int(text)
