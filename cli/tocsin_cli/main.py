"""The entry point of `tocsin`.

0 is done; 1 says that there is something to mend (findings with `--strict`, an unhealthy stack); 2 that the command
could not do its work: the configuration, a file, a name or the usage is wrong.
"""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import cast

from tocsin_cli.arguments import build_parser
from tocsin_cli.errors import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line (the process's own when None) and gives its exit code. Errors are told on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _forget_output()
        return 141
    except OSError as error:
        _forget_output()
        file = f": {error.filename}" if error.filename else ""
        print(f"tocsin: {error.strerror or error}{file}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(argv: Sequence[str] | None) -> int:
    try:
        args = build_parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    # Costs nothing: every command that reads a file imports it too.
    from tocsin.config.problems import ConfigError

    try:
        return _command(args)(args)
    except CommandError as error:
        print(f"tocsin: {error}", file=sys.stderr)
    except ConfigError as error:
        print(error, file=sys.stderr)
    except OverflowError:
        print("tocsin: this runs over the edge of the calendar: choose another time", file=sys.stderr)
    return 2


def _command(args: Namespace) -> Callable[[Namespace], int]:
    """The function that `args.run` names as ``module:function``."""
    module, _, function = args.run.partition(":")
    return cast(Callable[[Namespace], int], getattr(import_module(module), function))


def _forget_output() -> None:
    """What is still buffered must not fail once more when the interpreter ends."""
    with suppress(OSError, ValueError):  # a stream without a file has nothing to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
