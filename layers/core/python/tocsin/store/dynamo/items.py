"""What all items have in common: their keys, how long they live, and how a change of one is said."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, SetAction
from pynamodb.models import Model

Raw = dict[str, dict[str, Any]]
Key = tuple[str, str]

AUDIT_INDEX = "audit"
#: The sort key of what is alone in its partition, or first in it.
HEAD = "HEAD"


class Item(Model):
    """An item of the table."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    def changes(self, only: Iterable[str] | None = None) -> list[Action]:
        """What makes a stored item like this one: sets what is known here, removes what is None here.

        Attributes that this code does not know are left alone: newer code may have written them.
        """
        attributes = type(self).get_attributes()
        actions: list[Action] = []
        for name in attributes if only is None else only:
            attribute = attributes[name]
            if attribute.is_hash_key or attribute.is_range_key:
                continue
            value = getattr(self, name)
            if value is None:
                actions.append(attribute.remove())
            else:
                stored = Value({attribute.attr_type: attribute.serialize(value)})
                actions.append(SetAction(Path(attribute), stored))
        return actions


def head(kind: str, name: str | int) -> Key:
    return f"{kind}#{name}", HEAD


def expiry(at: datetime, life: timedelta = timedelta(0)) -> int:
    """When DynamoDB may delete an item (it does so within days): whole seconds since 1970."""
    return math.ceil((at + life).timestamp())
