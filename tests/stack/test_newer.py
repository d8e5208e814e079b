"""tools/newer.sh: it names no mirror, installs nothing, and does nothing twice."""

from __future__ import annotations

import re

from tests.stack.generation import ROOT, run, succeed

SCRIPT = ROOT / "tools/newer.sh"
TEXT = SCRIPT.read_text(encoding="utf-8")


def test_the_script_is_sound_for_a_plain_shell() -> None:
    succeed("sh", "-n", SCRIPT)


def test_the_mirror_is_the_one_that_this_system_uses() -> None:
    assert not re.search(r"https?://|\.(org|com|net)\b", TEXT)
    assert "indextargets" in TEXT


def test_nothing_is_installed() -> None:
    assert "dpkg-deb --extract" in TEXT
    assert not re.search(r"\binstall\b|dpkg -i", TEXT)


def test_a_suite_must_be_named() -> None:
    refused = run("sh", SCRIPT)
    assert refused.returncode != 0
    assert "usage" in refused.stderr


def test_a_suite_that_is_there_is_left_alone() -> None:
    present = sorted((ROOT / ".tools").glob("*"))
    for suite in present:
        before = suite.stat().st_mtime_ns
        succeed("sh", SCRIPT, suite.name)
        assert suite.stat().st_mtime_ns == before
