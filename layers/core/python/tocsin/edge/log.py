"""Structured logs and metrics. Nobody else makes a logger."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Tocsin"


@cache
def logger() -> Logger:
    return Logger(service="tocsin")


@cache
def metrics() -> Metrics:
    return Metrics(namespace=NAMESPACE, service="tocsin")


class EmfMetrics:
    """Counts as CloudWatch metrics, by the embedded metric format: a line of the log, no request."""

    def count(self, name: str, value: int = 1) -> None:
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
