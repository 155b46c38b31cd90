"""CloudWatch alarms, however they come: through SNS (enveloped or raw), from EventBridge, as Lambda actions.

ALARM triggers, OK resolves. The dedup key is the alarm's ARN on every way, so that the same change told twice
is a repeat; of an alarm over many time series, each contributor is an alert of its own beside the alarm's. An
event *came* when the state changed: SNS and EventBridge deliver in any order, and a change from before the
last OK is late.

INSUFFICIENT_DATA is neither: it gives no event (what it should mean will be configurable; a team that wants
to know sets ``TreatMissingData: breaching``). Neither do changes of an alarm's configuration. An alarm that
CloudWatch has muted or suppressed still speaks through EventBridge; it triggers, and its details say so.

A severity is taken from the alarm's tag ``severity`` (when tag propagation is on), else from words like
``severity: critical`` in its description.

Anything else from SNS or EventBridge is not understood: its title is its subject or its first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from tocsin.alerts.event import JSON, Action, Link, Parsed, Severity
from tocsin.alerts.parsers.common import (
    NotUnderstood,
    first_title,
    hash_of,
    instant_of,
    link_to,
    list_of,
    not_understood,
    object_of,
    present,
    severity_of,
    text_of,
)
from tocsin.alerts.text import NotJson, TooDeep, dump, load

_STATES = {"ALARM": Action.TRIGGER, "OK": Action.RESOLVE, "INSUFFICIENT_DATA": None}
_CHANGES = ("CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change")
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_SAID_SEVERITY = re.compile(r"\bseverity\b\s*[:=]?\s*\W?(\w{1,20})", re.IGNORECASE)


def parse(payload: JSON) -> list[Parsed]:
    """The one event, or none. Raises NotUnderstood for what is no alarm and not wrapped by SNS."""
    row = object_of(payload)
    if isinstance(row.get("TopicArn"), str) and isinstance(row.get("Type"), str):
        return _sns(row)
    if isinstance(row.get("detail-type"), str) and isinstance(row.get("detail"), dict):
        return _eventbridge(row)
    if isinstance(row.get("alarmArn"), str) and isinstance(row.get("alarmData"), dict):
        return _change(row, object_of(row["alarmData"]), row["alarmArn"], None)
    return _notification(row)


def _sns(envelope: dict[str, JSON]) -> list[Parsed]:
    id = text_of(envelope.get("MessageId")) or None
    topic, said = text_of(envelope.get("TopicArn")), envelope.get("Message")
    message = said if isinstance(said, str) else dump(said)
    if envelope["Type"] != "Notification":
        return [_about_subscription(envelope, topic, message, id)]
    inner: JSON = message
    try:
        inner = load(message)
        return [replace(event, delivery_id=id) for event in parse(inner)]
    except (NotJson, TooDeep):
        title = first_title(envelope.get("Subject"), *message[:8192].splitlines())
        key = ""
    except NotUnderstood as inside:
        title = first_title(envelope.get("Subject")) or inside.title
        key = inside.dedup_key
    lost = not_understood(message, inner, NotUnderstood(title, key or hash_of([topic, inner])))
    return [replace(lost, delivery_id=id, details=present({"topic": topic}))]


def _about_subscription(envelope: Mapping[str, JSON], topic: str, message: str, id: str | None) -> Parsed:
    """SNS asks an HTTPS subscriber to confirm, or says that it was unsubscribed: a person has to know."""
    asks = envelope["Type"] == "SubscriptionConfirmation"
    link = link_to(envelope.get("SubscribeURL"), "Confirm the subscription" if asks else "Subscribe again")
    return Parsed(
        action=Action.TRIGGER,
        dedup_key=hash_of([topic, envelope["Type"]]),
        title=f"SNS asks to confirm a subscription to {topic}"
        if asks
        else f"SNS says {envelope['Type']}: {topic}",
        severity=Severity.INFO,
        occurred_at=instant_of(envelope.get("Timestamp")),
        details=present({"topic": topic, "message": message}),
        links=(link,) if link else (),
        delivery_id=id,
    )


def _eventbridge(event: dict[str, JSON]) -> list[Parsed]:
    kind, detail = text_of(event["detail-type"]), object_of(event["detail"])
    id = text_of(event.get("id")) or None
    resources = list_of(event.get("resources"))
    if kind == "CloudWatch Alarm Configuration Change":
        return []
    if kind in _CHANGES:
        return _change(event, detail, resources[0] if resources else None, id)
    title = f"{kind} ({text_of(event.get('source')) or 'EventBridge'})"
    raise NotUnderstood(title, hash_of([event.get("source"), kind, *resources, detail]))


def _change(event: dict[str, JSON], detail: dict[str, JSON], arn: JSON, id: str | None) -> list[Parsed]:
    """The shape that EventBridge events and Lambda actions share."""
    setup, state = object_of(detail.get("configuration")), object_of(detail.get("state"))
    mute = object_of(detail.get("muteDetail"))
    contributor = object_of(detail.get("alarmContributor"))
    found = _alarm(
        name=detail.get("alarmName"),
        state=state.get("value"),
        arn=arn,
        at=state.get("timestamp"),
        place=[event.get("account") or event.get("accountId"), event.get("region")],
        description=setup.get("description"),
        tags=detail.get("alarmTags"),
        contributor=contributor.get("id"),
        details={
            "reason": state.get("reason"),
            "previous_state": object_of(detail.get("previousState")).get("value"),
            "contributor": contributor.get("attributes"),
            "account": event.get("account") or event.get("accountId"),
            "region": event.get("region"),
            "metrics": setup.get("metrics"),
            "rule": setup.get("alarmRule"),
            "suppressed_by": state.get("actionsSuppressedBy"),
            "muted_by": mute.get("mutedByArn"),
            "muted_until": mute.get("muteWindowEnd"),
        },
    )
    return [replace(one, delivery_id=id) for one in found]


def _notification(row: dict[str, JSON]) -> list[Parsed]:
    """The message that an alarm publishes. Composite and metric math alarms lack some of ``Trigger``."""
    trigger = object_of(row.get("Trigger"))
    contributor = object_of(row.get("AlarmContributor"))
    return _alarm(
        name=row.get("AlarmName"),
        state=row.get("NewStateValue"),
        arn=row.get("AlarmArn"),
        at=row.get("StateChangeTime"),
        place=[row.get("AWSAccountId"), row.get("Region")],
        description=row.get("AlarmDescription"),
        tags=row.get("AlarmTags"),
        contributor=row.get("AlarmContributorId") or contributor.get("Id"),
        details={
            "reason": row.get("NewStateReason"),
            "previous_state": row.get("OldStateValue"),
            "contributor": row.get("AlarmContributorAttributes") or contributor.get("Attributes"),
            "account": row.get("AWSAccountId"),
            "region": row.get("Region"),
            "metric": trigger.get("MetricName"),
            "namespace": trigger.get("Namespace"),
            "dimensions": _pairs(trigger.get("Dimensions")),
            "statistic": trigger.get("Statistic") or trigger.get("ExtendedStatistic"),
            "period": trigger.get("Period"),
            "comparison": trigger.get("ComparisonOperator"),
            "threshold": trigger.get("Threshold"),
            "metrics": trigger.get("Metrics"),
            "rule": row.get("AlarmRule"),
            "triggering_children": row.get("TriggeringChildren"),
        },
    )


def _alarm(
    *,
    name: JSON,
    state: JSON,
    arn: JSON,
    at: JSON,
    place: list[JSON],
    description: JSON,
    tags: JSON,
    contributor: JSON,
    details: dict[str, JSON],
) -> list[Parsed]:
    title, word = first_title(name), text_of(state)
    key = text_of(arn) or (hash_of([*place, name]) if title else "")
    if text_of(contributor):
        key = f"{key}#{contributor}"
    if not title or word not in _STATES:
        raise NotUnderstood(title, key)
    action = _STATES[word]
    if action is None:
        return []
    changed_at = instant_of(at)
    link = _console(text_of(arn), title)
    return [
        Parsed(
            action=action,
            dedup_key=key,
            title=title,
            severity=_severity(_pairs(tags), description),
            occurred_at=changed_at,
            details=present({"description": description, "state": word, **details, "tags": _pairs(tags)}),
            links=(link,) if link else (),
            came_at=changed_at,
        )
    ]


def _pairs(value: JSON) -> dict[str, JSON]:
    """Tags and dimensions: an object, or a list of name (key) and value in any capitals."""
    if isinstance(value, dict):
        return value
    pairs: dict[str, JSON] = {}
    for one in list_of(value):
        row = {name.lower(): inner for name, inner in object_of(one).items()}
        if name := text_of(row.get("name")) or text_of(row.get("key")):
            pairs[name] = row.get("value")
    return pairs


def _severity(tags: Mapping[str, JSON], description: JSON) -> Severity:
    for name, value in tags.items():
        if name.lower().rsplit(":", 1)[-1] == "severity" and severity_of(value) is not Severity.UNKNOWN:
            return severity_of(value)
    said = _SAID_SEVERITY.search(text_of(description)[:4096])
    return severity_of(said[1]) if said else Severity.UNKNOWN


def _console(arn: str, name: str) -> Link | None:
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[1] not in _CONSOLES or not re.fullmatch(r"[a-z0-9-]{1,40}", parts[3]):
        return None
    page = f"https://{_CONSOLES[parts[1]]}/cloudwatch/home?region={parts[3]}"
    return link_to(f"{page}#alarmsV2:alarm/{quote(parts[6], safe='')}", "The alarm in CloudWatch")
