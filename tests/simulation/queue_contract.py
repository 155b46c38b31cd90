"""What queues promise, for the simulation's queues and for those of moto alike.

Source: Amazon SQS Developer Guide, "FIFO queue delivery logic", "Exactly-once processing", "Visibility timeout",
"Dead-letter queues". Each message here has its words for a body; instants are seconds from the beginning.
"""

from __future__ import annotations

from typing import Protocol

VISIBILITY = 60
RECEIVES = 3


class Lane(Protocol):
    """A queue with a visibility of 60 s that gives a message up when it would be received a fourth time."""

    def put(self, words: str, group: str = "g", id: str = "") -> None:
        """``id`` is the deduplication id of a FIFO queue; the words when there is none."""
        ...

    def receive(self) -> list[str]:
        """Everything that can be had now."""
        ...

    def done(self, words: str) -> None:
        """Deletes a message that was received."""
        ...

    def hide(self, words: str, seconds: int) -> None: ...

    def pass_time(self, seconds: float) -> None: ...

    def dead(self) -> list[str]: ...


class FifoContract:
    def test_a_group_is_given_in_its_order(self, fifo: Lane) -> None:
        for words in ("a", "b", "c"):
            fifo.put(words)
        assert fifo.receive() == ["a", "b", "c"]

    def test_a_group_waits_while_one_of_its_messages_is_out_and_others_do_not(self, fifo: Lane) -> None:
        fifo.put("a")
        assert fifo.receive() == ["a"]
        fifo.put("b")
        fifo.put("x", "another")
        assert fifo.receive() == ["x"]
        fifo.done("a")
        assert fifo.receive() == ["b"]

    def test_what_is_not_deleted_comes_back_before_what_stands_behind_it(self, fifo: Lane) -> None:
        fifo.put("a")
        fifo.put("b")
        assert fifo.receive() == ["a", "b"]
        fifo.done("b")
        fifo.put("c")
        fifo.pass_time(VISIBILITY - 5)
        assert fifo.receive() == []
        fifo.pass_time(6)
        assert fifo.receive() == ["a", "c"]

    def test_within_five_minutes_a_deduplication_id_is_taken_once(self, fifo: Lane) -> None:
        fifo.put("a", id="one")
        fifo.put("again", id="one")
        assert fifo.receive() == ["a"]
        fifo.done("a")
        fifo.pass_time(200)
        fifo.put("once more", id="one")
        assert fifo.receive() == []
        fifo.pass_time(110)
        fifo.put("late", id="one")
        assert fifo.receive() == ["late"]

    def test_what_nobody_can_do_is_given_up_and_its_group_goes_on(self, fifo: Lane) -> None:
        fifo.put("poison")
        for _ in range(RECEIVES):
            assert fifo.receive() == ["poison"]
            fifo.pass_time(VISIBILITY + 1)
        fifo.put("b")
        assert fifo.receive() == ["b"]
        assert fifo.dead() == ["poison"]


class StandardContract:
    def test_each_message_is_out_until_its_visibility_ends(self, standard: Lane) -> None:
        for words in ("a", "b"):
            standard.put(words)
        assert sorted(standard.receive()) == ["a", "b"]
        standard.done("a")
        standard.put("c")
        assert standard.receive() == ["c"]
        standard.done("c")
        standard.pass_time(VISIBILITY + 1)
        assert standard.receive() == ["b"]

    def test_a_message_can_be_put_back_for_a_while(self, standard: Lane) -> None:
        standard.put("a")
        assert standard.receive() == ["a"]
        standard.hide("a", 5)
        standard.pass_time(4)
        assert standard.receive() == []
        standard.pass_time(2)
        assert standard.receive() == ["a"]

    def test_every_receive_counts(self, standard: Lane) -> None:
        standard.put("a")
        for _ in range(RECEIVES):
            assert standard.receive() == ["a"]
            standard.hide("a", 1)
            standard.pass_time(2)
        assert standard.receive() == []
        assert standard.dead() == ["a"]
