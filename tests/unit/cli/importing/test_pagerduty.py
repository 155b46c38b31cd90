"""PagerDuty's schedules, policies, services and users.

Shapes: PagerDuty/api-schema, reference/REST/openapiv3.json. That the list of layers has the highest first is told by
the provider of Terraform, which turns it around, and by the migration tool of Grafana OnCall.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.cli.importing.helpers import imported, load, on_call, said, section
from tocsin_cli.errors import CommandError

ACCOUNT, SCHEDULE = "pagerduty-account.json", "pagerduty-schedule.json"


@pytest.fixture
def schedule():
    return load(SCHEDULE)["schedule"]


@pytest.fixture
def made(tmp_path):
    """What the command makes of schedules."""
    return lambda *schedules, **more: imported(tmp_path, "pagerduty", {"schedules": list(schedules)}, **more)


def layer_of(schedule, name):
    return next(layer for layer in schedule["schedule_layers"] if layer["name"] == name)


def test_the_first_layer_of_the_list_wins_and_stands_last_here(made, schedule):
    layers = section(made(schedule), "schedules")["payments-primary"]["layers"]
    assert [layer["name"] for layer in layers] == ["Around the clock", "Business hours", "Weekend"]
    assert layers[0] == {
        "name": "Around the clock",
        "users": ["ana-souza", "ben-okafor", "chi-tanaka"],
        "starts": "2026-01-05T09:00",
        "rotate": {"every": "1", "unit": "week"},
    }
    assert layers[1]["active"] == [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
    ]
    assert layers[1]["advance"] == "calendar"
    assert layers[2]["active"] == [{"days": ["sat", "sun"], "from": "00:00", "to": "24:00"}]


def test_a_handoff_stays_at_its_time_of_day_when_the_clock_changes(made, schedule):
    result = made(schedule)
    assert on_call(result, "payments-primary", "2026-10-12T17:30+01:00") == ["ben-okafor"]
    assert on_call(result, "payments-primary", "2026-11-02T08:30+00:00") == ["ana-souza"]
    assert on_call(result, "payments-primary", "2026-11-02T20:00+00:00") == ["ben-okafor"]


def test_turns_are_counted_from_the_virtual_start_though_the_layer_begins_later(made, schedule):
    result = made(schedule)
    (words,) = [words for words in said(result, "check", "Payments") if words.startswith("Around")]
    assert words == (
        "Around the clock: begins on 2026-03-12 10:17 and counts its turns from 2026-01-05 09:00: here it begins with"
        " the first turn, which changes nothing from 2026-10-05 on"
    )


def test_a_layer_that_is_still_to_begin_has_nobody_before(made, schedule):
    schedule["schedule_layers"] = [layer_of(schedule, "Around the clock")]
    schedule["schedule_layers"][0]["start"] = "2026-11-11T12:00:00Z"
    result = made(schedule)
    assert on_call(result, "payments-primary", "2026-11-11T11:59+00:00") == []
    assert on_call(result, "payments-primary", "2026-11-11T12:00+00:00") == ["chi-tanaka"]
    assert on_call(result, "payments-primary", "2026-11-16T09:00+00:00") == ["ana-souza"]


def test_an_end_is_until_and_what_has_ended_is_left_out(made, schedule):
    layer_of(schedule, "Weekend")["end"] = "2026-12-31T23:00:00Z"
    result = made(schedule)
    assert section(result, "schedules")["payments-primary"]["layers"][-1]["until"] == "2026-12-31T23:00"
    assert "left out, as it has ended: Before the reorganisation" in said(result, "check", "Payments")


def test_restrictions_may_cross_midnight_and_days(made, schedule):
    layer_of(schedule, "Weekend")["restrictions"] = [
        {"type": "daily_restriction", "start_time_of_day": "22:00:00", "duration_seconds": 28_800},
        {
            "type": "weekly_restriction",
            "start_day_of_week": 5,
            "start_time_of_day": "17:00:00",
            "duration_seconds": 230_400,
        },
    ]
    assert section(made(schedule), "schedules")["payments-primary"]["layers"][-1]["active"] == [
        {"days": ["mon"], "from": "00:00", "to": "09:00"},
        {"days": ["mon", "tue", "wed", "thu"], "from": "22:00", "to": "06:00"},
        {"days": ["fri"], "from": "17:00", "to": "24:00"},
        {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"},
    ]


def test_seconds_of_restrictions_are_rounded_to_the_minute_and_that_is_said(made, schedule):
    layer_of(schedule, "Weekend")["restrictions"] = [
        {"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 28_799}
    ]
    result = made(schedule)
    active = section(result, "schedules")["payments-primary"]["layers"][-1]["active"]
    assert active == [{"from": "09:00", "to": "17:00"}]
    assert said(result, "approximate", "Payments")[0].startswith("Weekend: its restrictions have seconds")


def test_an_answer_rendered_in_another_zone_is_brought_to_the_schedules_own(made, schedule):
    schedule["time_zone"] = "America/New_York"
    schedule["schedule_layers"] = [layer_of(schedule, "Business hours")]
    result = made(schedule)
    (layer,) = section(result, "schedules")["payments-primary"]["layers"]
    assert layer["starts"] == "2026-01-05T04:00"
    assert layer["active"][0] == {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "04:00", "to": "12:00"}
    assert "taken for times of UTC+00:00" in said(result, "approximate", "Payments")[0]


def test_turns_that_are_no_whole_hours_are_left_out_with_what_to_do(made, schedule):
    layer_of(schedule, "Around the clock")["rotation_turn_length_seconds"] = 3605
    layer_of(schedule, "Weekend")["rotation_turn_length_seconds"] = 3605
    result = made(schedule)
    names = [layer["name"] for layer in section(result, "schedules")["payments-primary"]["layers"]]
    assert names == ["Business hours", "Weekend"]  # whoever is alone needs no turns
    assert "Around the clock: is left out: turns of 3605 seconds, which is no whole number of hours" in said(
        result, "missing", "Payments"
    )


def test_overrides_come_from_their_own_answer_or_from_the_rendered_schedule(tmp_path, schedule):
    user = {"id": "PBEN", "type": "user_reference", "summary": "Ben Okafor"}
    own = {"id": "Q1", "start": "2026-10-20T09:00:00+01:00", "end": "2026-10-21T09:00:00+01:00", "user": user}
    result = imported(tmp_path, "pagerduty", {"schedule": schedule}, {"overrides": [own]})
    assert section(result, "schedules")["payments-primary"]["overrides"] == [
        {"user": "ben-okafor", "from": "2026-10-20T09:00", "to": "2026-10-21T09:00"}
    ]
    result = imported(tmp_path, "pagerduty", {"schedule": schedule})
    assert "its overrides are known for the exported range alone" in said(result, "check", "Payments")
    assert section(result, "schedules")["payments-primary"]["overrides"] == [
        {"user": "chi-tanaka", "from": "2026-10-08T12:00", "to": "2026-10-08T14:00"}
    ]


def test_overrides_of_several_schedules_stand_under_their_ids(tmp_path, schedule):
    other = {**schedule, "id": "POTHER", "name": "Secondary"}
    own = {"start": "2026-10-20T09:00:00+01:00", "end": "2026-10-21T09:00:00+01:00", "user": {"id": "PBEN"}}
    export = {"schedules": [schedule, other], "overrides": {"POTHER": [own]}}
    result = imported(tmp_path, "pagerduty", export)
    assert section(result, "schedules")["secondary"]["overrides"][0]["user"] == "ben-okafor"
    with pytest.raises(CommandError, match="does not say of which schedule these overrides are"):
        imported(tmp_path, "pagerduty", {**export, "overrides": [own]})


def test_what_pagerduty_rendered_is_what_we_have_on_call(tmp_path):
    result = imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE)
    assert len(result.draft.shifts["payments-primary"]) == 11


def test_a_schedule_of_a_list_is_replaced_by_its_own_answer_or_said_to_be_missing(tmp_path, schedule):
    brief = {"id": "PI7DH85", "type": "schedule", "summary": "Payments Primary", "name": "Payments Primary"}
    result = imported(tmp_path, "pagerduty", {"schedules": [brief]}, {"schedule": schedule})
    assert len(section(result, "schedules")["payments-primary"]["layers"]) == 3
    result = imported(tmp_path, "pagerduty", ACCOUNT, {"schedules": [brief]})
    assert section(result, "schedules") == {}
    assert said(result, "missing", "Payments Primary") == ["is not mapped: the export has no layers of it"]


def test_contacts_and_rules_are_those_of_the_user(tmp_path):
    users = section(imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE), "users")
    assert users["ana-souza"] == {
        "name": "Ana Souza",
        "email": "ana@example.com",
        "timezone": "America/Sao_Paulo",
        "contacts": {"mobile": "+5511955550100"},
        "notify": {
            "high": [
                {"after": "0m", "via": "push"},
                {"after": "1m", "via": "sms"},
                {"after": "5m", "via": "voice"},
            ],
            "low": [{"after": "0m", "via": "email"}],
        },
    }
    assert users["ben-okafor"]["timezone"] == "Europe/London"
    assert users["ben-okafor"]["notify"]["high"] == [{"after": "0m", "via": "voice", "to": "mobile"}]


def test_what_a_user_lacks_is_said(tmp_path):
    result = imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE)
    assert said(result, "missing", "Ben") == [
        "its rules by whatsapp are left out: Tocsin has no such channel"
    ]
    assert said(result, "missing", "Chi") == ["its contact methods are references without an address"]
    assert said(result, "approximate", "Dee") == [
        "is not among the exported users: a name without any contact"
    ]


def test_rules_of_a_policy_are_steps_and_loops_are_repeats(tmp_path):
    result = imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE)
    assert section(result, "policies")["payments"] == {
        "steps": [
            {"page": [{"schedule": "payments-primary"}], "wait": "5m"},
            {"page": [{"user": "chi-tanaka"}], "wait": "10m"},
            {"page": [{"user": "ana-souza"}, {"user": "ben-okafor"}], "wait": "15m"},
        ],
        "repeat": "2",
    }
    assert said(result, "approximate", "Payments") == [
        "rule 3: pages its targets in turn (round robin); here all of them at once"
    ]
    assert said(result, "missing", "Payments") == [
        "rule 2: the schedule 'Payments Secondary' is not in the export: that step does not page it"
    ]


def test_a_rule_that_pages_nobody_leaves_its_delay_to_the_one_before(tmp_path):
    export = load(ACCOUNT)
    rules = export["escalation_policies"][0]["escalation_rules"]
    rules[1]["targets"] = rules[1]["targets"][1:]
    rules[1]["escalation_rule_assignment_strategy"] = "round_robin"
    export["escalation_policies"][0]["num_loops"] = 12
    policy = section(result := imported(tmp_path, "pagerduty", export, SCHEDULE), "policies")["payments"]
    assert [step["wait"] for step in policy["steps"]] == ["15m", "15m"]
    assert policy["repeat"] == "9"
    assert "repeats 12 times, and 9 times here: that is the most" in said(result, "approximate", "Payments")


def test_services_keep_their_timeouts_and_support_hours(tmp_path):
    result = imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE)
    services = section(result, "services")
    assert services["checkout-api"] == {
        "policy": "payments",
        "ack_timeout": "10m",
        "auto_resolve": "4h",
        "support_hours": {
            "timezone": "America/Lima",
            "active": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}],
        },
    }
    assert services["reports"] == {"policy": "payments", "ack_timeout": "never"}
    assert result.config.catch_all == "checkout-api"
    assert [words[:60] for words in said(result, "approximate", "Reports")][:2] == [
        "its incidents are of low urgency; here of high urgency",
        "is disabled in PagerDuty; here it pages",
    ]
    assert said(result, "missing", "Orphan")[0].startswith(
        "is not mapped: its escalation policy is not in the export"
    )


def test_urgencies_that_no_support_hours_say_are_said(tmp_path):
    export = load(ACCOUNT)
    export["services"][0]["incident_urgency_rule"]["outside_support_hours"]["urgency"] = "severity_based"
    result = imported(tmp_path, "pagerduty", export, SCHEDULE)
    assert "support_hours" not in section(result, "services")["checkout-api"]
    words = "the urgency is high in its support hours and severity_based outside; here always high"
    assert words in said(result, "approximate", "Checkout")


def test_integrations_have_the_source_that_reads_what_they_send(tmp_path):
    result = imported(tmp_path, "pagerduty", ACCOUNT, SCHEDULE)
    sources = {name: row["source"] for name, row in section(result, "integrations").items()}
    assert sources["checkout-api-prometheus"] == "pagerduty"
    assert sources["checkout-api-cloudwatch"] == "cloudwatch"
    assert "reports-pingdom" in sources
    assert said(result, "missing", "Mail") == ["takes mail, which Tocsin does not take in"]


def test_a_page_of_several_is_said(tmp_path):
    export = {**load(ACCOUNT), "more": True}
    result = imported(tmp_path, "pagerduty", export, SCHEDULE)
    assert any(words.endswith("is one page of several") for words in said(result, "check"))


def test_from_now_on_alone_the_past_is_left_out(made, schedule):
    del schedule["final_schedule"]
    result = made(schedule, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert "overrides" not in section(result, "schedules")["payments-primary"]
    assert "1 override is left out, having ended before 2026-12-01 00:00" in said(result, "check", "Payments")
