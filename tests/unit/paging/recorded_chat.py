"""The recorded requests and answers of chats (``recorded/<vendor>/``), and the same with something wrong in them."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.unit.paging.cards import json_values

_FOLDER = Path(__file__).parent / "recorded"


@cache
def _load(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def recorded(name: str) -> dict[str, Any]:
    """``telegram/updates``: by name, a copy of each."""
    found = _load(name)
    assert found["source"], "each recorded format names its source"
    return copy.deepcopy({key: value for key, value in found.items() if key != "source"})


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, part in value.items():
            found += _places(part, (*path, key))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            found += _places(part, (*path, at))
    return found


@st.composite
def mangled(draw: st.DrawFn, samples: list[Any]) -> Any:
    """One of the samples, with up to three places in it made something else, or left out."""
    value = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(value)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = value
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(json_values)
        else:
            del holder[last]
    return value
