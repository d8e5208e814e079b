"""GoogleSQL of a profile: only named columns, the time column as it is, every word a parameter."""

from __future__ import annotations

import pytest

from exporter.config.profile import GaugeScan, TableScan
from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.statements import Statements, gauge_statement, probe, source_of

MESSAGES = TableScan.model_validate(
    {
        "name": "messages",
        "table": "messages",
        "key": ["tenant", "id"],
        "time": "said_at",
        "match": {"sender_type": "llm"},
        "facts": [
            {
                "fact": "call",
                "kind": "llm",
                "set": {"provider": "openai", "model": "gpt-4o-mini"},
                "fields": {"usage.input_tokens": "metadata.tokens_used"},
            }
        ],
    }
)
TYPES = {"tenant": "STRING", "id": "INTEGER", "said_at": "TIMESTAMP", "sender_type": "STRING"}


def gauge(**fields: object) -> GaugeScan:
    return GaugeScan.model_validate({"name": "g", "gauge": "queue_depth", "table": "jobs", **fields})


def test_rows_are_asked_for_by_time_in_its_order() -> None:
    text = Statements(MESSAGES, source_of(MESSAGES, {}), TYPES).from_time()
    assert text == (
        "SELECT r.`tenant` AS c0, r.`id` AS c1, r.`sender_type` AS c2, "
        "JSON_VALUE(r.`metadata`, '$.\"tokens_used\"') AS c3, UNIX_MICROS(CAST(r.`said_at` AS TIMESTAMP)) AS c4\n"
        "FROM `messages` AS r\n"
        "WHERE r.`said_at` >= CAST(@since AS TIMESTAMP) AND r.`said_at` <= CAST(@until AS TIMESTAMP)\n"
        "ORDER BY r.`said_at`, CAST(r.`tenant` AS STRING), CAST(r.`id` AS STRING)\n"
        "LIMIT @most\n"
    )


def test_open_rows_are_asked_for_by_all_parts_of_their_keys() -> None:
    text = Statements(MESSAGES, source_of(MESSAGES, {}), TYPES).by_keys()
    keys = r"ARRAY_TO_STRING([CAST(r.`tenant` AS STRING), CAST(r.`id` AS STRING)], '\x1f')"
    assert f"AND {keys} IN UNNEST(@wanted)" in text


def test_a_table_may_have_another_name_and_a_dataset() -> None:
    assert source_of(MESSAGES, {"messages": "crm.all_messages"}) == "`crm`.`all_messages`"


def test_what_is_put_in_is_not_looked_at_again() -> None:
    table = MESSAGES.model_copy(update={"table": None, "query": "SELECT ':time' AS note FROM x;"})
    assert (
        "(SELECT ':time' AS note FROM x) AS r" in Statements(table, source_of(table, {}), TYPES).from_time()
    )


@pytest.mark.parametrize("kind", ["DATETIME", "DATE"])
def test_a_time_without_a_zone_is_compared_as_what_it_is(kind: str) -> None:
    text = Statements(MESSAGES, "`m`", {**TYPES, "said_at": kind}).from_time()
    assert f"r.`said_at` >= CAST(@since AS {kind})" in text


def test_a_time_column_that_holds_text_is_refused_by_its_name() -> None:
    with pytest.raises(ScanFailed, match="said_at") as caught:
        Statements(MESSAGES, "`m`", {**TYPES, "said_at": "STRING"})
    assert caught.value.status is ScanStatus.WRONG_TYPE


def test_the_probe_reads_nothing() -> None:
    assert probe("`m`", ["id"]) == "SELECT r.`id` AS c0 FROM `m` AS r WHERE FALSE\n"


def test_words_of_conditions_are_parameters() -> None:
    text, words = gauge_statement(
        gauge(match={"state": ["new", None], "n": 3}, unless={"done": True}, present=["owner"]),
        ["queue"],
        "`jobs`",
    )
    assert words == {"w0": ["new"], "w1": ["3"], "w2": ["true"]}
    assert "(CAST(r.`state` AS STRING) IN UNNEST(@w0) OR r.`state` IS NULL)" in text
    assert "(CAST(r.`done` AS STRING) IN UNNEST(@w2)) IS NOT TRUE" in text
    assert "NULLIF(CAST(r.`owner` AS STRING), '') IS NOT NULL" in text
    assert text.startswith("SELECT CAST(COUNT(*) AS STRING) AS value, CAST(r.`queue` AS STRING) AS c0\n")
    assert text.endswith("GROUP BY c0\nLIMIT 1001\n")


def test_a_gauge_without_labels_is_one_number() -> None:
    text, _ = gauge_statement(gauge(value="depth"), [], "`jobs`")
    assert (
        text == "SELECT CAST(SUM(r.`depth`) AS STRING) AS value\nFROM `jobs` AS r\nWHERE TRUE\n\nLIMIT 1001\n"
    )
