"""Nothing that a stranger writes down leads anywhere but to the open internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.addresses import is_open

INSIDE = (
    # this machine, this network, nobody
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "255.255.255.255", "240.0.0.1", "::", "::1",
    # private, shared, link-local; where AWS keeps what a function may be
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "169.254.169.254",
    "169.254.170.2", "fd00:ec2::254", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1",
    # for documents, tests, protocols; for many at once
    "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1",
    "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "5f00::1",
    # an address within an address
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "::8.8.8.8", "::127.0.0.1", "2002:7f00:1::1",
    "2002:808:808::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8",
    # no address
    "", "localhost", "127.1", "2130706433", "0x7f000001", "8.8.8.8/32", "8.8.8.8:443", "[2606:4700::1111]",
    "2606:4700::1111%1",
)  # fmt: skip

OPEN = (
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "169.253.255.255",
    "223.255.255.255", "2606:4700::1111", "2a00:1450:4009::200e", "2001:4860:4860::8888", "64:ff9b::8.8.8.8",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_or_no_address_is_refused(address: str):
    assert not is_open(address)


@pytest.mark.parametrize("address", OPEN)
def test_what_is_open_is_open(address: str):
    assert is_open(address)


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_nothing_is_open_that_python_calls_otherwise(address: IPv4Address | IPv6Address):
    inside = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not (is_open(str(address)) and (inside or address.is_unspecified))
    if isinstance(address, IPv4Address):
        for prefix in ("::ffff:", "::"):
            assert not is_open(prefix + str(address))
        assert is_open(f"64:ff9b::{address}") == is_open(str(address))
