"""The escalation state machine: its own definition, run as Step Functions would.

Only what the definition uses is known here; a state or a field beyond that fails at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.simulation.dice import Dice
from tests.simulation.kernel import Ended, Kernel, us
from tests.simulation.weather import Weather

DEFINITION = Path(__file__).parents[2] / "statemachines" / "escalation.asl.json"

Invoke = Callable[[str, dict[str, Any], Callable[[Ended], None]], None]


@cache
def definition() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(DEFINITION.read_text())
    return known


@dataclass(slots=True)
class Execution:
    name: str
    started: datetime
    input: str
    wakes: int = 0
    #: When it woke last, as the kernel counts time.
    woken: int = 0
    over: bool = False


@dataclass(slots=True)
class Machine:
    """All executions. Once ``still``, none wakes any more."""

    kernel: Kernel
    dice: Dice
    weather: Weather
    invoke: Invoke
    executions: dict[str, Execution] = field(default_factory=dict)
    still: bool = False

    def start(self, name: str, text: str) -> None:
        """StartExecution: the same name with the same input is the same execution. Raises ValueError for another."""
        known = self.executions.get(name)
        if known is not None:
            if known.input != text:
                raise ValueError(f"an execution {name} exists with another input")
            return
        one = self.executions[name] = Execution(name, self.kernel.instant(), text)
        self._enter(one, definition()["StartAt"], json.loads(text))

    def _enter(self, one: Execution, name: str, data: Any) -> None:
        state = definition()["States"][name]
        match state["Type"]:
            case "Wait":
                self._wait(one, state, data)
            case "Task":
                self._task(one, state, data, 0)
            case "Choice":
                self._enter(one, self._chosen(state, data), data)
            case "Succeed":
                one.over = True
            case other:
                raise AssertionError(f"the simulation knows no state of type {other}")

    def _wait(self, one: Execution, state: dict[str, Any], data: Any) -> None:
        due = datetime.fromisoformat(_at(state["TimestampPath"], data).replace("Z", "+00:00"))
        at = max(self.kernel.since(due), self.kernel.now)
        where = f"{one.name} wake {one.wakes}"
        if self.weather.strikes("dropped wake", where, at):
            return
        wait = us(self.dice.between(f"{where}/jitter", 0.02, 0.4))
        if self.weather.strikes("late", where, at):
            wait += us(self.dice.between(f"{where}/late", 1, 45))
        self.kernel.at(at + wait, lambda: self._enter(one, state["Next"], data))

    def _task(self, one: Execution, state: dict[str, Any], data: Any, tries: int) -> None:
        if self.still:
            return
        if tries == 0:
            one.wakes += 1
        one.woken = self.kernel.now
        around = {"Execution": {"Name": one.name, "StartTime": one.started.isoformat()}}
        payload = {
            key.removesuffix(".$"): _at(path[1:], around) if path.startswith("$$") else _at(path, data)
            for key, path in state["Parameters"]["Payload"].items()
        }
        where = f"escalate({one.name} wake {one.wakes})#{tries + 1}"

        def ended(how: Ended) -> None:
            if how.well:
                self._enter(one, state["Next"], _at(state["OutputPath"], {"Payload": how.answer}))
            else:
                self._again(one, state, data, tries, where)

        if self.weather.strikes("throttled", where, self.kernel.now):
            self._again(one, state, data, tries, where)
        else:
            self.invoke(where, payload, ended)

    def _again(self, one: Execution, state: dict[str, Any], data: Any, tries: int, where: str) -> None:
        (retry,) = state["Retry"]
        if retry["ErrorEquals"] != ["States.ALL"] or tries >= retry["MaxAttempts"]:
            raise AssertionError(f"{one.name} gave up after {tries} tries")
        longest = min(retry["MaxDelaySeconds"], retry["IntervalSeconds"] * retry["BackoffRate"] ** tries)
        low = 0.0 if retry["JitterStrategy"] == "FULL" else longest
        wait = self.dice.between(f"{where}/backoff", low, longest)
        self.kernel.later(wait, lambda: self._task(one, state, data, tries + 1))

    @staticmethod
    def _chosen(state: dict[str, Any], data: Any) -> str:
        for choice in state["Choices"]:
            if _at(choice["Variable"], data) is choice["BooleanEquals"]:
                return str(choice["Next"])
        return str(state["Default"])


def _at(path: str, data: Any) -> Any:
    """A path like ``$.due``."""
    for word in path.split(".")[1:]:
        data = data[word]
    return data
