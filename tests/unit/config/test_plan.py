"""What a new configuration would change, in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE, SMALL, small
from tocsin.config.compile import compile_config
from tocsin.config.load import load_text
from tocsin.config.plan import Change, difference


def config(text):
    return compile_config(load_text(text).document)


def changed(old, new):
    return difference(compile_config(old), compile_config(new))


def test_the_first_configuration_adds_everything_in_the_order_of_the_sections():
    assert difference(None, config(SMALL)) == [
        Change("add", "user", "ana"),
        Change("add", "schedule", "primary"),
        Change("add", "policy", "shop"),
        Change("add", "service", "checkout"),
        Change("add", "integration", "prometheus"),
        Change("add", "catch_all", "checkout"),
    ]


def test_the_same_configuration_changes_nothing():
    assert difference(config(EXAMPLE), config(EXAMPLE)) == []


def test_another_way_to_write_the_same_is_no_change():
    written = SMALL.replace("wait: 10m", "wait: 600s").replace(
        "{policy: shop}", "{policy: shop, ack_timeout: 30m}"
    )
    assert difference(config(SMALL), config(written)) == []


def test_what_changes_is_told_with_its_key_and_both_values():
    new = (
        SMALL.replace("wait: 10m", "wait: 5m")
        .replace("name: Ana Souza", "name: Ana de Souza")
        .replace("users: [ana]", "users: [ana, ben], rotate: {unit: week}")
        .replace("users:\n", "users:\n  ben: {}\n", 1)
        .replace("catch_all: checkout", "")
        .replace(
            "{service: checkout, source: alertmanager}", "{service: checkout, source: generic, default: true}"
        )
    )
    assert difference(config(SMALL), config(new)) == [
        Change("add", "user", "ben"),
        Change("change", "user", "ana", "name: Ana Souza → Ana de Souza"),
        Change(
            "change",
            "schedule",
            "primary",
            "layers[0].users: [ana] → [ana, ben]; layers[0].rotate: {unit: week} added",
        ),
        Change("change", "policy", "shop", "steps[0].wait: 10m → 5m"),
        Change("change", "integration", "prometheus", "source: alertmanager → generic; default: true added"),
        Change("remove", "catch_all", "checkout"),
    ]


def test_a_removed_step_is_told_with_both_lists():
    def policy(*waits):
        steps = [{"page": [{"user": "ana"}], "wait": wait} for wait in waits]
        return small(policies={"shop": {"steps": steps}})

    assert changed(policy("1m", "2m"), policy("2m"))[0].detail == (
        "steps: [{page: [{user: ana}], wait: 1m}, {page: [{user: ana}], wait: 2m}] → [{page: [{user: ana}], wait: 2m}]"
    )


def test_another_order_of_contacts_is_a_change():
    def contacts(*names):
        return small(users={"ana": {"contacts": dict.fromkeys(names, "+5511955550100")}})

    assert changed(contacts("a", "b"), contacts("b", "a")) == [
        Change("change", "user", "ana", "another order")
    ]


def test_another_order_of_names_is_none():
    other = small()
    assert changed(other, dict(reversed(other.items()))) == []


def test_catch_all_may_move():
    services = {"checkout": {"policy": "shop"}, "search": {"policy": "shop"}}
    assert changed(small(services=services), small(services=services, catch_all="search")) == [
        Change("change", "catch_all", "search", "checkout → search")
    ]


TEAMS = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.sampled_from(["ana", "ben"]), unique=True, max_size=2)
)


@given(TEAMS, TEAMS)
def test_every_name_that_differs_is_told_once(one, other):
    users: dict[str, dict] = {"ana": {}, "ben": {}}
    told = changed(small(users=users, teams=one), small(users=users, teams=other))
    expected = {
        *(("add", name) for name in other.keys() - one.keys()),
        *(("remove", name) for name in one.keys() - other.keys()),
        *(("change", name) for name in one.keys() & other.keys() if one[name] != other[name]),
    }
    assert sorted((change.kind, change.name) for change in told) == sorted(expected)
