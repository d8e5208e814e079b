"""The mistakes that `make mutate` plants: each kind is there, each once, and none leaves the rule as it was."""

from __future__ import annotations

import promql_parser
import yaml

from tests.mutation.__main__ import SURVIVORS
from tests.mutation.mutants import mutants
from tests.mutation.suites import suites
from tests.stack.rule_files import EXPRESSIONS, RULES, name_of

RULE = {
    "alert": "Example",
    "expr": 'sum by (tenant, channel) (rate(bad_total{kind="x"}[5m])) > 0.5 and on (tenant) all > 20 or other == 1',
    "for": "5m",
    "labels": {"severity": "page", "subsystem": "s"},
}
BY_MISTAKE = {mutant.mistake: mutant.rule for mutant in mutants(RULE)}


def changed(mistake: str) -> str:
    (found,) = (rule["expr"] for name, rule in BY_MISTAKE.items() if name.startswith(mistake))
    return " ".join(str(promql_parser.parse(found)).replace("{}", "").split())


def test_each_kind_of_mistake_is_planted() -> None:
    kinds = {mistake.partition(":")[0].partition(" (")[0] for mistake in BY_MISTAKE}
    assert kinds == {
        *("boundary flipped", "comparison turned", "limit × 1.01", "limit × 0.99", "guard dropped"),
        *("and dropped", "or dropped", "or kept alone", "window doubled", "matcher negated"),
        *("label channel swapped", "label tenant swapped", "for 0", "for ×10"),
        *("severity swapped", "subsystem swapped"),
    }


def test_a_mistake_changes_what_it_says() -> None:
    assert "[10m]" in changed("window doubled: [5m")
    assert 'kind!="x"' in changed("matcher negated: kind=")
    assert "by (tenant, swapped)" in changed("label channel swapped")
    assert "other" not in changed("or dropped")
    assert changed("or kept alone") == "other == 1"
    assert "all" not in changed("and dropped")
    assert "all >= 20" in changed("boundary flipped: all > 20")
    assert "all < 20" in changed("comparison turned: all > 20")
    assert "and on (tenant) all or other" in changed("guard dropped: all > 20")
    assert "for" not in BY_MISTAKE["for 0"]
    assert BY_MISTAKE["for ×10"]["for"] == "50m"
    assert BY_MISTAKE["severity swapped"]["labels"]["severity"] == "ticket"


def test_no_two_mistakes_of_a_rule_are_the_same_and_none_is_the_rule() -> None:
    for rule in RULES:
        found = list(mutants(rule))
        assert len({mutant.mistake for mutant in found}) == len(found)
        assert all(mutant.rule != rule for mutant in found)


def test_every_rule_has_mistakes_but_the_watchdog_only_its_label() -> None:
    few = {name_of(rule) for rule in RULES if not any(mutants(rule))}
    assert not {name for name in few if ":" not in name}


def test_a_suite_holds_what_its_rule_reads_however_far_and_nothing_else() -> None:
    rules = next(suite.rules for suite in suites() if suite.name.startswith("MessageErrorRatioHigh "))
    assert {
        "MessageErrorRatioHigh",
        "tenant_channel_provider_status:comms_messages_outbound:rate5m",
    } <= rules
    assert "DeliveryRatioLow" not in rules
    assert {len(suite.rules) for suite in suites() if suite.name.startswith("ExporterDown ")} == {1}


def test_every_rule_stands_in_a_suite() -> None:
    assert set(EXPRESSIONS) == {name for suite in suites() for name in suite.rules}


def test_a_survivor_is_a_mistake_of_a_rule_with_a_reason() -> None:
    explained = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8"))
    planted = {name_of(rule): {mutant.mistake for mutant in mutants(rule)} for rule in RULES}
    for name, reasons in explained.items():
        assert name in EXPRESSIONS
        assert set(reasons) <= planted[name]
        assert all(len(reason) > 20 for reason in reasons.values())
