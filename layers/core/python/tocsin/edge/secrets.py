"""The secrets of chats and webhooks: one SecureString parameter of Systems Manager, a JSON object, which costs nothing.

It is read when the first message needs it, and again after some minutes: whoever rotates a secret waits that long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache

from tocsin.edge.clients import client

#: Seconds for which what was read is good.
FRESH = 300.0


class Secrets:
    """The parameter ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[str, str] = {}
        self._read_at: float | None = None

    def get(self) -> Mapping[str, str]:
        """The secrets that are set. Raises what the client raises, unless they were read before."""
        now = time.monotonic()
        if self._name and (self._read_at is None or now - self._read_at > FRESH):
            try:
                self._found = self._read()
            except Exception:
                if self._read_at is None:
                    raise
            self._read_at = now
        return self._found

    def _read(self) -> dict[str, str]:
        ssm = client("ssm")
        try:
            answer = ssm.get_parameter(Name=self._name, WithDecryption=True)
        except ssm.exceptions.ParameterNotFound:
            return {}
        found = json.loads(answer["Parameter"]["Value"])
        return {str(name): str(value) for name, value in found.items()}


@cache
def secrets(name: str) -> Secrets:
    return Secrets(name)
