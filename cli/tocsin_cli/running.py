"""``tocsin doctor``: may the stack's functions run when everything happens at once?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tocsin_cli.findings import Finding
from tocsin_cli.stack import Stack

#: What an account has once its limit was raised; a new one has ten.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
USUAL = 1000
#: Fewer than this, all functions of the account together, and a storm holds up what wakes people.
FEW = 100
#: How many of each the template asks for where there is room.
MANY = 10
#: The functions between an alert and a person and their queues, by output, and the parameters that say how many of each
#: run at once.
ON_THE_WAY = (
    ("TriageFunctionName", "AlertQueueUrl", "TriageConcurrency"),
    ("PageFunctionName", "PageQueueUrl", "PageConcurrency"),
)


def functions(stack: Stack) -> Iterator[Finding]:
    """How many functions may run at once: in the account, and of those that an alert passes on its way?"""
    client = stack.client("lambda")
    limit = int(client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    if limit < FEW:
        yield Finding(
            "functions",
            "warn",
            f"the account runs {limit} at once in all: of many alerts and escalations together, some wait a minute",
            f"ask for {USUAL:,} in Service Quotas (AWS Lambda, Concurrent executions); it costs nothing",
        )
        return
    narrow = [
        parameter
        for function, queue, parameter in ON_THE_WAY
        if _most(client, stack.output(function), stack.output(queue)) < MANY
    ]
    if narrow:
        yield Finding(
            "functions",
            "warn",
            f"the account runs {limit:,} at once, and few of them may work on alerts and pages",
            f"deploy with {' '.join(f'{parameter}={MANY}' for parameter in narrow)}, or more",
        )
    else:
        yield Finding("functions", "ok", f"the account runs {limit:,} at once")


def _most(client: Any, function: str, queue: str) -> int:
    """How many of a function work on a queue at once; what nothing limits counts as MANY."""
    name = queue.rpartition("/")[2]
    mappings = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    limits = [
        mapping.get("ScalingConfig", {}).get("MaximumConcurrency", MANY)
        for mapping in mappings
        if mapping["EventSourceArn"].rpartition(":")[2] == name
    ]
    return min(map(int, limits), default=MANY)
