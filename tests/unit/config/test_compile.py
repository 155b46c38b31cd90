"""What a valid file means."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import tocsin
from tests.unit.config.documents import EXAMPLE, SMALL, small
from tocsin.alerts.parsers import SOURCES as PARSERS
from tocsin.config.compile import ConfigError, compile_config
from tocsin.config.load import load_text
from tocsin.config.model import Integration
from tocsin.config.policies import SOURCES
from tocsin.config.revision import pack, unpack
from tocsin.escalation.model import (
    DEFAULT_HIGH,
    DEFAULT_LOW,
    Contact,
    HandoffRule,
    Hours,
    Policy,
    Rule,
    Service,
    Step,
    Target,
    User,
    When,
)
from tocsin.oncall.model import Layer, Override, Schedule, Window


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  a wall is naive on purpose


@pytest.mark.parametrize("way", ["sms", "email", "slack", "telegram", "teams", "off"])
def test_how_somebody_hears_of_ends_is_theirs_to_say(way: str):
    text = f"version: 1\nusers:\n  ana: {{notify: {{resolved: {way}}}}}\n  ben: {{}}"
    users = compile_config(load_text(text).document).book.users
    assert (users["ana"].resolved, users["ben"].resolved) == (way, None)


def test_the_file_of_the_handbook_means_what_it_says():
    config = compile_config(load_text(EXAMPLE).document)
    book = config.book
    assert book.users["ana"] == User(
        id="ana",
        name="Ana Souza",
        timezone="America/Sao_Paulo",
        contacts=(Contact("email", "email", "ana@example.com"), Contact("mobile", "phone", "+5511955550100")),
        high=(Rule(minutes(0), "push"), Rule(minutes(0), "sms"), Rule(minutes(2), "voice")),
        low=(Rule(minutes(0), "email"),),
        handoff=(HandoffRule(minutes(0), "email"),),
    )
    assert book.teams == {"payments": ("ana", "ben")}
    assert book.schedules["payments-primary"] == Schedule(
        name="payments-primary",
        timezone="Europe/London",
        layers=(
            Layer(
                name="weekly",
                users=(("ana",), ("ben",), ("chi", "dee")),
                starts=wall(2026, 1, 5, 9),
                every=1,
                unit="week",
                active=(Window(frozenset(range(5)), 9 * 60, 17 * 60),),
                advance="served",
                until=wall(2027, 1, 1),
            ),
        ),
        overrides=(Override(("ben",), wall(2026, 12, 24, 9), wall(2026, 12, 26, 9), "ana"),),
    )
    assert book.policies["payments"] == Policy(
        name="payments",
        steps=(
            Step((Target("schedule", "payments-primary"),), minutes(5)),
            Step((Target("user", "chi"), Target("schedule", "payments-secondary")), minutes(10)),
            Step((Target("team", "payments"), Target("slack", "#incidents")), minutes(15)),
        ),
        repeat=2,
        last_resort=(Target("user", "dee"),),
    )
    assert book.services["checkout"] == Service(
        name="checkout",
        policy="payments",
        ack_timeout=minutes(30),
        auto_resolve=minutes(240),
        support_hours=Hours("Europe/London", (Window(frozenset({0, 4}), 22 * 60, 30 * 60),)),
        runbook="https://runbooks.example.com/checkout",
        ack_reminder=minutes(5),
    )
    assert config.integrations == {
        "checkout-prometheus": Integration("checkout-prometheus", "checkout", "alertmanager")
    }
    assert config.catch_all is None
    assert config.document == load_text(EXAMPLE).document


def test_version_alone_is_a_configuration():
    config = compile_config({"version": "1"})
    assert (config.book.users, config.book.services, config.integrations, config.catch_all) == (
        {},
        {},
        {},
        None,
    )


def test_a_section_whose_content_is_commented_out_is_empty():
    text = (
        "version: 1\nusers:\nteams:\nschedules:\npolicies:\nservices:\nintegrations:\nrules:\nmaintenance:\n"
    )
    assert compile_config(load_text(text).document).book.users == {}
    assert compile_config({"version": "1", "rules": [], "maintenance": []}).integrations == {}


def test_a_user_needs_nothing_but_a_name():
    config = compile_config(load_text("version: 1\nusers:\n  ana: {}\n  ben:\n").document)
    assert config.book.users["ana"] == User("ana", "ana", "UTC", (), DEFAULT_HIGH, DEFAULT_LOW)
    assert config.book.users["ben"].name == "ben"


def test_an_urgency_without_rules_takes_its_default_and_one_with_none_has_none():
    def user(notify):
        return compile_config(small(users={"ana": {"notify": notify}})).book.users["ana"]

    assert (user({}).high, user({}).low) == (DEFAULT_HIGH, DEFAULT_LOW)
    assert user({"low": [{"via": "sms"}]}).high == DEFAULT_HIGH
    assert user({"low": [{"via": "sms"}]}).low == (Rule(minutes(0), "sms"),)
    assert user({"high": []}).high == ()


def test_hours_of_a_person_are_on_their_own_clock():
    user = {
        "timezone": "America/Sao_Paulo",
        "office_hours": {"active": [{"days": ["mon"], "from": "09:00", "to": "17:00"}]},
        "do_not_disturb": {"active": [{"from": "22:00", "to": "07:00"}]},
        "notify": {"high": [{"via": "voice", "during": "off_hours"}, {"via": "sms"}]},
    }
    found = compile_config(small(users={"ana": user})).book.users["ana"]
    assert found.office_hours == Hours("America/Sao_Paulo", (Window(frozenset({0}), 540, 1020),))
    assert found.do_not_disturb == Hours("America/Sao_Paulo", (Window(frozenset(range(7)), 1320, 1860),))
    assert [rule.during for rule in found.high] == ["off_hours", None]


def test_contacts_keep_their_order_behind_the_email():
    contacts = {"work": "+442071838750", "private": "ana@example.org", "mobile": "+5511955550100"}
    user = {"contacts": contacts, "email": "ana@example.com"}
    found = compile_config(small(users={"ana": user})).book.users["ana"].contacts
    assert [contact.name for contact in found] == ["email", "work", "private", "mobile"]
    assert [contact.kind for contact in found] == ["email", "phone", "email", "phone"]


def test_a_rule_may_name_a_contact_and_push_a_device_no_file_knows():
    rules = [{"after": "1m", "via": "sms", "to": "work"}, {"via": "push", "to": "phone of ana"}]
    user = {"contacts": {"mobile": "+5511955550100", "work": "+442071838750"}, "notify": {"high": rules}}
    found = compile_config(small(users={"ana": user})).book.users["ana"].high
    assert found == (Rule(minutes(1), "sms", "work"), Rule(minutes(0), "push", "phone of ana"))


def test_whoever_a_chat_knows_can_be_reached_there():
    rules = {"high": [{"after": "0m", "via": "slack"}], "low": [{"via": "telegram"}]}
    rules["handoff"] = [{"via": "teams"}]
    entra = "11111111-2222-3333-4444-AAAAAAAAAAAA"
    user = {"chat": {"slack": "U012AB3CD", "telegram": "123456789", "teams": entra}, "notify": rules}
    found = compile_config(small(users={"ana": user})).book.users["ana"]
    assert found.contact_for(found.handoff[0]) == Contact("teams", "teams", entra.lower())
    assert found.contact_for(found.high[0]) == Contact("slack", "slack", "U012AB3CD")
    assert found.contact_for(found.low[0]) == Contact("telegram", "telegram", "123456789")


@pytest.mark.parametrize("text", ["19:0123abc_-@thread.tacv2", "19%3a0123abc_-%40thread.tacv2"])
def test_a_channel_of_teams_is_named_by_its_id_also_as_a_link_has_it(text: str):
    page = {"steps": [{"page": [{"user": "ana"}, {"teams": text}]}]}
    [_, target] = compile_config(small(policies={"shop": page})).book.policies["shop"].targets
    assert target == Target("teams", "19:0123abc_-@thread.tacv2")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0m", 0),
        ("0s", 0),
        ("45s", 45),
        ("5m", 300),
        ("05m", 300),
        ("4h", 14400),
        ("2d", 172800),
        ("365d", 31536000),
    ],
)
def test_a_duration_is_a_whole_number_and_a_unit(text, seconds):
    steps = [{"page": [{"user": "ana"}], "wait": text}]
    config = compile_config(small(policies={"shop": {"steps": steps}}))
    assert config.book.policies["shop"].steps[0].wait == timedelta(seconds=seconds)


def test_what_a_policy_and_a_service_leave_out_has_a_default():
    config = compile_config(small(policies={"shop": {"steps": [{"page": [{"user": "ana"}]}]}}))
    assert config.book.policies["shop"] == Policy(
        "shop", (Step((Target("user", "ana"),), minutes(5)),), 0, ()
    )
    assert config.book.services["checkout"] == Service(
        "checkout", "shop", minutes(30), None, None, None, minutes(5)
    )


def test_a_revision_that_was_applied_before_is_read_as_it_was():
    """Nobody goes unpaged because a later Tocsin takes less."""
    when = {"severity": ["critcal"], "priority": ["P9"], "labels": {}, "repeated": "0"}
    document = small(policies={"shop": {"steps": [{"page": [{"user": "ana"}], "when": when}]}})
    with pytest.raises(ConfigError):
        compile_config(document)
    one = compile_config(document, stored=True).book.policies["shop"].steps[0]
    assert one.when == When(("critcal",), ("P9",), {}, 0)
    with pytest.raises(ConfigError):
        compile_config({**document, "catch_all": "nowhere"}, stored=True)


def test_a_step_may_have_branches_turns_and_hours():
    hours = {"timezone": "Europe/London", "active": [{"days": ["mon"], "from": "09:00", "to": "17:00"}]}
    full = {
        "page": [{"schedule": "primary"}, {"next": "primary"}, {"everyone": "primary"}],
        "wait": "30m",
        "wait_hours": hours,
        "round_robin": "true",
        "ack": "all",
        "when": {
            "severity": ["critical", "SEV1"],
            "priority": ["P1"],
            "labels": {"team": ["db", "web"]},
            "repeated": "3",
        },
        "unless": {"hours": hours},
    }
    one = compile_config(small(policies={"shop": {"steps": [full]}})).book.policies["shop"].steps[0]
    office = Hours("Europe/London", (Window(frozenset({0}), 9 * 60, 17 * 60),))
    assert one == Step(
        (Target("schedule", "primary"), Target("next", "primary"), Target("everyone", "primary")),
        minutes(30),
        office,
        True,
        "all",
        When(("critical", "SEV1"), ("P1",), {"team": ("db", "web")}, 3),
        When(hours=office),
    )


@pytest.mark.parametrize(
    ("timeout", "reminder", "before"),
    [
        (None, None, 5),
        ("15m", None, 5),
        ("14m", None, None),
        ("never", None, None),
        ("20m", "never", None),
        ("20m", "19m", 19),
    ],
)
def test_a_reminder_comes_five_minutes_before_an_ack_ends_unless_it_says_otherwise(timeout, reminder, before):
    said = {"ack_timeout": timeout, "ack_reminder": reminder}
    row = {"policy": "shop", **{key: value for key, value in said.items() if value is not None}}
    config = compile_config(small(services={"checkout": row}))
    assert config.book.services["checkout"].ack_reminder == (minutes(before) if before else None)


def test_a_timeout_may_be_never():
    never = {"policy": "shop", "ack_timeout": "never", "auto_resolve": "never"}
    config = compile_config(small(services={"s": never}, integrations=None, catch_all="s"))
    assert config.book.services["s"].ack_timeout is None
    assert config.book.services["s"].auto_resolve is None


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"from": "09:00", "to": "17:00"}, (9 * 60, 17 * 60)),
        ({"from": "00:00", "to": "24:00"}, (0, 1440)),
        ({"from": "22:00", "to": "06:00"}, (22 * 60, 30 * 60)),
        ({"from": "09:00", "to": "00:00"}, (9 * 60, 1440)),
        ({"from": "17:30", "to": "24:00"}, (17 * 60 + 30, 1440)),
    ],
)
def test_a_window_may_run_into_the_next_day_and_without_days_is_every_day(window, expected):
    layer = {"users": ["ana"], "starts": "2026-01-05T09:00", "active": [window]}
    config = compile_config(small(schedules={"primary": {"timezone": "UTC", "layers": [layer]}}))
    assert config.book.schedules["primary"].layers[0].active == (Window(frozenset(range(7)), *expected),)


def test_a_layer_with_one_turn_needs_no_rotation_nor_a_name():
    layers = [
        {"users": [["ana"]], "starts": "2026-01-05T09:00"},
        {"users": ["ana"], "starts": "2026-02-05T09:00:30"},
    ]
    found = compile_config(
        small(schedules={"primary": {"timezone": "UTC", "layers": layers}})
    ).book.schedules["primary"]
    assert [layer.name for layer in found.layers] == ["1", "2"]
    assert [(layer.every, layer.unit, layer.advance) for layer in found.layers] == [(1, "week", "served")] * 2
    assert found.layers[1].starts == wall(2026, 2, 5, 9, 0, 30)
    assert found.layers[0].active is None


def test_an_override_may_put_several_people_on_call():
    override = {"users": ["ana", "ben"], "from": "2026-01-05T09:00", "to": "2026-01-05T10:00"}
    schedule = {"timezone": "UTC", "overrides": [override]}
    config = compile_config(small(users={"ana": {}, "ben": {}}, schedules={"primary": schedule}))
    assert config.book.schedules["primary"].overrides[0].users == ("ana", "ben")
    assert config.book.schedules["primary"].layers == ()


def test_one_integration_may_take_what_comes_without_a_key():
    rows = {
        "a": {"service": "checkout", "source": "generic", "default": "false"},
        "b": {"service": "checkout", "source": "cloudwatch", "default": "true"},
    }
    config = compile_config(small(integrations=rows))
    assert [integration.default for integration in config.integrations.values()] == [False, True]


def test_a_json_document_may_have_numbers_and_booleans_and_keeps_their_text():
    document = small(
        version=1, integrations={"a": {"service": "checkout", "source": "generic", "default": True}}
    )
    document["policies"]["shop"]["repeat"] = 3
    config = compile_config(document)
    assert config.book.policies["shop"].repeat == 3
    assert config.integrations["a"].default
    assert config.document["version"] == "1"
    assert config.document["policies"]["shop"]["repeat"] == "3"
    assert config.document["integrations"]["a"]["default"] == "true"


def test_a_stored_revision_compiles_to_the_same_configuration():
    for text in (EXAMPLE, SMALL):
        document = load_text(text).document
        stored, facts = unpack(pack(document)[1])
        assert compile_config(stored, facts=facts) == compile_config(document)


def test_the_document_given_is_not_changed():
    document = small(version=1)
    compile_config(document)
    assert document == small(version=1)


def test_every_source_that_a_file_may_name_has_a_parser_and_the_other_way_round():
    assert set(SOURCES) == set(PARSERS)


def test_what_runs_in_the_functions_needs_the_standard_library_alone():
    program = "import tocsin.config.compile, tocsin.config.revision, tocsin.config.plan, tocsin.config.check"
    command = [sys.executable, "-S", "-c", program]  # -S: without site-packages
    root = Path(tocsin.__file__).parents[1]
    done = subprocess.run(command, env={"PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reader_is_what_needs_more():
    root = Path(tocsin.__file__).parents[1]
    command = [sys.executable, "-S", "-c", "import tocsin.config.load"]
    done = subprocess.run(command, env={"PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert "No module named 'ruamel'" in done.stderr
