"""What both stores keep to, so that one can stand for the other."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin.incidents.alert import Alert
from tocsin.incidents.plan import Page, page_order
from tocsin.store.ports import AT_ONCE, NoConfiguration

if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.oncall.changes import Change

#: Incidents are numbered from here: their numbers are never taken for a phone's short code, which is small.
FIRST_NUMBER = 1001
#: An alert keeps this much of its title: it is read and written at every repeat. The incident keeps it whole.
TITLE = 256
#: How many events one read of an alert may ask about: BatchGetItem takes 100 keys, and one is the alert's.
EVENTS = 99
#: Compiled revisions that a process keeps. Incidents that are open at the same time rarely span more.
REVISIONS = 32


def kept(alert: Alert) -> Alert:
    """The alert as stores keep it."""
    return replace(alert, title=alert.title[:TITLE]) if len(alert.title) > TITLE else alert


def in_order(outbox: Mapping[str, Page]) -> dict[str, Page]:
    """The outbox as stores give it: in the order of its pages."""
    return dict(sorted(outbox.items(), key=lambda one: (page_order(one[1]), one[0])))


def asked(events: Sequence[str]) -> tuple[str, ...]:
    """The events of one read, each once, in order. Raises ValueError when they are too many."""
    once = tuple(dict.fromkeys(events))
    if len(once) > EVENTS:
        raise ValueError(f"{len(once)} events are too many for one read: at most {EVENTS}")
    return once


class Revisions:
    """Compiled revisions. They never change; the one longest unused makes room."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        """``read`` gives a revision's packed document, None when there is none."""
        self._read = read
        self._kept: OrderedDict[str, Config] = OrderedDict()

    def get(self, id: str) -> Config:
        """Raises NoConfiguration."""
        config = self._kept.get(id)
        if config is None:
            # Repeats, receipts and quiet ticks read no revision, and need not wait for this when a function starts.
            from tocsin.config.compile import compile_config
            from tocsin.config.revision import unpack

            blob = self._read(id)
            if blob is None:
                raise NoConfiguration(f"there is no revision {id!r}: it was never applied to this table")
            document, facts = unpack(blob)
            config = self._kept[id] = compile_config(document, facts=facts, stored=True)
            if len(self._kept) > REVISIONS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(id)
        return config


def at_once(altered: Sequence[Change]) -> Sequence[Change]:
    """The changes of one write. Raises ValueError for too many, or two with one id."""
    if len(altered) > AT_ONCE or len({change.made.id for change in altered}) < len(altered):
        raise ValueError(f"{len(altered)} changes: at most {AT_ONCE} at once, each with an id of its own")
    return altered


def pack_changes(rows: Sequence[Change]) -> bytes:
    """Changes as one blob."""
    import json
    import zlib

    from tocsin.oncall.changes_json import as_json

    return zlib.compress(json.dumps([as_json(row) for row in rows], separators=(",", ":")).encode(), 9)


def unpack_changes(blob: bytes) -> tuple[Change, ...]:
    """What ``pack_changes`` made."""
    import json
    import zlib

    from tocsin.oncall.changes_json import from_json

    return tuple(from_json(row) for row in json.loads(zlib.decompress(blob)))


def nothing_applied() -> NoConfiguration:
    return NoConfiguration(
        "no configuration has been applied yet: run `tocsin apply` with the team's tocsin.yaml"
    )
