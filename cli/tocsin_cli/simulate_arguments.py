"""The grammar of `tocsin simulate`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin_cli.file_arguments import FILES, TIME

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]

#: Those of ``tocsin.escalation.conditions``, which nobody waits for who only asks for help.
KNOWN_SEVERITIES = (
    *(f"SEV{number}" for number in range(1, 6)),
    *("critical", "error", "warning", "info", "unknown"),
)
KNOWN_PRIORITIES = tuple(f"P{number}" for number in range(1, 6))


def add(
    commands: Commands,
    command: Command,
    instant: Callable[[str], datetime],
    duration: Callable[[str], timedelta],
    stack: Group,
    json: Group,
) -> None:
    words = "Show who would be paged, when and how, for an incident at any instant"
    more = "Without a FILE it asks the deployed stack, which knows what was changed from day to day."
    parser = command(commands, "simulate", "tocsin_cli.simulate:run", words, epilog=more)
    parser.add_argument("files", nargs="*", metavar="FILE", help=FILES)
    parser.add_argument(
        "--service", required=True, metavar="NAME", help="the service that the incident belongs to"
    )
    parser.add_argument("--at", required=True, type=instant, metavar="T", help=f"when it opens: {TIME}")
    parser.add_argument(
        "--urgency", choices=("high", "low"), help="default: as the service's support hours say"
    )
    parser.add_argument("--severity", choices=KNOWN_SEVERITIES, help="for branches only")
    parser.add_argument("--priority", choices=KNOWN_PRIORITIES, help="for branches only")
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        type=label,
        metavar="NAME=VALUE",
        help="for branches only; repeatable",
    )
    parser.add_argument(
        "--repeats",
        type=_from(1),
        default=1,
        metavar="N",
        help="how often the alert came, for branches; default 1",
    )
    parser.add_argument(
        "--turn",
        type=_from(0),
        default=0,
        metavar="N",
        help="how many came before it, for a round robin; default 0",
    )
    parser.add_argument(
        "--ack-after", type=duration, metavar="DURATION", help="somebody acks so long after --at"
    )
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="USER",
        help="who acks then; repeatable, for steps that all must acknowledge",
    )
    parser.add_argument(
        "--failing",
        action="append",
        default=[],
        metavar="USER[:WAY]",
        help="what fails: all that goes to somebody (ana), or by a way or to a contact of theirs (ana:sms, "
        "ana:mobile); repeatable",
    )
    parser.add_argument(
        "--until",
        type=instant,
        metavar="T",
        help="show everything before this time, last resort and restarts too",
    )
    json(parser)
    stack(parser)


def label(text: str) -> tuple[str, str]:
    """``team=payments`` as (name, value). Raises ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(f"{text!r} is no label: write NAME=VALUE, such as team=payments")
    return name, value


def _from(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
            raise ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return whole
