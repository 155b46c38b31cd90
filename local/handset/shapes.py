"""Checks a request against the service's own model, as AWS does before it looks at anything else.

Clients check types and what is required; lengths, patterns and enums they leave to the service. The models
are those that botocore ships.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session


@cache
def input_shape(service: str, operation: str) -> Any:
    """The botocore shape of an operation's input."""
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(operation).input_shape


def problems(
    shape: Any, value: object, path: str = "", *, patterns: bool = True
) -> Iterator[tuple[str, str]]:
    """Each field that breaks the model, with a sentence in AWS's own manner. Unknown members are let be.

    ``patterns`` off skips regular expressions (Connect's model escapes its own twice).
    """
    kind: str = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield path, _must(path, "be an object")
            return
        for name, member in shape.members.items():
            at = f"{path}.{name}" if path else name
            if value.get(name) is not None:
                yield from problems(member, value[name], at, patterns=patterns)
            elif name in shape.required_members:
                yield at, _must(at, "not be null")
    elif kind == "map":
        if not isinstance(value, dict):
            yield path, _must(path, "be an object")
            return
        yield from _size(shape, len(value), path, "size")
        for key, item in value.items():
            yield from problems(shape.key, key, f"{path}.key", patterns=patterns)
            yield from problems(shape.value, item, f"{path}.{key}", patterns=patterns)
    elif kind == "list":
        if not isinstance(value, list):
            yield path, _must(path, "be a list")
            return
        yield from _size(shape, len(value), path, "size")
        for index, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}[{index}]", patterns=patterns)
    elif kind == "string":
        if not isinstance(value, str):
            yield path, _must(path, "be a string")
            return
        yield from _size(shape, len(value), path, "length")
        if shape.enum and value not in shape.enum:
            yield path, _must(path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
        pattern = shape.metadata.get("pattern")
        if patterns and pattern and re.fullmatch(pattern, value) is None:
            yield path, _must(path, f"satisfy regular expression pattern: {pattern}")
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not isinstance(value, int):
            yield path, _must(path, "be an integer")
        else:
            yield from _size(shape, value, path, "value")
    elif kind == "boolean" and not isinstance(value, bool):
        yield path, _must(path, "be a boolean")


def _size(shape: Any, size: int, path: str, what: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield path, _must(path, f"have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield path, _must(path, f"have {what} less than or equal to {most}")


def _must(path: str, what: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: Member must {what}"
