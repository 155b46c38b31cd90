"""Cold starts: what a function imports before its first event, from the built layer and nothing else.

A machine that is busy takes longer, for everything. So processor time is measured, each function between two runs of
what it is compared with, and the median of those ratios decides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.table import Budget, note, section, table

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 7
LIMIT = 1.2
#: Whom a page waits for; the others are measured in a few rounds, for information.
BUDGETED, OTHERS = ("ingest", "triage", "escalate", "page", "reply"), ("react", "clock")
INFORMED = 3

BASE = "import botocore.session\nbotocore.session.get_session().create_client('dynamodb', region_name='us-east-1')"

#: What each function makes at its first event: the clients that it asks, and what it imports only then.
_STORE = "from tocsin.edge import clients, wiring\nwiring.store()._table._connection.client\n"
_PORTS = "wiring.ports()\nfrom tocsin.config.compile import compile_config\nclients.client('sqs')\n"
FIRST = {
    "ingest": _STORE
    + "wiring.ingest_ports()\nfrom tocsin.config.compile import compile_config\nclients.client('sqs')",
    "triage": _STORE + _PORTS + "clients.client('stepfunctions')",
    "escalate": _STORE + _PORTS,
    "page": _STORE
    + _PORTS
    + "wiring.carriers()\nfrom tocsin.paging.channels import sms\nclients.client(sms.SERVICE)",
    "reply": _STORE + _PORTS + "from tocsin.engine import reply\nclients.client('stepfunctions')",
    "react": "from tocsin.edge import wiring\nwiring.ports()",
    "clock": _STORE + "wiring.ports()",
}
_TIMED = """
import sys, time
sys.path[:0] = {path!r}
began = time.process_time()
{first}
imported = time.process_time()
{second}
print(imported - began, time.process_time() - imported, len(sys.modules))
"""
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "tocsin",
    "TOCSIN_TABLE": "tocsin",
}

Run = tuple[float, float, int]


def report() -> list[Budget]:
    section("Cold imports")
    with TemporaryDirectory() as folder:
        layer = _build(Path(folder))
        base, found = _measure(layer)
    ratios = {name: median(run[0] / paired for run, paired in runs) for name, runs in found.items()}
    rows = [("botocore.session and one client", "1.00", f"{median(base) * 1000:.0f}", "", "")]
    for name, runs in found.items():
        extra = median(run[1] for run, _ in runs if run[1]) if any(run[1] for run, _ in runs) else 0
        rows.append(
            (
                name,
                f"{ratios[name]:.2f}",
                f"{median(run[0] for run, _ in runs) * 1000:.0f}",
                f"{extra * 1000:.0f}",
                f"{max(run[2] for run, _ in runs)}",
            )
        )
    table(("", "ratio", "import", "first event", "modules"), rows)
    note(
        f"Python {sys.version.split()[0]}. Milliseconds of processor time, the median of {ROUNDS} fresh processes"
        f" (react, clock: {INFORMED}), each",
        "with the standard library, the built layer and the function's folder, and no more. import: `import app`.",
        "first event: what the first event adds, before any request: clients, and what is imported only then.",
    )
    return [
        Budget(f"cold import of {name}", f"{ratios[name]:.2f} x", f"at most {LIMIT} x", ratios[name] <= LIMIT)
        for name in BUDGETED
    ]


def _build(folder: Path) -> Path:
    """The layer as `sam build` makes it for this Python: the folder that becomes /opt/python."""
    source, built = folder / "core", folder / "built"
    shutil.copytree(ROOT / "layers/core", source, ignore=shutil.ignore_patterns("__pycache__"))
    made = subprocess.run(
        ["make", "-s", "build-CoreLayer"],
        cwd=source,
        env={**os.environ, "ARTIFACTS_DIR": str(built), "TOCSIN_LOCAL_LAYER": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"the layer could not be built:\n{made.stderr}")
    return built / "python"


def _measure(layer: Path) -> tuple[list[float], dict[str, list[tuple[Run, float]]]]:
    """All runs of the comparison; and each function's, beside the mean of the two comparisons around it."""
    base: list[float] = []
    found: dict[str, list[tuple[Run, float]]] = {name: [] for name in (*BUDGETED, *OTHERS)}
    _run(layer, "ingest", BASE)  # the first reads the disk
    for number in range(ROUNDS):
        informed = number < INFORMED
        before = _run(layer, "ingest", BASE)[0]
        for name in (*BUDGETED, *(OTHERS if informed else ())):
            run = _run(layer, name, "import app", FIRST[name] if informed else "")
            after = _run(layer, "ingest", BASE)[0]
            base.append(after)
            found[name].append((run, (before + after) / 2))
            before = after
    return base, found


def _run(layer: Path, function: str, first: str, second: str = "") -> Run:
    """Seconds that ``first`` takes in a fresh process, then ``second``; and how many modules there are in the end."""
    path = [str(ROOT / "functions" / function), str(layer)]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _TIMED.format(path=path, first=first, second=second)],
        env=_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{function} could not be imported:\n{done.stderr}")
    imported, extra, modules = done.stdout.split()
    return float(imported), float(extra) if second else 0.0, int(modules)
