"""The table's stream, as the table really writes it."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import boto3

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, Deployment, aws

Deploy = Callable[..., Deployment]


def stream(tocsin: Deployment) -> list[dict[str, Any]]:
    """All records of the table's stream, as an event source mapping hands them on."""
    arn = aws("dynamodb").describe_table(TableName=tocsin.table)["Table"]["LatestStreamArn"]
    endpoint = f"https://streams.dynamodb.{events.REGION}.amazonaws.com"
    client = boto3.client("dynamodbstreams", region_name=events.REGION, endpoint_url=endpoint)
    [shard] = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    rows = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return [_as_lambda_has_it(row) for row in rows]


def _as_lambda_has_it(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no bytes and no dates."""
    images = {name: _plain(image) for name, image in row["dynamodb"].items() if name.endswith("Image")}
    return events.stream_record(row["eventName"], _plain(row["dynamodb"]["Keys"]), **images)


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: value if not isinstance(value, bytes) else "AAAA" for kind, value in typed.items()}
        for name, typed in item.items()
    }


def test_every_new_line_of_a_timeline_is_a_metric_and_nothing_else_is(deploy: Deploy) -> None:
    tocsin = deploy(stream=True)
    tocsin.alert()
    tocsin.run(3.5)
    tocsin.text(ANA, "1a")
    tocsin.run(0.1)
    tocsin.printed = StringIO()
    records = stream(tocsin)
    kinds = tocsin.kinds(1001)
    assert len(records) > len(kinds)
    assert tocsin.invoke("react", {"Records": records}) == {"batchItemFailures": []}
    assert tocsin.counted("TimelineOpened") == 1
    assert tocsin.counted("TimelinePageSent") == kinds.count("page_sent") == 2
    assert tocsin.counted("TimelineAcknowledged") == 1
    names = {name for row in tocsin.metrics() for name in row if name.startswith("Timeline")}
    assert sum(tocsin.counted(name) for name in names) == len(kinds)


def test_what_expires_and_what_changes_counts_nothing(tocsin: Deployment) -> None:
    keys = {"pk": {"S": "INC#1001"}, "sk": {"S": "T#2026-11-23T02:00:00.000000+00:00#1"}}
    line = {**keys, "kind": {"S": "opened"}}
    records = [
        events.stream_record("REMOVE", keys, OldImage=line),
        events.stream_record("MODIFY", keys, OldImage=line, NewImage=line),
        events.stream_record(
            "INSERT", {"pk": {"S": "KEY#1"}, "sk": {"S": "HEAD"}}, NewImage={"pk": {"S": "KEY#1"}}
        ),
        events.stream_record("INSERT", keys),
    ]
    assert tocsin.invoke("react", {"Records": records}) == {"batchItemFailures": []}
    assert tocsin.metrics() == []


def test_a_line_that_newer_code_wrote_is_counted(tocsin: Deployment) -> None:
    keys = {"pk": {"S": "INC#1001"}, "sk": {"S": "T#x#1"}}
    record = events.stream_record(
        "INSERT", keys, NewImage={**keys, "kind": {"S": "handed_over"}, "mood": {"N": "1"}}
    )
    tocsin.invoke("react", {"Records": [record]})
    assert tocsin.counted("TimelineHandedOver") == 1
    [row] = tocsin.metrics()
    assert row["service"] == "tocsin"
