"""The YAML reader types what no reader could take otherwise, and refuses the rest with its place."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter import strict_yaml
from exporter.errors import ConfigError, Problem


def problems_of(source: str | bytes) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.load(source)
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ("y", "y"),
        ("nothing", "nothing"),
        ("30s", "30s"),
        ("1.2.3", "1.2.3"),
        ("127.0.0.1:9847", "127.0.0.1:9847"),
        ("::1", "::1"),
        ("=", "="),
        ("'no'", "no"),
        ('"010"', "010"),
        ('"2026-11-20"', "2026-11-20"),
        ("|-\n  yes", "yes"),
        ("1" * 65, "1" * 65),
    ],
)
def test_a_value_has_the_type_that_every_reader_gives_it(written: str, value: Any) -> None:
    read = strict_yaml.load(f"key: {written}\n")["key"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "written", ["yes", "No", "ON", "off", "True", "FALSE", "Null", "+1", "007", "0b1", "0o7", "0xF", "1_0"]
)
def test_a_word_that_readers_disagree_about_is_refused(written: str) -> None:
    assert [problem.path for problem in problems_of(f"key: {written}")] == ["line 1, column 6"]


@pytest.mark.parametrize("written", [".5", "5.", "1:30", "-1:30:00", "2026-1-2", ".inf", "-.INF", ".nan"])
def test_a_number_or_time_that_readers_disagree_about_is_refused(written: str) -> None:
    assert [problem.path for problem in problems_of(f"key: {written}")] == ["line 1, column 6"]


@pytest.mark.parametrize("key", ["no", "010", "106540352242922", "1:30", "2026-11-20", "null", "a.b", "+1"])
def test_a_key_is_text_as_written(key: str) -> None:
    assert strict_yaml.load(f"{key}: 1") == {key: 1}


@pytest.mark.parametrize("source", ["", "\n", "# only a comment\n", b"", b"\xef\xbb\xbf# with a mark"])
def test_a_file_without_content_is_an_empty_mapping(source: str | bytes) -> None:
    assert strict_yaml.load(source) == {}


def test_a_document_may_be_framed() -> None:
    assert strict_yaml.load("---\nkey: 1\n...\n# the end\n") == {"key": 1}


def test_lines_are_known_for_keys_and_items() -> None:
    document = strict_yaml.read("a:\n  b:\n    - x\n    - y\n")
    assert document.lines == {("a",): 1, ("a", "b"): 2, ("a", "b", 0): 3, ("a", "b", 1): 4}


def test_every_refusal_is_reported_until_one_ends_the_reading() -> None:
    found = problems_of("a: no\nb: &x 1\nb: 0x1\nc: [\n")
    assert [problem.path for problem in found] == [
        "line 1, column 4",
        "line 2, column 4",
        "line 3, column 1",
        "line 3, column 4",
        "line 5, column 1",
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? [", "[{a: "])
def test_twenty_thousand_levels_are_refused_without_a_recursion_error(opening: str) -> None:
    assert problems_of(opening * 20_000)


def test_fifty_levels_are_accepted_and_one_more_is_not() -> None:
    assert strict_yaml.load("a: " + "[" * 49 + "]" * 49)
    assert problems_of("a: " + "[" * 50 + "]" * 50) == [Problem("line 1, column 53", "nested deeper than 50")]


def test_256_kib_are_accepted_and_one_byte_more_is_not() -> None:
    full = "# " + "x" * (256 * 1024 - 2)
    assert strict_yaml.load(full) == {}
    assert problems_of(full + "x") == [Problem("", "larger than 256 KiB")]


def test_an_alias_bomb_is_refused_without_walking_it() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert len(problems_of(bomb)) == 9 + 8 * 9


def test_bytes_that_are_not_utf_8_are_refused_with_their_place() -> None:
    assert problems_of(b"a: 1\nb: \xff\n") == [Problem("line 2, column 4", "not UTF-8")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be"])
def test_another_encoding_is_refused(encoding: str) -> None:
    assert len(problems_of("a: 1\n".encode(encoding))) == 1


@pytest.mark.parametrize(
    ("character", "name"), [("\0", "0000"), ("\x1b", "001B"), ("\x7f", "007F"), ("\ufeff", "FEFF")]
)
def test_an_unprintable_character_is_refused_with_its_place(character: str, name: str) -> None:
    assert problems_of(f"a: 1\nb: é{character}\n") == [
        Problem("line 2, column 5", f"character U+{name} is not accepted")
    ]


@pytest.mark.parametrize("secret", ["*hunter2", "&hunter2 x", "!hunter2 x", "0x1234567", "01234567"])
def test_a_refusal_never_repeats_the_value(secret: str) -> None:
    told = "".join(map(str, problems_of(f"token: {secret}\n")))
    assert not any(part in told for part in ("hunter2", "1234567"))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1),
        st.none()
        | st.booleans()
        | st.integers(-(10**18), 10**18)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    )
)
def test_json_means_the_same_here(data: dict[str, Any]) -> None:
    assert strict_yaml.load(json.dumps(data)) == data


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_input_is_read_or_refused(source: str | bytes) -> None:
    try:
        read: object = strict_yaml.load(source)
    except ConfigError as error:
        read = dict(error.problems)
    assert isinstance(read, dict)


@settings(deadline=None)
@given(st.text("0123456789+-_.:eExobTZ ", min_size=1, max_size=20))
def test_whatever_looks_like_a_number_is_finite_or_text(text: str) -> None:
    try:
        value = strict_yaml.load(f"key: {text}").get("key")
    except ConfigError:
        return
    assert isinstance(value, str | None) or math.isfinite(value)
