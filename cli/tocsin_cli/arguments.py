"""The command line's grammar. It imports no command: `run` names the function that does the work."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter, _SubParsersAction
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin import __version__
from tocsin_cli import (
    access_arguments,
    chat_arguments,
    contact_arguments,
    file_arguments,
    incident_arguments,
    simulate_arguments,
)
from tocsin_cli.rota_arguments import Rota

if TYPE_CHECKING:
    Commands = _SubParsersAction[ArgumentParser]

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)

_FILES = file_arguments.FILES
_TIME = file_arguments.TIME


def build_parser() -> ArgumentParser:
    """The parser of `tocsin`. Parsed arguments have `run`: ``module:function`` of the command."""
    parser = ArgumentParser(
        prog="tocsin",
        description="Incident response in your own AWS account: know beforehand who is woken, when and how.",
        epilog="init, check, coverage, diff, parse and import work offline; oncall, now and simulate do so with a "
        "FILE. The others ask the deployed stack.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tocsin {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    file_arguments.begin(commands, _command)
    _check(commands)
    _oncall(commands)
    _coverage(commands)
    simulate_arguments.add(commands, _command, instant, duration, _stack, _json)
    _parse(commands)
    file_arguments.add(commands, _command, instant, _stack, _json)
    _key(commands)
    _doctor(commands)
    _import(commands)
    Rota(commands, _command, instant, _stack, _json).add()
    incident_arguments.add(commands, _command, duration, _stack, _json)
    contact_arguments.add(commands, _command, _stack, _json)
    access_arguments.add(commands, _command, duration, _stack, _json)
    chat_arguments.add(commands, _command, _stack, _json)
    return parser


def instant(text: str) -> datetime:
    """An aware time to the second. Raises ArgumentTypeError."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no time: write {_TIME}")
    if match[3] is None:
        raise ArgumentTypeError(
            f"{text!r} has no offset: add it, such as {match[1]}T{match[2]}+00:00 (or Z for UTC)"
        )
    offset = "+00:00" if match[3] in "Zz" else match[3]
    try:
        at = datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}")
    except ValueError:
        raise ArgumentTypeError(f"{text!r} does not exist: write {_TIME}") from None
    if not 2 <= at.year <= 9998:
        raise ArgumentTypeError(f"{text!r} is at the edge of the calendar")
    return at


def duration(text: str) -> timedelta:
    """``30s``, ``7m``, ``4h``, ``2d``. Raises ArgumentTypeError."""
    from tocsin.config import scalars

    try:
        return scalars.duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def days(text: str) -> int:
    """A number of whole days, ten years at most. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and 1 <= int(text) <= 3660):
        raise ArgumentTypeError(f"{text!r} is no number of days: write 1 to 3660, such as 90")
    return int(text)


def header(text: str) -> tuple[str, str]:
    """``Name: value`` as (name in lower case, value). Raises ArgumentTypeError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError(f"{text!r} is no header: write it as Name:value")
    return name.strip().lower(), value.strip()


def _command(commands: Commands, name: str, run: str, words: str, **more: str) -> ArgumentParser:
    parser = commands.add_parser(
        name,
        help=words[0].lower() + words[1:],
        description=f"{words}.",
        epilog=more.get("epilog"),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def _files(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def _check(commands: Commands) -> None:
    words = "Validate a configuration and say whether it is ready for the night"
    parser = _command(commands, "check", "tocsin_cli.check:run", words)
    _files(parser)
    parser.add_argument(
        "--at", type=instant, metavar="T", help=f"look at the 14 days from here on: {_TIME}; default now"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 when there is a finding")
    _json(parser)


def _oncall(commands: Commands) -> None:
    words = "Show who is on call over a range"
    more = "Without a FILE it asks the deployed stack, which knows the past, and what was changed from day to day."
    parser = _command(commands, "oncall", "tocsin_cli.oncall:run", words, epilog=more)
    parser.add_argument("files", nargs="*", metavar="FILE", help=_FILES)
    parser.add_argument("--schedule", required=True, metavar="NAME", help="the schedule")
    parser.add_argument("--from", dest="start", type=instant, metavar="T", help=f"{_TIME}; default now")
    parser.add_argument(
        "--to", dest="end", type=instant, metavar="T", help="not included; default 7 days after --from"
    )
    _json(parser)
    _stack(parser)


def _coverage(commands: Commands) -> None:
    words = "Show when nobody is on call or can be reached, and how the load is shared"
    parser = _command(commands, "coverage", "tocsin_cli.coverage:run", words)
    _files(parser)
    parser.add_argument(
        "--schedule", action="append", default=[], metavar="NAME", help="a schedule; repeatable; default all"
    )
    parser.add_argument("--from", dest="start", type=instant, metavar="T", help=f"{_TIME}; default now")
    parser.add_argument(
        "--days", type=days, default=90, metavar="N", help="so many from there on; default 90"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 1 when there is a gap outside of what the file declares, or a shift of somebody out of reach",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="the load per person as CSV on standard output")
    form.add_argument("--json", action="store_true", help="JSON on standard output")


def _parse(commands: Commands) -> None:
    words = "Show what a sender's payload is understood to say"
    parser = _command(commands, "parse", "tocsin_cli.parse:run", words)
    parser.add_argument(
        "--source", required=True, metavar="NAME", help="the parser: alertmanager, generic, …"
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        type=header,
        metavar="K:V",
        help="a header of the request; repeatable",
    )
    parser.add_argument(
        "payload", metavar="PAYLOAD", help="a file with the request's body, or - for standard input"
    )
    _json(parser)


def _stack(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("the deployed stack")
    group.add_argument("--stack", default="tocsin", metavar="NAME", help="its name (default: tocsin)")
    group.add_argument("--region", help="its AWS region (default: as the AWS tools are configured)")
    group.add_argument("--profile", help="a profile of the AWS tools")
    group.add_argument(
        "--endpoint-url", metavar="URL", help="an AWS endpoint of your own, such as a local stack's"
    )


def _key(commands: Commands) -> None:
    key = commands.add_parser(
        "key", help="keys of integrations", description="Keys of integrations.", allow_abbrev=False
    )
    verbs = key.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "Make a key for an integration and show it, this once"
    parser = _command(verbs, "create", "tocsin_cli.aws_commands:key_create", words)
    parser.add_argument("integration", metavar="INTEGRATION", help="its name in the applied configuration")
    _json(parser)
    _stack(parser)


def _doctor(commands: Commands) -> None:
    words = "Examine the deployed stack: what would keep a page from a person"
    parser = _command(commands, "doctor", "tocsin_cli.aws_commands:doctor", words)
    _json(parser)
    _stack(parser)


def _import(commands: Commands) -> None:
    words = "Make a tocsin.yaml from what another product's API returns"
    parser = _command(commands, "import", "tocsin_cli.import_:run", words)
    products = ("pagerduty", "opsgenie", "grafana-oncall", "goalert")
    parser.add_argument("source", metavar="SOURCE", choices=products, help=f"one of {', '.join(products)}")
    parser.add_argument(
        "exports", nargs="+", metavar="EXPORT", help="JSON as its API returns it; - for standard input"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="write the file here; default: standard output, the report on standard error",
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file of --out")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="show where the product's own shifts differ; exit 1 when they do",
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=instant,
        metavar="T",
        help="schedules have to be right, and are compared, from here on; default now, or the first exported shift",
    )
    _json(parser)
