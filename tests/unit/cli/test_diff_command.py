"""`tocsin diff`: what a pull request changes, for whom, before anything is applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import write

#: A Thursday noon.
AT = "2026-11-26T12:00+00:00"

FILE = """\
version: 1
users:
  ana: {contacts: {mobile: "+5511955550100"}, notify: {high: [{via: sms}, {after: 2m, via: voice}]}}
  ben: {contacts: {mobile: "+447700900123"}, notify: {high: [{via: sms}, {after: 2m, via: voice}]}}
  chi: {contacts: {mobile: "+447700900124"}, notify: {high: [{via: sms}, {after: 2m, via: voice}]}}
schedules:
  primary:
    timezone: Europe/London
    layers: [{name: weekly, users: [ana, ben], starts: 2026-11-02T09:00, rotate: {unit: week}}]
policies:
  shop:
    steps:
      - {page: [{schedule: primary}], wait: 15m}
      - {page: [{user: chi}], wait: 15m}
    repeat: 1
    last_resort: [{user: ana}]
services:
  checkout: {policy: shop}
  payments: {policy: shop}
catch_all: checkout
"""


@pytest.fixture
def diff(tocsin, tmp_path: Path):
    """The output of `tocsin diff` between the file and the file with some words replaced."""

    def run(*replaced: tuple[str, str], options: tuple[str, ...] = ()):
        new = FILE
        for old, other in replaced:
            assert old in new
            new = new.replace(old, other)
        files = write(tmp_path / "old.yaml", FILE), write(tmp_path / "new.yaml", new)
        return tocsin("diff", *files, "--at", AT, *options)

    return run


@pytest.fixture
def paged(diff):
    """What `tocsin diff` says of those who are paged."""

    def run(*replaced: tuple[str, str]) -> str:
        done = diff(*replaced)
        assert done.code == 0
        return done.out[done.out.index("Who is paged otherwise") :].partition("\n")[2]

    return run


def test_services_with_the_same_change_are_told_once_with_its_times(paged):
    assert (
        paged(("users: [ana, ben]", "users: [ana, chi]"))
        == """\
  checkout, payments:
    step 1: ben (sms 0m) → chi (sms 0m)
      until Mon 2026-11-30 09:00; from Mon 2026-12-07 09:00 +00:00
"""
    )


def test_who_is_gone_who_is_new_and_who_is_paged_at_another_time(paged):
    both = "page: [{schedule: primary}, {user: chi}], wait: 5m"
    assert (
        paged(("page: [{schedule: primary}], wait: 15m", both))
        == """\
  checkout, payments:
    step 1: also chi (sms 0m)
      at any time
    step 2: chi 10m earlier
      at any time
    last resort: ana 20m earlier
      at any time
"""
    )
    assert (
        paged(("      - {page: [{user: chi}], wait: 15m}\n", ""))
        == """\
  checkout, payments:
    step 2: chi (sms 15m) → nobody
      at any time
    last resort: ana 30m earlier
      at any time
"""
    )


def test_rounds_and_the_last_resort_are_told(paged):
    assert "rounds: 2 → 1\n      at any time\n" in paged(("repeat: 1", "repeat: 0"))
    assert "last resort: ana (sms 1h) → ben (sms 1h)\n" in paged(
        ("last_resort: [{user: ana}]", "last_resort: [{user: ben}]")
    )


def test_a_branch_is_named(paged):
    critical = "{page: [{user: chi}], wait: 15m, when: {severity: [critical]}}"
    told = paged(("{page: [{user: chi}], wait: 15m}", critical))
    plain = "  checkout, payments (of no value that a branch names):\n"
    assert told.startswith(plain + "    step 2: chi (sms 15m) → nobody\n")
    assert "severity critical" not in told
    told = paged(("{page: [{user: chi}], wait: 15m}", critical.replace("user: chi", "user: ben")))
    assert "  checkout, payments (severity critical):\n    step 2: chi (sms 15m) → ben (sms 15m)\n" in told


def test_a_change_of_another_contact_alone_names_the_contact(paged):
    told = paged(
        ('{mobile: "+447700900124"}', '{mobile: "+447700900124", work: "+447700900125"}'),
        (
            '+447700900125"}, notify: {high: [{via: sms}',
            '+447700900125"}, notify: {high: [{via: sms, to: work}',
        ),
    )
    assert (
        "step 2: chi: sms to mobile 15m, voice to mobile 17m → sms to work 15m, voice to mobile 17m\n" in told
    )


def test_a_service_that_comes_or_goes_is_one_line(paged):
    assert (
        paged(("  payments: {policy: shop}", "  web: {policy: shop}"))
        == """\
  web: new, by policy shop: step 1 ben, ana; step 2 chi; last resort ana
  payments: gone, by policy shop: step 1 ben, ana; step 2 chi; last resort ana
"""
    )


OFFICE = 'rotate: {unit: week}, active: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]}'
#: Nobody is there at night any more.
NIGHTS = (("rotate: {unit: week}}", OFFICE), ("      - {page: [{user: chi}], wait: 15m}\n", ""))


def test_who_reaches_nobody_is_shouted_first(diff):
    done = diff(*NIGHTS)
    shout = done.out.index("!! NOBODY IS PAGED for checkout, payments:\n")
    assert shout < done.out.index("Who is paged otherwise")
    assert "      Thu 2026-11-26 17:00 → Fri 2026-11-27 09:00; " in done.out[shout:]
    assert "and 7 more times, 10d 16h in all\n!! Name somebody who is always there" in done.out[shout:]


def test_what_reached_nobody_before_is_shouted_as_well(tocsin, tmp_path):
    text = FILE
    for old, new in NIGHTS:
        text = text.replace(old, new)
    file = write(tmp_path / "same.yaml", text)
    done = tocsin("diff", file, file, "--at", AT, "--exit-code")
    assert done.code == 0
    assert "!! NOBODY IS PAGED for checkout, payments (as before):" in done.out
    assert "Nobody is paged otherwise in the 14 days from Thu 2026-11-26 12:00 +00:00." in done.out


def test_where_nobody_is_paged_otherwise_one_line_says_so(diff):
    assert diff().out == "Nobody is paged otherwise in the 14 days from Thu 2026-11-26 12:00 +00:00.\n"
    done = diff(("catch_all: checkout", "catch_all: payments"), options=("--exit-code",))
    assert done.code == 0
    assert done.out.startswith("~ catch_all payments: checkout → payments\n\nNobody is paged otherwise")


def test_exit_code_says_whether_somebody_is_paged_otherwise(diff):
    change = ("repeat: 1", "repeat: 0")
    assert diff(change).code == 0
    assert diff(change, options=("--exit-code",)).code == 1
    assert diff(change, options=("--exit-code", "--json")).code == 1


def test_json_has_every_page_and_every_time(diff):
    told = diff(("[{user: chi}]", "[{user: ben}]"), options=("--json",)).json
    assert told["objects"][0]["name"] == "shop"
    assert (told["from"], told["to"]) == ("2026-11-26T12:00:00+00:00", "2026-12-10T12:00:00+00:00")
    assert [row["service"] for row in told["paged"]] == ["checkout", "payments"]
    span = told["paged"][0]["spans"][0]
    assert span["start"] == told["from"]
    page = {"after_seconds": 900, "round": 1, "step": 2, "user": "chi", "via": "sms", "contact": "mobile"}
    assert page in span["old"]["pages"]
    assert page | {"user": "ben"} in span["new"]["pages"]
    assert told["nobody"] == []
    night = diff(*NIGHTS, options=("--json",)).json["nobody"][0]
    assert night["service"] == "checkout"
    assert night["spans"] == night["new_spans"]
    assert night["spans"][0] == {"start": "2026-11-26T17:00:00+00:00", "end": "2026-11-27T09:00:00+00:00"}


def test_one_of_the_two_may_be_standard_input(tocsin, tmp_path):
    file = write(tmp_path / "new.yaml", FILE)
    done = tocsin("diff", "-", file, "--at", AT, stdin=FILE.replace("repeat: 1", "repeat: 0").encode())
    assert "rounds: 1 → 2" in done.out
    done = tocsin("diff", "-", "-")
    assert done.code == 2
    assert "not both" in done.err


def test_a_file_that_is_wrong_is_named(tocsin, tmp_path):
    done = tocsin(
        "diff",
        write(tmp_path / "old.yaml", FILE),
        write(tmp_path / "new.yaml", FILE.replace("shop:", "shap:")),
    )
    assert done.code == 2
    assert "new.yaml:" in done.err
