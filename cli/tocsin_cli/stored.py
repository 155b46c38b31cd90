"""The secrets of a deployed stack, where its functions look for them: one SecureString parameter, a JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tocsin_cli.stack import Stack


def read(stack: Stack) -> dict[str, str]:
    """What is set, by name."""
    client = stack.client("ssm")
    try:
        answer = client.get_parameter(Name=_parameter(stack), WithDecryption=True)
    except client.exceptions.ParameterNotFound:
        return {}
    found: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return found


def put(stack: Stack, name: str, value: str) -> None:
    write(stack, {**read(stack), name: value})


def write(stack: Stack, values: Mapping[str, str]) -> None:
    """Writes all of them."""
    stack.client("ssm").put_parameter(
        Name=_parameter(stack), Value=json.dumps(values), Type="SecureString", Overwrite=True
    )


def _parameter(stack: Stack) -> str:
    """TOCSIN_SECRETS of the template."""
    return f"/{stack.name}/secrets"
