"""An export may hold anything: what is wrong is a sentence with file and place, never a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.cli.importing.helpers import EXPORTS, NOW, load
from tocsin_cli.errors import CommandError
from tocsin_cli.import_ import make
from tocsin_cli.importing import export as reading

SOURCES = {
    "pagerduty": ("pagerduty-account.json", "pagerduty-schedule.json"),
    "opsgenie": ("opsgenie-account.json", "opsgenie-timeline.json"),
    "grafana-oncall": ("grafana-oncall-account.json", "grafana-oncall-final-shifts.json"),
    "goalert": ("goalert.json",),
}

ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, "", 0, -1, 10**30, 1.5, True, [], {}, [None], [[]], {"id": None}, "x" * 300, "\ud800", "\u0000\u202e",
     "2026-01-05", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "Mars/Olympus", "+", "a@b", ["a"], {"nodes": 3}]
)  # fmt: skip


def paths(value, path=()):
    """The way to every value."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += paths(one, (*path, key))
    return found


EXPORTS_OF = {source: [load(name) for name in names] for source, names in SOURCES.items()}
PATHS_OF = {source: [paths(export) for export in exports] for source, exports in EXPORTS_OF.items()}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_in_an_export_gives_a_file_or_a_sentence(tmp_path, source, data):
    exports = copy.deepcopy(EXPORTS_OF[source])
    for _ in range(data.draw(st.integers(1, 3))):
        which = data.draw(st.integers(0, len(exports) - 1))
        path = data.draw(st.sampled_from(PATHS_OF[source][which]))
        _put(exports[which], path, data.draw(ODD), remove=data.draw(st.booleans()))
    files = []
    for number, export in enumerate(exports):
        files.append(str(tmp_path / f"{number}.json"))
        Path(files[-1]).write_text(json.dumps(export), encoding="utf-8")
    made = None
    try:
        made = make(source, files, NOW)
    except CommandError as error:
        told = str(error)
    if made is None:
        assert "please report it" not in told
        assert told.isprintable()
        return
    assert made.config.document["version"] == "1"
    made.text.encode("utf-8")
    "\n".join(made.draft.report.lines()).encode("utf-8", "backslashreplace")


def _put(export, path, value, *, remove):
    *way, last = path
    try:
        for key in way:
            export = export[key]
        if remove and isinstance(export, dict):
            export.pop(last, None)
        else:
            export[last] = value
    except (KeyError, IndexError, TypeError):
        return  # an earlier change took it away


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(SOURCES)), st.binary(max_size=200))
@example("pagerduty", b"[" * 100_000)
@example("goalert", b'{"data":' * 3000 + b"1" + b"}" * 3000)
@example("opsgenie", b"1" * 10_000)
@example("grafana-oncall", b"\xff\xfe")
@example("grafana-oncall", b"")
def test_what_is_no_export_is_refused(tmp_path, source, body):
    path = tmp_path / "x.json"
    path.write_bytes(body)
    with pytest.raises(CommandError) as error:
        make(source, [str(path)], NOW)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("source", "export", "words"),
    [
        ("pagerduty", {"users": 3}, ": users must be an object, is a number"),
        ("pagerduty", {"users": [3]}, ": users[0] must be an object, is a number"),
        ("pagerduty", {"users": [{"name": "Ana"}]}, ": users[0].id is missing"),
        ("pagerduty", {"users": [{"id": True}]}, ": users[0].id must be text, is true or false"),
        ("pagerduty", {"users": [{"id": "P", "email": ["a"]}]}, ": users[0].email must be text, is a list"),
        ("pagerduty", {"people": []}, ": is no export of this product: of its keys ('people') none is known"),
        (
            "pagerduty",
            [{"id": "P"}],
            ": [0] is not understood: nothing in it says what it is; put it under a key",
        ),
        (
            "pagerduty",
            {"schedule": {"id": "S", "time_zone": "Mars/Olympus", "schedule_layers": []}},
            ": schedule.time_zone is 'Mars/Olympus', which is not in the IANA database",
        ),
        (
            "pagerduty",
            {
                "schedule": {
                    "id": "S",
                    "time_zone": "UTC",
                    "schedule_layers": [{"start": "soon", "users": []}],
                }
            },
            ": schedule.schedule_layers[0].start must be a date and time, is 'soon'",
        ),
        (
            "opsgenie",
            {
                "schedules": [
                    {"id": "S", "timezone": "UTC", "rotations": [{"startDate": "2026-01-05T09:00:00"}]}
                ]
            },
            ": schedules[0].rotations[0].startDate must have an offset, such as Z, is '2026-01-05T09:00:00'",
        ),
        (
            "goalert",
            {"data": {"rotations": {"nodes": [{"id": 1}]}, "schedules": [{"id": 2, "targets": [{}]}]}},
            ": schedules[0].targets[0].target is missing",
        ),
        ("grafana-oncall", {"routes": []}, "there is nothing of Grafana OnCall in "),
    ],
)
def test_the_sentence_names_file_and_place(tmp_path, source, export, words):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(export))
    with pytest.raises(CommandError) as error:
        make(source, [str(path)], NOW)
    assert str(error.value).startswith((words, f"{path}{words}"))


def test_what_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(CommandError, match="is larger than 0 MiB: export less at a time"):
        make("goalert", [str(EXPORTS / "goalert.json")], NOW)


def test_a_thousand_namesakes_have_names_of_their_own(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"users": [{"id": f"P{number}", "name": "Ana"} for number in range(1000)]}))
    users = make("pagerduty", [str(path)], NOW).config.book.users
    assert len(users) == 1000
    assert list(users)[:3] == ["ana", "ana-2", "ana-3"]
