"""Reads the files that a command is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tocsin.config.compile import Config, compile_config
from tocsin.config.facts import Facts
from tocsin.config.load import Loaded, load
from tocsin_cli.days_off import public_holidays


def read(files: Sequence[str], *moments: datetime) -> tuple[Loaded, Config]:
    """The files as read, and compiled, with the public holidays of the years around now and ``moments``.

    Raises ConfigError.
    """
    loaded = load(files)
    days_off = public_holidays(loaded.document, loaded.where, (datetime.now(UTC), *moments))
    return loaded, compile_config(loaded.document, loaded.where, Facts(days_off))
