from __future__ import annotations

from tests.unit.store.contract import StoreContract


class TestDynamoStore(StoreContract):
    """Every promise, kept by the store on the template's table."""
