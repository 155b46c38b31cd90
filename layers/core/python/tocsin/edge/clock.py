"""The time and the names that nothing else may make up."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, attempt: int) -> None:
        time.sleep(random.uniform(0, min(0.4, 0.02 * 2**attempt)))


class RandomIds:
    def fresh(self) -> str:
        return uuid.uuid4().hex

    def token(self) -> str:
        return secrets.token_urlsafe(16)
