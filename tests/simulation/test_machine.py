"""The state machine's own definition, run as Step Functions runs it.

Source: Step Functions Developer Guide, "Wait", "Task", "Error handling", and the API's StartExecution.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulation.dice import Dice
from tests.simulation.kernel import SECOND, Ended, Kernel, us
from tests.simulation.machine import Machine
from tests.simulation.weather import Weather

BEGIN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Answer = Callable[[dict[str, Any]], Ended]


class Account:
    """A state machine whose task answers as told. ``asked`` says when it was asked, in seconds, and with what."""

    def __init__(self, answer: Answer) -> None:
        self.kernel = Kernel(BEGIN)
        weather = Weather(Dice(0))
        weather.rates = {}
        self.asked: list[tuple[float, dict[str, Any]]] = []
        self.answer = answer
        self.machine = Machine(self.kernel, Dice(0), weather, self.invoke)

    def invoke(self, name: str, payload: dict[str, Any], done: Callable[[Ended], None]) -> None:
        self.asked.append((self.kernel.now / SECOND, payload))
        done(self.answer(payload))

    def run(self, seconds: float) -> None:
        self.kernel.run(us(seconds))


def over(payload: dict[str, Any]) -> Ended:
    return Ended({"incident": payload["incident"], "due": payload["due"], "again": False})


def start(account: Account, due: str = "2026-11-23T02:00:10Z", name: str = "one") -> None:
    account.machine.start(name, f'{{"incident": "1001", "due": "{due}"}}')


def test_it_waits_until_the_instant_and_never_wakes_before() -> None:
    account = Account(over)
    start(account)
    account.run(9.999)
    assert account.asked == []
    account.run(12)
    ((at, payload),) = account.asked
    assert 10 <= at < 11
    assert payload == {
        "incident": "1001",
        "due": "2026-11-23T02:00:10Z",
        "clock": "one",
        "started": "2026-11-23T02:00:00+00:00",
    }
    assert account.machine.executions["one"].over


def test_an_instant_that_is_past_is_no_wait_at_all() -> None:
    account = Account(over)
    start(account, "2026-11-23T01:00:00Z")
    account.run(1)
    assert len(account.asked) == 1


def test_it_waits_again_for_as_long_as_it_is_told_to() -> None:
    dues = iter(("2026-11-23T02:00:20Z", "2026-11-23T02:00:40Z", ""))

    def answer(payload: dict[str, Any]) -> Ended:
        due = next(dues)
        return Ended({"incident": payload["incident"], "due": due or payload["due"], "again": bool(due)})

    account = Account(answer)
    start(account)
    account.run(60)
    assert [int(at) for at, _ in account.asked] == [10, 20, 40]
    assert account.machine.executions["one"].over


@pytest.mark.parametrize("failure", [Ended(error=OSError("throttled")), Ended(died=True)])
def test_a_task_that_fails_is_tried_again_soon_and_never_later_than_half_a_minute(failure: Ended) -> None:
    left = [20]

    def answer(payload: dict[str, Any]) -> Ended:
        left[0] -= 1
        return failure if left[0] else over(payload)

    account = Account(answer)
    start(account)
    account.run(900)
    waits = [later - at for (at, _), (later, _) in zip(account.asked, account.asked[1:], strict=False)]
    assert len(waits) == 19
    assert all(wait <= min(30, 2**index) for index, wait in enumerate(waits))
    assert account.machine.executions["one"].over


def test_the_same_name_with_the_same_input_is_the_same_execution_and_with_another_is_refused() -> None:
    account = Account(over)
    start(account)
    start(account)
    with pytest.raises(ValueError, match="another input"):
        start(account, "2026-11-23T02:00:11Z")
    account.run(60)
    assert len(account.asked) == 1
