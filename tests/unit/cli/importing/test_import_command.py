"""`tocsin import`: the file on standard output or in --out, the report on standard error, differences as rows."""

from __future__ import annotations

import json
from functools import partial

import pytest

from tests.unit.cli.importing.helpers import EXPORTS, load
from tests.unit.cli.running import tocsin as run
from tocsin.config.load import load_text

PAGERDUTY = (EXPORTS / "pagerduty-account.json", EXPORTS / "pagerduty-schedule.json")


@pytest.fixture
def tocsin(capsys, monkeypatch):
    return partial(run, capsys, monkeypatch=monkeypatch)


@pytest.fixture
def differing(tmp_path):
    """An export whose final schedule has somebody else on call for two hours."""
    export = load("pagerduty-schedule.json")
    export["schedule"]["overrides_subschedule"]["rendered_schedule_entries"] = []
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(export))
    return path


def test_the_file_is_on_standard_output_and_the_report_beside_it(tocsin):
    done = tocsin("import", "pagerduty", *PAGERDUTY)
    assert done.code == 0
    assert done.out.startswith("# Imported from PagerDuty. ")
    assert "payments-primary:  # schedule PI7DH85\n" in done.out
    assert load_text(done.out).document["catch_all"] == "checkout-api"
    assert done.err.startswith(
        "Imported from PagerDuty: 4 users, 1 schedule, 1 policy, 2 services, 3 integrations.\n"
    )
    for head in ("Exactly (", "Approximately (", "Not mapped (", "To check ("):
        assert f"\n{head}" in done.err
    assert "catch_all is checkout-api, the first service" in done.err
    assert done.err.endswith("Next: tocsin check tocsin.yaml\n")


@pytest.mark.parametrize("source", ["pagerduty", "opsgenie", "grafana-oncall", "goalert"])
def test_what_every_product_exports_agrees_with_its_own_shifts(tocsin, source, tmp_path):
    files = sorted(EXPORTS.glob(f"{source}*.json"))
    out = tmp_path / "tocsin.yaml"
    done = tocsin("import", source, *files, "--compare", "--out", out)
    assert done.code == 0
    assert ", 0 h differ" not in done.err
    assert " h agree, 0 h differ.\n" in done.out
    assert tocsin("check", out).code == 0


def test_the_same_export_gives_the_same_file(tocsin):
    assert tocsin("import", "pagerduty", *PAGERDUTY).out == tocsin("import", "pagerduty", *PAGERDUTY).out


def test_a_file_that_exists_is_overwritten_only_with_force(tocsin, tmp_path):
    out = tmp_path / "tocsin.yaml"
    out.write_text("mine")
    done = tocsin("import", "pagerduty", *PAGERDUTY, "--out", out)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"tocsin: {out} exists: name another file, or overwrite it with --force\n"
    assert out.read_text() == "mine"
    done = tocsin("import", "pagerduty", *PAGERDUTY, "--out", out, "--force")
    assert (done.code, done.out) == (0, "")
    assert out.read_text().startswith("# Imported")
    assert done.err.endswith(f"Next: tocsin check {out}\n")


def test_every_difference_is_a_row_in_the_schedules_zone(tocsin, differing, tmp_path):
    done = tocsin("import", "pagerduty", PAGERDUTY[0], differing, "--compare", "--out", tmp_path / "t.yaml")
    assert done.code == 1
    assert done.out == (
        "\npayments-primary, in Europe/London, Mon 2026-10-05 09:00 to Wed 2026-10-14 09:00:\n"
        "214 h agree, 2 h differ.\n"
        "from                          to                            for  PagerDuty   Tocsin\n"
        "Thu 2026-10-08 12:00  +01:00  Thu 2026-10-08 14:00  +01:00  2h   chi-tanaka  ana-souza\n"
    )


def test_without_out_the_comparison_does_not_disturb_the_file(tocsin, differing):
    done = tocsin("import", "pagerduty", PAGERDUTY[0], differing, "--compare")
    assert done.code == 1
    assert "users" in load_text(done.out).document
    assert "214 h agree, 2 h differ.\n" in done.err


def test_the_comparison_may_begin_later(tocsin, differing, tmp_path):
    times = ("--from", "2026-10-08T13:00+01:00")
    done = tocsin("import", "pagerduty", differing, "--compare", *times, "--out", tmp_path / "t.yaml")
    assert "139 h agree, 1 h differ.\n" in done.out
    done = tocsin("import", "pagerduty", differing, "--compare", "--from", "2027-01-01T00:00Z")
    assert (done.code, done.out) == (2, "")
    assert "holds no shifts to compare with after --from" in done.err


def test_as_json_there_is_the_file_the_report_and_the_comparison(tocsin, differing):
    done = tocsin("import", "pagerduty", PAGERDUTY[0], differing, "--compare", "--json")
    assert done.code == 1
    assert sorted(done.json) == ["comparisons", "out", "product", "report", "yaml"]
    assert load_text(done.json["yaml"]).document["version"] == "1"
    assert sorted(done.json["report"]) == ["approximate", "check", "exact", "missing"]
    assert {"kind": "user", "id": "PANA", "name": "Ana Souza", "became": "ana-souza"} in done.json["report"][
        "exact"
    ]
    (comparison,) = done.json["comparisons"]
    assert (comparison["hours_agree"], comparison["hours_differ"]) == (214, 2)
    assert comparison["differences"] == [
        {
            "start": "2026-10-08T12:00:00+01:00",
            "end": "2026-10-08T14:00:00+01:00",
            "theirs": ["chi-tanaka"],
            "ours": ["ana-souza"],
        }
    ]


def test_an_export_without_shifts_cannot_be_compared(tocsin):
    done = tocsin("import", "pagerduty", PAGERDUTY[0], "--compare")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "tocsin: the export holds no shifts to compare with: export them too,"
        " GET /schedules/{id}?since=…&until=… of each schedule\n"
    )


def test_what_is_not_in_the_export_is_named_with_how_to_get_it(tocsin):
    done = tocsin("import", "pagerduty", PAGERDUTY[1])
    assert (
        "  - the export has no services\n    → export them: GET /services?include[]=integrations\n"
        in done.err
    )


def test_exports_come_from_standard_input_too(tocsin):
    done = tocsin("import", "goalert", "-", stdin=(EXPORTS / "goalert.json").read_bytes())
    assert done.code == 0
    assert "platform:" in done.out


@pytest.mark.parametrize("arguments", [("import",), ("import", "pagerduty"), ("import", "nagios", "x.json")])
def test_wrong_usage_says_how_it_goes(tocsin, arguments):
    done = tocsin(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: tocsin import")


def test_a_missing_file_is_a_sentence(tocsin):
    done = tocsin("import", "pagerduty", "/nowhere/export.json")
    assert (done.code, done.err) == (2, "tocsin: No such file or directory: /nowhere/export.json\n")
