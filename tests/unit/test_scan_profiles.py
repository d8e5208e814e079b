"""The ready profiles, without a database: what they are called, and what they never read."""

from __future__ import annotations

import re

import pytest

from exporter.config.profile import Profile, Rows
from tools.docs import PROFILES, read_profile

READY = {path.stem: read_profile(path) for path in sorted(PROFILES.glob("*.yaml"))}
PERSONAL = {
    "phone_number",
    "customer_phone",
    "message_content",
    "content",
    "title",
    "message",
    "description",
    "payload",
    "errorMessage",
    "errorStack",
    "stripe_customer_id",
}
"""Columns of the scanned schemas that hold a person's number, name or words."""

profiles = pytest.mark.parametrize("profile", READY.values(), ids=list(READY))


def columns(profile: Profile) -> set[str]:
    """Every name that the profile may select; of a query every word."""
    scans: list[Rows] = [*profile.tables, *profile.gauges]
    queries = {word for scan in scans for word in re.findall(r"\w+", scan.query or "")}
    picks = [
        pick
        for table in profile.tables
        for fields in (table.fields, *(fact.fields for fact in table.facts))
        for pick in fields.values()
    ]
    return queries | {column.partition(".")[0] for pick in picks for column in pick.column or ()}


@profiles
def test_a_profile_says_in_one_sentence_whose_tables_it_reads(profile: Profile) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", profile.about)
    assert len(profile.about) <= 110


@profiles
def test_a_profile_reads_no_column_that_holds_a_person(profile: Profile) -> None:
    assert not columns(profile) & PERSONAL


@profiles
def test_a_profile_counts_rows_or_looks_at_a_state(profile: Profile) -> None:
    assert profile.tables or profile.gauges


@profiles
def test_tables_facts_and_gauges_have_names_of_their_own(profile: Profile) -> None:
    for named in (profile.tables, profile.gauges):
        assert len({one.name for one in named}) == len(named)
    for table in profile.tables:
        assert len({fact.fact for fact in table.facts}) == len(table.facts)
