"""The list of commands: one file each, all of them offered, and one that runs when none is named."""

from pathlib import Path

import pytest

import exporter.commands
from exporter.__main__ import main
from exporter.commands import COMMANDS

FOLDER = Path(exporter.commands.__file__).parent


def test_every_command_stands_in_the_file_of_its_name() -> None:
    files = {path.stem for path in FOLDER.glob("*.py") if " = Command(" in path.read_text()}
    assert sorted(command.name for command in COMMANDS) == sorted(files)


def test_the_first_runs_when_none_is_named() -> None:
    assert COMMANDS[0].name == "serve"


def test_help_names_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert [command.name for command in COMMANDS if f"{command.name} {command.help}" not in words] == []


def test_a_command_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["sreve"])
    assert refused.value.code == 2
    assert "argument command: invalid choice: 'sreve'" in capsys.readouterr().err
