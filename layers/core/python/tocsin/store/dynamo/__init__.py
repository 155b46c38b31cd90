"""The store on DynamoDB: one table, through PynamoDB. ``session`` is for other clients to share."""

from __future__ import annotations

from tocsin.store.dynamo.store import DynamoStore
from tocsin.store.dynamo.table import session

__all__ = ["DynamoStore", "session"]
