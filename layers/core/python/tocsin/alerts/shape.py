"""Every event fits the queue and the store: what is too long is cut, and the cut is marked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from tocsin.alerts.event import JSON, Parsed
from tocsin.alerts.text import cut, dump, encoded, one_line, whole

TITLE_MAX = 1024
#: A longer dedup key ends in a hash of the whole, so that two long keys stay two.
KEY_MAX = 512
RAW_MAX = 64 * 1024
#: Bytes of JSON of one event on the queue. SQS takes 1 MiB, a DynamoDB item holds 400 KB.
EVENT_MAX = 200_000

_LINKS_MAX = 20
_ENVELOPE = 2_000
_RAW_ENCODED_MAX = 90_000
_MARK = "left out"


def fit(parsed: Parsed) -> Parsed:
    """``parsed`` with everything within its limit; itself when nothing had to change."""
    short = replace(
        parsed,
        title=one_line(parsed.title, TITLE_MAX) or "(no title)",
        dedup_key=short_key(parsed.dedup_key),
        links=parsed.links[:_LINKS_MAX],
        raw=None if parsed.raw is None else cut(parsed.raw, RAW_MAX, _RAW_ENCODED_MAX),
        delivery_id=None if parsed.delivery_id is None else short_key(parsed.delivery_id),
    )
    if encoded(short.as_json()) <= EVENT_MAX - _ENVELOPE:
        return short
    bare = encoded(replace(short, details={}).as_json())
    return replace(short, details=_fewer(short.details, EVENT_MAX - _ENVELOPE - bare - len('"details":,')))


def short_key(key: str) -> str:
    """``key`` itself up to ``KEY_MAX`` characters, else its beginning and a hash of all of it."""
    key = whole(key)
    if len(key) <= KEY_MAX:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: KEY_MAX - len(digest) - 1]}~{digest}"


def _fewer(details: Mapping[str, JSON], budget: int) -> dict[str, JSON]:
    """As many details as fit into ``budget`` bytes, in order; a long one is cut to text, the rest counted."""
    kept: dict[str, JSON] = {}
    left = budget - encoded({_MARK: f"{len(details)} of {len(details)} details"})
    for name, value in details.items():
        cost = encoded({name: value})
        if cost > left:
            text = value if isinstance(value, str) else dump(value)
            room = left - encoded({name: ""})
            if room < 1_000:
                continue
            value = cut(text, room, room)
            cost = encoded({name: value})
        kept[name] = value
        left -= cost
    if len(kept) < len(details):
        kept[_MARK] = f"{len(details) - len(kept)} of {len(details)} details"
    return kept
