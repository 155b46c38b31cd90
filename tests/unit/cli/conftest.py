"""The command, and files for it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.unit.cli.running import tocsin as run
from tests.unit.config.documents import EXAMPLE, SMALL


@pytest.fixture
def tocsin(capsys, monkeypatch):
    """Calls `tocsin` with arguments; gives code, out, err, json."""
    return partial(run, capsys, monkeypatch=monkeypatch)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The handbook's file."""
    return write(tmp_path / "tocsin.yaml", EXAMPLE)


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A file in which nothing is amiss."""
    return write(tmp_path / "ready.yaml", SMALL)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
