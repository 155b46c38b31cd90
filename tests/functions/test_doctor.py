"""``tocsin doctor``: what is wrong with a deployed stack, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from moto.backends import get_backend

from tests.functions.deployment import TEAM, Deployment
from tests.functions.lambda_events import ACCOUNT, REGION
from tests.functions.stacks import Account, connect
from tests.unit.cli.running import Done
from tests.unit.cli.running import tocsin as run
from tocsin.paging import webpush
from tocsin.paging.browsers import Browser, Browsers
from tocsin.store.feeds import FeedState
from tocsin.store.incidents import Commit

DEAD_LETTERS = ("Alert", "Door", "Page", "Reply", "React", "Clock")
PRODUCTION = {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]}
LIMITS = {
    "SpendLimits": [
        {
            "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
            "EnforcedLimit": 100,
            "MaxLimit": 100,
            "Overridden": False,
        },
        {
            "Name": "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT",
            "EnforcedLimit": 50,
            "MaxLimit": 50,
            "Overridden": False,
        },
        {"Name": "MEDIA_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 1, "MaxLimit": 1, "Overridden": False},
    ]
}


MAILS, RECEIPTS = (f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}" for name in ("tocsin-mails", "tocsin-receipts"))


WHATSAPP = f"arn:aws:sns:{REGION}:{ACCOUNT}:tocsin-whatsapp"
NUMBER = "phone-number-id-976c72a700aac43eaf573ae050example"


def linked(number: str = NUMBER, topic: str = WHATSAPP) -> dict[str, Any]:
    """A WhatsApp Business Account of End User Messaging Social."""
    return {
        "account": {
            "id": "waba-1",
            "wabaName": "Shop",
            "phoneNumbers": [{"phoneNumberId": number}],
            "eventDestinations": [{"eventDestinationArn": topic}],
        }
    }


def mappings(most: int | None) -> dict[str, Any]:
    """Event source mappings of a function: of the queue that wakes people, and of another one."""
    rows = []
    for queue, limit in (("alerts.fifo", most), ("pages", most), ("posts", 2)):
        row: dict[str, Any] = {"EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"}
        rows.append(row | ({"ScalingConfig": {"MaximumConcurrency": limit}} if limit is not None else {}))
    return {"EventSourceMappings": rows}


def destinations(**changes: Any) -> dict[str, Any]:
    """Event destinations of a configuration set of SES (API version 2)."""
    one = {
        "Name": "receipts",
        "Enabled": True,
        "MatchingEventTypes": ["BOUNCE", "COMPLAINT", "REJECT"],
        "SnsDestination": {"TopicArn": RECEIPTS},
    }
    return {"EventDestinations": [one | changes]}


def rules(**changes: Any) -> dict[str, Any]:
    """The active rule set of SES's receiving (API version 1)."""
    one = {
        "Name": "answers",
        "Enabled": True,
        "Recipients": ["in.example.com"],
        "Actions": [{"SNSAction": {"TopicArn": MAILS, "Encoding": "Base64"}}],
    }
    return {"Metadata": {"Name": "inbound"}, "Rules": [one | changes]}


@pytest.fixture
def account(tocsin: Deployment, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A stack that is as it should be, with every channel on."""
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "test")
    account = Account()
    connect(account, monkeypatch)
    client = partial(boto3.client, region_name=REGION)
    letters = {
        name: client("sqs").create_queue(QueueName=f"{name}-dead")["QueueUrl"] for name in DEAD_LETTERS
    }
    client("sns").subscribe(TopicArn=tocsin.watchdog, Protocol="email", Endpoint="ops@example.com")
    client("cloudwatch").put_metric_alarm(
        AlarmName="tocsin-silent",
        MetricName="ClockTick",
        Namespace="Tocsin",
        Period=60,
        EvaluationPeriods=3,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        Statistic="Sum",
    )
    client("ssm").put_parameter(
        Name="/tocsin/secrets",
        Value=json.dumps({"vapid_private_key": webpush.private_key(7)}),
        Type="SecureString",
        Overwrite=True,
    )
    account.stacks["tocsin"] = {
        "TableName": tocsin.table,
        "PublicUrl": "https://alerts.example",
        "WatchdogTopicArn": tocsin.watchdog,
        "AlertQueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/alerts.fifo",
        "PageQueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/pages",
        "TriageFunctionName": "tocsin-triage",
        "PageFunctionName": "tocsin-page",
        "SmsIdentity": f"arn:aws:sms-voice:{REGION}:{ACCOUNT}:phone-number/phone-1",
        "SnsSms": "-",
        "VoiceIdentity": "-",
        "ConnectInstanceId": "11111111-2222-3333-4444-555555555555",
        "MailFrom": "tocsin@example.com",
        "MailReplyTo": "ack@in.example.com",
        "MailConfigurationSet": "tocsin-mail",
        "InboundMailTopicArn": MAILS,
        "ReceiptsTopicArn": RECEIPTS,
        "WhatsAppPhoneNumberId": NUMBER,
        "WhatsAppTopicArn": WHATSAPP,
        **{f"{name}DlqUrl": url for name, url in letters.items()},
    }
    account.answers = {
        "DescribeAccountAttributes": PRODUCTION,
        "DescribeSpendLimits": LIMITS,
        "GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
        "ListEventSourceMappings": mappings(10),
        "GetAccount": {"ProductionAccessEnabled": True, "SendingEnabled": True},
        "GetConfigurationSetEventDestinations": destinations(),
        "DescribeActiveReceiptRuleSet": rules(),
        "ListLinkedWhatsAppBusinessAccounts": {"linkedAccounts": [{"id": "waba-1", "wabaName": "Shop"}]},
        "GetLinkedWhatsAppBusinessAccount": linked(),
    }
    return account


@pytest.fixture
def doctor(account: Account, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    return partial(run, capsys, "doctor")


def found(done: Done, check: str) -> list[tuple[str, str, str]]:
    """(health, words, how to mend it) of every finding of one check."""
    rows: list[dict[str, Any]] = done.json["findings"]
    return [(row["health"], row["words"], row["mend"]) for row in rows if row["check"] == check]


def state(alarm: str, value: str) -> None:
    boto3.client("cloudwatch", region_name=REGION).set_alarm_state(
        AlarmName=alarm, StateValue=value, StateReason="a test says so"
    )


def test_a_stack_in_which_all_is_well_is_healthy(doctor: Callable[..., Done]) -> None:
    done = doctor("--json")
    assert done.code == 0, done.out
    assert {row["health"] for row in done.json["findings"]} == {"ok"}
    checks = [row["check"] for row in done.json["findings"]]
    assert {"configuration", "watchdog", "dead letters", "clock", "texts", "mail", "calls", "alarms"} <= set(
        checks
    )


def test_a_calendar_that_cannot_be_read_is_told(
    doctor: Callable[..., Done], tocsin: Deployment, account: Account
) -> None:
    tocsin.apply(TEAM.replace("  lee: {", '  lee: {away_feed: "https://hr.example/s3cr3t.ics", '))
    assert found(doctor("--json"), "feeds") == [("ok", "1 are read", "")]
    since = datetime(2026, 1, 5, 9, tzinfo=UTC)
    tocsin.store.put_feed(
        "user:lee", FeedState(since, failures=3, failing_since=since, error="x answers 404")
    )
    done = doctor("--json")
    assert found(done, "feeds") == [
        (
            "warn",
            "lee's time off fails since Mon 2026-01-05 09:00 +00:00 (3 times): x answers 404",
            "mend the calendar, or its address in the file",
        )
    ]
    assert "s3cr3t" not in done.out


def test_push_is_off_without_a_key_and_on_for_those_who_switched_it_on(
    doctor: Callable[..., Done], tocsin: Deployment, account: Account
) -> None:
    one = Browser("b1", "Firefox on Linux", datetime(2026, 1, 5, 9, tzinfo=UTC), "{}")
    assert found(doctor("--json"), "push") == [("ok", "on for nobody; not for lee, whose rules have it", "")]
    tocsin.store.put_browsers(Browsers("lee", (one,)), tocsin.store.changes())
    tocsin.store.put_browsers(Browsers("zoe", (one,)), tocsin.store.changes())
    account.stacks["tocsin"]["PublicUrl"] = "http://alerts.example"
    [stranger, insecure, on] = found(doctor("--json"), "push")
    assert stranger == (
        "warn",
        "the browsers of zoe are kept, who is not in the file",
        "tocsin contact push zoe --off",
    )
    assert insecure[0] == "warn"
    assert on == ("ok", "on for lee", "")
    ssm = boto3.client("ssm", region_name=REGION)
    for value, health in (('{"vapid_private_key": "k"}', "fail"), ("{}", "off")):
        ssm.put_parameter(Name="/tocsin/secrets", Value=value, Type="SecureString", Overwrite=True)
        [_, off] = found(doctor("--json"), "push")
        assert off[0] == health
        assert off[2].endswith("tocsin secret make vapid_private_key")


def test_it_can_be_read_by_people(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"]["MailFrom"] = "-"
    done = doctor()
    assert done.code == 0
    assert "ok    watchdog" in done.out
    assert "off   mail" in done.out
    assert "→ deploy with MailFrom" in done.out


def test_a_stack_that_was_never_configured(
    doctor: Callable[..., Done], account: Account, deploy: Any
) -> None:
    account.stacks["tocsin"] |= {"TableName": deploy(team=None).table}
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "configuration") == [("fail", "none was ever applied", "tocsin apply tocsin.yaml")]


def test_a_watchdog_s_mail_that_nobody_confirmed(doctor: Callable[..., Done]) -> None:
    [subscription] = get_backend("sns")[ACCOUNT][REGION].subscriptions.values()
    subscription.arn = "PendingConfirmation"
    done = doctor("--json")
    assert done.code == 1
    [(health, words, mend)] = found(done, "watchdog")
    assert (health, words) == ("fail", "email ops@example.com has not confirmed its subscription")
    assert "confirm" in mend


def test_a_watchdog_that_nobody_hears(doctor: Callable[..., Done]) -> None:
    get_backend("sns")[ACCOUNT][REGION].subscriptions.clear()
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "watchdog")[0][2] == "deploy with WatchdogEmail, WatchdogPhone, or both"


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_a_dead_letter_in_any_queue(doctor: Callable[..., Done], account: Account, name: str) -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    sqs.send_message(QueueUrl=account.stacks["tocsin"][f"{name}DlqUrl"], MessageBody="lost")
    done = doctor("--json")
    assert done.code == 1
    [(health, words, mend)] = found(done, "dead letters")
    assert (health, words) == ("fail", f"1 in {name}Dlq")
    assert "redrive" in mend


def test_an_incident_that_everybody_forgot(doctor: Callable[..., Done], tocsin: Deployment) -> None:
    """Real time counts here: the incident is due in the past."""
    incident = tocsin.alert()
    later = replace(incident, version=incident.version + 1)
    tocsin.store.commit(Commit(later, incident.version), incident.opened_at.replace(year=2020))
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "clock")[0][1] == "overdue for more than 3 minutes: #1001"


def test_a_new_account_that_may_run_ten_functions_at_once(
    doctor: Callable[..., Done], account: Account
) -> None:
    account.answers["GetAccountSettings"] = {"AccountLimit": {"ConcurrentExecutions": 10}}
    account.answers["ListEventSourceMappings"] = mappings(2)
    [(health, words, mend)] = found(doctor("--json"), "functions")
    assert health == "warn"
    assert words.startswith("the account runs 10 at once in all")
    assert "Service Quotas" in mend


@pytest.mark.parametrize(("most", "health"), [(2, "warn"), (10, "ok"), (None, "ok")])
def test_a_wide_account_in_which_few_functions_may_work_on_alerts_and_pages(
    doctor: Callable[..., Done], account: Account, most: int | None, health: str
) -> None:
    account.answers["ListEventSourceMappings"] = mappings(most)
    [(found_health, _, mend)] = found(doctor("--json"), "functions")
    assert found_health == health
    assert mend == (
        "deploy with TriageConcurrency=10 PageConcurrency=10, or more" if health == "warn" else ""
    )


def test_texts_from_an_account_in_the_sandbox(doctor: Callable[..., Done], account: Account) -> None:
    account.answers["DescribeAccountAttributes"] = {
        "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]
    }
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "texts")[0][0] == "fail"
    assert "only verified numbers" in found(done, "texts")[0][1]


def test_a_spend_limit_that_one_night_would_reach(doctor: Callable[..., Done], account: Account) -> None:
    low = {"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 1, "MaxLimit": 1, "Overridden": False}
    account.answers["DescribeSpendLimits"] = {"SpendLimits": [low]}
    assert found(doctor("--json"), "spending") == [
        (
            "warn",
            "text_message_monthly_spend_limit: 1 of at most 1 dollars a month",
            "raise it in Service Quotas",
        )
    ]


def test_texts_by_sns_are_texts(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"] |= {"SmsIdentity": "-", "SnsSms": "on"}
    sns = boto3.client("sns", region_name=REGION)
    sns.set_sms_attributes(attributes={"MonthlySpendLimit": "20"})
    account.answers["GetSMSSandboxAccountStatus"] = {"IsInSandbox": False}
    done = doctor("--json")
    [(health, words, _)] = found(done, "texts")
    assert (health, words) == ("warn", "by SNS: nobody can answer, and no receipt tells what never arrived")
    assert found(done, "spending") == [("ok", "sns texts: 20 dollars a month", "")]


def test_texts_by_sns_in_its_sandbox(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"] |= {"SmsIdentity": "-", "SnsSms": "on"}
    account.answers["GetSMSSandboxAccountStatus"] = {"IsInSandbox": True}
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "texts")[0][:2] == (
        "fail",
        "SNS is in its text sandbox: only verified numbers are reached",
    )


def test_texts_by_sns_with_its_first_spend_limit(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"] |= {"SmsIdentity": "-", "SnsSms": "on"}
    [(health, words, mend)] = found(doctor("--json"), "spending")
    assert (health, words) == ("warn", "sns texts: 1 dollars a month")
    assert mend


def test_channels_that_are_off_are_said_to_be(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"] |= {"SmsIdentity": "-", "MailFrom": "-", "ConnectInstanceId": "-"}
    done = doctor("--json")
    assert done.code == 0
    for check in ("texts", "mail", "calls"):
        [(health, _, mend)] = found(done, check)
        assert health == "off"
        assert mend.startswith("deploy with ")
    assert found(done, "spending") == []


def test_calls_without_keys_are_named(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"] |= {
        "ConnectInstanceId": "-",
        "VoiceIdentity": "arn:aws:sms-voice:x:1:phone-number/p",
    }
    assert found(doctor("--json"), "calls")[0][0] == "warn"


def test_mail_in_its_sandbox_is_named(doctor: Callable[..., Done], account: Account) -> None:
    account.answers["GetAccount"] = {"ProductionAccessEnabled": False}
    assert found(doctor("--json"), "mail")[0][0] == "warn"


def test_an_alarm_of_the_watchdog_that_rings(doctor: Callable[..., Done]) -> None:
    state("tocsin-silent", "ALARM")
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "alarms") == [("fail", "tocsin-silent is ringing", "look at its metric")]


def test_a_watchdog_without_alarms(doctor: Callable[..., Done]) -> None:
    boto3.client("cloudwatch", region_name=REGION).delete_alarms(AlarmNames=["tocsin-silent"])
    done = doctor("--json")
    assert done.code == 1
    assert found(done, "alarms")[0][1] == "the watchdog's alarms are missing"


def test_what_may_not_be_asked_is_itself_a_finding_and_stops_no_other(
    doctor: Callable[..., Done], account: Account
) -> None:
    account.answers.clear()
    del account.stacks["tocsin"]["WatchdogTopicArn"]
    done = doctor("--json")
    for check in ("subscriptions", "texts", "spending", "mail"):
        [(health, words, _)] = found(done, check)
        assert health == "warn"
        assert words.startswith("could not be checked: ")
    assert found(done, "alarms")[0][0] == "ok"
    assert "not allowed: GetAccount" in found(done, "mail")[0][1]


# mail that comes back


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "no receipt rule set is active in this Region: SES receives no mail at all"),
        (
            {"Metadata": {"Name": "inbound"}},
            "no active receipt rule hands mails to ack@in.example.com over to Tocsin",
        ),
        (
            rules(Actions=[{"S3Action": {"BucketName": "b"}}]),
            "no active receipt rule hands mails to ack@in.example.com over to Tocsin",
        ),
        (
            rules(Recipients=["example.com"]),
            "no active receipt rule hands mails to ack@in.example.com over to Tocsin (answers is for other addresses)",
        ),
        (rules(Enabled=False), "the receipt rule answers is off"),
    ],
)
def test_answers_by_mail_that_would_go_nowhere(
    doctor: Callable[..., Done], account: Account, answer: dict[str, Any], words: str
) -> None:
    account.answers["DescribeActiveReceiptRuleSet"] = answer
    done = doctor("--json")
    assert done.code == 1
    [(health, said, mend)] = found(done, "mail answers")
    assert (health, said) == ("fail", words)
    assert mend


@pytest.mark.parametrize(
    "recipients",
    [[], ["in.example.com"], ["ACK@in.example.com"], [".example.com"], ["x.com", "in.example.com"]],
)
def test_a_receipt_rule_may_name_its_addresses_in_any_way(
    doctor: Callable[..., Done], account: Account, recipients: list[str]
) -> None:
    account.answers["DescribeActiveReceiptRuleSet"] = rules(Recipients=recipients)
    assert found(doctor("--json"), "mail answers")[0][0] == "ok"


@pytest.mark.parametrize(
    "changes",
    [
        {"Enabled": False},
        {"MatchingEventTypes": ["DELIVERY"]},
        {"SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:other"}},
    ],
)
def test_bounces_of_which_nobody_hears(
    doctor: Callable[..., Done], account: Account, changes: dict[str, Any]
) -> None:
    account.answers["GetConfigurationSetEventDestinations"] = destinations(**changes)
    done = doctor("--json")
    assert done.code == 1
    [(health, _, mend)] = found(done, "bounces")
    assert health == "fail"
    assert RECEIPTS in mend


def test_mail_without_a_configuration_set_and_without_answers(
    doctor: Callable[..., Done], account: Account
) -> None:
    account.stacks["tocsin"] |= {"MailReplyTo": "-", "MailConfigurationSet": "-"}
    done = doctor("--json")
    assert done.code == 0
    assert found(done, "bounces")[0][0] == "warn"
    assert found(done, "mail answers")[0][0] == "off"


@pytest.mark.parametrize(
    ("account_of", "words"),
    [
        (linked(number="phone-number-id-other"), f"no linked account has the number {NUMBER}"),
        (linked(topic=RECEIPTS), "the events of Shop do not come here: nobody can answer"),
    ],
)
def test_whatsapp_that_nobody_could_answer(
    doctor: Callable[..., Done], account: Account, account_of: dict[str, Any], words: str
) -> None:
    account.answers["GetLinkedWhatsAppBusinessAccount"] = account_of
    done = doctor("--json")
    assert done.code == 1
    [(health, said, mend)] = found(done, "whatsapp")
    assert (health, said) == ("fail", words)
    assert mend


def test_whatsapp_that_is_off_is_not_spoken_of(doctor: Callable[..., Done], account: Account) -> None:
    account.stacks["tocsin"]["WhatsAppPhoneNumberId"] = "-"
    assert found(doctor("--json"), "whatsapp") == []
