"""``python -m tests.simulation``: plays histories, tells one, or sabotages the code and waits to be caught."""

from __future__ import annotations

import argparse
import os
import re
import sys

from tests.alone import away_from_aws


def main(words: list[str]) -> int:
    away_from_aws()
    # Only now: the functions look at the environment when they are imported.
    from tests.simulation import commands

    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    known = parser.add_subparsers(dest="command", required=True)
    play = known.add_parser("play", help="plays histories and stops at the first that goes wrong")
    play.add_argument("histories", type=int, help="how many")
    play.add_argument("--first", type=int, default=0, metavar="SEED", help="the first one's seed (0)")
    play.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    tell = known.add_parser("tell", help="plays one history, and tells it when it goes wrong")
    tell.add_argument("seed", type=int)
    tell.add_argument("--whole", action="store_true", help="tells it as it is, right or wrong")
    sabotage = known.add_parser("sabotage", help="breaks the code in every known way, one after another")
    sabotage.add_argument("only", nargs="?", default="", help="those whose name has these words in it")
    sabotage.add_argument("--most", type=int, default=3000, metavar="N", help="histories for each (3000)")
    sabotage.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    sabotage.add_argument(
        "--note", action="store_true", help="begins with the first history, and notes which one noticed"
    )
    sabotaged = known.add_parser("sabotaged", help="one sabotage, in this process")
    sabotaged.add_argument("index", type=int)
    sabotaged.add_argument("--most", type=int, default=3000, metavar="N")
    sabotaged.add_argument(
        "--afresh", action="store_true", help="does not begin with the history that noticed it"
    )
    asked = parser.parse_args(words)
    match asked.command:
        case "play":
            return commands.play_many(asked.histories, asked.first, asked.workers)
        case "tell":
            return commands.tell_one(asked.seed, asked.whole)
        case "sabotage":
            return commands.sabotage(re.escape(asked.only), asked.most, asked.workers, asked.note)
        case _:
            return commands.sabotaged(asked.index, asked.most, asked.afresh)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
