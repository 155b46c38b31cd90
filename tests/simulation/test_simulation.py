"""The simulation itself: a seed is one history, what goes wrong is shrunk and told, and every sabotage still fits."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import commands, invariants
from tests.simulation.cloud import Cloud
from tests.simulation.dice import Dice
from tests.simulation.history import Played, play
from tests.simulation.kernel import Died, Kernel, Process, us
from tests.simulation.races import AT
from tests.simulation.sabotage import ROOT, Sabotage
from tests.simulation.sabotages import ALL
from tests.simulation.shrinking import shrink
from tests.simulation.telling import tell
from tests.simulation.weather import COSTS, Weather


def whole(played: Played) -> str:
    return tell(played)


@pytest.mark.parametrize("seed", [3, 11, 58])
def test_a_seed_is_one_history_to_the_letter(seed: int) -> None:
    assert whole(play(seed)) == whole(play(seed))


def test_another_seed_is_another_history() -> None:
    assert whole(play(3)) != whole(play(4))


def test_what_is_taken_out_of_a_history_does_not_happen_in_it() -> None:
    played = play(7)
    faults = {name for name in played.happened if name.startswith(("crash:", "busy:", "conflict:"))}
    assert len(faults) > 10
    without = play(7, frozenset(faults))
    assert not faults & set(without.happened)


def test_chance_asked_for_by_name_does_not_depend_on_what_else_was_asked() -> None:
    dice, other = Dice(1), Dice(1)
    other.roll("something else")
    assert [dice.roll(name) for name in "abc"] == [other.roll(name) for name in "abc"]
    assert all(0 <= dice.roll(f"{index}") < 1 for index in range(1000))
    assert dice.roll("a") != Dice(2).roll("a")


def test_a_history_that_goes_wrong_is_shrunk_to_what_matters_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page that was ever refused is wrong, for the sake of this test."""

    def nobody_refuses(cloud: Cloud) -> list[str]:
        return [f"{fault.where} was refused" for fault in cloud.weather.faults if fault.kind == "refused"]

    monkeypatch.setattr(invariants, "CHECKS", (nobody_refuses,))
    seed = next(seed for seed in range(100) if len(play(seed).found) > 3)
    large = play(seed)
    small = shrink(large)
    assert len(small.found) == 1
    assert len(small.happened) * 3 < len(large.happened), small.happened
    told = whole(small)
    assert f"History {seed}" in told
    assert "WRONG  nobody_refuses" in told


@pytest.mark.parametrize("sabotage", ALL, ids=lambda sabotage: sabotage.name)
def test_every_sabotage_still_fits_the_code(sabotage: Sabotage) -> None:
    assert sabotage.applied() != sabotage.path.read_text()
    ast.parse(sabotage.applied())


def test_a_sabotage_knows_all_its_names_so_that_it_breaks_a_promise_and_not_the_program(
    tmp_path: Path,
) -> None:
    for index, one in enumerate(ALL):
        (tmp_path / f"sabotage_{index}.py").write_text(one.applied())
    ruff = str(Path(sys.executable).with_name("ruff"))
    undefined = [ruff, "check", "--isolated", "--select", "F821,F823", "--output-format", "concise"]
    looked = subprocess.run([*undefined, str(tmp_path)], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_there_are_sabotages_enough_and_none_twice() -> None:
    assert len(ALL) >= 30
    assert len({one.name for one in ALL}) == len({(one.file, one.old, one.new) for one in ALL}) == len(ALL)


def test_a_sabotage_is_noticed() -> None:
    index = next(
        index for index, one in enumerate(ALL) if one.name == "pages are marked sent before they are"
    )
    run = [sys.executable, "-m", "tests.simulation", "sabotaged", str(index), "--most", "20"]
    path = f"{ROOT}/layers/core/python:{ROOT}/cli:{ROOT}"
    ended = subprocess.run(
        run, cwd=ROOT, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "every_due_page_reaches_its_carrier" in ended.stdout


def test_a_command_that_finds_nothing_wrong_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.tell_one(3, whole=False) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_a_process_ends_at_its_deadline_and_what_is_in_flight_still_lands() -> None:
    kernel = Kernel(AT)
    landed: list[int] = []
    ended: list[bool] = []

    def body() -> None:
        process.rest(us(40), lambda: landed.append(kernel.now))
        raise AssertionError("nobody comes here")

    process = Process(kernel, "slow", body, lambda how: ended.append(how.died), timeout=30)
    process.begin()
    kernel.run()
    assert (ended, landed, process.gone) == ([True], [us(40)], True)


def test_a_death_is_no_exception_that_somebody_could_catch() -> None:
    assert not issubclass(Died, Exception)


def test_every_kind_of_fault_has_its_cost() -> None:
    kinds = {kind for seed in range(300) for kind in Weather(Dice(seed)).rates}
    assert kinds <= set(COSTS)
    assert len(kinds) >= 15
