"""What holds for all tests: no AWS account within reach, no network for the pure ones, the same examples in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket
from hypothesis import settings

from tests.alone import away_from_aws

HERE = Path(__file__).parent

#: A variable of the person's own shell must not reach a test; these two steer the build and may.
_KEPT = frozenset({"TOCSIN_LOCAL_LAYER", "TOCSIN_PYTHON313"})

#: Here a socket is a defect: rules and texts need none, and a function that opens one has escaped from moto.
_WITHOUT_SOCKETS = (HERE / "unit", HERE / "functions", HERE / "simulation")

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure() -> None:
    away_from_aws(_KEPT)


@pytest.fixture(autouse=True)
def no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuses sockets where none belongs; a test about a server says so with the mark `enable_socket`."""
    path = request.path
    if not any(folder in path.parents for folder in _WITHOUT_SOCKETS) or request.node.get_closest_marker(
        "enable_socket"
    ):
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    try:
        yield
    finally:
        pytest_socket.enable_socket()
