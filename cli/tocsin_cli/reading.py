"""Reads the files that a command is given."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.config.compile import Config, compile_config
from tocsin.config.load import Loaded, load


def read(files: Sequence[str]) -> tuple[Loaded, Config]:
    """The files as read, and compiled. Raises ConfigError."""
    loaded = load(files)
    return loaded, compile_config(loaded.document, loaded.where)
