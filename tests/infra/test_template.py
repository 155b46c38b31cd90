"""What the template promises, read from the template as CloudFormation gets it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.transform import cycle, transform

ROOT = Path(__file__).resolve().parents[2]
QUEUES = ("AlertQueue", "DoorQueue", "PageQueue", "PostQueue", "ReplyQueue")
FUNCTIONS = {"api", "feeds", "ingest", "triage", "escalate", "page", "reply", "react", "clock"}

#: Statements (role or policy, Sid) that may name every resource: the service knows no narrower one.
EVERY_RESOURCE = {("EscalationRole", "LogDelivery")}
#: Statements that may say what they do not mean: a phone number has no ARN.
ALL_BUT = {("PageRole", "TextsBySns")}
#: Statements whose resources may hold a wildcard: calls of one instance, sender identities held by a condition, the
#: streams of our table.
PARTS = {
    ("PageRole", "CallsWithKeys"),
    ("PageRole", "Mail"),
    # The identities are named in a text that no template can take apart.
    ("PageRole", "TextsByPrefix"),
    ("ReactRole", "FindTheStream"),
}

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return transform()


@pytest.fixture
def resources(template: dict[str, Any]) -> dict[str, Resource]:
    return template["Resources"]


def of(resources: dict[str, Resource], kind: str) -> dict[str, Resource]:
    """The properties of all resources of a type, by logical id."""
    return {name: body.get("Properties", {}) for name, body in resources.items() if body["Type"] == kind}


def functions(resources: dict[str, Resource]) -> dict[str, Resource]:
    """The functions' properties by their short names."""
    found = of(resources, "AWS::Lambda::Function")
    return {
        body["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): body for body in found.values()
    }


def mapping_of(resources: dict[str, Resource], source: list[str]) -> Resource:
    """The event source mapping that reads from an attribute of a resource."""
    (found,) = (
        body
        for body in of(resources, "AWS::Lambda::EventSourceMapping").values()
        if body["EventSourceArn"] == {"Fn::GetAtt": source}
    )
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(resources: dict[str, Resource]) -> Iterator[tuple[str, Resource]]:
    """Every statement of every identity policy, also those that depend on a parameter."""
    for name, role in of(resources, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            yield from ((name, one) for one in chosen(policy["PolicyDocument"]["Statement"]))
    for name, policy in of(resources, "AWS::IAM::ManagedPolicy").items():
        yield from ((name, one) for one in chosen(policy["PolicyDocument"]["Statement"]))


def chosen(found: list[Resource]) -> Iterator[Resource]:
    for one in found:
        if "Fn::If" in one:
            yield from (branch for branch in one["Fn::If"][1:] if "Effect" in branch)
        else:
            yield one


def resource_policies(resources: dict[str, Resource]) -> Iterator[tuple[str, Resource]]:
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for name, body in of(resources, kind).items():
            yield from ((name, one) for one in chosen(body["PolicyDocument"]["Statement"]))


def holds(template: dict[str, Any], condition: Any) -> bool:
    """What a condition comes to when every parameter has its default."""
    if isinstance(condition, str):
        return holds(template, template["Conditions"][condition])
    ((kind, given),) = condition.items()
    if kind == "Condition":
        return holds(template, given)
    if kind == "Fn::Equals":
        one, other = (
            template["Parameters"][side["Ref"]]["Default"] if isinstance(side, dict) else side
            for side in given
        )
        return bool(one == other)
    parts = [holds(template, part) for part in given]
    return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[kind]


# ------------------------------------------------------------------------------------------------------ the whole


def test_no_resource_waits_for_itself(template):
    assert cycle(template) == []


def test_there_is_one_of_what_there_must_be_one(resources):
    for kind in (
        "AWS::DynamoDB::Table",
        "AWS::ApiGatewayV2::Api",
        "AWS::StepFunctions::StateMachine",
        "AWS::Lambda::LayerVersion",
    ):
        assert len(of(resources, kind)) == 1, kind


def test_every_function_folder_is_a_function_and_the_other_way_round(resources):
    assert set(functions(resources)) == FUNCTIONS
    assert {path.parent.name for path in ROOT.glob("functions/*/app.py")} <= FUNCTIONS


def test_a_stack_can_be_deployed_without_answering_any_question(template):
    for name, parameter in template["Parameters"].items():
        assert "Default" in parameter, name
        assert len(parameter["Description"]) > 20, name


def test_the_console_asks_for_every_parameter_in_one_of_its_groups(template):
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    asked = [name for group in groups for name in group["Parameters"]]
    assert sorted(asked) == sorted(template["Parameters"])


def test_every_channel_is_off_until_its_parameter_is_set(template):
    for name in ("SmsIdentity", "VoiceIdentity", "ConnectInstanceArn", "MailFrom"):
        assert template["Parameters"][name]["Default"] == ""
    for name in ("SnsSms", "CloudWatchEvents", "CreateConnectFlow", "CreateSmsConfigurationSet"):
        assert template["Parameters"][name]["Default"] == "off"


def test_what_only_a_real_account_can_make_stands_behind_conditions_that_are_off(template, resources):
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    unknown = {name: body for name, body in resources.items() if body["Type"] not in _RESOURCE_HANDLERS}
    assert {body["Type"] for body in unknown.values()} == {
        "AWS::SMSVOICE::ConfigurationSet",
        "AWS::Connect::ContactFlow",
        "AWS::Connect::IntegrationAssociation",
    }
    for name, body in unknown.items():
        assert not holds(template, body["Condition"]), name


def test_the_stack_tells_the_command_line_what_it_needs(template):
    assert {"PublicUrl", "TableName", "AlertsUrl", "EnqueueUrl", "AlarmTopicArn", "StateMachineArn"} <= set(
        template["Outputs"]
    )
    source = "\n".join(path.read_text() for path in ROOT.glob("cli/tocsin_cli/*.py"))
    assert set(re.findall(r"output\(\"(\w+)\"\)", source)) <= set(template["Outputs"])


def test_other_stacks_can_name_the_alarm_topic(template):
    assert template["Outputs"]["AlarmTopicArn"]["Export"]["Name"] == {
        "Fn::Sub": "${AWS::StackName}-AlarmTopicArn"
    }


# ------------------------------------------------------------------------------------------------------ the truth


def test_the_table_outlives_the_stack_and_every_mistake(resources):
    (name,) = of(resources, "AWS::DynamoDB::Table")
    table = resources[name]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_auditor_finds_open_incidents_by_an_index_that_carries_keys_alone(resources):
    (table,) = of(resources, "AWS::DynamoDB::Table").values()
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "audit"
    assert [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]] == [
        ("audit", "HASH"),
        ("audit_due", "RANGE"),
    ]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


# ----------------------------------------------------------------------------------------------------- the queues


@pytest.mark.parametrize("name", QUEUES)
def test_a_message_waits_a_minute_at_most_when_its_consumer_dies_and_is_never_thrown_away(resources, name):
    queue = resources[name]["Properties"]
    ((target, attribute),) = [queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]]
    dead = resources[target]["Properties"]
    consumer = resources[mapping_of(resources, [name, "Arn"])["FunctionName"]["Ref"]]["Properties"]
    assert attribute == "Arn"
    assert consumer["Timeout"] <= queue["VisibilityTimeout"] <= 60
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert dead["MessageRetentionPeriod"] == 14 * 86400 >= queue["MessageRetentionPeriod"]
    assert dead.get("FifoQueue") == queue.get("FifoQueue")


def test_there_are_no_other_work_queues(resources):
    assert {
        name for name, queue in of(resources, "AWS::SQS::Queue").items() if "RedrivePolicy" in queue
    } == set(QUEUES)


def test_alerts_with_different_keys_do_not_wait_for_each_other(resources):
    queue = resources["AlertQueue"]["Properties"]
    assert queue["FifoQueue"] is True
    assert queue["ContentBasedDeduplication"] is False
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"


@pytest.mark.parametrize("name", QUEUES)
def test_one_message_that_fails_does_not_bring_back_the_rest_of_its_batch(resources, name):
    mapping = mapping_of(resources, [name, "Arn"])
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] <= 10


def test_no_page_waits_for_the_carrier_of_another_one(resources):
    assert mapping_of(resources, ["PageQueue", "Arn"])["BatchSize"] == 1


def test_a_change_that_cannot_be_worked_on_does_not_hold_up_the_stream(resources):
    mapping = mapping_of(resources, ["Table", "StreamArn"])
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= 20
    assert 0 < mapping["MaximumRecordAgeInSeconds"] <= 6 * 3600
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["ReactDeadLetters", "Arn"]
    }


def test_what_sns_and_eventbridge_cannot_deliver_is_kept(resources):
    for name, body in of(resources, "AWS::SNS::Subscription").items():
        if body["Protocol"] == "sqs":
            target = body["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            assert resources[target]["Properties"]["MessageRetentionPeriod"] == 14 * 86400, name
    (rule,) = of(resources, "AWS::Events::Rule").values()
    assert rule["Targets"][0]["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DoorDeadLetters", "Arn"]}
    letters = {
        name: body["Target"]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        for name, body in of(resources, "AWS::Scheduler::Schedule").items()
    }
    assert letters == {"Minute": "ClockDeadLetters", "Quarter": "FeedsDeadLetters"}


# -------------------------------------------------------------------------------------------------- the functions


def test_functions_fit_into_what_was_measured(resources):
    for name, body in functions(resources).items():
        assert body["Runtime"] == "python3.13", name
        assert body["Architectures"] == ["arm64"], name
        assert body["MemorySize"] == 256, name
        # Whoever arms a clock has to be done before the clock gives up looking for its name.
        assert body["Timeout"] <= (60 if name == "feeds" else 30), name


def test_a_new_account_which_runs_ten_functions_can_deploy_and_work(template, resources):
    assert not any("ReservedConcurrentExecutions" in body for body in functions(resources).values())
    limits = [
        mapping_of(resources, [name, "Arn"])["ScalingConfig"]["MaximumConcurrency"]["Ref"] for name in QUEUES
    ]
    assert len(set(limits)) == len(QUEUES)
    # Two is the least that Lambda takes. All five queues full at once are ten: then a step is tried again in a second.
    assert sum(template["Parameters"][limit]["Default"] for limit in limits) <= 10


def test_logs_are_json_kept_for_as_long_as_the_parameter_says_each_function_its_own(resources):
    groups = [body["LoggingConfig"]["LogGroup"]["Ref"] for body in functions(resources).values()]
    assert len(set(groups)) == len(FUNCTIONS)
    for body in functions(resources).values():
        assert body["LoggingConfig"]["LogFormat"] == "JSON"
    for name, group in of(resources, "AWS::Logs::LogGroup").items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_every_setting_that_the_functions_read_is_set_and_no_other(resources):
    variables = {
        variable for body in functions(resources).values() for variable in body["Environment"]["Variables"]
    }
    source = (ROOT / "layers/core/python/tocsin/edge/settings.py").read_text()
    read = {f"TOCSIN_{name}" for name in re.findall(r"text\(\"([A-Z_]+)\"", source)}
    assert {variable for variable in variables if variable.startswith("TOCSIN_")} == read


def test_no_key_and_no_link_is_written_into_the_access_log(resources):
    (stage,) = of(resources, "AWS::ApiGatewayV2::Stage").values()
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert line["route"] == "$context.routeKey"
    assert not [value for value in line.values() if "path" in value.lower() or "querystring" in value.lower()]


def test_the_api_has_the_doors_that_are_meant_and_no_other(resources):
    assert {route["RouteKey"] for route in of(resources, "AWS::ApiGatewayV2::Route").values()} == {
        "ANY /v1/events/{key}",
        "POST /v1/slack",
        "POST /v1/telegram",
        "POST /v1/teams",
        "ANY /v2/enqueue",
        "GET /l/{token}",
        "POST /l/{token}",
        "GET /push/{token}",
        "POST /push/{token}",
        "GET /v1/oncall",
        "GET /v1/schedules/{name}",
        "GET /v1/incidents",
        "GET /v1/incidents/{number}",
        "POST /v1/incidents/{number}/commands",
        "GET /v1/simulate",
        "GET /v1/calendars/{file}",
    }


def test_the_function_that_answers_programs_may_write_nothing(resources):
    allowed = {
        action for name, one in statements(resources) if name == "ApiRole" for action in listed(one["Action"])
    }
    assert allowed == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert "ManagedPolicyArns" not in resources["ApiRole"]["Properties"]


# ---------------------------------------------------------------------------------------------------- who may what


def test_every_function_has_a_role_of_its_own(resources):
    roles = [body["Role"]["Fn::GetAtt"][0] for body in functions(resources).values()]
    assert len(set(roles)) == len(FUNCTIONS)
    for name in roles:
        assert not [
            arn for arn in resources[name]["Properties"].get("ManagedPolicyArns", []) if "Ref" not in arn
        ]


def test_no_policy_allows_every_action_of_anything(resources):
    for name, statement in statements(resources):
        assert "NotAction" not in statement, name
        assert not [action for action in listed(statement["Action"]) if "*" in action], name


def test_every_policy_names_its_resources(resources):
    free = {(name, one["Sid"]) for name, one in statements(resources) if "*" in listed(one.get("Resource"))}
    all_but = {(name, one["Sid"]) for name, one in statements(resources) if "NotResource" in one}
    parts = {
        (name, one["Sid"])
        for name, one in statements(resources)
        if re.search(r"\*\"", json.dumps(one.get("Resource"))) and "*" not in listed(one["Resource"])
    }
    assert free == EVERY_RESOURCE
    assert all_but == ALL_BUT
    assert parts == PARTS


def test_ingest_writes_nothing_but_events(resources):
    actions = {
        action
        for name, one in statements(resources)
        if name == "IngestRole" and one["Sid"] not in ("Logs", "Door")
        for action in listed(one["Action"])
    }
    assert actions == {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "sqs:SendMessage"}


def test_only_the_page_function_reaches_carriers(resources):
    for name, one in statements(resources):
        carriers = [
            action
            for action in listed(one["Action"])
            if action.split(":")[0] in ("sms-voice", "connect", "ses")
        ]
        assert not carriers or name == "PageRole", name


def test_another_account_cannot_speak_through_a_service_of_aws(resources):
    for name, statement in resource_policies(resources):
        condition = json.dumps(statement["Condition"])
        assert statement["Principal"].keys() == {"Service"}, name
        assert "aws:SourceArn" in condition, name
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name
    for name, permission in of(resources, "AWS::Lambda::Permission").items():
        assert "SourceArn" in permission, name


# ------------------------------------------------------------------------------------------------------ the clocks


def test_a_throttled_function_never_ends_an_incidents_clock(resources):
    (machine,) = of(resources, "AWS::StepFunctions::StateMachine").values()
    definition = json.loads((ROOT / "statemachines/escalation.asl.json").read_text())
    tasks = [state for state in definition["States"].values() if state["Type"] == "Task"]
    assert machine["StateMachineType"] == "STANDARD"
    assert len(tasks) == 1
    assert tasks[0]["Retry"] == [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 1,
            "BackoffRate": 2,
            "MaxDelaySeconds": 30,
            "JitterStrategy": "FULL",
            "MaxAttempts": 1000,
        }
    ]
    assert tasks[0]["TimeoutSeconds"] <= 60


def test_a_wake_up_tells_which_clock_it_is_and_when_it_began():
    definition = json.loads((ROOT / "statemachines/escalation.asl.json").read_text())
    (task,) = (state for state in definition["States"].values() if state["Type"] == "Task")
    assert task["Parameters"]["Payload"] == {
        "incident.$": "$.incident",
        "due.$": "$.due",
        "clock.$": "$$.Execution.Name",
        "started.$": "$$.Execution.StartTime",
    }


def test_the_auditor_looks_every_minute(resources):
    schedule = of(resources, "AWS::Scheduler::Schedule")["Minute"]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 120
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["ClockFunction", "Arn"]}


def test_calendars_are_read_every_quarter_of_an_hour_and_by_nothing_else(resources):
    schedules = of(resources, "AWS::Scheduler::Schedule")
    assert set(schedules) == {"Minute", "Quarter"}
    assert schedules["Quarter"]["ScheduleExpression"] == "rate(15 minutes)"
    assert schedules["Quarter"]["Target"]["Arn"] == {"Fn::GetAtt": ["FeedsFunction", "Arn"]}


def test_what_goes_where_a_stranger_says_can_start_no_clock_and_page_nobody(resources):
    actions = {
        action
        for name, one in statements(resources)
        if name == "FeedsRole" and one["Sid"] not in ("Logs", "WhatFailed")
        for action in listed(one["Action"])
    }
    reads = {f"dynamodb:{action}" for action in ("GetItem", "BatchGetItem", "Query")}
    assert actions == {*reads, "dynamodb:PutItem", "dynamodb:UpdateItem", "sns:Publish"}


# ---------------------------------------------------------------------------------------------------- the watchdog


def alarm_on(resources: dict[str, Resource], metric: str, **dimensions: Any) -> Resource:
    (found,) = (
        body
        for body in of(resources, "AWS::CloudWatch::Alarm").values()
        if body["MetricName"] == metric
        and all({"Name": key, "Value": value} in body["Dimensions"] for key, value in dimensions.items())
    )
    return found


def test_every_alarm_reaches_people_and_bears_the_stacks_name(resources):
    for name, alarm in of(resources, "AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "WatchdogTopic"}], name
        assert alarm["AlarmName"]["Fn::Sub"].startswith("${AWS::StackName}-"), name
        assert alarm["AlarmDescription"].startswith("Tocsin: "), name


def test_the_watchdog_reaches_a_phone_and_a_mailbox_without_tocsin(resources):
    ways = {
        body["Protocol"]: (name, body["Endpoint"])
        for name, body in of(resources, "AWS::SNS::Subscription").items()
        if body["TopicArn"] == {"Ref": "WatchdogTopic"}
    }
    assert ways["email"][1] == {"Ref": "WatchdogEmail"}
    assert ways["sms"][1] == {"Ref": "WatchdogPhone"}
    assert resources[ways["email"][0]]["Condition"] == "HasWatchdogEmail"
    assert resources[ways["sms"][0]]["Condition"] == "HasWatchdogPhone"


@pytest.mark.parametrize("name", QUEUES)
def test_a_message_that_waits_longer_than_a_minute_wakes_somebody(resources, name):
    alarm = alarm_on(
        resources, "ApproximateAgeOfOldestMessage", QueueName={"Fn::GetAtt": [name, "QueueName"]}
    )
    # A text may wait for a minute until its phone has a turn; a webhook's receiver that is down for most of an hour.
    patience = {"PageQueue": 90, "PostQueue": 3600}.get(name, 60)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", patience)
    assert alarm["EvaluationPeriods"] * alarm["Period"] == 60


def test_anything_in_any_dead_letter_queue_wakes_somebody(resources):
    for name in of(resources, "AWS::SQS::Queue"):
        if name in QUEUES:
            continue
        alarm = alarm_on(
            resources, "ApproximateNumberOfMessagesVisible", QueueName={"Fn::GetAtt": [name, "QueueName"]}
        )
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
def test_a_clock_that_ends_badly_wakes_somebody(resources, metric):
    (machine,) = of(resources, "AWS::StepFunctions::StateMachine")
    assert alarm_on(resources, metric, StateMachineArn={"Ref": machine})["Threshold"] == 1


def test_an_incident_that_reached_nobody_and_a_silent_clock_wake_somebody(resources):
    (service,) = {
        json.dumps(body["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        for body in functions(resources).values()
    }
    nobody = alarm_on(resources, "NobodyReached", service=json.loads(service))
    silent = alarm_on(resources, "ClockTick", service=json.loads(service))
    assert nobody["Namespace"] == silent["Namespace"] == "Tocsin"
    assert (nobody["Threshold"], nobody["TreatMissingData"]) == (1, "notBreaching")
    assert (silent["ComparisonOperator"], silent["Threshold"]) == ("LessThanThreshold", 1)
    assert silent["TreatMissingData"] == "breaching"
    assert silent["EvaluationPeriods"] * silent["Period"] == 180


def test_our_own_alarms_and_those_of_target_tracking_never_become_alerts(resources):
    (rule,) = of(resources, "AWS::Events::Rule").values()
    pattern = rule["EventPattern"]
    ends = [
        text["Fn::Sub"].rpartition(":alarm:")[2] for text in pattern["resources"][0]["anything-but"]["prefix"]
    ]
    assert ends == ["TargetTracking-", "${AWS::StackName}-"]
    assert pattern["detail"]["alarmName"] == [{"prefix": {"Ref": "AlarmNamePrefix"}}]


# ---------------------------------------------------------------------------------------------------- the contact flow


@pytest.fixture
def flow(resources: dict[str, Resource]) -> dict[str, Any]:
    """The contact flow's actions by identifier."""
    (body,) = of(resources, "AWS::Connect::ContactFlow").values()
    text, values = body["Content"]["Fn::Sub"]
    content = json.loads(text.replace("${Keys}", values["Keys"]))
    assert content["Version"] == "2019-10-30"
    return {"": {"Transitions": {"NextAction": content["StartAction"]}}} | {
        action["Identifier"]: action for action in content["Actions"]
    }


def silence(flow: dict[str, Any], start: str) -> list[str]:
    """The actions that a call goes through when nobody presses a key."""
    seen, at = [], flow[start]["Transitions"].get("NextAction")
    while at is not None:
        assert at not in seen, "a call that never ends"
        seen.append(at)
        transitions = flow[at]["Transitions"]
        timeout = [
            e["NextAction"]
            for e in transitions.get("Errors", [])
            if e["ErrorType"] == "InputTimeLimitExceeded"
        ]
        at = timeout[0] if timeout else transitions.get("NextAction")
    return seen


def keys(action: dict[str, Any]) -> dict[str, str]:
    """Where each key leads."""
    return {
        one["Condition"]["Operands"][0]: one["NextAction"]
        for one in action["Transitions"].get("Conditions", [])
    }


def test_every_way_of_the_flow_leads_somewhere(flow):
    for action in flow.values():
        transitions = action["Transitions"]
        ways = [*transitions.get("Conditions", []), *transitions.get("Errors", []), transitions]
        assert {way["NextAction"] for way in ways if "NextAction" in way} <= set(flow)


def test_an_answered_call_hears_the_text_twice_and_acknowledges_nothing(flow):
    heard = [flow[name] for name in silence(flow, "")]
    assert [action["Type"] for action in heard] == [
        "GetParticipantInput",
        "GetParticipantInput",
        "DisconnectParticipant",
    ]
    assert [action["Parameters"].get("Text") for action in heard] == [
        "$.Attributes.say",
        "$.Attributes.say",
        None,
    ]


def test_keys_reach_the_reply_function_and_its_words_are_said(flow):
    for name in silence(flow, "")[:2]:
        for key in "469":
            asked = flow[keys(flow[name])[key]]
            assert asked["Type"] == "InvokeLambdaFunction"
            assert asked["Parameters"]["LambdaInvocationAttributes"] == {"digit": key}
            said = flow[asked["Transitions"]["NextAction"]]
            assert said["Parameters"]["Text"] == "$.External.say"
        assert flow[keys(flow[name])["*"]]["Parameters"]["Text"] == "$.Attributes.say"
