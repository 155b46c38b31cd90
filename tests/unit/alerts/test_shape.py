from __future__ import annotations

from datetime import UTC, datetime

from tocsin.alerts.event import JSON, Action, AlertEvent, Link, Parsed, Severity
from tocsin.alerts.shape import EVENT_MAX, KEY_MAX, fit, short_key

AT = datetime(2026, 11, 23, tzinfo=UTC)


def parsed(
    details: dict[str, JSON] | None = None,
    title: str = "t",
    key: str = "k",
    raw: str | None = None,
    links: tuple[Link, ...] = (),
) -> Parsed:
    return Parsed(
        Action.TRIGGER,
        key,
        title,
        Severity.INFO,
        AT,
        details=details or {},
        raw=raw,
        links=links,
        parsed=raw is None,
    )


def size(one: Parsed) -> int:
    return len(AlertEvent("0" * 32, "integration", "generic", AT, one).to_json())


def test_an_ordinary_event_is_left_as_it_is() -> None:
    assert fit(parsed({"a": [1, {"b": 2}]})) == parsed({"a": [1, {"b": 2}]})


def test_a_huge_detail_is_cut_and_the_others_stay() -> None:
    small = fit(parsed({"host": "db1", "log": "x" * 400_000, "code": 3}))
    assert size(small) <= EVENT_MAX
    assert small.details["host"] == "db1"
    assert str(small.details["log"]).startswith("xxx")
    assert "cut: the whole has 400000 characters" in str(small.details["log"])


def test_a_huge_nested_detail_is_cut_to_text() -> None:
    small = fit(parsed({"rows": ["\x00" * 100] * 4_000}))
    assert size(small) <= EVENT_MAX
    assert str(small.details["rows"]).startswith('["')


def test_too_many_details_are_counted() -> None:
    small = fit(parsed({f"n{index}": "v" * 50 for index in range(10_000)}))
    assert size(small) <= EVENT_MAX
    kept = len(small.details) - 1
    assert kept > 1000
    assert small.details["left out"] == f"{10_000 - kept} of 10000 details"


def test_a_detail_with_a_huge_name_is_left_out() -> None:
    small = fit(parsed({"n" * 300_000: 1, "host": "db1"}))
    assert small.details == {"host": "db1", "left out": "1 of 2 details"}


def test_everything_at_its_worst_still_fits_the_queue() -> None:
    links = tuple(Link(f"https://example.com/{index}/" + "x" * 2000, "ü" * 120) for index in range(40))
    worst = fit(
        parsed(
            {"a": "\x01" * 500_000},
            title="\U0001f525" * 5_000,
            key="\x02" * 5_000,
            raw="\x03" * 500_000,
            links=links,
        )
    )
    assert size(worst) <= EVENT_MAX
    assert worst.details


def test_two_long_keys_that_begin_alike_stay_two() -> None:
    first, second = short_key("k" * 600 + "a"), short_key("k" * 600 + "b")
    assert first != second
    assert len(first) == len(second) == KEY_MAX
    assert short_key("k" * KEY_MAX) == "k" * KEY_MAX
    assert short_key(first) == first


def test_a_title_is_one_clean_line() -> None:
    assert fit(parsed(title=" a\n\x07b ")).title == "a b"
    assert fit(parsed(title="\x00")).title == "(no title)"
