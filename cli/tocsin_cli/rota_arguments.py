"""The grammar of the commands about who is on call: now, and the changes that people make from day to day."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
    Command = Callable[..., ArgumentParser]
    Group = Callable[[ArgumentParser], None]
    Instant = Callable[[str], datetime]

_TIME = "a date and time with an offset, such as 2026-12-24T09:00+00:00 (Z is +00:00)"
_WAYS = "Without a FILE it asks the deployed stack, which knows what was changed from day to day."


class Rota:
    """Adds the commands to a parser. It is given what all commands have in common."""

    def __init__(
        self, commands: Commands, command: Command, instant: Instant, stack: Group, json: Group
    ) -> None:
        self._commands = commands
        self._command = command
        self._instant = instant
        self._stack = stack
        self._json = json

    def add(self) -> None:
        self._now()
        self._override()
        self._away()
        self._temporary()
        self._cover()
        self._list()
        self._cancel()
        self._feeds()

    def _now(self) -> None:
        words = "Show who is on call now, and who is next"
        parser = self._command(self._commands, "now", "tocsin_cli.now:run", words, epilog=_WAYS)
        parser.add_argument("files", nargs="*", metavar="FILE", help="tocsin.yaml, or a folder of such files")
        asked = parser.add_mutually_exclusive_group()
        asked.add_argument("--schedule", metavar="NAME", help="of one schedule (default: of each)")
        asked.add_argument("--service", metavar="NAME", help="whom each step of its policy pages")
        asked.add_argument("--user", metavar="NAME", help="on which schedules somebody is")
        parser.add_argument("--at", type=self._instant, metavar="T", help=f"{_TIME}; default now")
        self._json(parser)
        self._stack(parser)

    def _override(self) -> None:
        words = "Put somebody else on call for a while"
        parser = self._command(self._commands, "override", "tocsin_cli.changing:override", words)
        parser.add_argument("schedule", metavar="SCHEDULE", help="the schedule")
        parser.add_argument(
            "--user", required=True, action="append", metavar="NAME", help="who takes it; repeatable"
        )
        parser.add_argument("--for", dest="replaces", metavar="NAME", help="instead of this person alone")
        self._span(parser)
        self._saving(parser)

    def _away(self) -> None:
        words = "Note that somebody is away: turns go to the next one, or pages to a delegate"
        parser = self._command(self._commands, "away", "tocsin_cli.changing:away", words)
        parser.add_argument("user", metavar="USER", help="who is away")
        parser.add_argument("--delegate", metavar="NAME", help="who takes their shifts and pages meanwhile")
        parser.add_argument(
            "--ical",
            metavar="FILE",
            help="the events of an iCalendar file (- is standard input) instead of --from and --to",
        )
        self._span(parser, required=False)
        self._saving(parser)

    def _temporary(self) -> None:
        words = "Replace a schedule's layers for a while by shifts of its own"
        parser = self._command(self._commands, "temporary", "tocsin_cli.changing:temporary", words)
        parser.add_argument("schedule", metavar="SCHEDULE", help="the schedule")
        parser.add_argument("--name", default="temporary", help="what it is called")
        parser.add_argument(
            "--shift",
            required=True,
            action="append",
            type=self._shift,
            metavar="USER[,USER],FROM,TO",
            help="who is on call from when to when; repeatable",
        )
        self._span(parser)
        self._saving(parser)

    def _cover(self) -> None:
        cover = self._commands.add_parser(
            "cover",
            help="time on call that somebody gives away",
            description="Time on call that somebody gives away.",
        )
        verbs = cover.add_subparsers(title="commands", metavar="COMMAND", required=True)
        words = "Ask others to take somebody's time on call, or offer to swap it"
        parser = self._command(verbs, "ask", "tocsin_cli.changing:ask", words)
        parser.add_argument("schedule", metavar="SCHEDULE", help="the schedule")
        parser.add_argument("--user", required=True, metavar="NAME", help="whose time it is")
        parser.add_argument("--swap", metavar="NAME", help="offer it to this person, for time of theirs")
        parser.add_argument(
            "--swap-from", type=self._instant, metavar="T", help="when the time of theirs begins"
        )
        parser.add_argument("--swap-to", type=self._instant, metavar="T", help="and when it ends")
        self._span(parser)
        self._saving(parser)
        words = "Take time on call that somebody gives away, or a part of it"
        parser = self._command(verbs, "take", "tocsin_cli.changing:take", words)
        parser.add_argument("id", metavar="ID", help="of the request: tocsin changes lists them")
        parser.add_argument("--user", required=True, metavar="NAME", help="who takes it")
        self._span(parser, required=False)
        self._saving(parser)

    def _list(self) -> None:
        words = "List what people changed from day to day and still matters"
        parser = self._command(self._commands, "changes", "tocsin_cli.changing:show", words)
        self._json(parser)
        self._stack(parser)

    def _cancel(self) -> None:
        words = "Take a change back from now on"
        parser = self._command(self._commands, "cancel", "tocsin_cli.changing:cancel", words)
        parser.add_argument("id", metavar="ID", help="tocsin changes lists them")
        self._saving(parser)

    def _feeds(self) -> None:
        words = "Show how the calendars fare that the configuration names, and what of them is not used"
        parser = self._command(self._commands, "feeds", "tocsin_cli.feeds:show", words)
        self._json(parser)
        self._stack(parser)

    def _span(self, parser: ArgumentParser, *, required: bool = True) -> None:
        parser.add_argument(
            "--from", dest="start", required=required, type=self._instant, metavar="T", help=_TIME
        )
        parser.add_argument(
            "--to", dest="end", required=required, type=self._instant, metavar="T", help="not included"
        )

    def _saving(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only show what it would change, and for whom"
        )
        self._stack(parser)

    def _shift(self, text: str) -> tuple[tuple[str, ...], datetime, datetime]:
        """``ben,chi,2026-12-24T09:00Z,2026-12-25T09:00Z``. Raises ArgumentTypeError."""
        parts = text.split(",")
        if len(parts) < 3:
            raise ArgumentTypeError(f"{text!r} is no shift: write USER,FROM,TO")
        return tuple(parts[:-2]), self._instant(parts[-2]), self._instant(parts[-1])
