"""Structured logs and metrics. Nobody else makes a logger."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Tocsin"


#: A telephone number, up to its last two digits.
_NUMBER = re.compile(r"\+\d{4,13}(?=\d\d(?!\d))")


def _line(entry: dict[str, Any]) -> str:
    """A line of the log. Nobody's number stands in it, not even in the words of somebody else's error."""
    return _NUMBER.sub("+…", json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False))


@cache
def logger() -> Logger:
    return Logger(json_serializer=_line)


@cache
def metrics() -> Metrics:
    return Metrics(namespace=NAMESPACE)


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def observed(handler: Handler) -> Handler:
    """A function's handler with the request's id in every line of its log, and its metrics written at its end."""
    logged = logger().inject_lambda_context(handler, clear_state=True)

    @wraps(handler)
    def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = logged(event, context)
            return answer
        finally:
            # Powertools warns when it is asked to write none.
            if metrics().metric_set:
                metrics().flush_metrics()

    return run


class EmfMetrics:
    """Counts as CloudWatch metrics, by the embedded metric format: a line of the log, no request."""

    def count(self, name: str, value: int = 1) -> None:
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
