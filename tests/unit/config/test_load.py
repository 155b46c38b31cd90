"""How files become one document in which every scalar is text and everything has a line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE
from tocsin.config import load as reader
from tocsin.config.load import MAX_BYTES, load, load_text
from tocsin.config.problems import ConfigError

FILE = "tocsin.yaml"


SCALARS = """
    17:00 2026-01-05 2026-01-05T09:00 2026-01-05T09:00:00Z no yes on off true null ~ +5511955550100 0x1F 017 0o17 1e3
    1_000 .inf -.5 190:20:30 = 12.50 5m
"""


@pytest.mark.parametrize("scalar", SCALARS.split())
def test_every_scalar_is_the_text_that_was_written_quoted_or_not(scalar):
    loaded = load_text(
        f"plain: {scalar}\ndouble: \"{scalar}\"\nsingle: '{scalar}'\nlist: [{scalar}]\n{scalar}: key\n"
    )
    assert loaded.document == {
        "plain": scalar,
        "double": scalar,
        "single": scalar,
        "list": [scalar],
        scalar: "key",
    }


def test_every_key_and_list_item_knows_its_file_and_line():
    loaded = load_text(
        "# people\nusers:\n  ana:\n    notify: {high: [\n      {after: 0m},\n      {via: sms}]}\n"
        "teams: {a: [ana,\n ben]}\n"
    )
    lines = {path: line for path, (file, line) in loaded.where.items() if file == FILE}
    assert lines == {
        (): 1,
        ("users",): 2,
        ("users", "ana"): 3,
        ("users", "ana", "notify"): 4,
        ("users", "ana", "notify", "high"): 4,
        ("users", "ana", "notify", "high", 0): 5,
        ("users", "ana", "notify", "high", 0, "after"): 5,
        ("users", "ana", "notify", "high", 1): 6,
        ("users", "ana", "notify", "high", 1, "via"): 6,
        ("teams",): 7,
        ("teams", "a"): 7,
        ("teams", "a", 0): 7,
        ("teams", "a", 1): 8,
    }


BAD = {
    "a tab in front of a key": (
        "version: 1\nusers:\n\tana: {}\n",
        f"{FILE}:3: a tab: YAML is indented with spaces",
    ),
    "a tab on the first line": ("\tversion: 1\n", f"{FILE}:1: a tab: YAML is indented with spaces"),
    "an empty file": ("", f"{FILE}:1: is empty: a file begins with version: 1"),
    "comments alone": ("# nothing\n\n", f"{FILE}:1: is empty: a file begins with version: 1"),
    "an empty document": ("---\n", f"{FILE}:1: is empty: a file begins with version: 1"),
    "a list": ("# x\n- a\n", f"{FILE}:2: must be a mapping (version: 1, users: …), is a list"),
    "a word": ("hello\n", f"{FILE}:1: must be a mapping (version: 1, users: …), is text"),
    "two documents": (
        "version: 1\n---\nusers: {}\n",
        f"{FILE}:2: a second document (---) begins here: a file holds one",
    ),
    "a key twice": (
        "version: 1\nusers: {}\nusers: {}\n",
        f"{FILE}:3: users: is given twice: first at line 2; keep one of the two",
    ),
    "a key twice, deep": (
        "users:\n  ana:\n    name: Ana\n    email: a@b.c\n    name: Ana\n",
        f"{FILE}:5: users.ana.name: is given twice: first at line 3; keep one of the two",
    ),
    "a tag": (
        "version: 1\nusers: !!python/object:os.system {}\n",
        f"{FILE}:2: the tag '!!python/object:os.system' means nothing here: leave it out, every value is text",
    ),
    "a number's tag": (
        "version: !!int 1\n",
        f"{FILE}:1: the tag '!!int' means nothing here: leave it out, every value is text",
    ),
    "a tag of one's own": (
        "a: 1\nb: !vault x\n",
        f"{FILE}:2: the tag '!vault' means nothing here: leave it out, every value is text",
    ),
    "a merge key": (
        "a: &a {b: c}\nd:\n  <<: *a\n",
        f"{FILE}:3: merge keys (<<) are not YAML 1.2: use an alias for a whole value",
    ),
    "an alias to nothing": ("a: 1\nb: *a\n", f"{FILE}:2: *a refers to nothing: there is no &a before it"),
    "an alias to itself": ("a: &a\n  - b\n  - *a\n", f"{FILE}:3: *a stands inside of &a: it would never end"),
    "a list for a key": ("a: 1\n? [b]\n: c\n", f"{FILE}:2: a key must be text"),
    "a list that is not closed": (
        "a: 1\nb: [x\nc: 2\n",
        f"{FILE}:3: is not YAML: expected ',' or ']', but got ':' (column 2); "
        "while parsing a flow sequence that began at line 2",
    ),
    "a value with a colon": (
        "a: 1\nb: c: d\n",
        f"{FILE}:2: is not YAML: mapping values are not allowed here (column 5)",
    ),
    "a channel that YAML takes for a comment": (
        "a: 1\nb: {slack: #incidents}\n",
        f"{FILE}:2: is not YAML: expected the node content, but found '<stream end>' (column 1); "
        "a [, { or quote is not closed, or a # that should be in quotes began a comment",
    ),
    "a control character": (
        "a: 1\n\nb: \x07\n",
        f"{FILE}:3: is not YAML: a character that must not be there (U+0007)",
    ),
    "half a character": (
        'a: 1\nb: "\\ud800"\n',
        f"{FILE}:2: is not YAML: an escape that is half a character",
    ),
    "no character": (
        'a: 1\nb: "\\UFFFFFFFF"\n',
        f"{FILE}:2: is not YAML: the parser gives up here, perhaps at an escape (\\x, \\u, \\U) that is no character",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_what_is_no_such_file_is_refused_with_file_and_line(text, message):
    with pytest.raises(ConfigError) as refused:
        load_text(text)
    assert str(refused.value) == message


def test_invalid_utf8_is_refused_with_its_line(tmp_path):
    file = tmp_path / "tocsin.yaml"
    file.write_bytes(b"version: 1\nusers:\n  ana: {name: Jo\xe3o}\n")
    with pytest.raises(ConfigError) as refused:
        load([file])
    assert str(refused.value) == f"{file}:3: is not UTF-8: save the file in that encoding"


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(tmp_path):
    file = tmp_path / "tocsin.yaml"
    file.write_bytes(b"\xef\xbb\xbfversion: 1\r\nusers:\r\n  ana: {}\r\n")
    loaded = load([file])
    assert loaded.document == {"version": "1", "users": {"ana": {}}}
    assert loaded.where["users", "ana"] == (str(file), 3)


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 2048)
    room = 2048 - len("a: \n")
    assert load_text("a: " + "x" * room + "\n").document["a"] == "x" * room
    with pytest.raises(ConfigError, match=r"tocsin\.yaml:1: the file is larger than 2 KiB: split it"):
        load_text("a: " + "x" * (room + 1) + "\n")


def test_an_endless_input_is_read_only_up_to_the_limit():
    class Endless(io.BytesIO):
        given = 0

        def read(self, size=-1):
            assert 0 < size <= MAX_BYTES + 1
            self.given += size
            return b"#" * size

    endless = Endless()
    with pytest.raises(ConfigError, match="<stdin>:1: the file is larger"):
        load(["-"], endless)
    assert endless.given <= MAX_BYTES + 1


def test_a_bomb_of_aliases_is_refused_before_it_bursts():
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ConfigError, match=r"tocsin\.yaml:1: .*the aliases expand to more than 200000 values"):
        load_text("\n".join(["l0: &l0 [x, x, x, x, x, x, x, x, x, x]", *levels]))


@pytest.mark.parametrize("text", ["[" * 2000, "{a: " * 2000, "- " * 2000, "a: " + "[" * 40 + "]" * 40])
def test_an_abyss_of_nesting_is_refused(text):
    with pytest.raises(ConfigError, match=r"tocsin\.yaml:1: .*is nested deeper than 30 levels"):
        load_text(text)


def test_nesting_by_aliases_is_bounded_too():
    levels = [f"l{n}: &l{n} [*l{n - 1}]" for n in range(1, 60)]
    with pytest.raises(ConfigError, match="is nested deeper than 30 levels"):
        load_text("\n".join(["l0: &l0 [x]", *levels]))


def test_an_alias_stands_for_the_whole_value_with_the_lines_of_what_it_names():
    loaded = load_text("a:\n  notify: &loud\n    high: []\nb:\n  notify: *loud\n")
    assert loaded.document["b"] == loaded.document["a"] == {"notify": {"high": []}}
    assert loaded.where["b", "notify"] == (FILE, 5)
    assert loaded.where["b", "notify", "high"] == (FILE, 3)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_yml", ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_is_the_union_of_its_yaml_files_at_any_depth(tmp_path):
    write(
        tmp_path,
        a_yaml="version: 1\nusers: {ana: {}}\n",
        b_yml="version: 1\nusers: {ben: {}}\nteams: {t: [ana]}\n",
        teams__c_yaml="services: {s: {}}\n",
        _hidden_yaml="[",
        readme_txt="not: [yaml",
    )
    (tmp_path / "_hidden.yaml").rename(tmp_path / ".hidden.yaml")
    loaded = load([tmp_path])
    assert loaded.document == {
        "version": "1",
        "users": {"ana": {}, "ben": {}},
        "teams": {"t": ["ana"]},
        "services": {"s": {}},
    }
    assert loaded.where["users", "ben"] == (str(tmp_path / "b.yml"), 2)
    assert loaded.where["services", "s"] == (str(tmp_path / "teams" / "c.yaml"), 1)


def test_a_name_defined_twice_is_refused_with_both_places(tmp_path):
    write(
        tmp_path,
        a_yaml="users:\n  ana: {}\ncatch_all: x\n",
        b_yaml="\nusers:\n  ben: {}\n  ana: {}\ncatch_all: y\n",
    )
    with pytest.raises(ConfigError) as refused:
        load([tmp_path])
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert str(refused.value).splitlines() == [
        f"{b}:4: users.ana: is defined twice: first at {a}:2; keep one of the two",
        f"{b}:5: catch_all: is defined twice: first at {a}:3; keep one of the two",
    ]


def test_each_file_may_repeat_the_version_but_not_another_one(tmp_path):
    write(tmp_path, a_yaml="version: 1\n", b_yaml="version: 1\n")
    assert load([tmp_path]).document == {"version": "1"}
    write(tmp_path, b_yaml="version: 2\n")
    with pytest.raises(ConfigError, match=r"b\.yaml:1: version: is defined twice: first at .*a\.yaml:1"):
        load([tmp_path])


def test_lists_at_the_top_are_joined_and_keep_their_lines(tmp_path):
    write(tmp_path, a_yaml="rules: [a, b]\n", b_yaml="rules:\n  - c\n")
    loaded = load([tmp_path])
    assert loaded.document == {"rules": ["a", "b", "c"]}
    assert loaded.where["rules", 2] == (str(tmp_path / "b.yaml"), 2)


def test_what_one_file_leaves_empty_another_may_fill(tmp_path):
    write(tmp_path, a_yaml="users:\nteams: {t: []}\n", b_yaml="users: {ana: {}}\nteams:\n")
    assert load([tmp_path]).document == {"users": {"ana": {}}, "teams": {"t": []}}


def test_the_problems_of_all_files_come_at_once_in_the_order_of_the_files(tmp_path):
    write(tmp_path, a_yaml="a: {b: 1,\n b: 2}\n", b_yaml="\n- x\n", c_yaml="c: [\n")
    with pytest.raises(ConfigError) as refused:
        load([tmp_path / "missing.yaml", tmp_path])
    places = [str(problem).removeprefix(str(tmp_path)).split(": ")[0] for problem in refused.value.problems]
    assert places == ["/missing.yaml", "/a.yaml:2", "/b.yaml:2", "/c.yaml:1"]


def test_a_file_named_twice_is_read_once(tmp_path):
    write(tmp_path, a_yaml="users: {ana: {}}\n")
    assert load([tmp_path / "a.yaml", tmp_path, str(tmp_path / "a.yaml")]).document == {"users": {"ana": {}}}


def test_standard_input_is_a_file_named_minus(tmp_path):
    write(tmp_path, a_yaml="users: {ana: {}}\n")
    loaded = load(["-", tmp_path / "a.yaml"], io.BytesIO(b"version: 1\nusers: {ben: {}}\n"))
    assert loaded.document == {"version": "1", "users": {"ben": {}, "ana": {}}}
    assert loaded.where["users", "ben"] == ("<stdin>", 2)


def test_a_folder_without_files_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"holds no \.yaml file"):
        load([tmp_path])
    with pytest.raises(ConfigError) as refused:
        load([tmp_path / "nope.yaml"])
    assert str(refused.value) == f"{tmp_path / 'nope.yaml'}: cannot be read: No such file or directory"


def test_the_file_of_the_handbook_loads():
    document = load_text(EXAMPLE).document
    assert document["schedules"]["payments-primary"]["layers"][0]["users"] == ["ana", "ben", ["chi", "dee"]]
    assert document["users"]["ben"]["contacts"] == {"mobile": "+442071838750"}


def refusal(read):
    """What a reading was refused with, None when it was not."""
    try:
        read()
    except ConfigError as error:
        return error
    return None


@given(st.text(alphabet="ab:-?[]{}#&*!|>'\"%@\\ \n\t1~,<\u00e3\u2028", max_size=40))
def test_whatever_is_written_is_read_or_refused_with_a_line_that_exists(text):
    refused = refusal(lambda: load_text(text))
    for problem in refused.problems if refused else ():
        file, line = problem.place
        assert file == FILE
        assert 1 <= line <= text.count("\n") + 1
        assert str(problem).isprintable()


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_or_refused(data):
    refused = refusal(lambda: load(["-"], io.BytesIO(data)))
    assert refused is None or str(refused).startswith("<stdin>:")
