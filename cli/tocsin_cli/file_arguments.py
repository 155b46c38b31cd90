"""The grammar of the commands that begin a configuration, compare two, and make one the stack's."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]

FILES = "tocsin.yaml, a folder of such files, or - for standard input"
TIME = "a date and time with an offset, such as 2026-01-05T09:00+00:00 (Z is +00:00)"


def begin(commands: Commands, command: Command) -> None:
    words = "Write a tocsin.yaml to start from"
    more = "Without --template it lists what there is."
    parser = command(commands, "init", "tocsin_cli.init:run", words, epilog=more)
    parser.add_argument("--template", metavar="NAME", help="the team that yours is most like")
    parser.add_argument(
        "path",
        nargs="?",
        default="tocsin.yaml",
        metavar="FILE",
        help="write it here, or as tocsin.yaml into a folder; default tocsin.yaml; - for standard output. "
        "Nothing that exists is overwritten",
    )


def add(
    commands: Commands,
    command: Command,
    instant: Callable[[str], datetime],
    stack: Callable[[ArgumentParser], None],
    json: Callable[[ArgumentParser], None],
) -> None:
    words = "Show what one configuration changes against another, and for whom"
    more = "It is what plan would show if OLD were the stack's: offline, for a pull request."
    parser = command(commands, "diff", "tocsin_cli.diff:run", words, epilog=more)
    parser.add_argument("old", metavar="OLD", help=FILES)
    parser.add_argument("new", metavar="NEW", help="the same")
    parser.add_argument(
        "--at",
        type=instant,
        metavar="T",
        help=f"NEW takes the place of OLD at this time: {TIME}; default now",
    )
    parser.add_argument("--exit-code", action="store_true", help="exit 1 when somebody is paged otherwise")
    json(parser)

    words = "Show what apply would change: who is on call, and who is paged, otherwise than now"
    parser = command(commands, "plan", "tocsin_cli.aws_commands:plan", words)
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    json(parser)
    stack(parser)

    words = "Make a configuration the current one of the stack"
    parser = command(commands, "apply", "tocsin_cli.aws_commands:apply", words)
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    parser.add_argument(
        "--vouch", action="store_true", help="answer for every contact of the file that is not verified"
    )
    stack(parser)
