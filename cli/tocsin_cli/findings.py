"""What a check of a deployed stack says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Health = Literal["ok", "warn", "fail", "off"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. ``mend`` is what to do about it, empty when nothing is."""

    check: str
    health: Health
    words: str
    mend: str = ""


def as_text(found: list[Finding]) -> str:
    """The findings as a table for a terminal."""
    signs = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL", "off": "off "}
    wide = max(len(finding.check) for finding in found)
    lines = []
    for finding in found:
        lines.append(f"{signs[finding.health]}  {finding.check:<{wide}}  {finding.words}")
        if finding.mend:
            lines.append(f"      {'':<{wide}}  → {finding.mend}")
    return "\n".join(lines)


def as_json(found: list[Finding]) -> dict[str, Any]:
    return {
        "findings": [
            {"check": one.check, "health": one.health, "words": one.words, "mend": one.mend} for one in found
        ]
    }
