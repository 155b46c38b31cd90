"""The way to people that does not lead through Tocsin itself."""

from __future__ import annotations

from tocsin.edge.clients import client
from tocsin.edge.log import EmfMetrics, logger

#: Kinds of alarm that mean a human being was needed and not found.
_NOBODY = frozenset({"nobody_reached", "exhausted"})


class WatchdogAlarms:
    """A metric, with an alarm of the template on it, and a line to the watchdog's topic at once."""

    def __init__(self, topic_arn: str) -> None:
        self._topic = topic_arn

    def raise_alarm(self, kind: str, message: str) -> None:
        metrics = EmfMetrics()
        metrics.count("NobodyReached" if kind in _NOBODY else "Alarm")
        logger().error("alarm", extra={"kind": kind, "words": message})
        if not self._topic:
            return
        try:
            client("sns").publish(
                TopicArn=self._topic, Subject=f"Tocsin: {kind}"[:100], Message=f"Tocsin {message}"
            )
        except Exception:
            metrics.count("AlarmNotSaid")
            logger().exception("the watchdog's topic did not take an alarm")
