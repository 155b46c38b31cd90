"""What ``python -m tests.simulation`` does. What plays histories is imported late: a sabotage has to come before it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.sabotage import commit
from tests.simulation.sabotages import ALL

ROOT = Path(__file__).parents[2]
#: The history that noticed each sabotage: where to look first.
SEEDS = Path(__file__).with_name("sabotages") / "seeds.json"
_OURS = ("tocsin", "tocsin_cli", "tests", "functions", "local", "__main__")
#: Histories that a worker plays before it reports.
PORTION = 50
#: Seconds between two lines about how far it is.
PROGRESS = 10.0

Portion = tuple[int, Counter[str], list[tuple[int, str]]]


def play_many(histories: int, first: int, workers: int) -> int:
    """Plays histories of the seeds from ``first`` on, and tells the first that goes wrong. The exit code."""
    began = said = time.monotonic()
    sums: Counter[str] = Counter()
    done = 0
    portions = [
        range(start, min(start + PORTION, first + histories))
        for start in range(first, first + histories, PORTION)
    ]
    with get_context("spawn").Pool(workers) as pool:
        for count, figures, wrong in pool.imap_unordered(_portion, portions):
            done += count
            sums += figures
            now = time.monotonic()
            if wrong:
                pool.terminate()
                for seed, words in wrong:
                    print(f"  seed {seed}: {words}")
                return tell_one(wrong[0][0], whole=False)
            if now - said >= PROGRESS or done == histories:
                said = now
                print(
                    f"  {done:>9,} histories  {sums['effects']:>12,} effects  {sums['faults']:>10,} faults  "
                    f"{sums['fault: crash']:>8,} crashes  {done / (now - began):6.0f} a second",
                    flush=True,
                )
    _report(sums, done, time.monotonic() - began)
    return 0


def _portion(seeds: range) -> Portion:
    from tests.simulation.history import play

    sums: Counter[str] = Counter()
    for done, seed in enumerate(seeds):
        played = play(seed)
        sums += played.figures()
        if played.found:
            return done + 1, sums, [(seed, words) for words in played.found]
    return len(seeds), sums, []


def _report(sums: Counter[str], histories: int, seconds: float) -> None:
    print(f"\n  {histories:,} histories, none of which goes wrong, in {seconds:.0f} s. In them:\n")
    plain = [name for name in sums if not name.startswith("fault: ")]
    for name in (*plain, *sorted(name for name in sums if name.startswith("fault: "))):
        print(f"  {name:<28} {sums[name]:>14,}")


def tell_one(seed: int, whole: bool) -> int:
    """Plays one history. One that goes wrong is shrunk and told; 1 then, else 0."""
    from tests.simulation.history import play
    from tests.simulation.shrinking import shrink
    from tests.simulation.telling import tell

    played = play(seed)
    if whole or not played.found:
        print(
            tell(played)
            if whole
            else f"History {seed}: {played.figures()['effects']} effects, nothing wrong."
        )
        return 1 if played.found else 0
    print(
        f"\nHistory {seed} goes wrong. Taking out of its {len(played.happened)} things what does not matter …",
        flush=True,
    )
    small = shrink(played)
    named = re.search(r"#(\d+)|\b(\d{4,})-c\d", small.found[0])
    about = int(named[1] or named[2]) if named else None
    print(f"… {len(small.happened)} are left.\n\n{tell(small, about)}\n")
    print(
        f"  Again: make sim SEED={seed}. As it was: .venv/bin/python -m tests.simulation tell {seed} --whole"
    )
    return 1


def sabotage(only: str, most: int, workers: int, note: bool) -> int:
    """Commits each sabotage in a process of its own. 0 when all are caught.

    Each begins with the history that noticed it before, and then goes through all others. With ``note`` it begins with
    the first, and which history noticed it is noted.
    """
    chosen = [(index, one) for index, one in enumerate(ALL) if re.search(only, one.name)]
    width = max(len(one.name) for _, one in chosen) if chosen else 0
    escaped = 0
    noted = _noted()
    began = time.monotonic()
    _load_what_is_not_ours()
    # A process for each: what it imports is sabotaged. They are forked from one that has loaded all else already.
    with get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        outcomes = pool.imap(partial(_sabotaged, most=most, afresh=note), [index for index, _ in chosen])
        for (_, one), (caught, words) in zip(chosen, outcomes, strict=True):
            escaped += not caught
            print(f"  {one.name:<{width}}  {words}", flush=True)
            if note and caught:
                noted[one.name] = int(words.split()[1].rstrip(":"))
    if note:
        SEEDS.write_text(json.dumps(dict(sorted(noted.items())), indent=1, ensure_ascii=False) + "\n")
    told = f"{escaped} of {len(chosen)} escaped" if escaped else f"all {len(chosen)} are caught"
    print(f"\n  {told}; {time.monotonic() - began:.0f} s.")
    return 1 if escaped else 0


def _noted() -> dict[str, int]:
    """The history that noticed each sabotage, by its name."""
    found: dict[str, int] = json.loads(SEEDS.read_text()) if SEEDS.exists() else {}
    return found


def _load_what_is_not_ours() -> None:
    """Imports here whatever a history needs of other people's: it takes longer than ours."""
    names = "from tests.simulation import history; import sys; print(*sys.modules)"
    listed = subprocess.run(
        [sys.executable, "-c", names], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split():
        if name.partition(".")[0] not in _OURS:
            with suppress(Exception):
                import_module(name)


def _sabotaged(index: int, most: int, afresh: bool) -> tuple[bool, str]:
    """Commits one sabotage in this process: whether it was noticed, and by what."""
    try:
        commit(ALL[index])
        known = None if afresh else _noted().get(ALL[index].name)
        for seed, words in _until_wrong(most, known):
            return True, f"history {seed}: {words.partition(':')[0]}"
    except Exception as error:
        return False, f"ESCAPED: {error!r}"
    return False, f"ESCAPED: not noticed in {most} histories"


def sabotaged(index: int, most: int, afresh: bool) -> int:
    """Commits one sabotage and plays until it is noticed: 0. Not noticed at all: 1."""
    caught, words = _sabotaged(index, most, afresh)
    print(words)
    return 0 if caught else 1


def _until_wrong(most: int, known: int | None) -> Iterator[tuple[int, str]]:
    from tests.simulation.history import play

    for seed in (*(() if known is None else (known,)), *range(most)):
        if found := play(seed).found:
            yield seed, found[0]
