"""Opsgenie's schedules, escalations, teams and users.

Shapes: opsgenie/opsgenie-oas, definitions/*.yaml, and opsgenie/opsgenie-go-sdk-v2. That the delays of an escalation
are counted from the alert: https://support.atlassian.com/opsgenie/docs/how-do-escalations-work-in-opsgenie/
"""

from __future__ import annotations

import pytest

from tests.unit.cli.importing.helpers import imported, load, on_call, said, section
from tocsin_cli.importing.compare import compared

ACCOUNT, TIMELINE = "opsgenie-account.json", "opsgenie-timeline.json"


@pytest.fixture
def account():
    return load(ACCOUNT)


@pytest.fixture
def made(tmp_path):
    return lambda *exports, **more: imported(tmp_path, "opsgenie", *exports, **more)


def rotations(account):
    return account["schedules"]["data"][0]["rotations"]


def test_rotations_are_on_call_together(made):
    result = made(ACCOUNT, TIMELINE)
    assert on_call(result, "operations", "2026-10-06T10:00+02:00") == [
        "ben-okafor",
        "dee-larsen",
        "fay-novak",
    ]
    assert on_call(result, "operations", "2026-10-06T20:00+02:00") == ["ben-okafor", "dee-larsen"]
    assert on_call(result, "operations", "2026-10-12T09:00+02:00") == ["ana-souza", "chi-tanaka", "fay-novak"]


def test_what_opsgenie_says_is_what_we_have_on_call(made):
    result = made(ACCOUNT, TIMELINE)
    schedule = result.config.book.schedules["operations"]
    found = compared(schedule, result.draft.shifts["operations"], None)
    assert (found.result.rows, found.result.agree.total_seconds()) == ((), 336 * 3600)


def test_an_override_of_one_rotation_replaces_whom_that_one_has(made):
    result = made(ACCOUNT, TIMELINE)
    assert section(result, "schedules")["operations"]["overrides"] == [
        {"user": "eve-muller", "from": "2026-10-07T10:00", "to": "2026-10-07T18:00", "for": "ben-okafor"}
    ]
    assert said(result, "approximate", "Operations")[0].startswith("override ov-1: is of Weekly alone")


def test_an_override_of_the_whole_schedule_replaces_everybody(made, account):
    account["overrides"]["s-ops"][0]["rotations"] = []
    result = made(account)
    assert section(result, "schedules")["operations"]["overrides"] == [
        {"user": "eve-muller", "from": "2026-10-07T10:00", "to": "2026-10-07T18:00"}
    ]


def test_a_restriction_by_time_of_day_may_cross_midnight(made, account):
    rotations(account)[:] = [rotations(account)[0]]
    rotations(account)[0]["timeRestriction"] = {
        "type": "time-of-day",
        "restriction": {"startHour": 18, "startMin": 30, "endHour": 8, "endMin": 0},
    }
    (layer,) = section(made(account), "schedules")["operations"]["layers"]
    assert layer["active"] == [{"from": "18:30", "to": "08:00"}]
    assert layer["advance"] == "calendar"


def test_a_restriction_by_weekday_runs_from_day_to_day(made, account):
    rotations(account)[:] = [rotations(account)[0]]
    rotations(account)[0]["timeRestriction"] = {
        "type": "weekday-and-time-of-day",
        "restrictions": [
            {
                "startDay": "friday",
                "startHour": 18,
                "startMin": 0,
                "endDay": "monday",
                "endHour": 8,
                "endMin": 0,
            }
        ],
    }
    (layer,) = section(made(account), "schedules")["operations"]["layers"]
    assert layer["active"] == [
        {"days": ["mon"], "from": "00:00", "to": "08:00"},
        {"days": ["fri"], "from": "18:00", "to": "24:00"},
        {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"},
    ]


def test_turns_of_none_and_of_teams_are_said(made, account):
    account["schedules"]["data"][0]["rotations"] = [
        {
            **rotations(account)[0],
            "participants": [{"type": "none"}, {"type": "team", "id": "t-ops", "name": "Operations"}],
        }
    ]
    result = made(account)
    (layer,) = section(result, "schedules")["operations"]["layers"]
    assert layer["users"] == [["ana-souza", "ben-okafor", "chi-tanaka"]]
    assert said(result, "approximate", "Operations")[:2] == [
        "Weekly: the team 'Operations' goes by its own routing; here all its members",
        "Weekly: has turns in which nobody is on call; here whoever had the turn before stays on call",
    ]


def test_hours_of_rotations_that_do_not_fit_together_are_said(made, account):
    rotations(account)[1] |= {"type": "hourly", "length": 7, "startDate": "2026-01-05T11:00:00Z"}
    result = made(account)
    assert any(
        "are on call together in Opsgenie" in words for words in said(result, "approximate", "Operations")
    )


def test_delays_of_an_escalation_are_counted_from_the_alert(made):
    result = made(ACCOUNT, TIMELINE)
    assert section(result, "policies")["operations-escalation"] == {
        "steps": [
            {"page": [{"schedule": "operations"}], "wait": "5m"},
            {"page": [{"schedule": "operations"}, {"user": "ben-okafor"}], "wait": "10m"},
            {"page": [{"team": "operations"}], "wait": "10m"},
        ],
        "repeat": "2",
    }
    assert "rule for schedule 'Operations': notifies 'next' of it; here who is on call" in said(
        result, "approximate", "escalation"
    )
    assert "closes the alert when all is over: nothing does that here" in said(
        result, "missing", "escalation"
    )


def test_a_delay_before_the_first_page_is_said(made, account):
    for rule in account["escalations"][0]["rules"]:
        rule["delay"]["timeAmount"] += 3
        rule["condition"] = "if-not-closed"
    result = made(account)
    words = said(result, "approximate", "escalation")
    assert "waits 3 minutes before it pages anybody; here its first step begins at once" in words
    assert any("goes on after the ack" in one for one in words)


def test_a_team_with_its_default_route_is_a_service(made, account):
    result = made(account)
    assert section(result, "services") == {
        "operations": {"policy": "operations-escalation", "ack_timeout": "never"}
    }
    assert section(result, "integrations")["prometheus"] == {
        "service": "operations",
        "source": "alertmanager",
    }
    assert "Only P5: routes some alerts elsewhere: that is not mapped" in said(
        result, "missing", "Operations"
    )
    assert said(result, "missing", "Nobody's") == [
        "belongs to no team with a policy: there is no service for it"
    ]


def test_without_routing_rules_the_first_escalation_of_the_team_is_taken_and_that_is_said(made, account):
    del account["routing_rules"]
    result = made(account)
    assert section(result, "services")["operations"]["policy"] == "operations-escalation"
    assert any(
        "its first escalation, operations-escalation, was taken" in one for one in said(result, "approximate")
    )


def test_a_route_to_a_schedule_is_a_policy_of_one_step(made, account):
    account["routing_rules"]["t-ops"][0]["notify"] = {"type": "schedule", "id": "s-ops"}
    result = made(account)
    assert section(result, "policies")["operations"] == {"steps": [{"page": [{"schedule": "operations"}]}]}
    assert section(result, "services")["operations"]["policy"] == "operations"


def test_contacts_and_the_rule_for_new_alerts_are_those_of_the_user(made):
    users = section(made(ACCOUNT), "users")
    assert users["ana-souza"]["contacts"] == {"mobile": "+4915112345000"}
    assert users["ana-souza"]["notify"] == {
        "high": [
            {"after": "0m", "via": "push"},
            {"after": "2m", "via": "sms"},
            {"after": "5m", "via": "voice"},
        ]
    }
    assert "notify" not in users["ben-okafor"]


def test_a_schedule_without_rotations_is_said(made, account):
    del account["schedules"]["data"][0]["rotations"]
    assert (
        said(made(account), "missing", "Operations")[0] == "is not mapped: the export has no rotations of it"
    )
