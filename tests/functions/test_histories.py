"""Histories of the whole system on the DynamoDB store: what holds on its twin in memory holds here, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.history import play
from tests.simulation.store import Witnessed
from tests.simulation.telling import tell
from tocsin.store.dynamo import DynamoStore


class DynamoWorld(Witnessed, DynamoStore):
    """The one store of a history, on DynamoDB."""


@pytest.mark.parametrize("seed", range(100, 112))
def test_a_history_on_dynamodb(new_table: Callable[[], str], seed: int) -> None:
    played = play(seed, store=DynamoWorld(new_table()))
    assert not played.found, tell(played)


@pytest.mark.parametrize("seed", range(8))
def test_a_history_is_the_same_on_both_stores(new_table: Callable[[], str], seed: int) -> None:
    assert tell(play(seed, store=DynamoWorld(new_table()))) == tell(play(seed))
