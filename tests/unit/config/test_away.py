"""Time off, public holidays, temporary schedules and handoffs, as the file says them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.unit.config.documents import small
from tocsin.config.away import countries
from tocsin.config.compile import compile_config
from tocsin.config.facts import Facts
from tocsin.escalation.model import HandoffRule, Target
from tocsin.escalation.targets import people_of
from tocsin.oncall.absences import Away
from tocsin.oncall.model import Carried, Shift, Temporary, Window
from tocsin.oncall.who import on_call

SAO_PAULO = "America/Sao_Paulo"  # three hours behind UTC


def team(ana: dict | None = None, **schedule: object) -> dict:
    row = {
        "timezone": "UTC",
        "layers": [
            {"name": "w", "users": ["ana", "ben"], "starts": "2026-01-05T09:00", "rotate": {"unit": "week"}}
        ],
        **schedule,
    }
    return small(users={"ana": ana or {}, "ben": {}, "chi": {}}, schedules={"primary": row})


def test_days_off_are_whole_days_of_the_persons_own_zone_and_the_last_one_is_off_too():
    away = [{"from": "2026-12-24", "to": "2026-12-26"}]
    book = compile_config(team({"timezone": SAO_PAULO, "away": away})).book
    assert book.away.rows == (
        Away("ana", datetime(2026, 12, 24, 3, tzinfo=UTC), datetime(2026, 12, 27, 3, tzinfo=UTC)),
    )
    assert book.schedules["primary"].away is book.away


def test_hours_off_end_when_they_say_and_may_have_a_delegate():
    away = [{"from": "2026-12-24T12:00", "to": "2026-12-24T18:00", "delegate": "chi"}]
    book = compile_config(team({"away": away})).book
    noon = datetime(2026, 12, 24, 12, tzinfo=UTC)
    assert book.away.rows == (Away("ana", noon, noon + timedelta(hours=6), "chi"),)


def test_public_holidays_are_days_off_as_they_were_known_at_the_apply():
    document = team({"timezone": SAO_PAULO, "holidays": "BR"})
    assert countries(document) == {"BR": ("users", "ana", "holidays")}
    assert compile_config(document).book.away.rows == ()
    facts = Facts({"BR": (date(2026, 1, 6), date(2026, 12, 25))})
    book = compile_config(document, facts=facts).book
    assert [row.start for row in book.away.rows] == [
        datetime(2026, 1, 6, 3, tzinfo=UTC),
        datetime(2026, 12, 25, 3, tzinfo=UTC),
    ]
    schedule = book.schedules["primary"]
    assert on_call(schedule, datetime(2026, 1, 6, 12, tzinfo=UTC)) == ("ben",)
    assert on_call(schedule, datetime(2026, 1, 7, 12, tzinfo=UTC)) == ("ana",)


def test_pages_follow_to_the_delegate_from_schedules_teams_and_names_alike():
    away = [{"from": "2026-01-05", "to": "2026-01-09", "delegate": "chi"}]
    document = team({"away": away}) | {"teams": {"t": ["ana", "ben"]}}
    book = compile_config(document).book

    def found(at: datetime) -> list[tuple[str, ...]]:
        targets = [Target("user", "ana"), Target("team", "t"), Target("schedule", "primary")]
        return [tuple(person.id for person in people_of((target,), book, at)) for target in targets]

    assert found(datetime(2026, 1, 6, 12, tzinfo=UTC)) == [("chi",), ("chi", "ben"), ("chi",)]
    assert found(datetime(2026, 1, 10, 12, tzinfo=UTC)) == [("ana",), ("ana", "ben"), ("ana",)]


def test_who_is_away_without_a_delegate_is_asked_by_name_all_the_same():
    book = compile_config(team({"away": [{"from": "2026-01-05", "to": "2026-01-09"}]})).book
    at = datetime(2026, 1, 6, 12, tzinfo=UTC)
    assert [person.id for person in people_of((Target("user", "ana"),), book, at)] == ["ana"]


def test_a_temporary_schedule_and_the_hours_to_be_covered():
    shifts = [{"user": "ben", "from": "2026-12-24T09:00", "to": "2026-12-25T09:00"}]
    row = {"name": "christmas", "from": "2026-12-24T09:00", "to": "2026-12-26T09:00", "shifts": shifts}
    cover = [{"days": ["mon"], "from": "09:00", "to": "17:00"}]
    schedule = compile_config(team(temporary=[row], cover=cover)).book.schedules["primary"]
    start, end = (datetime(2026, 12, day, 9) for day in (24, 26))  # noqa: DTZ001
    assert schedule.temporary == (
        Temporary("christmas", start, end, (Shift(("ben",), start, datetime(2026, 12, 25, 9)),)),  # noqa: DTZ001
    )
    assert schedule.cover == (Window(frozenset({0}), 540, 1020),)


def test_handoffs_are_told_by_mail_or_else_by_text_or_as_the_person_says():
    def rules(**user: object) -> tuple[HandoffRule, ...]:
        return compile_config(team(user)).book.users["ana"].handoff

    at_once = timedelta(0)
    assert rules(email="ana@example.com", contacts={"m": "+12025550100"}) == (HandoffRule(at_once, "email"),)
    assert rules(contacts={"m": "+12025550100"}) == (HandoffRule(at_once, "sms"),)
    assert rules() == ()
    assert rules(email="ana@example.com", notify={"handoff": []}) == ()
    told = [{"before": "1d", "via": "email"}, {"via": "sms", "to": "m"}]
    assert rules(email="a@example.com", contacts={"m": "+12025550100"}, notify={"handoff": told}) == (
        HandoffRule(timedelta(days=1), "email"),
        HandoffRule(at_once, "sms", "m"),
    )


def test_an_order_that_an_apply_carried_over_is_part_of_the_revision():
    def layer(order: tuple[int, ...]):
        facts = Facts(carried={"primary": {"w": Carried(3, order)}})
        return compile_config(team(), facts=facts).book.schedules["primary"].layers[0]

    assert layer((1, 0)).carried == Carried(3, (1, 0))
    assert layer((1, 0, 2)).carried is None
