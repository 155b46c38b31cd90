"""A configuration is kept under an id that its meaning decides, and comes back as it was."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE, SMALL, small
from tocsin.config.facts import NO_FACTS, Facts
from tocsin.config.load import load_text
from tocsin.config.problems import ConfigError
from tocsin.config.revision import pack, unpack
from tocsin.oncall.model import Carried

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
#: No section of a file is called as that of the facts is.
DOCUMENTS = st.dictionaries(
    TEXT.filter(lambda name: name != "facts"),
    st.recursive(
        TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=9,
    ),
    max_size=4,
)


@given(DOCUMENTS)
def test_whatever_is_packed_comes_back(document):
    id, blob = pack(document)
    assert unpack(blob) == (document, NO_FACTS)
    assert pack(*unpack(blob)) == (id, blob)
    assert re.fullmatch("[0-9a-f]{16}", id)


@given(DOCUMENTS, DOCUMENTS)
def test_two_documents_have_one_id_exactly_when_they_are_equal(one, other):
    assert (pack(one)[0] == pack(other)[0]) == (one == other)


@given(DOCUMENTS, st.randoms())
def test_the_order_of_names_does_not_matter(document, random):
    assert pack(shuffled(document, random)) == pack(document)


def shuffled(value, random):
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(inner, random) for inner in value] if isinstance(value, list) else value


def test_the_order_of_contacts_matters_because_a_rule_takes_the_first_that_fits():
    def contacts(*names):
        return small(users={"ana": {"contacts": dict.fromkeys(names, "+5511955550100")}})

    assert pack(contacts("a", "b"))[0] != pack(contacts("b", "a"))[0]
    assert list(unpack(pack(contacts("b", "a"))[1])[0]["users"]["ana"]["contacts"]) == ["b", "a"]


def test_the_facts_of_an_apply_are_kept_with_the_document():
    facts = Facts({"BR": (date(2026, 12, 25),)}, {"primary": {"weekly": Carried(7, (2, 0, 1))}})
    id, blob = pack(small(), facts)
    assert unpack(blob) == (small(), facts)
    assert id != pack(small())[0]


def test_comments_quotes_and_files_do_not_matter():
    text = SMALL.replace('"+5511955550100"', "+5511955550100").replace(
        "wait: 10m", "# longer?\n    wait: '10m'"
    )
    assert text != SMALL
    assert pack(load_text(text).document) == pack(load_text(SMALL).document)


def test_numbers_and_booleans_of_a_json_document_are_their_text():
    assert pack(small(version=1)) == pack(small(version="1"))


def test_the_id_of_a_document_never_changes():
    assert pack({"version": "1"})[0] == "aa5bc61f44d5f633"
    assert pack(load_text(EXAMPLE).document)[0] == "9cca2a5e7eae5f69"


def test_the_id_does_not_depend_on_the_process(tmp_path):
    (tmp_path / "tocsin.yaml").write_text(EXAMPLE)
    program = (
        "import sys; from tocsin.config.load import load; from tocsin.config.revision import pack;"
        "print(pack(load(sys.argv[1:]).document)[0])"
    )
    ids = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert ids == {pack(load_text(EXAMPLE).document)[0]}


def test_what_cannot_be_kept_is_refused_before_it_is_sent():
    noise = {f"u{number}": {"name": os.urandom(600).hex()} for number in range(700)}
    with pytest.raises(ConfigError, match="the configuration is too large"):
        pack({"version": "1", "users": noise})


@pytest.mark.parametrize(
    "blob", [b"", b"x", zlib.compress(b"nothing"), zlib.compress(b"[]"), zlib.compress(b"\xff")]
)
def test_what_is_no_revision_is_refused(blob):
    with pytest.raises(ValueError, match="this is no revision"):
        unpack(blob)
