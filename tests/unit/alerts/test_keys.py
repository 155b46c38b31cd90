from __future__ import annotations

import hashlib

import pytest

from tocsin.alerts.keys import hash_key, new_key, well_formed


def test_a_key_is_32_characters_that_can_be_read_out() -> None:
    key = new_key()
    assert len(key) == 32
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert well_formed(key)


def test_keys_are_never_the_same_twice() -> None:
    assert len({new_key() for _ in range(200)}) == 200


def test_every_character_of_a_key_is_random() -> None:
    keys = [new_key() for _ in range(200)]
    assert all(len({key[place] for key in keys}) > 10 for place in range(32))


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "a" * 33, "A" * 32, "a" * 31 + "1", "a" * 32 + "\n", "ａ" * 32]
)
def test_what_cannot_be_a_key_is_known_without_a_look_up(text: str) -> None:
    assert not well_formed(text)


def test_only_the_hash_of_a_key_is_stored() -> None:
    key = new_key()
    assert hash_key(key) == hashlib.sha256(key.encode()).hexdigest()
    assert key not in hash_key(key)
