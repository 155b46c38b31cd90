"""What the check has to say: one thing, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tocsin.config.problems import Path

Severity = Literal["warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know before the night. A ``warning`` should be mended; an ``info`` may be meant."""

    code: str
    path: Path
    message: str
    severity: Severity = "warning"
