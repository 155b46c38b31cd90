from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.alerts.limits import Buckets, TokenBucket


def test_a_burst_is_let_in_and_the_next_one_waits() -> None:
    bucket = TokenBucket(60, 3)
    assert [bucket.take(0) for _ in range(3)] == [None, None, None]
    assert bucket.take(0) == pytest.approx(1)


def test_whoever_waits_as_long_as_told_is_let_in() -> None:
    bucket = TokenBucket(7, 1)
    assert bucket.take(100) is None
    wait = bucket.take(101)
    assert wait is not None
    assert bucket.take(101 + wait + 1e-6) is None


def test_a_quiet_time_saves_no_more_than_a_burst() -> None:
    bucket = TokenBucket(60, 2)
    bucket.take(0)
    assert [bucket.take(1000) is None for _ in range(3)] == [True, True, False]


def test_a_batch_larger_than_the_burst_is_let_in_and_paid_for_afterwards() -> None:
    bucket = TokenBucket(60, 10)
    assert bucket.take(0) is None
    bucket.charge(99)
    assert bucket.take(0) == pytest.approx(91)
    assert bucket.take(91 + 1e-6) is None


def test_a_clock_that_steps_back_neither_gives_nor_takes() -> None:
    bucket = TokenBucket(60, 1)
    assert bucket.take(100) is None
    assert bucket.take(50) == pytest.approx(1)
    assert bucket.take(101.001) is None


@settings(database=None, deadline=None)
@given(
    st.floats(1, 10_000),
    st.integers(1, 100),
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_over_any_time_no_more_comes_in_than_burst_and_rate_allow(
    rate: float, burst: int, gaps: list[float]
) -> None:
    bucket = TokenBucket(rate, burst)
    now, taken = 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now) is None
    assert taken <= burst + now * rate / 60 + 1e-6


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (60, 0)])
def test_a_bucket_that_could_never_let_anybody_in_is_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="token bucket"):
        TokenBucket(rate, burst)


def test_one_loud_key_does_not_silence_another() -> None:
    buckets = Buckets(60, 1)
    assert buckets.take("loud", 0) is None
    assert buckets.take("loud", 0) is not None
    assert buckets.take("calm", 0) is None


def test_a_rate_of_zero_means_no_limit() -> None:
    buckets = Buckets(0)
    assert all(buckets.take("k", 0) is None for _ in range(1000))
    assert len(buckets) == 0


def test_the_memory_of_keys_is_bounded_and_the_latest_are_remembered() -> None:
    buckets = Buckets(60, 1, most=3)
    for key in "abcde":
        buckets.take(key, 0)
    assert len(buckets) == 3
    assert buckets.take("e", 0) is not None
    assert buckets.take("a", 0) is None


def test_a_key_in_use_is_not_the_one_forgotten() -> None:
    buckets = Buckets(60, 1, most=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0)
    assert buckets.take("a", 0) is not None


def test_a_key_may_bring_a_minutes_worth_at_once_by_default() -> None:
    buckets = Buckets(5)
    assert [buckets.take("k", 0) is None for _ in range(6)] == [True] * 5 + [False]


def test_a_batch_is_charged_to_its_own_key() -> None:
    buckets = Buckets(60, 5)
    buckets.take("a", 0)
    buckets.charge("a", 10)
    buckets.charge("never seen", 10)
    assert buckets.take("a", 0) is not None
    assert buckets.take("never seen", 0) is None
