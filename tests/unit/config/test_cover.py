"""Whether schedules hold what they promise: somebody there, who can be reached, and the load shared fairly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import small
from tests.unit.config.test_check import plans, windows
from tocsin.config.compile import compile_config
from tocsin.config.cover import Balance, Cover, examine, out_of_reach
from tocsin.config.facts import NO_FACTS, Facts
from tocsin.oncall.windows import in_windows

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
NUMBER = {"contacts": {"mobile": "+5511955550100"}}
MAIL = {"email": "x@example.com"}
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"days": WORKDAYS, "from": "09:00", "to": "17:00"}


def layer(*users: str | list[str], every: str = "1", unit: str = "day", **more: object) -> dict[str, Any]:
    return {
        "users": list(users),
        "starts": "2026-01-05T09:00",
        "rotate": {"every": every, "unit": unit},
        **more,
    }


def schedule(*layers: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"timezone": "UTC", "layers": list(layers), **more}


def looked_at(
    days: float, users: dict[str, Any] | None = None, facts: Facts = NO_FACTS, **schedules: dict[str, Any]
) -> tuple[list[Cover], Balance]:
    """Schedules of ana, ben, chi and dee, from Monday 09:00 on."""
    everybody = dict.fromkeys(("ana", "ben", "chi", "dee"), NUMBER) | (users or {})
    steps = {"shop": {"steps": [{"page": [{"user": "ana"}]}]}}
    config = compile_config(small(users=everybody, schedules=schedules, policies=steps), facts=facts)
    return examine(config, schedules, MONDAY, MONDAY + timedelta(days=days))


def told(rows: Any) -> list[tuple[str, str, str]]:
    """What each row says, and its times: "5 09:00" is the 5th of January."""
    return [
        (
            getattr(row, "user", "") or ("declared" if row.declared else "accidental"),
            f"{row.start:%-d %H:%M}",
            f"{row.end:%-d %H:%M}",
        )
        for row in rows
    ]


def test_without_cover_somebody_should_always_be_on_call():
    [cover], _ = looked_at(1, primary=schedule(layer("ana", active=[OFFICE])))
    assert told(cover.holes) == [("accidental", "5 17:00", "6 09:00")]
    assert cover.fails


def test_a_gap_outside_of_cover_is_declared_and_one_inside_is_not():
    wide = {"days": WORKDAYS, "from": "08:00", "to": "18:00"}
    [cover], _ = looked_at(1, primary=schedule(layer("ana", active=[OFFICE]), cover=[wide]))
    assert told(cover.holes) == [
        ("accidental", "5 17:00", "5 18:00"),
        ("declared", "5 18:00", "6 08:00"),
        ("accidental", "6 08:00", "6 09:00"),
    ]
    assert cover.fails
    [cover], _ = looked_at(1, primary=schedule(layer("ana", active=[OFFICE]), cover=[OFFICE]))
    assert told(cover.holes) == [("declared", "5 17:00", "6 09:00")]
    assert not cover.fails


def test_cover_is_on_the_clock_of_the_schedule():
    tokyo = {"timezone": "Asia/Tokyo", "layers": [], "cover": [{"from": "00:00", "to": "12:00"}]}
    [cover], _ = looked_at(1, primary=tokyo)
    assert told(cover.holes) == [
        ("declared", "5 09:00", "5 15:00"),
        ("accidental", "5 15:00", "6 03:00"),
        ("declared", "6 03:00", "6 09:00"),
    ]


def test_before_the_first_layer_starts_there_is_a_gap_like_any_other():
    [cover], _ = looked_at(1, primary=schedule({**layer("ana"), "starts": "2026-01-05T12:00"}))
    assert told(cover.holes) == [("accidental", "5 09:00", "5 12:00")]


def test_a_shift_of_somebody_whom_nothing_reaches_is_named_and_fails():
    [cover], _ = looked_at(3, {"ben": {}}, primary=schedule(layer("ana", "ben", ["ben", "chi"])))
    assert told(cover.unreachable) == [("ben", "6 09:00", "8 09:00")]  # two turns, and one shift
    assert cover.fails
    assert cover.only_email == ()


def test_a_shift_of_somebody_who_has_only_e_mail_is_a_note():
    [cover], _ = looked_at(3, {"ben": MAIL}, primary=schedule(layer("ana", "ben", "chi")))
    assert told(cover.only_email) == [("ben", "6 09:00", "7 09:00")]
    assert cover.unreachable == ()
    assert not cover.fails


def test_push_alone_reaches_nobody_before_it_is_registered():
    users = {
        "push": {**NUMBER, "notify": {"high": [{"via": "push"}]}},
        "none": {**NUMBER, "notify": {"high": []}},
        "mail": {**NUMBER, **MAIL, "notify": {"high": [{"via": "email"}]}},
        "all": {**NUMBER, **MAIL},
    }
    book = compile_config(small(users={"ana": NUMBER, **users})).book
    day = (MONDAY, MONDAY + timedelta(days=1))
    silent = {id: out_of_reach(book.users[id], *day) for id in users}
    assert silent == {"push": ([day], []), "none": ([day], []), "mail": ([], [day]), "all": ([], [])}


def test_somebody_on_call_is_out_of_reach_when_none_of_their_rules_applies():
    """Nobody is waked by a text that is due three minutes late, outside of the hours it is for."""
    rules = [{"after": "3m", "via": "sms", "during": "office_hours"}, {"via": "email", "during": "off_hours"}]
    ana = {**NUMBER, "office_hours": {"active": [OFFICE]}, "notify": {"high": rules[:1]}}
    [cover], _ = looked_at(1, {"ana": ana}, primary=schedule(layer("ana", "ben")))
    assert told(cover.unreachable) == [("ana", "5 16:57", "6 08:57")]
    assert cover.fails
    mailed = {**ana, **MAIL, "notify": {"high": rules}}
    [cover], _ = looked_at(1, {"ana": mailed}, primary=schedule(layer("ana", "ben")))
    assert told(cover.unreachable) == [("ana", "5 16:57", "5 17:00")]
    assert told(cover.only_email) == [("ana", "5 17:00", "6 08:57")]


def away(first: int, last: int, delegate: str | None = None) -> dict[str, Any]:
    """Days of January, the last one too."""
    row = {"from": f"2026-01-{first:02}", "to": f"2026-01-{last:02}"}
    return {**NUMBER, "away": [row | ({"delegate": delegate} if delegate else {})]}


def untaken(users: dict[str, Any], *layers: dict[str, Any], days: int = 4) -> list[tuple[str, str, str, str]]:
    [cover], _ = looked_at(days, users, primary=schedule(*layers))
    assert not cover.fails
    return [
        (one.user, one.delegate, f"{one.start:%-d %H:%M}", f"{one.end:%-d %H:%M}") for one in cover.untaken
    ]


def test_a_delegate_who_is_away_while_they_should_stand_in_is_named():
    users = {"ana": away(5, 9, "ben"), "ben": away(6, 7)}
    assert untaken(users, layer("ana")) == [("ana", "ben", "6 00:00", "8 00:00")]
    # Only where it matters: from the 6th to the 7th at 09:00 it is chi's turn.
    assert untaken(users, layer("ana", "chi")) == [
        ("ana", "ben", "6 00:00", "6 09:00"),
        ("ana", "ben", "7 09:00", "8 00:00"),
    ]
    assert untaken({"ana": away(5, 9, "ben")}, layer("ana")) == []


def test_it_is_the_last_delegate_in_the_row_who_should_be_there():
    users = {"ana": away(5, 9, "ben"), "ben": away(6, 7, "chi"), "chi": away(7, 8)}
    assert untaken(users, layer("ana")) == [("ana", "chi", "7 00:00", "8 00:00")]


def test_delegates_in_a_circle_take_nothing():
    users = {"ana": away(5, 9, "ben"), "ben": away(6, 7, "ana")}
    assert untaken(users, layer("ana")) == [("ana", "ben", "6 00:00", "8 00:00")]


def balance(days: float, facts: Facts = NO_FACTS, users: Any = None, **schedules: Any) -> Balance:
    return looked_at(days, users, facts, **schedules)[1]


def remarks(found: Balance) -> dict[str, tuple[float, float | None, str]]:
    hour = timedelta(hours=1)
    return {one.user.id: (one.load.total / hour, one.share, one.remark) for one in found.carriers}


def test_hours_on_several_schedules_are_added_up_and_the_most_come_first():
    found = balance(
        2, primary=schedule(layer("ana", "ben")), secondary=schedule(layer("chi", "ana", active=[OFFICE]))
    )
    assert list(remarks(found).items()) == [
        ("ana", (32, 150, "overloaded")),  # Monday, and Tuesday from 09:00 to 17:00
        ("ben", (24, 112.5, "")),
        ("chi", (8, 37.5, "underloaded")),
    ]
    assert found.mean == timedelta(hours=64) / 3


def override(user: str, minutes: int, instead: str) -> dict[str, str]:
    end = datetime(2026, 1, 5, 9) + timedelta(minutes=minutes)  # noqa: DTZ001
    return {"user": user, "from": "2026-01-05T09:00", "to": f"{end:%Y-%m-%dT%H:%M}", "for": instead}


def test_exactly_115_and_85_percent_of_the_mean_are_still_fair():
    rotation = layer("ana", "ben")
    fair = balance(2, primary=schedule(rotation, overrides=[override("ben", 216, "ana")]))
    assert remarks(fair) == {"ben": (27.6, 115, ""), "ana": (20.4, 85, "")}
    unfair = balance(2, primary=schedule(rotation, overrides=[override("ben", 217, "ana")]))
    assert [remark for _, _, remark in remarks(unfair).values()] == ["overloaded", "underloaded"]


def test_whoever_only_stands_in_is_named_so_and_does_not_move_the_mean():
    rotation = layer("ana", "ben")
    found = balance(2, primary=schedule(rotation, overrides=[override("chi", 60, "ana")]))
    assert remarks(found)["chi"] == (1, 100 * 1 / 23.5, "stands in")
    assert found.mean == timedelta(hours=23.5)


def test_people_in_the_layers_without_hours_appear_with_none():
    # The second layer always wins.
    found = balance(2, primary=schedule(layer("ana"), layer("ben")))
    assert remarks(found) == {"ben": (48, 200, "overloaded"), "ana": (0, 0, "underloaded")}


def test_layers_that_are_over_or_have_not_begun_have_no_part_in_it():
    past = {**layer("chi"), "starts": "2025-01-05T09:00", "until": "2026-01-05T09:00"}
    future = {**layer("dee"), "starts": "2026-01-07T09:00"}
    found = balance(2, primary=schedule(past, layer("ana", "ben"), future))
    assert list(remarks(found)) == ["ana", "ben"]
    assert found.short == ()


def test_in_too_short_a_range_nobody_is_judged():
    found = balance(1.5, primary=schedule(layer("ana", "ben", name="daily")))
    assert found.short == (("primary", "daily"),)
    assert remarks(found) == {"ana": (24, 100 * 24 / 18, ""), "ben": (12, 100 * 12 / 18, "")}


def test_without_any_hours_there_are_no_shares():
    nobody = {"name": "empty", "from": "2026-01-05T09:00", "to": "2026-01-07T09:00", "shifts": []}
    found = balance(2, primary=schedule(layer("ana"), temporary=[nobody]))
    assert remarks(found) == {"ana": (0, None, "")}
    assert balance(2, primary=schedule()) == Balance((), timedelta(0), ())


def test_a_delegates_hours_are_the_delegates():
    found = balance(2, users={"ana": away(5, 9, "ben")}, primary=schedule(layer("ana", "ben")))
    assert remarks(found) == {"ben": (48, 200, "overloaded"), "ana": (0, 0, "underloaded")}


def test_public_holidays_are_those_of_the_persons_country_on_their_own_clock():
    users = {
        # Days off are nobody's turn: ana is there by an override.
        "ana": {**NUMBER, "timezone": "America/Sao_Paulo", "holidays": "BR"},
        "ben": {**NUMBER, "holidays": "GB"},
    }
    facts = Facts({"BR": (date(2026, 1, 5),), "US": (date(2026, 1, 6),)})
    overrides = [override("ana", 24 * 60, "chi")]
    found = balance(2, facts, users, primary=schedule(layer("chi", "ben"), overrides=overrides))
    holidays = {one.user.id: one.load.holidays for one in found.carriers}
    # The 5th in São Paulo ends at 03:00 UTC. Britain's holidays are not among the facts; chi keeps none.
    assert holidays == {"ana": timedelta(hours=18), "ben": None, "chi": timedelta(0)}


@settings(max_examples=60, deadline=None)
@given(
    plans(),
    st.none() | st.lists(windows(), min_size=1, max_size=2),
    st.lists(st.integers(0, 20_159), max_size=9),
)
def test_every_instant_is_a_span_or_a_gap_that_is_declared_where_cover_says_so(document, cover, minutes):
    if cover is not None:
        document["schedules"]["one"]["cover"] = cover
    config = compile_config(document)
    start = datetime(2026, 11, 23, 2, tzinfo=UTC)
    end = start + timedelta(days=14)
    [found], carried = examine(config, ["one"], start, end)
    moments = {start + timedelta(minutes=minute) for minute in minutes} | {
        hole.start for hole in found.holes[:5]
    }
    for at in moments:
        [now], _ = examine(config, ["one"], at, at + timedelta(seconds=1))
        here = [hole for hole in found.holes if hole.start <= at < hole.end]
        assert len(here) == len(now.holes) <= 1
        if here:
            row = found.schedule
            assert here[0].declared is (row.cover is not None and not in_windows(row.cover, row.timezone, at))
    gaps = sum((hole.end - hole.start for hole in found.holes), timedelta(0))
    # One person a turn: whoever is on call and the gaps fill the range.
    assert gaps + sum((one.load.total for one in carried.carriers), timedelta(0)) == end - start
