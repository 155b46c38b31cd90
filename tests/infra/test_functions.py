"""What every function promises: one small file, and nothing imported that a page must wait for."""

from __future__ import annotations

import importlib.util

import pytest

from tests.infra.conftest import FUNCTIONS, ROOT, Run

LINES = 60

#: Each costs a cold start tens to hundreds of milliseconds, or is not in the layer at all. (Powertools itself imports
#: its tracing module, which is small until somebody makes a Tracer: then it takes in the X-Ray SDK.)
FORBIDDEN = (
    "anyascii",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parameters",
    "aws_xray_sdk",
    "boto3",
    "icalendar",
    "jinja2",
    "pydantic",
    "requests",
    "ruamel",
    "tocsin_cli",
)

#: What a function asks for only at some of its events is loaded when one comes: nobody waits for it at its start.
LATER = {
    "triage": (
        "tocsin.config.compile",
        "tocsin.escalation.obey",
        "tocsin.store.configuration",
        "tocsin.store.feeds",
        "tocsin.store.messages",
        "tocsin.store.pages",
        "tocsin.store.people",
    ),
    "escalate": (
        "tocsin.alerts.event",
        "tocsin.config.compile",
        "tocsin.escalation.obey",
        "tocsin.store.configuration",
        "tocsin.store.feeds",
        "tocsin.store.messages",
        "tocsin.store.pages",
        "tocsin.store.people",
    ),
    "page": (
        "tocsin.config.compile",
        "tocsin.engine.notices",
        "tocsin.escalation.decide",
        "tocsin.paging.throttle",
        "tocsin.paging.verification",
        "tocsin.store.configuration",
        "tocsin.store.feeds",
        "tocsin.store.incidents",
        "tocsin.store.messages",
    ),
}

IMPORT = "import app; answer = {'handler': callable(app.handler), 'modules': sorted(sys.modules)}"


def test_every_function_of_the_paging_path_is_there():
    assert {"ingest", "triage", "escalate", "page", "reply", "react", "clock"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_one_small_file_with_nothing_beside_it(function: str):
    folder = ROOT / "functions" / function
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["app.py"]
    assert len((folder / "app.py").read_text().splitlines()) <= LINES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_from_the_layer_alone_and_nothing_slow(function: str, in_lambda: Run):
    found = in_lambda(IMPORT, function)
    assert found["handler"]
    assert "tocsin.edge" in found["modules"]
    slow = [name for name in found["modules"] if name.startswith(tuple(f"{bad}." for bad in FORBIDDEN))]
    assert [name for name in FORBIDDEN if name in found["modules"]] + slow == []


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "feeds"])
def test_no_other_function_waits_for_what_goes_where_a_stranger_says(function: str, in_lambda: Run):
    outside = ("tocsin.edge.fetching", "tocsin.edge.outside")
    assert [name for name in in_lambda(IMPORT, function)["modules"] if name in outside] == []


@pytest.mark.parametrize("function", LATER)
def test_a_function_starts_without_what_only_some_of_its_events_need(function: str, in_lambda: Run):
    modules = in_lambda(IMPORT, function)["modules"]
    assert [name for name in LATER[function] if name in modules] == []
    # A name that is nobody's would be missing for ever.
    assert [name for name in LATER[function] if importlib.util.find_spec(name) is None] == []


def test_a_slow_import_would_be_seen(in_lambda: Run):
    modules = in_lambda("import jinja2, aws_lambda_powertools.event_handler; answer = sorted(sys.modules)")
    assert {"jinja2", "aws_lambda_powertools.event_handler"} <= set(modules) & set(FORBIDDEN)
