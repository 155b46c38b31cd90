"""The layer as it is built: what a function needs is in it, and what it does not need is not."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from tests.infra.conftest import ROOT, Run

MAKEFILE = ROOT / "layers/core/Makefile"
PACKAGE = ROOT / "layers/core/python/tocsin"

#: How code says which service it speaks to: a client by name, or a channel's SERVICE.
_NAMED = re.compile(r'\bclient\(\s*"([a-z0-9-]+)"|^SERVICE\b[^=\n]*= "([a-z0-9-]+)"', re.MULTILINE)


def kept() -> set[str]:
    found = re.search(r"^SERVICES := (.+)$", MAKEFILE.read_text(), re.MULTILINE)
    assert found
    return set(found[1].split())


def test_the_layer_keeps_the_data_of_the_services_that_the_code_speaks_to_and_of_no_other(layer: Path):
    named = {a or b for path in PACKAGE.rglob("*.py") for a, b in _NAMED.findall(path.read_text())}
    # Clients of vendors are none of botocore's.
    used = named - {"http", "teams"}
    assert kept() == used | {"dynamodb"}
    assert {path.name for path in (layer / "python/botocore/data").iterdir() if path.is_dir()} == kept()


def test_a_client_of_each_service_can_be_made_from_the_layer(in_lambda: Run):
    made = in_lambda(
        "import botocore.session; session = botocore.session.get_session()\n"
        f"answer = {{name: session.create_client(name).meta.endpoint_url for name in {sorted(kept())!r}}}"
    )
    assert set(made) == kept()
    assert all(url.startswith("https://") for url in made.values())


def test_the_package_is_whole_in_the_layer(layer: Path):
    def files(folder: Path) -> set[str]:
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert files(layer / "python/tocsin") == files(PACKAGE)


def test_the_layer_holds_what_its_lock_file_pins_and_nothing_else(layer: Path):
    lock = (ROOT / "layers/core/requirements.txt").read_text()
    pinned = {
        f"{name.replace('-', '_')}-{version}" for name, version in re.findall(r"(?m)^([\w.-]+)==(\S+)", lock)
    }
    assert {path.name.removesuffix(".dist-info") for path in (layer / "python").glob("*.dist-info")} == pinned
    assert "boto3-" not in " ".join(pinned)


def test_every_module_has_byte_code_that_is_never_checked_against_its_source(layer: Path):
    sources = [
        path for path in (layer / "python").rglob("*.py") if not path.is_relative_to(layer / "python/bin")
    ]
    assert sources
    for source in sources:
        head = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
        # The flags behind the magic number: by hash (1), not to be checked (2 is not set).
        assert head[:4] == importlib.util.MAGIC_NUMBER
        assert head[4:] == b"\x01\0\0\0", source


def test_nothing_is_carried_that_no_function_uses(layer: Path):
    root = layer / "python"
    assert not (root / "bin").exists()
    assert not [path for path in root.rglob("tests") if path.is_dir()]
    assert not list(root.rglob("RECORD"))
    # cryptography is 16 MB of it (docs/decisions/0017-web-push-over-cryptography.md).
    assert sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) < 40_000_000


def test_time_zones_are_known_without_the_machine_s_own(in_lambda: Run):
    zones = in_lambda(
        "import zoneinfo; zoneinfo.reset_tzpath([])\n"
        "answer = [zoneinfo.ZoneInfo(name).key for name in ('Europe/London', 'America/Sao_Paulo')]"
    )
    assert zones == ["Europe/London", "America/Sao_Paulo"]
