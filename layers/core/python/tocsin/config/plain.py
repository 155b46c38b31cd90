"""Plain data with every scalar as text, however the document came: from YAML, or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_text(value: Any) -> Any:
    """A copy whose whole numbers and booleans are the texts that YAML has for them; other values stay as they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_text(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_text(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value
