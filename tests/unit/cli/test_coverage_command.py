"""`tocsin coverage` tells whether somebody is there, can be reached, and whether the load is shared fairly."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.unit.config.documents import SMALL
from tocsin_cli.coverage import _cell

FILE = """\
version: 1
users:
  ana: {name: Ana Souza, timezone: America/Sao_Paulo, contacts: {mobile: "+5511955550100"},
        away: [{from: 2026-01-12, to: 2026-01-16, delegate: ben}]}
  ben: {name: Ben Okafor, contacts: {mobile: "+442071838750"}, away: [{from: 2026-01-14, to: 2026-01-15}]}
  chi: {name: "=HYPERLINK(\\"http://x\\")", email: chi@example.com}
  dee: {}
schedules:
  primary:
    timezone: Europe/London
    layers: [{name: weekly, users: [ana, dee], starts: 2026-01-05T12:00, rotate: {unit: week}}]
    overrides: [{user: ana, from: 2026-01-13T09:00, to: 2026-01-16T09:00}]
  office:
    timezone: Asia/Tokyo
    cover: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]
    layers:
      - {name: desk, users: [chi], starts: 2026-01-05T09:00, rotate: {unit: day},
         active: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]}
"""
RANGE = ("--from", "2026-01-05T09:00Z", "--days", "14")


@pytest.fixture
def team(tmp_path: Path) -> Path:
    file = tmp_path / "tocsin.yaml"
    file.write_text(FILE, encoding="utf-8")
    return file


def test_for_people_each_schedule_has_a_verdict_and_the_balance_is_a_table(tocsin, team):
    done = tocsin("coverage", team, *RANGE)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "from Mon 2026-01-05 09:00 +00:00 to Mon 2026-01-19 09:00 +00:00\n"
        "\n"
        "primary: 1 gap, 3 h, that nobody declared; 2 shifts, 93 h, of somebody who cannot be reached\n"
        "  nobody is on call (in Europe/London):\n"
        "    Mon 2026-01-05 09:00  +00:00  3h\n"
        "  Where that is meant, add to schedules.primary the hours in which somebody has to be there:\n"
        '  cover: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]\n'
        "  cannot be reached: no notification rule for high urgency has a contact that fits:\n"
        "    Mon 2026-01-12 12:00  +00:00  21h  dee\n"
        "    Fri 2026-01-16 09:00  +00:00  3d   dee\n"
        "  should stand in, and is away too:\n"
        "    Wed 2026-01-14 00:00  +00:00  2d  Ben Okafor (ben), instead of Ana Souza (ana)\n"
        "\n"
        "office: covered; 11 gaps, 256 h, outside of its cover\n"
        '  note: =HYPERLINK("http://x") (chi) is reached by e-mail alone, which wakes nobody: 10 shifts, 80 h\n'
        "\n"
        "person                        total h  % of mean  nights  weekends  holidays  shifts  longest\n"
        "Ana Souza (ana)                 159.0        144    50.0      48.0       0.0       1   6d 15h\n"
        "dee                              93.0         84    32.0      48.0       0.0       2       3d\n"
        "Ben Okafor (ben)                 81.0         73    27.0       0.0       0.0       2       3d  stands in\n"
        '=HYPERLINK("http://x") (chi)     80.0         72    60.0       0.0       0.0      10       8h\n'
        "\n"
        "Hours; nights (22:00 to 06:00), weekends and public holidays are those of each person's own clock.\n"
        "Whether it is fair cannot be said: not everybody has a whole turn in these days (weekly of primary). "
        "Try more --days.\n"
    )


def test_a_schedule_that_is_always_covered_by_people_in_reach_is_told_in_a_word(tocsin, ready):
    done = tocsin("coverage", ready, "--strict", *RANGE)
    assert done.code == 0
    assert done.out.splitlines()[:3] == [
        "from Mon 2026-01-05 09:00 +00:00 to Mon 2026-01-19 09:00 +00:00",
        "",
        "primary: covered",
    ]


def test_once_everybody_had_a_turn_it_says_who_carries_too_much(tocsin, team):
    done = tocsin("coverage", team, "--schedule", "primary", "--from", "2026-01-05T12:00Z", "--days", "14")
    assert [line.split()[-1] for line in done.out.splitlines() if line.startswith(("Ana", "Ben", "dee"))] == [
        "overloaded",
        "underloaded",
        "in",
    ]
    assert done.out.endswith(
        "The mean is 127.5 h: overloaded is above 115 % of it, underloaded below 85 %.\n"
    )


def test_a_long_list_is_cut_short_and_says_so(tocsin, team):
    team.write_text(FILE.replace("    cover: ", "    # cover: "), encoding="utf-8")
    done = tocsin("coverage", team, "--schedule", "office", "--from", "2026-01-05T09:00Z", "--days", "30")
    assert "office: 23 gaps, 544 h, that nobody declared\n" in done.out
    assert "    Mon 2026-01-05 18:00  +09:00  15h\n" in done.out  # the clock of the schedule
    assert "    Tue 2026-01-06 17:00  +09:00  16h\n" in done.out
    assert "    and 11 more: --json lists all of them\n" in done.out
    assert "add to schedules.office the hours" in done.out


def test_as_json_everything_is_there_with_the_offset_of_each_schedule(tocsin, team):
    done = tocsin("coverage", team, *RANGE, "--json")
    assert list(done.json) == ["from", "to", "schedules", "people", "mean_hours", "judged"]
    assert (done.json["from"], done.json["to"]) == ("2026-01-05T09:00:00+00:00", "2026-01-19T09:00:00+00:00")
    primary, office = done.json["schedules"]
    assert primary == {
        "schedule": "primary",
        "gaps": [
            {"start": "2026-01-05T09:00:00+00:00", "end": "2026-01-05T12:00:00+00:00", "declared": False}
        ],
        "gap_hours": {"accidental": 3.0, "declared": 0.0},
        "unreachable": [
            {"user": "dee", "start": "2026-01-12T12:00:00+00:00", "end": "2026-01-13T09:00:00+00:00"},
            {"user": "dee", "start": "2026-01-16T09:00:00+00:00", "end": "2026-01-19T09:00:00+00:00"},
        ],
        "only_email": [],
        "delegates_away": [
            {
                "user": "ana",
                "delegate": "ben",
                "start": "2026-01-14T00:00:00+00:00",
                "end": "2026-01-16T00:00:00+00:00",
            }
        ],
    }
    assert office["gap_hours"] == {"accidental": 0.0, "declared": 256.0}
    assert office["gaps"][0] == {
        "start": "2026-01-05T18:00:00+09:00",
        "end": "2026-01-06T09:00:00+09:00",
        "declared": True,
    }
    assert [row["user"] for row in office["only_email"]] == ["chi"] * 10
    assert done.json["people"][2] == {
        "user": "ben",
        "name": "Ben Okafor",
        "hours": 81.0,
        "share": 73.2,
        "night_hours": 27.0,
        "weekend_hours": 0.0,
        "holiday_hours": 0.0,
        "shifts": 2,
        "longest_hours": 72.0,
        "remark": "stands in",
    }
    assert (done.json["mean_hours"], done.json["judged"]) == (110.67, False)


def test_the_balance_as_csv_has_two_decimals(tocsin, team):
    done = tocsin("coverage", team, *RANGE, "--csv")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:4] == [
        "user,name,hours,share,night_hours,weekend_hours,holiday_hours,shifts,longest_hours,remark",
        "ana,Ana Souza,159.00,143.7,50.00,48.00,0.00,1,159.00,",
        "dee,dee,93.00,84.0,32.00,48.00,0.00,2,72.00,",
        "ben,Ben Okafor,81.00,73.2,27.00,0.00,0.00,2,72.00,stands in",
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ('Ana "the = sign", Souza', 'Ana "the = sign", Souza'),
        ("O'Hara", "O'Hara"),
    ],
)
def test_no_spreadsheet_takes_a_name_for_a_formula(tocsin, tmp_path, name, cell):
    file = tmp_path / "tocsin.yaml"
    quoted = name.replace('"', '\\"')
    file.write_text(SMALL.replace("name: Ana Souza", f'name: "{quoted}"'), encoding="utf-8")
    [row] = csv.DictReader(io.StringIO(tocsin("coverage", file, *RANGE, "--csv").out))
    assert (row["user"], row["name"], row["hours"], row["share"]) == ("ana", cell, "336.00", "100.0")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_begins_a_formula_is_disarmed_even_where_no_name_can_have_it(start):
    assert _cell("name", f"{start}1") == f"'{start}1"


def test_strict_ends_with_1_for_a_gap_that_nobody_declared_or_a_shift_out_of_reach(tocsin, team):
    def code(text: str, *more: str) -> int:
        team.write_text(text, encoding="utf-8")
        return tocsin("coverage", team, "--strict", *more).code

    later = ("--from", "2026-01-05T12:00Z", "--days", "14")
    in_reach = FILE.replace("dee: {}", 'dee: {contacts: {mobile: "+12025550104"}}')
    assert code(FILE, *RANGE) == 1
    assert code(FILE, *later) == 1  # dee is out of reach
    assert code(in_reach, *RANGE) == 1  # three hours with nobody
    for form in ((), ("--json",), ("--csv",)):
        assert code(in_reach, *later, *form) == 0  # declared gaps and e-mail alone may be meant
        assert code(FILE, *later, *form) == 1
    assert code(FILE, "--schedule", "office", *later) == 0


def test_schedules_are_those_that_are_asked_about_each_once(tocsin, team):
    asked = ("--schedule", "office", "--schedule", "primary", "--schedule", "office")
    names = [row["schedule"] for row in tocsin("coverage", team, *asked, *RANGE, "--json").json["schedules"]]
    assert names == ["office", "primary"]
    one = tocsin("coverage", team, "--schedule", "office", *RANGE, "--json").json
    assert [row["user"] for row in one["people"]] == ["chi"]


def test_an_unknown_schedule_is_refused_with_the_known_ones(tocsin, team):
    done = tocsin("coverage", team, "--schedule", "offise", *RANGE)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "tocsin: there is no schedule named 'offise' (did you mean 'office'?); there are: office, primary\n"
    )


def test_a_configuration_without_schedules_is_refused(tocsin, tmp_path):
    file = tmp_path / "tocsin.yaml"
    file.write_text("version: 1\n", encoding="utf-8")
    done = tocsin("coverage", file)
    assert (done.code, done.out) == (2, "")
    assert done.err == "tocsin: the configuration has no schedule to look at: add one under schedules\n"


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "3661", "ninety", "²"])
def test_a_number_of_days_that_is_none_is_refused(tocsin, team, days):
    done = tocsin("coverage", team, f"--days={days}")
    assert (done.code, done.out) == (2, "")
    assert f"argument --days: '{days}' is no number of days: write 1 to 3660, such as 90" in done.err


def test_there_is_one_form_at_a_time(tocsin, team):
    done = tocsin("coverage", team, "--csv", "--json")
    assert done.code == 2
    assert "not allowed with" in done.err


def test_without_a_range_it_is_the_90_days_from_now(tocsin, ready):
    done = tocsin("coverage", ready, "--json").json
    assert done["people"][0]["hours"] == 2160.0
    assert done["schedules"][0]["gaps"] == []


@pytest.mark.parametrize("start", ["0002-01-01T00:00Z", "9998-12-30T00:00Z"])
def test_even_the_edges_of_the_calendar_have_an_answer(tocsin, ready, start):
    for form in ((), ("--json",), ("--csv",)):
        assert tocsin("coverage", ready, "--from", start, *form).code == 0


def test_far_over_the_edge_of_the_calendar_it_is_a_sentence(tocsin, ready):
    done = tocsin("coverage", ready, "--from", "9998-12-30T00:00Z", "--days", "3660")
    assert (done.code, done.out) == (2, "")
    assert done.err == "tocsin: this runs over the edge of the calendar: choose another time\n"
