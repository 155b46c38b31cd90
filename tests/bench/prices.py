"""List prices, and what work costs by them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from tests.bench.usage import Usage

#: US dollars for one: us-east-1, on demand, no free tier. Beside each stands the page that has the price of today.
PRICES = MappingProxyType(
    {
        "HTTP API request": 1.00e-6,  # https://aws.amazon.com/api-gateway/pricing/
        "Lambda request": 0.20e-6,  # https://aws.amazon.com/lambda/pricing/, arm64
        "Lambda GB-second": 0.0000133334,
        "SQS request": 0.40e-6,  # https://aws.amazon.com/sqs/pricing/
        "SQS FIFO request": 0.50e-6,
        "SNS request": 0.50e-6,  # https://aws.amazon.com/sns/pricing/; delivery to a queue is free
        "DynamoDB write unit": 0.625e-6,  # https://aws.amazon.com/dynamodb/pricing/on-demand/
        "DynamoDB read unit": 0.125e-6,
        "state transition": 25e-6,  # https://aws.amazon.com/step-functions/pricing/, Standard
        "log byte": 0.50e-9,  # https://aws.amazon.com/cloudwatch/pricing/
        "alarm month": 0.10,  # the same
        "metric month": 0.30,
        "Scheduler invocation": 1.00e-6,  # https://aws.amazon.com/eventbridge/pricing/
    }
)

#: The functions' memory in GB, as the template has it.
MEMORY = 0.25
#: Seconds that every invocation is taken to last: moto cannot say it.
DURATION = 0.060
#: Bytes that Lambda itself logs about an invocation (its start and its report), and API Gateway about a request.
PLATFORM_LOG, ACCESS_LOG = 600, 350

PARTS = ("API", "Lambda", "queues", "DynamoDB", "clocks", "logs")


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars by part, in the order of PARTS."""

    parts: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.parts)

    def __mul__(self, times: float) -> Bill:
        return Bill(tuple(part * times for part in self.parts))

    def __add__(self, other: Bill) -> Bill:
        return Bill(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))


def bill(usage: Usage, duration: float = DURATION) -> Bill:
    """What ``usage`` costs when every invocation lasts ``duration`` seconds."""
    price = PRICES
    logged = usage.logged + PLATFORM_LOG * usage.runs + ACCESS_LOG * usage.http
    return Bill(
        (
            usage.http * price["HTTP API request"],
            usage.runs * (price["Lambda request"] + price["Lambda GB-second"] * MEMORY * duration),
            usage.sqs(fifo=False) * price["SQS request"]
            + usage.sqs(fifo=True) * price["SQS FIFO request"]
            + usage.published * price["SNS request"],
            usage.write_units * price["DynamoDB write unit"] + usage.read_units * price["DynamoDB read unit"],
            usage.transitions * price["state transition"],
            logged * price["log byte"],
        )
    )


def idle_month(queues: int, alarms: int, metrics: int, tick: Usage) -> list[tuple[str, float]]:
    """What 30 days cost in which nothing happens: (for what, dollars)."""
    minutes = 30 * 24 * 60
    # Five pollers to a queue, each asking three times a minute: how Lambda does it, not a promise of its.
    polls = queues * 5 * 3 * minutes
    return [
        (f"{queues} queues being polled", polls * PRICES["SQS request"]),
        (f"{alarms} alarms", alarms * PRICES["alarm month"]),
        (f"{metrics} metrics of the minute's tick", metrics * PRICES["metric month"]),
        ("the minute's tick itself", (bill(tick).total + PRICES["Scheduler invocation"]) * minutes),
    ]
