"""Runs everything and holds it against the budgets. Exits 1 when one is broken."""

from __future__ import annotations

import sys
import time

from tests.alone import away_from_aws


def main() -> int:
    away_from_aws()
    # Only now: boto3 and the functions look at the environment.
    from tests.bench import imports, money, schedules, storm
    from tests.bench.table import budgets, note, section

    began = time.monotonic()
    found = [*money.report(), *imports.report(), *schedules.report(), *storm.report()]
    section("Budgets")
    budgets(found)
    broken = sum(not one.kept for one in found)
    told = f"{broken} of {len(found)} are broken" if broken else f"all {len(found)} are kept"
    note(f"{told}; {time.monotonic() - began:.0f} s.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
