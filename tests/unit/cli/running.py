"""Runs the command as a shell would, within the process."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

from tocsin_cli.main import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def tocsin(capsys, *arguments: object, stdin: bytes | None = None, monkeypatch=None) -> Done:
    """Exit code, standard output and standard error of a command line."""
    if stdin is not None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    told = capsys.readouterr()
    return Done(code, told.out, told.err)
