"""What each scene takes and costs, and what that makes of a million alerts, an incident and an idle month."""

from __future__ import annotations

import re
from itertools import groupby
from textwrap import wrap

from tests.bench import scenes
from tests.bench.prices import DURATION, MEMORY, PARTS, PRICES, Bill, bill, idle_month
from tests.bench.scenes import Play
from tests.bench.table import Budget, count, note, section, table
from tests.bench.usage import Request, Usage
from tests.template import TEMPLATE

REPEATS, NEW = 990_000, 10_000
MILLION_LIMIT, INCIDENT_LIMIT = 8.0, 0.005
#: Seconds: what it would cost if functions were slower than assumed.
SLOW = 0.200

#: Whose requests are told one by one.
TOLD = (
    scenes.REPEAT,
    scenes.COLD,
    scenes.TEXT,
    scenes.CALL,
    scenes.STEP,
    scenes.ACK,
    scenes.CONFIRMED,
    scenes.RECEIPT,
)


def report() -> list[Budget]:
    play = scenes.play()
    section("What happens, and what it takes")
    _counts(play)
    _requests(play)
    section("What it costs")
    million, incident = _projections(play)
    _idle_month(play)
    return [
        *_held(play),
        Budget(
            "1M alerts, 99 % of them repeats",
            f"${million:.2f}",
            f"under ${MILLION_LIMIT:g}",
            million < MILLION_LIMIT,
        ),
        Budget("one incident", f"${incident:.5f}", f"under ${INCIDENT_LIMIT:g}", incident < INCIDENT_LIMIT),
    ]


def _counts(play: Play) -> None:
    rows = []
    for name, usage in play.scenes.items():
        share = scenes.BATCHED if name == scenes.BATCH else 1
        numbers = (
            len(usage.invocations),
            usage.number("dynamodb") - usage.writes,
            usage.writes,
            usage.number("dynamodb", "TransactWriteItems"),
            usage.read_units,
            usage.write_units,
            usage.sqs(fifo=True) + usage.sqs(fifo=False),
            usage.transitions,
        )
        price = f"{bill(usage).total / share * 1e6:,.2f}"
        rows.append((name, *(count(number / share) for number in numbers), price))
    table(("", "runs", "reads", "writes", "atomic", "RRU", "WRU", "SQS", "states", "$/million"), rows)
    note(
        "runs: of functions, without the stream's. reads, writes: requests to DynamoDB; a batch or a transaction is",
        "one. atomic: the transactions among the writes. RRU, WRU: units as billed, by the items' sizes. SQS: requests",
        "to send, receive and delete. states: transitions of Step Functions. $/million: at list price.",
    )


def _requests(play: Play) -> None:
    rows = []
    for name in TOLD:
        for run in play.scenes[name].invocations:
            for index, line in enumerate(wrap(_told(run.requests), 74)):
                rows.append((name, "" if index else run.function, line))
                name = ""
    table(("", "function", "its requests, in their order"), rows, left=3)
    way = [re.sub("-[0-9a-f]{8}", "", name) if kind == "queue" else name for kind, name in play.way]
    note(f"From HTTP to a carrier: {' > '.join(way)}.")


def _told(requests: list[Request]) -> str:
    parts = []
    for operation, alike in groupby(requests, lambda one: one.operation):
        times = len(list(alike))
        parts.append(operation if times == 1 else f"{times} {operation}")
    return ", ".join(parts)


def _held(play: Play) -> list[Budget]:
    repeat, batch = play.scenes[scenes.REPEAT], play.scenes[scenes.BATCH]
    writes = max(repeat.writes, batch.writes)
    atomic = repeat.number("dynamodb", "TransactWriteItems") + batch.number("dynamodb", "TransactWriteItems")
    moved = repeat.transitions + batch.transitions
    opened = play.scenes[scenes.COLD].of("triage").number("dynamodb")
    passed = {
        kind: [name for found, name in play.way if found == kind] for kind in ("function", "queue", "carrier")
    }
    functions, queues = len(passed["function"]), len(passed["queue"])
    return [
        Budget("a repeat: writes", f"{writes}", "at most 2", writes <= 2),
        Budget("a repeat: transactions, transitions", f"{atomic}, {moved}", "none", atomic == moved == 0),
        Budget("a new incident, cold: requests to its first page", f"{opened}", "at most 6", opened <= 6),
        Budget("HTTP to carrier: functions", f"{functions}", "at most 3", functions <= 3),
        Budget("HTTP to carrier: queues", f"{queues}", "at most 2", queues <= 2),
    ]


def _projections(play: Play) -> tuple[float, float]:
    """Prints them, and gives what a million alerts and what one incident cost."""
    one, ten, new = (play.scenes[name] for name in (scenes.REPEAT, scenes.BATCH, scenes.NEW))

    def alerts(repeat: Usage, together: int = 1, duration: float = DURATION) -> Bill:
        return bill(repeat, duration) * (REPEATS / together) + bill(new, duration) * NEW

    million, whole = alerts(one), bill(play.story.usage)
    rows = [
        (f"{REPEATS:,} repeats", bill(one) * REPEATS),
        (f"{NEW:,} new incidents, until they page", bill(new) * NEW),
        ("a million alerts", million),
        (f"  at {SLOW * 1000:.0f} ms an invocation", alerts(one, duration=SLOW)),
        ("  with repeats in batches of ten", alerts(ten, scenes.BATCHED)),
        (f"{NEW:,} incidents, from alert to resolve", whole * NEW),
    ]
    table(
        ("dollars", *PARTS, "all"),
        [(name, *(f"{part:.2f}" for part in cost.parts), f"{cost.total:.2f}") for name, cost in rows],
    )
    story = play.story
    note(
        f"An incident from alert to resolve: three steps, three people, {story.texts} texts (one confirms) and"
        f" {story.calls} calls, receipts,",
        f"an ack and a resolve. It takes {len(story.usage.invocations)} runs and {story.usage.transitions} transitions,"
        f" and costs {whole.total * 100:.3f} cents.",
    )
    note(
        f"Assumed, as moto cannot measure it: every run takes {DURATION * 1000:.0f} ms at {MEMORY * 1024:.0f} MB"
        " (arm64), every write wakes the",
        "stream's function by itself, every message is a batch by itself. List prices of us-east-1, no free tier.",
        "Apart are texts, calls, storage, and what a month costs by itself:",
    )
    return million.total, whole.total


def _idle_month(play: Play) -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    queues = len(re.findall(r"(?m)^ +Type: SQS$", template))
    alarms = len(re.findall(r"(?m)^ +Type: AWS::CloudWatch::Alarm$", template))
    month = idle_month(queues, alarms, len(play.ticked), play.scenes[scenes.TICK])
    total = sum(dollars for _, dollars in month)
    rows = [*((name, f"{dollars:.2f}") for name, dollars in month), ("all", f"{total:.2f}")]
    table(("an idle month", "dollars"), rows, ruled=1)
    more = len(play.story.metrics)
    note(
        f"The incident above writes {more} metrics of other names: in a month full of incidents"
        f" {more * PRICES['metric month']:.2f} dollars more.",
    )
