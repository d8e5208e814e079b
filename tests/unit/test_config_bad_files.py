"""Each file in tests/data/config has one thing wrong and says in its first lines what must be reported."""

from pathlib import Path

import pytest

from exporter import config, strict_yaml
from exporter.errors import ConfigError

BAD_FILES = sorted((Path(__file__).parents[1] / "data" / "config").glob("bad-*.yaml"))
EXPECT = "# expect: "


def expected_in(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]


def test_there_are_at_least_sixty_bad_files() -> None:
    assert len(BAD_FILES) >= 60


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_exactly_the_expected_problems(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert [str(problem) for problem in caught.value.problems] == expected_in(path)


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_no_bad_file_makes_an_error_that_repeats_a_secret(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert "hunter2" not in f"{caught.value!s}{caught.value!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_whole_file_of_wrong_words_is_refused_without_reading_on_for_ever() -> None:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.load("a: [" + "no," * 80_000 + "no]")
    assert caught.value.problems[-1].problem == "more than 20000 values"
