"""Resources as ``template.yaml`` declares them, for tests that stand in for AWS."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


@cache
def _declaration(resource: str) -> dict[str, Any]:
    lines = TEMPLATE.read_text().splitlines()
    start = lines.index(f"  {resource}:")
    end = next(n for n in range(start + 1, len(lines)) if lines[n].strip() and not lines[n].startswith("   "))
    text = re.sub(r"!\w+ ", "", "\n".join(lines[start:end]))
    found: dict[str, Any] = YAML(typ="safe").load(text)[resource]
    return found


def declared(resource: str) -> dict[str, Any]:
    """A resource as ``template.yaml`` declares it; of CloudFormation's functions only the arguments are left."""
    return deepcopy(_declaration(resource))
