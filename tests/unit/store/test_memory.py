from __future__ import annotations

import pytest

from tests.unit.store.contract import StoreContract
from tests.unit.store.samples import opening
from tocsin.store.memory import MemoryStore
from tocsin.store.ports import Store


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


def test_the_twin_says_how_often_each_thing_was_asked_of_it() -> None:
    store = MemoryStore()
    store.open_incident(opening(), None)
    store.incident(1042)
    store.incident(1042)
    store.mark_sent(1042, ())
    assert store.requests == {"open_incident": 1, "incident": 2}
