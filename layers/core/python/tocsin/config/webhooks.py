"""Webhooks that a policy's steps post to. Their addresses are secrets: what is shown of one is its host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

from tocsin.escalation.model import Policy, Target


def webhook_address(text: str) -> str:
    """An address of the open internet that may be posted to. Raises ValueError, which does not repeat it."""
    from tocsin.paging.channels.foreign import open_address  # few files name a webhook

    try:
        open_address(text)
    except ValueError as error:
        raise ValueError(f"{error}: write it as https://hooks.example.com/…") from None
    return text


def webhook(address: str) -> Target:
    """The target with that address, of which it shows the host."""
    return Target("webhook", urlsplit(address).hostname or "", address)


def told_apart(policies: Mapping[str, Policy]) -> dict[str, Policy]:
    """The policies, in which no two webhooks are shown alike: a host with several has a part of a hash behind it."""
    addresses: dict[str, set[str]] = {}
    for policy in policies.values():
        for target in policy.targets:
            if target.kind == "webhook":
                addresses.setdefault(target.name, set()).add(target.address)
    several = {host for host, found in addresses.items() if len(found) > 1}
    if not several:
        return dict(policies)
    return {name: _apart(policy, several) for name, policy in policies.items()}


def _apart(policy: Policy, several: set[str]) -> Policy:
    def one(target: Target) -> Target:
        if target.kind != "webhook" or target.name not in several:
            return target
        return replace(target, name=f"{target.name} ({sha256(target.address.encode()).hexdigest()[:6]})")

    return replace(
        policy,
        steps=tuple(replace(step, page=tuple(map(one, step.page))) for step in policy.steps),
        last_resort=tuple(map(one, policy.last_resort)),
    )
