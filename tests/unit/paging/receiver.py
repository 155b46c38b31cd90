"""Who is posted to, as a channel sees it: says what it is told to, and writes down what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.paging.channels.http import HttpAnswer, HttpFailed


@dataclass(frozen=True)
class Asked:
    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]


class Receiver:
    """``answers`` in order; the last one is said again and again."""

    def __init__(self, *answers: HttpAnswer | HttpFailed) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        self.asked.append(Asked(method, url, body or b"", headers or {}))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, HttpFailed):
            raise answer
        return answer
