"""Grafana OnCall's schedules, chains, integrations and users.

Shapes: grafana/oncall, docs/sources/oncall-api-reference/*.md and engine/apps/public_api/serializers/*. How shifts
recur: engine/apps/schedules/models/custom_on_call_shift.py and on_call_schedule.py there.
"""

from __future__ import annotations

import pytest

from tests.unit.cli.importing.helpers import imported, load, on_call, said, section
from tocsin_cli.errors import CommandError
from tocsin_cli.importing.compare import compared

ACCOUNT, FINAL = "grafana-oncall-account.json", "grafana-oncall-final-shifts.json"


@pytest.fixture
def account():
    return load(ACCOUNT)


@pytest.fixture
def made(tmp_path):
    return lambda *exports, **more: imported(tmp_path, "grafana-oncall", *exports, **more)


@pytest.fixture
def layers(made, account):
    """The layers of a schedule with shifts that differ so from a rolling one of a week."""

    def of(*shifts, **more):
        like = account["on_call_shifts"]["results"][0] | {"by_day": None, "duration": 604_800}
        rows = [
            like | {"id": f"X{number}", "rotation_start": one.get("start", like["start"])} | one
            for number, one in enumerate(shifts)
        ]
        account["on_call_shifts"]["results"] = rows
        account["schedules"]["results"][0]["shifts"] = [row["id"] for row in rows]
        result = made(account, **more)
        return section(result, "schedules")["sre"].get("layers", []), result

    return of


def test_final_shifts_are_what_we_have_on_call(made):
    result = made(ACCOUNT, FINAL)
    found = compared(result.config.book.schedules["sre"], result.draft.shifts["sre"], None)
    assert (found.result.rows, found.result.agree.total_seconds()) == ((), 168 * 3600)


def test_a_higher_level_wins_whatever_its_place(made):
    names = [layer["name"] for layer in section(made(ACCOUNT), "schedules")["sre"]["layers"]]
    assert names == ["nights", "weekdays", "weekend"]


def test_weeks_are_counted_from_the_week_start(layers):
    found, result = layers({"start": "2026-09-09T09:00:00", "by_day": ["MO", "WE"], "duration": 28_800})
    assert found[0]["starts"] == "2026-09-07T09:00"
    assert on_call(result, "sre", "2026-10-07T10:00+02:00") == ["ana"]
    found, _ = layers(
        {"start": "2026-09-09T09:00:00", "by_day": ["MO", "WE"], "duration": 28_800, "week_start": "SU"}
    )
    assert found[0]["starts"] == "2026-09-06T09:00"


def test_a_start_that_is_none_of_the_days_waits_for_the_first_of_the_next_week(layers):
    found, _ = layers({"start": "2026-09-08T09:00:00", "by_day": ["MO", "FR"], "duration": 28_800})
    assert found[0]["starts"] == "2026-09-14T09:00"


def test_a_shift_of_the_starts_own_week_that_is_still_to_come_is_the_first(layers):
    shift = {"start": "2026-09-08T09:00:00", "rotation_start": "2026-09-10T09:00:00", "by_day": ["MO", "FR"]}
    found, _ = layers(shift | {"duration": 28_800})
    assert found[0]["starts"] == "2026-09-07T09:00"


def test_the_group_with_the_start_index_is_first(layers):
    groups = {"rolling_users": [["U1"], ["U2", "U3"], ["U4"]], "start_rotation_from_user_index": 1}
    found, _ = layers(groups)
    assert found[0]["users"] == [["ben", "chi"], "dee", "ana"]


def test_a_rotation_of_days_counts_the_days_that_it_names_alone(layers):
    shift = {
        "frequency": "daily",
        "by_day": ["FR"],
        "start": "2026-09-11T09:00:00",
        "duration": 28_800,
        "rolling_users": [["U1"], ["U2"], ["U3"]],
    }
    found, result = layers(shift)
    assert found[0]["advance"] == "served"
    days = ["2026-10-02", "2026-10-09", "2026-10-16", "2026-10-23"]
    assert [on_call(result, "sre", f"{day}T10:00+02:00") for day in days] == [
        ["ana"],
        ["ben"],
        ["chi"],
        ["ana"],
    ]


def test_an_interval_of_days_gives_each_group_so_many_of_them(layers):
    shift = {
        "frequency": "daily",
        "interval": 2,
        "by_day": ["MO", "TU", "WE", "TH", "FR"],
        "start": "2026-10-05T09:00:00",
        "duration": 28_800,
    }
    found, _ = layers(shift)
    assert found[0]["users"] == ["ana", "ana", "ben", "ben"]


def test_shifts_of_every_second_week_fill_each_others_gaps(layers):
    one = {"type": "recurrent_event", "interval": 2, "by_day": ["MO", "TU"], "duration": 28_800}
    first = one | {"name": "even", "users": ["U1"], "start": "2026-09-07T09:00:00"}
    second = one | {"name": "odd", "users": ["U2"], "start": "2026-09-14T09:00:00"}
    found, result = layers(first, second)
    assert [(layer["name"], layer["users"]) for layer in found] == [("even + odd", ["ben", "ana"])]
    assert said(result, "approximate", "SRE") == []


def test_a_shift_of_every_second_week_alone_is_said(layers):
    shift = {"type": "recurrent_event", "interval": 2, "by_day": ["MO"], "duration": 28_800, "users": ["U1"]}
    _, result = layers(shift)
    assert said(result, "approximate", "SRE")[0].startswith("weekdays: has turns in which nobody is on call")


def test_shifts_of_one_level_at_one_time_are_on_call_together(layers):
    shift = {
        "type": "recurrent_event",
        "frequency": "daily",
        "duration": 86_400,
        "start": "2026-09-07T00:00:00",
    }
    found, _ = layers(shift | {"users": ["U1"], "name": "a"}, shift | {"users": ["U2"], "name": "b"})
    assert [(layer["name"], layer["users"]) for layer in found] == [("a + b", [["ana", "ben"]])]


def test_a_week_without_days_begins_with_the_shift(layers):
    found, _ = layers({"start": "2026-09-09T10:30:00"})
    assert found == [
        {
            "name": "weekdays",
            "users": ["ana", "ben"],
            "starts": "2026-09-09T10:30",
            "rotate": {"every": "1", "unit": "week"},
        }
    ]


def test_hours_and_months_are_turns_where_shifts_follow_each_other(layers):
    found, _ = layers(
        {"frequency": "hourly", "interval": 12, "duration": 43_200, "start": "2026-09-07T00:00:00"}
    )
    assert found[0]["rotate"] == {"every": "12", "unit": "hour"}
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    found, _ = layers(
        {"frequency": "monthly", "by_day": days, "duration": 86_400, "start": "2026-09-07T00:00:00"}
    )
    assert (found[0]["starts"], found[0]["rotate"]) == ("2026-09-01T00:00", {"every": "1", "unit": "month"})
    assert "active" not in found[0]


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        ({"by_month": [1]}, "is left out: it is limited by month, which no windows of a week say"),
        ({"by_monthday": [-1]}, "is left out: it is limited by monthday, which no windows of a week say"),
        (
            {"frequency": "monthly", "by_day": ["1MO"]},
            "is left out: it recurs on such days as the first Monday",
        ),
        ({"frequency": "monthly", "duration": 3600}, "is left out: it is on call for a part of each turn"),
        ({"frequency": "hourly", "duration": 600}, "is left out: it is on call for a part of each turn"),
        ({"rolling_users": [[], []]}, "is left out: nobody is in it"),
    ],
)
def test_what_no_layer_says_is_left_out_with_the_reason(layers, shift, words):
    found, result = layers(shift)
    assert found == []
    assert said(result, "missing", "SRE")[0].startswith(f"weekdays: {words}")


def test_a_single_event_is_a_layer_for_its_time(layers):
    shift = {
        "type": "single_event",
        "users": ["U3"],
        "start": "2026-10-20T09:00:00",
        "duration": 7200,
        "level": 5,
    }
    found, _ = layers({}, shift | {"name": "once"})
    assert found[1] == {
        "name": "once",
        "users": ["chi"],
        "starts": "2026-10-20T09:00",
        "until": "2026-10-20T11:00",
    }


def test_a_rotation_that_is_to_begin_later_counts_from_its_start(layers):
    _, result = layers({"start": "2026-10-05T09:00:00", "rotation_start": "2026-10-14T09:00:00"})
    assert on_call(result, "sre", "2026-10-14T08:59+02:00") == []
    assert on_call(result, "sre", "2026-10-14T09:00+02:00") == ["ben"]
    assert on_call(result, "sre", "2026-10-19T09:00+02:00") == ["ana"]


def test_the_end_of_a_recurrence_is_in_utc(layers):
    found, result = layers({"until": "2026-11-30T08:00:00"})
    assert found[0]["until"] == "2026-11-30T09:00"
    assert said(result, "check", "SRE")[0].startswith(
        "weekdays: ends on 2026-11-30 09:00, also a shift under way"
    )


def test_shifts_that_all_are_in_another_zone_make_it_the_schedules(layers):
    _, result = layers({"time_zone": "UTC"})
    assert section(result, "schedules")["sre"]["timezone"] == "UTC"
    assert "which is its time zone here; in OnCall it is Europe/Madrid" in said(result, "check", "SRE")[0]


def test_a_shift_in_a_zone_of_its_own_is_moved_and_that_is_said(layers):
    found, result = layers(
        {}, {"time_zone": "UTC", "level": 2, "by_day": ["MO"], "duration": 3600, "name": "utc"}
    )
    assert found[1]["active"] == [{"days": ["mon"], "from": "11:00", "to": "12:00"}]
    assert said(result, "approximate", "SRE")[0].startswith(
        "utc: is on the clock of UTC in a schedule of Europe/Madrid"
    )


def test_overrides_beat_every_level(made):
    result = made(ACCOUNT, FINAL)
    assert section(result, "schedules")["sre"]["overrides"] == [
        {"user": "dee", "from": "2026-10-06T10:00", "to": "2026-10-06T12:00"}
    ]


def test_steps_without_a_wait_between_them_are_one(made):
    result = made(ACCOUNT)
    assert section(result, "policies")["default"] == {
        "steps": [
            {"page": [{"schedule": "sre"}], "wait": "5m"},
            {"page": [{"user": "ben"}, {"team": "sre"}], "wait": "15m"},
        ],
        "repeat": "5",
    }
    assert said(result, "missing", "default")[0].startswith("step 5: writes to a Slack channel")


def test_a_wait_before_the_first_page_is_said(made, account):
    account["escalation_policies"]["results"][0]["type"] = "wait"
    account["escalation_policies"]["results"][0]["duration"] = 120
    words = said(made(account), "approximate", "default")
    assert "waits 7 minutes before it pages anybody; here its first step begins at once" in words


def test_important_rules_are_those_for_high_urgency_where_steps_are_important(made, account):
    account["escalation_policies"]["results"][0]["important"] = True
    result = made(account)
    assert section(result, "users")["ana"]["notify"] == {
        "low": [{"after": "0m", "via": "push"}, {"after": "5m", "via": "voice"}],
        "high": [{"after": "0m", "via": "voice"}],
    }
    assert any(
        "has steps that are not important" in words for words in said(result, "approximate", "default")
    )


def test_an_integration_is_a_service_with_the_chain_of_its_default_route(made):
    result = made(ACCOUNT)
    assert section(result, "services")["grafana-blush"] == {"policy": "default", "ack_timeout": "never"}
    assert section(result, "integrations") == {
        "grafana-blush": {"service": "grafana-blush", "source": "alertmanager"}
    }
    assert "its route 'us-(east|west)' is not mapped" in said(result, "missing", "Grafana")


def test_a_calendar_from_elsewhere_is_not_mapped(made):
    assert said(made(ACCOUNT), "missing", "Vendor") == ["is not mapped: it is read from a calendar elsewhere"]


def test_final_shifts_have_to_say_of_which_schedule_they_are(made, account):
    with pytest.raises(CommandError, match="does not say of which schedule it is"):
        made(account, {"final_shifts": load(FINAL)["final_shifts"]["S1"]})
    del account["schedules"]["results"][1]
    result = made(account, load(FINAL)["final_shifts"]["S1"])
    assert len(result.draft.shifts["sre"]) == 15
