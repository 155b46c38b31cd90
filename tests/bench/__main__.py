"""Runs everything and holds it against the budgets. Exits 1 when one is broken."""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    _away_from_aws()
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


def _away_from_aws() -> None:
    """No account, no credentials and no settings of the person who runs this."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "TOCSIN_", "POWERTOOLS_")):
            del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )


if __name__ == "__main__":
    sys.exit(main())
