"""What the template says of the queues and the functions."""

from __future__ import annotations

from tests.simulation.queues import Declared
from tests.template import declared

FUNCTIONS = ("ingest", "triage", "escalate", "page", "reply", "react", "clock")


def _resource(function: str) -> str:
    return f"{function.capitalize()}Function"


def _queue(name: str, function: str, event: str) -> Declared:
    source = declared(_resource(function))["Properties"]["Events"][event]["Properties"]
    queue = declared(source["Queue"].removesuffix(".Arn"))["Properties"]
    if source["FunctionResponseTypes"] != ["ReportBatchItemFailures"]:
        raise AssertionError(f"{function} does not say which messages failed")
    return Declared(
        name,
        function,
        visibility=queue["VisibilityTimeout"],
        receives=queue["RedrivePolicy"]["maxReceiveCount"],
        batch=source["BatchSize"],
        fifo=queue.get("FifoQueue", False),
    )


QUEUES = (
    _queue("door", "ingest", "Door"),
    _queue("alerts", "triage", "Alerts"),
    _queue("pages", "page", "Pages"),
    _queue("posts", "page", "Posts"),
    _queue("replies", "reply", "Replies"),
)
#: Seconds after which Lambda ends a run.
TIMEOUTS: dict[str, float] = {name: declared(_resource(name))["Properties"]["Timeout"] for name in FUNCTIONS}
