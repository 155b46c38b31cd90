"""`tocsin init`: a file to start from, of which everything that it says of itself is true."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tocsin.config.compile import Config, compile_config
from tocsin.config.facts import Facts
from tocsin.config.load import load_text
from tocsin.config.outcomes import Piece, outcomes
from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.simulate import simulate
from tocsin.incidents.incident import Urgency
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call
from tocsin.oncall.windows import in_windows
from tocsin_cli.days_off import public_holidays
from tocsin_cli.init import TEMPLATES, template

#: Four weeks: every rotation goes round, and a clock changes.
START = datetime(2026, 10, 12, tzinfo=UTC)
END = START + timedelta(days=28)
HOURS = [START + timedelta(hours=hour) for hour in range(28 * 24)]
LOUD = [("small-team", "website"), ("follow-the-sun", "platform"), ("critical-service", "checkout")]
WAKING = {"push", "sms", "voice"}

#: Ranges that the regulators keep for fiction: of the United States, the United Kingdom, Australia; and the number of
#: the handbook.
NOBODYS = re.compile(
    r"\+1[2-9][0-9]{2}55501[0-9]{2}|\+447700900[0-9]{3}|\+442079460[0-9]{3}|\+6149157015[0-9]|\+5511955550100"
)


def config(name: str) -> Config:
    loaded = load_text(template(name))
    days_off = public_holidays(loaded.document, loaded.where, (START, END))
    return compile_config(loaded.document, loaded.where, Facts(days_off))


def history(name: str, service: str, situation: Situation = ANY) -> list[Piece]:
    return outcomes(config(name).book, service, START, END, situation)


def test_without_a_template_each_is_listed_with_a_line(tocsin):
    done = tocsin("init")
    assert done.code == 0
    for name in TEMPLATES:
        (line,) = (line for line in done.out.splitlines() if line.startswith(f"  {name} "))
        assert line.endswith(".")


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_is_written_and_has_nothing_to_mend(tocsin, tmp_path: Path, name: str):
    file = tmp_path / "mine.yaml"
    done = tocsin("init", "--template", name, file)
    assert done.code == 0
    assert f"Wrote {file}: {name}." in done.out
    assert file.read_text(encoding="utf-8") == template(name)
    for at in ((), ("--at", "2026-03-20T00:00Z"), ("--at", "2028-10-20T00:00Z")):
        checked = tocsin("check", "--strict", file, *at)
        assert checked.code == 0, checked.out
        assert "note:" not in checked.out


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_it_says_to_run_next_runs(tocsin, tmp_path: Path, name: str):
    done = tocsin("init", "--template", name, tmp_path)
    commands = [line.split()[1:] for line in done.out.splitlines() if line.startswith("  tocsin ")]
    assert [command[0] for command in commands] == ["check", "coverage", "simulate", "plan", "apply"]
    for command in commands[:3]:
        assert tocsin(*command).code == 0


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_numbers_and_addresses_are_nobodys(name: str):
    for user in config(name).book.users.values():
        for contact in user.contacts:
            if contact.kind == "phone":
                assert NOBODYS.fullmatch(contact.address), contact
            else:
                assert contact.address.endswith("@example.com")


@pytest.mark.parametrize(
    ("name", "service"),
    LOUD,
)
def test_at_any_hour_it_wakes_somebody_at_once_another_soon_and_ends_with_the_last_resort(
    name: str, service: str
):
    for piece in history(name, service):
        pages = piece.outcome.pages
        assert piece.outcome.urgency is Urgency.HIGH
        first = [page for page in pages if page.after <= timedelta(minutes=1)]
        assert {page.via for page in first} & WAKING, piece
        soon = {page.user for page in pages if page.after <= timedelta(minutes=10) and page.via in WAKING}
        assert len(soon) > 1, piece
        assert pages[-1].step == 0


def test_business_hours_wakes_nobody_for_what_opens_out_of_them():
    book = config("business-hours").book
    for service in book.services.values():
        hours = service.support_hours
        assert hours is not None
        for at in HOURS:
            pages = simulate(book, service.name, at).pages
            if in_windows(hours.active, hours.timezone, at):
                assert pages[0].via == "sms"
            else:
                assert pages[0].via == "email"
                loud = [page.at for page in pages if page.via in WAKING]
                assert all(in_windows(hours.active, hours.timezone, one) for one in loud), at


def test_small_teams_backups_are_quiet_at_night():
    book = config("small-team").book
    night = datetime(2026, 10, 20, 2, tzinfo=UTC)
    assert [page.via for page in simulate(book, "backups", night).pages] == ["email"]
    assert "sms" in [page.via for page in simulate(book, "website", night).pages]


def test_follow_the_sun_pages_people_in_their_own_day():
    book = config("follow-the-sun").book
    for at in HOURS:
        for page in simulate(book, "platform", at).pages:
            local = page.at.astimezone(ZoneInfo(book.users[page.user].timezone))
            # What opens in the last minutes of a day is passed on with it: its rules end four minutes later.
            assert 6 <= local.hour < 20, (at, page)


def test_follow_the_sun_hands_over_between_the_regions_and_never_within_a_day():
    book = config("follow-the-sun").book
    for schedule in book.schedules.values():
        spans, gaps = timeline(schedule, START, END)
        assert not gaps
        assert {span.start.hour for span in spans[1:]} == {6, 14, 22}


def test_critical_service_has_a_secondary_who_is_never_the_primary():
    book = config("critical-service").book
    for at in HOURS:
        primary, secondary = (on_call(book.schedules[name], at) for name in ("primary", "secondary"))
        assert len(primary) == len(secondary) == 1
        assert primary != secondary


def test_critical_service_has_both_on_the_phone_when_it_is_critical():
    minute = timedelta(minutes=1)
    for severity, people in (("critical", 2), ("warning", 1)):
        for piece in history("critical-service", "checkout", Situation(severity=severity)):
            at_once = {page.user for page in piece.outcome.pages if page.after <= minute}
            assert len(at_once) == people


def test_nothing_that_exists_is_overwritten(tocsin, tmp_path: Path):
    file = tmp_path / "tocsin.yaml"
    file.write_text("mine")
    for path in (file, tmp_path):
        done = tocsin("init", "--template", "small-team", path)
        assert done.code == 2
        assert f"{file} exists, and nothing is overwritten" in done.err
        assert file.read_text() == "mine"


def test_a_folder_is_made_and_a_misnamed_one_is_told(tocsin, tmp_path: Path):
    assert tocsin("init", "--template", "small-team", tmp_path / "new" / "oncall").code == 0
    assert (tmp_path / "new" / "oncall" / "tocsin.yaml").exists()
    done = tocsin("init", "--template", "small-team", tmp_path / "nowhere" / "a.yaml")
    assert done.code == 2
    assert "there is no folder" in done.err
    (tmp_path / "notes").write_text("")
    done = tocsin("init", "--template", "small-team", tmp_path / "notes")
    assert done.code == 2
    assert "is no folder" in done.err


def test_it_goes_to_standard_output_too(tocsin):
    assert tocsin("init", "--template", "critical-service", "-").out == template("critical-service")


def test_an_unknown_template_is_told_with_those_there_are(tocsin, tmp_path: Path):
    done = tocsin("init", "--template", "small-tem", tmp_path)
    assert done.code == 2
    assert "did you mean 'small-team'?" in done.err
    assert not list(tmp_path.iterdir())
