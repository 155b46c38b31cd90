"""GoAlert's schedules, rotations, overrides, policies, services and users.

Shapes: target/goalert, graphql2/schema.graphql and graphql2/graph/*.graphqls. How rules, overrides and temporary
schedules go together: oncall/state.go and oncall/overridecalculator.go there.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.cli.importing.helpers import imported, load, on_call, said, section
from tocsin_cli.importing.compare import compared

EXPORT = "goalert.json"


@pytest.fixture
def export():
    return load(EXPORT)["data"]


@pytest.fixture
def made(tmp_path):
    return lambda *exports, **more: imported(tmp_path, "goalert", *exports, **more)


def schedule(export):
    return export["schedules"]["nodes"][0]


def rotation(export):
    return export["rotations"]["nodes"][0]


def test_shifts_are_what_we_have_on_call(made):
    result = made(EXPORT)
    found = compared(result.config.book.schedules["platform"], result.draft.shifts["platform"], None)
    assert (found.result.rows, found.result.agree.total_seconds()) == ((), 168 * 3600)


def test_the_active_user_has_the_turn_that_ends_at_the_next_handoff(made, export):
    result = made({"data": export}, now=datetime(2026, 10, 7, tzinfo=UTC))
    assert section(result, "schedules")["primary"]["layers"] == [
        {
            "name": "Primary",
            "users": ["ben-okafor", "chi-tanaka", "ana-souza"],
            "starts": "2026-10-05T09:00",
            "rotate": {"every": "1", "unit": "week"},
        }
    ]
    result = made({"data": export}, now=datetime(2026, 9, 23, tzinfo=UTC))
    assert section(result, "schedules")["primary"]["layers"] == [
        {
            "name": "Primary",
            "users": ["chi-tanaka", "ana-souza", "ben-okafor"],
            "starts": "2026-09-21T09:00",
            "rotate": {"every": "1", "unit": "week"},
        }
    ]


def test_without_next_handoffs_the_turn_under_way_is_taken_and_that_is_said(made, export):
    del rotation(export)["nextHandoffTimes"]
    result = made({"data": export})
    assert section(result, "schedules")["primary"]["layers"][0]["starts"] == "2026-09-28T09:00"
    assert said(result, "approximate", "Primary") == [
        "Primary: the export has no nextHandoffTimes of it: the turn under way at the import was taken for the one it"
        " means"
    ]


def test_a_rotation_that_starts_in_the_future_turns_before_as_after(made, export):
    rotation(export)["start"] = "2026-12-07T14:00:00Z"
    result = made({"data": export})
    assert on_call(result, "platform", "2026-10-06T20:00-04:00") == ["ben-okafor"]


@pytest.mark.parametrize(
    ("kind", "handoff", "starts"),
    [
        ("hourly", "2026-10-12T13:00:00Z", "2026-10-12T08:00"),
        ("daily", "2026-10-12T13:00:00Z", "2026-10-11T09:00"),
        ("monthly", "2026-11-03T14:00:00Z", "2026-10-03T09:00"),
    ],
)
def test_every_type_of_rotation_has_its_unit(made, export, kind, handoff, starts):
    rotation(export).update(type=kind, nextHandoffTimes=[handoff])
    result = made({"data": export}, now=datetime(2026, 10, 12, 12, 30, tzinfo=UTC))
    layer = section(result, "schedules")["primary"]["layers"][0]
    assert (layer["starts"], layer["rotate"]["unit"]) == (
        starts,
        kind.removesuffix("ly").replace("dai", "day"),
    )


def test_rules_at_one_time_are_on_call_together(made):
    layers = section(made(EXPORT), "schedules")["platform"]["layers"]
    assert layers[1]["name"] == "Primary + Dee Larsen"
    assert layers[1]["users"][1] == ["ben-okafor", "dee-larsen"]
    assert layers[1]["active"] == [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
    ]


def test_the_rules_of_one_target_unite_and_weeks_begin_on_sunday(made, export):
    rules = schedule(export)["targets"][1]["rules"]
    rules.append({"start": "20:00", "end": "20:00", "weekdayFilter": [True, *[False] * 6]})
    del schedule(export)["targets"][0]
    del schedule(export)["temporarySchedules"]
    export["userOverrides"]["nodes"] = []
    (layer,) = section(made({"data": export}), "schedules")["platform"]["layers"]
    assert layer["active"] == [
        {"days": ["mon"], "from": "00:00", "to": "20:00"},
        {"days": ["tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"},
        {"days": ["sun"], "from": "20:00", "to": "24:00"},
    ]


def test_a_replacement_stays_one_and_additions_and_removals_name_everybody(made):
    result = made(EXPORT)
    assert section(result, "schedules")["platform"]["overrides"] == [
        {"user": "eve-muller", "from": "2026-10-07T08:00", "to": "2026-10-07T16:00", "for": "ben-okafor"},
        {"user": "ben-okafor", "from": "2026-10-08T09:00", "to": "2026-10-08T17:00"},
        {
            "users": ["ben-okafor", "dee-larsen", "fay-novak"],
            "from": "2026-10-09T09:00",
            "to": "2026-10-09T11:00",
        },
    ]
    overrides = [one for one in said(result, "approximate", "Platform") if one.startswith("overrides")]
    assert len(overrides) == 2


def test_overrides_at_one_time_are_applied_at_once(made, export):
    nodes = export["userOverrides"]["nodes"]
    swap = nodes[0] | {"addUserID": nodes[1]["removeUserID"], "removeUserID": nodes[0]["removeUserID"]}
    back = nodes[0] | {"addUserID": nodes[0]["removeUserID"], "removeUserID": nodes[1]["removeUserID"]}
    export["userOverrides"]["nodes"] = [swap, back]
    result = made({"data": export})
    assert on_call(result, "platform", "2026-10-07T08:30-04:00") == ["dee-larsen"]
    assert on_call(result, "platform", "2026-10-07T12:00-04:00") == ["ben-okafor", "dee-larsen"]


def test_a_removal_that_leaves_nobody_leaves_nobody(made, export):
    nodes = export["userOverrides"]["nodes"]
    nodes[:] = [nodes[1] | {"removeUserID": nodes[0]["removeUserID"], "start": "2026-10-08T01:00:00Z"}]
    result = made({"data": export})
    assert on_call(result, "platform", "2026-10-07T22:00-04:00") == []
    assert on_call(result, "platform", "2026-10-08T12:00-04:00") == ["dee-larsen"]


def test_a_temporary_schedule_takes_the_place_of_layers_and_overrides(made, export):
    export["userOverrides"]["nodes"][0].update(start="2026-10-09T20:00:00Z", end="2026-10-11T20:00:00Z")
    result = made({"data": export})
    assert section(result, "schedules")["platform"]["temporary"] == [
        {
            "name": "temporary from 2026-10-10",
            "from": "2026-10-10T00:00",
            "to": "2026-10-11T00:00",
            "shifts": [{"user": "eve-muller", "from": "2026-10-10T00:00", "to": "2026-10-10T08:00"}],
        }
    ]
    assert on_call(result, "platform", "2026-10-09T20:00-04:00") == ["eve-muller"]
    assert on_call(result, "platform", "2026-10-10T12:00-04:00") == []
    assert on_call(result, "platform", "2026-10-11T12:00-04:00") == ["eve-muller"]


def test_a_rotation_that_a_policy_pages_is_a_schedule_of_its_own(made):
    result = made(EXPORT)
    assert section(result, "policies")["platform-policy"] == {
        "steps": [
            {"page": [{"schedule": "platform"}], "wait": "10m"},
            {
                "page": [
                    {"user": "ana-souza"},
                    {"schedule": "primary"},
                    {"slack": "#platform"},
                    {"webhook": "https://example.com/hook"},
                ],
                "wait": "5m",
            },
        ],
        "repeat": "1",
    }
    assert section(result, "schedules")["primary"]["layers"][0]["users"][1] == "ben-okafor"


def test_a_webhook_is_posted_to_in_our_form_and_one_that_nobody_may_post_to_is_left_out(made, export):
    result = made(EXPORT)
    page = section(result, "policies")["platform-policy"]["steps"][1]["page"]
    assert page[-1] == {"webhook": "https://example.com/hook"}
    [words] = [one for one in said(result, "approximate", "Platform policy") if "webhook" in one]
    assert words == "step 2: posts to a webhook in our own form, signed, and each change of the incident, too"
    target = export["escalationPolicies"]["nodes"][0]["steps"][1]["targets"][-1]
    target["id"] = "http://10.0.0.7/hook"
    inside = made({"data": export})
    assert said(inside, "missing", "Platform policy") == ["step 2: the chanWebhook 'hook' is no target here"]


def test_a_channel_of_slack_that_has_no_name_of_one_is_left_out(made, export):
    target = export["escalationPolicies"]["nodes"][0]["steps"][1]["targets"][-2]
    assert target["type"] == "slackChannel"
    for name, id, expected in (("Platform!", "C012AB3CD", "C012AB3CD"), ("a b", "?", None)):
        target["name"], target["id"] = name, id
        result = made({"data": export})
        page = section(result, "policies")["platform-policy"]["steps"][1]["page"]
        assert [one["slack"] for one in page if "slack" in one] == ([expected] if expected else [])
        left_out = said(result, "missing", "Platform policy")
        assert bool(left_out) is (expected is None)


def test_actions_are_read_where_there_are_no_targets(made, export):
    step = export["escalationPolicies"]["nodes"][0]["steps"][0]
    id = schedule(export)["id"]
    step["targets"] = None
    step["actions"] = [
        {"type": "builtin-schedule", "args": {"schedule_id": id}, "displayInfo": {"text": "Platform"}}
    ]
    policy = section(made({"data": export}), "policies")["platform-policy"]
    assert policy["steps"][0]["page"] == [{"schedule": "platform"}]


def test_one_number_is_one_contact_for_texts_and_calls(made):
    assert section(made(EXPORT), "users")["ana-souza"] == {
        "name": "Ana Souza",
        "email": "ana@example.com",
        "contacts": {"mobile": "+12025550100"},
        "notify": {"high": [{"after": "0m", "via": "sms"}, {"after": "3m", "via": "voice"}]},
    }


def test_keys_have_the_source_that_reads_what_they_send(made):
    result = made(EXPORT)
    assert section(result, "integrations")["gateway-prometheus"] == {
        "service": "gateway",
        "source": "alertmanager",
    }
    assert section(result, "services")["gateway"] == {"policy": "platform-policy", "ack_timeout": "never"}
    assert said(result, "missing", "Gateway") == [
        "takes mail, which Tocsin does not take in",
        "its heartbeat monitors are not mapped",
    ]


def test_a_rotation_in_another_zone_is_moved_and_that_is_said(made, export):
    rotation(export)["timeZone"] = "Europe/London"
    result = made({"data": export})
    assert section(result, "schedules")["platform"]["layers"][0]["starts"] == "2026-09-28T09:00"
    words = (
        "Primary: is on the clock of Europe/London in a schedule of America/New_York: an hour off when one"
    )
    assert said(result, "approximate", "Platform")[0].startswith(words)
