"""Whoever was paged hears that it is over, in writing, and nobody else does."""

from __future__ import annotations

from tests.stack.conftest import Tocsin


def test_whoever_was_paged_hears_that_its_sender_ended_it_and_nobody_else_does(
    tocsin: Tocsin, name: str
) -> None:
    key = tocsin.key("search")
    tocsin.send(key, {"title": f"Search is slow {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ana", "sms", text=name)
    number = tocsin.incident_of(name, "search").number
    tocsin.send(key, {"action": "resolve", "dedup_key": name, "title": f"Search is fine {name}"})
    text = tocsin.handset.wait_for_message("ana", "sms", text=f"#{number} resolved")
    assert text["text"] == f"#{number} resolved by its sender.\nsearch: Search is slow {name}"
    told = [one for one in tocsin.handset.messages() if one["text"].startswith(f"#{number} ")]
    assert [one["user"] for one in told] == ["ana"]


def test_who_was_called_reads_who_resolved_it_and_who_did_is_only_answered(tocsin: Tocsin, name: str) -> None:
    tocsin.send(tocsin.key("called"), {"title": f"Checkout is down {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ana", "sms", text=name)
    number = tocsin.incident_of(name, "called").number
    tocsin.handset.wait_for_message("cora", "voice", text=name)
    tocsin.handset.reply("ana", f"res {number}", answering="")
    text = tocsin.handset.wait_for_message("cora", "sms", text=f"#{number} resolved")
    assert text["text"] == f"#{number} resolved by Ana Souza (text).\ncalled: Checkout is down {name}"
    answer = tocsin.handset.wait_for_message("ana", "sms", text=f"#{number} resolved")
    assert answer["text"] == f"#{number} resolved."
    spoken = [one["text"] for one in tocsin.handset.messages("cora", "voice")]
    assert not any("resolved by" in words for words in spoken)
