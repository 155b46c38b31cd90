"""Webhooks in a policy: which addresses may be named, and that nobody is shown one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.config.load import load_text
from tocsin.config.plan import difference
from tocsin.config.problems import ConfigError
from tocsin.config.revision import pack, unpack
from tocsin.escalation.model import Policy
from tocsin.escalation.simulate import simulate

URL = "https://hooks.example.com/s3cr3t?key=s3cr3t"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def document(*urls: str) -> dict[str, Any]:
    page = [{"user": "ana"}, *({"webhook": url} for url in urls)]
    return small(policies={"shop": {"steps": [{"page": page, "wait": "10m"}]}})


def policy(*urls: str) -> Policy:
    return compile_config(document(*urls)).book.policies["shop"]


def test_a_webhook_is_shown_by_its_host_and_found_by_what_is_shown() -> None:
    book = compile_config(document(URL)).book
    [_, target] = book.policies["shop"].targets
    assert (target.kind, target.name) == ("webhook", "hooks.example.com")
    assert book.webhook("hooks.example.com") == URL
    assert book.webhook("other.example.com") is None
    assert "s3cr3t" not in repr(book)


def test_two_of_one_host_are_told_apart_and_each_is_found() -> None:
    book = compile_config(document(URL, URL + "2", URL, "https://other.example.com/s3cr3t")).book
    _, one, two, again, other = book.policies["shop"].targets
    assert one == again != two
    assert one.name.startswith("hooks.example.com (")
    assert other.name == "other.example.com"
    assert [book.webhook(target.name) for target in (one, two)] == [URL, URL + "2"]
    assert "s3cr3t" not in one.name + two.name


def test_a_last_resort_may_name_one() -> None:
    last = {"steps": [{"page": [{"user": "ana"}]}], "last_resort": [{"webhook": URL}, {"user": "ana"}]}
    book = compile_config(small(policies={"shop": last})).book
    assert book.webhook("hooks.example.com") == URL


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/s3cr3t",
        "hooks.example.com/s3cr3t",
        "ftp://hooks.example.com/s3cr3t",
        "https://ana:s3cr3t@hooks.example.com/",
        "https://s3cr3t@hooks.example.com/",
        "https://hooks.example.com:8443/s3cr3t",
        "https:///s3cr3t",
        "https://10.1.2.3/s3cr3t",
        "https://127.0.0.1/s3cr3t",
        "https://127.1/s3cr3t",
        "https://2130706433/s3cr3t",
        "https://0x7f.1/s3cr3t",
        "https://169.254.169.254/s3cr3t",
        "https://[::1]/s3cr3t",
        "https://[fd00::1]/s3cr3t",
        "https://[::ffff:10.0.0.1]/s3cr3t",
        "https://localhost/s3cr3t",
        "https://hooks.localhost./s3cr3t",
        "https://jira/s3cr3t",
        "https://printer.local/s3cr3t",
        "https://ip-10-0-0-1.ec2.internal/s3cr3t",
        "https://hooks.example.com/s3cr3t with a blank",
        "https://hooks.example.com/" + "s3cr3t" * 400,
        "https://häuser.example/s3cr3t",
    ],
)
def test_what_may_not_be_posted_to_is_said_and_never_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compile_config(document(url))
    assert "policies.shop.steps[0].page[1].webhook: " in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "url", [URL, "https://8.8.8.8/x", "https://[2606:4700::1111]/x", "https://a.example:443"]
)
def test_what_may_be_posted_to_is_taken(url: str) -> None:
    [_, target] = policy(url).targets
    assert target.address == url


def test_a_plan_shows_the_host_alone() -> None:
    changes = difference(compile_config(document(URL)), compile_config(document(URL + "2")))
    told = " ".join(change.detail for change in changes)
    assert "https://hooks.example.com/…" in told
    assert "s3cr3t" not in told
    added = difference(compile_config(document()), compile_config(document(URL)))
    assert "s3cr3t" not in " ".join(change.detail for change in added)


def test_a_simulation_tells_when_it_is_posted_to_and_not_where() -> None:
    told = simulate(compile_config(document(URL)).book, "checkout", AT).as_json(UTC)
    assert [(row["via"], row["channel"]) for row in told["posts"]] == [("webhook", "hooks.example.com")]
    assert [row["user"] for row in told["pages"]] == ["ana"] * len(told["pages"]) != []
    assert "s3cr3t" not in str(told)


def test_the_address_is_kept_with_the_revision() -> None:
    _, blob = pack(document(URL))
    stored, facts = unpack(blob)
    assert compile_config(stored, facts=facts).book.webhook("hooks.example.com") == URL


def test_a_step_that_posts_alone_is_told_of() -> None:
    from tocsin.config.waking import steps_that_wake_nobody

    text = f"""
version: 1
users: {{ana: {{email: ana@example.com}}}}
policies:
  shop: {{steps: [{{page: [{{webhook: "{URL}"}}]}}, {{page: [{{user: ana}}]}}]}}
"""
    book = compile_config(load_text(text).document).book
    assert [finding.code for finding in steps_that_wake_nobody(book)] == ["only_posts"]
