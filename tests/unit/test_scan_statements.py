"""The SQL of a scan: only named columns, names quoted, every value a parameter."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.config.profile import TableScan
from exporter.scans.mapping import TableMapping
from exporter.scans.statements import Statements, expression, filled, probe, quoted, source_of
from exporter.scans.tallying import Tallying

MESSAGES: dict[str, Any] = {
    "name": "messages",
    "table": "app.messages",
    "key": "id",
    "time": "sentAt",
    "aggregate": True,
    "set": {"channel": "sms", "provider": "acme", "direction": "outbound", "status": "sent"},
    "fields": {"processing_seconds": {"column": "took_ms", "unit": "ms"}, "cost_usd": "cost"},
    "facts": [{"fact": "sent", "kind": "message", "match": {"state": "it's sent"}}],
}
TYPES = {"id": "int8", "sentAt": "timestamp", "took_ms": "int4", "cost": "numeric", "state": "text"}


def statements(types: dict[str, str] = TYPES, **fields: Any) -> Statements:
    table = TableScan.model_validate({**MESSAGES, **fields})
    return Statements(table, source_of(table, {}), types)


def counted(types: dict[str, str] = TYPES, **fields: Any) -> str:
    """The statement that counts, on one line."""
    table = TableScan.model_validate({**MESSAGES, **fields})
    tallying = Tallying(TableMapping(table, "s", {}, {}), {}, per_user=False)
    return " ".join(Statements(table, "t", TYPES | types).groups(tallying).split())


def test_names_are_quoted_part_by_part() -> None:
    assert quoted("app.Messages") == '"app"."Messages"'
    assert expression("meta.a.b") == "(r.\"meta\" #>> '{a,b}')"


def test_a_table_may_have_another_name_and_a_query_stands_in_brackets() -> None:
    table = TableScan.model_validate(MESSAGES)
    assert source_of(table, {"app.messages": "old.texts"}) == '"old"."texts"'
    query = TableScan.model_validate({**MESSAGES, "table": None, "query": " SELECT 1 AS id; "})
    assert source_of(query, {}) == "(SELECT 1 AS id)"


def test_a_cast_is_no_placeholder_and_what_has_no_filling_stays() -> None:
    assert "$1::timestamptz::timestamp" in filled("id_before", {"zone": "::timestamp"})
    assert ":source" in filled("id_before", {})


def test_types_are_asked_for_without_reading_a_row() -> None:
    assert probe('"t"', ["id", "meta.a"]).endswith('FROM "t" AS r LIMIT 0')


def test_rows_behind_an_id_come_in_its_order_with_named_columns_only() -> None:
    text = " ".join(statements().after_id().split())
    assert 'WHERE r."id" > $1 ORDER BY r."id" LIMIT $2' in text
    assert "*" not in text.replace("* 1000000", "")


def test_a_value_of_a_profile_is_never_in_the_text() -> None:
    said = statements()
    for text in (said.after_id(), said.between_ids(), said.untimed(), said.by_keys(), counted()):
        assert "it's sent" not in text


@pytest.mark.parametrize(
    ("kind", "zone"), [("timestamptz", "timestamptz\n"), ("timestamp", "timestamptz::timestamp")]
)
def test_a_column_without_a_time_zone_is_compared_as_utc(kind: str, zone: str) -> None:
    text = statements({**TYPES, "sentAt": kind}).from_time("sentAt")
    assert zone.strip() in text
    assert ("::timestamp " in text.replace("\n", " ")) is (kind == "timestamp")


def test_a_page_by_time_goes_on_behind_time_and_key_of_its_type() -> None:
    text = " ".join(statements().after_time("sentAt").split())
    assert '(r."sentAt", r."id") > ($1::timestamptz::timestamp, $4::text::int8)' in text


def test_money_is_rounded_once_and_only_where_it_is_kept() -> None:
    text = counted()
    assert (
        'CASE WHEN r."cost" >= 0 AND r."cost" < 1000000000000 THEN round((r."cost")::numeric, 12) END' in text
    )


def test_money_that_is_scaled_is_small_enough_for_it() -> None:
    text = counted(fields={"cost_usd": {"column": "cost", "unit": "cents"}})
    assert '(CASE WHEN r."cost" BETWEEN -1e18 AND 1e18 THEN r."cost" END) * 0.01' in text


def test_a_duration_in_whole_milliseconds_is_never_made_a_fraction() -> None:
    assert 'THEN r."took_ms"::bigint * 1000 END AS m0' in counted()
    assert "round(" in counted({"took_ms": "float8"})


def test_text_is_a_number_only_where_it_looks_like_one() -> None:
    text = counted({"price": "text"}, fields={"cost_usd": "price"})
    assert r"""r."price"::text ~ '^-?[0-9]{1,18}(\.[0-9]{1,24})?$'""" in text


def test_rows_without_a_cost_are_a_group_of_their_own() -> None:
    assert counted().endswith("(m1 IS NULL) ) SELECT * FROM counted LIMIT $3")
