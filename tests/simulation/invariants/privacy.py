"""Nothing private stands in any line of the log."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation import installation
from tests.simulation.cloud import Cloud


def nothing_private_is_logged(cloud: Cloud) -> Iterator[str]:
    """No telephone number in full, no key, no link's token."""
    text = installation.logged.getvalue()
    if not text:
        return
    for secret in cloud.witness.secrets:
        if secret in text:
            at = text.index(secret)
            yield f"{secret[:4]}… stands in the log: {text[max(0, at - 80) : at]}"
