"""Integration keys: what a sender puts into its URL, and what is stored of it."""

from __future__ import annotations

import base64
import hashlib
import os
import re

#: 32 characters, because PagerDuty's senders insist on that length; 5 bits each, 160 bits in all.
LENGTH = 32

_SHAPE = re.compile(rf"[a-z2-7]{{{LENGTH}}}")


def new_key() -> str:
    """A fresh key: 160 random bits as 32 characters of [a-z2-7]. It is shown once and never stored."""
    return base64.b32encode(os.urandom(LENGTH * 5 // 8)).decode("ascii").lower()


def well_formed(key: str) -> bool:
    """Whether this could be a key at all. What could not needs no look-up."""
    return _SHAPE.fullmatch(key) is not None


def hash_key(key: str) -> str:
    """What is stored of a key: SHA-256, 64 hex digits. No salt is needed against 160 random bits."""
    return hashlib.sha256(key.encode()).hexdigest()
