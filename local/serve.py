"""``python -m local.serve APP PORT``: serves an ASGI app on loopback in one process while the parent lives.

``APP`` is ``module:attribute``; with ``--call JSON`` the attribute is a function that makes the app.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.guard import end_with_parent


def handset(**options: Any) -> Any:
    """The handset; ``config_path`` may be text."""
    from local.handset.app import create_app

    return create_app(**{**options, "config_path": Path(options["config_path"])})


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.serve", description=__doc__)
    parser.add_argument("app", help="module:attribute")
    parser.add_argument("port", type=int)
    parser.add_argument("--call", type=json.loads, metavar="JSON", help="call it with these arguments")
    parser.add_argument("--scratch", type=Path, help="a folder to remove when the parent goes without a word")
    args = parser.parse_args(argv)
    end_with_parent(args.scratch)
    module, _, attribute = args.app.partition(":")
    app = getattr(importlib.import_module(module), attribute)
    if args.call is not None:
        app = app(**args.call)
    config = Config()
    config.bind = [f"127.0.0.1:{args.port}"]
    config.keep_alive_timeout = 75
    # An open event stream would hold the end otherwise.
    config.graceful_timeout = 0.3
    config.loglevel = "WARNING"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
