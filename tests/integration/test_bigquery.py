"""BigQuery's REST interface: exact values, every page, patience, and an end to all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from exporter.config.bigquery_url import read_url
from exporter.errors import ScanFailed
from exporter.scans.bigquery.account import Account, read_key
from exporter.scans.bigquery.api import BigQuery
from tests.integration.fake_bigquery import DATASET, PROJECT, Asked, Failure, FakeBigQuery

SQL = "SELECT id FROM messages WHERE timestamp >= @since"
SINCE = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)


def three(asked: Asked) -> list[list[Any]]:
    return [["a"], ["b"], ["c"]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeBigQuery]:
    async with FakeBigQuery([("id", "STRING")], three).running() as running:
        yield running


class Reader:
    """A client that waits for nothing and remembers how long it would have."""

    def __init__(self, fake: FakeBigQuery, folder: Path, **key: object) -> None:
        self.waits_s: list[float] = []
        self.now_s = 1_795_000_000.0
        url = read_url(f"bigquery://{PROJECT}/{DATASET}?api_url={fake.url}&location=EU")
        account = Account(read_key(str(fake.key_file(folder, **key))), lambda: self.now_s)
        self.client = BigQuery(url, account, self._wait)
        self.billed_bytes = 0

    async def rows(self, page_rows: int = 1000) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        pages = self.client.pages(SQL, {"since": SINCE, "limit": 7}, page_rows=page_rows, timeout_s=30)
        async with aclosing(pages):
            async for page in pages:
                found += page.rows
                self.billed_bytes += page.billed_bytes
        return found

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


async def refused(reader: Reader) -> ScanFailed:
    with pytest.raises(ScanFailed) as caught:
        await reader.rows()
    return caught.value


@pytest.fixture
def reader(fake: FakeBigQuery, tmp_path: Path) -> Reader:
    return Reader(fake, tmp_path)


async def test_a_query_is_asked_with_its_parameters_and_its_limits(
    fake: FakeBigQuery, reader: Reader
) -> None:
    assert await reader.rows() == [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    (asked,) = fake.asked
    assert asked.sql == SQL
    assert asked.parameters == {"since": "2026-11-20T10:00:00.123456+00:00", "limit": "7"}
    kinds = [each["parameterType"]["type"] for each in asked.request["queryParameters"]]
    assert kinds == ["TIMESTAMP", "INT64"]
    assert asked.request["useLegacySql"] is False
    assert asked.request["maximumBytesBilled"] == "10737418240"
    assert asked.request["jobTimeoutMs"] == "30000"
    assert asked.request["location"] == "EU"
    assert asked.request["defaultDataset"] == {"projectId": PROJECT, "datasetId": DATASET}


async def test_every_page_is_read_and_the_query_is_billed_once(fake: FakeBigQuery, reader: Reader) -> None:
    assert [row["id"] for row in await reader.rows(page_rows=1)] == ["a", "b", "c"]
    assert len(fake.asked) == 1
    assert reader.billed_bytes == 10_485_760


async def test_an_answer_without_rows_is_empty(fake: FakeBigQuery, reader: Reader) -> None:
    fake.select = lambda asked: []
    assert await reader.rows() == []


async def test_a_slow_query_is_waited_for_and_its_bill_looked_up(fake: FakeBigQuery, reader: Reader) -> None:
    fake.slow = 3
    assert len(await reader.rows()) == 3
    assert reader.billed_bytes == 10_485_760
    assert len(fake.asked) == 1


async def test_values_are_the_text_that_came(fake: FakeBigQuery, reader: Reader) -> None:
    texts = [
        "9007199254740993",
        "0.008625000",
        "1e-38",
        "true",
        '{"tokens_used":500}',
        "",
        "1732096800123457",
    ]
    fake.schema = [(f"c{place}", "STRING") for place in range(len(texts) + 1)]
    fake.select = lambda asked: [[*texts, None]]
    (row,) = await reader.rows()
    assert row == {f"c{place}": text for place, text in enumerate([*texts, None])}


async def test_lists_and_records_are_json(fake: FakeBigQuery, reader: Reader) -> None:
    fake.schema, fake.select = [("tags", "STRING")], lambda asked: [[[{"v": "a"}, {"v": None}]]]
    assert await reader.rows() == [{"tags": '[{"v":"a"},{"v":null}]'}]


async def test_the_types_of_columns_come_with_the_rows(fake: FakeBigQuery, reader: Reader) -> None:
    fake.schema, fake.select = [("at", "TIMESTAMP"), ("id", "STRING")], lambda asked: []
    (page,) = [page async for page in reader.client.pages(SQL, {}, page_rows=10, timeout_s=30)]
    assert page.types == {"at": "TIMESTAMP", "id": "STRING"}


async def test_a_list_of_texts_is_an_array(fake: FakeBigQuery, reader: Reader) -> None:
    _ = [page async for page in reader.client.pages(SQL, {"wanted": ["a", "b"]}, page_rows=10, timeout_s=30)]
    (sent,) = fake.asked[0].request["queryParameters"]
    assert sent["parameterType"] == {"type": "ARRAY", "arrayType": {"type": "STRING"}}
    assert sent["parameterValue"] == {"arrayValues": [{"value": "a"}, {"value": "b"}]}


async def test_a_query_that_never_ends_is_given_up(fake: FakeBigQuery, reader: Reader) -> None:
    fake.slow = 1_000
    assert (await refused(reader)).status == "timeout"


async def test_an_unknown_column_is_named(fake: FakeBigQuery, reader: Reader) -> None:
    fake.failures = [Failure(400, "invalidQuery", "Unrecognized name: tenant at [1:8]")]
    error = await refused(reader)
    assert error.status == "missing_column"
    assert "tenant" in str(error)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Failure(400, "invalidQuery"), "bad_query"),
        (Failure(400, "bytesBilledLimitExceeded"), "cost_limit"),
        (Failure(403, "accessDenied"), "permission"),
        (Failure(403, "quotaExceeded"), "quota"),
        (Failure(404, "notFound"), "missing_table"),
        (Failure(403, "responseTooLarge"), "too_many_rows"),
        (Failure(400, "stopped"), "timeout"),
        (Failure(403), "permission"),
        (Failure(404), "missing_table"),
        (Failure(418), "unreachable"),
    ],
    ids=str,
)
async def test_a_refusal_has_a_reason_and_is_not_repeated(
    fake: FakeBigQuery, reader: Reader, failure: Failure, reason: str
) -> None:
    fake.failures = [failure]
    error = await refused(reader)
    assert error.status == reason
    assert "2025550101" not in str(error)
    assert reader.waits_s == []


@pytest.mark.parametrize(
    "failure",
    [
        Failure(500, "internalError"),
        Failure(503, "backendError"),
        Failure(502),
        Failure(429),
        Failure(403, "rateLimitExceeded"),
        Failure(400, "jobBackendError"),
    ],
    ids=str,
)
async def test_passing_trouble_is_waited_out_and_the_query_runs_once(
    fake: FakeBigQuery, reader: Reader, failure: Failure
) -> None:
    fake.failures = [failure] * 3
    assert len(await reader.rows()) == 3
    assert reader.waits_s == [1, 2, 4]
    assert len(fake.asked) == 1


async def test_trouble_that_stays_is_given_up(fake: FakeBigQuery, reader: Reader) -> None:
    fake.failures = [Failure(503, "backendError")] * 9
    assert (await refused(reader)).status == "unreachable"
    assert reader.waits_s == [1, 2, 4, 8]


async def test_a_host_that_does_not_answer_is_unreachable(
    fake: FakeBigQuery, reader: Reader, tmp_path: Path
) -> None:
    await reader.rows()
    url = read_url(f"bigquery://{PROJECT}/{DATASET}?api_url=http://127.0.0.1:9")
    client = BigQuery(url, reader.client._account, reader._wait)
    with pytest.raises(ScanFailed) as caught:
        await client.estimate(SQL, {})
    assert caught.value.status == "unreachable"


async def test_a_token_is_bought_once_and_again_before_it_ends(fake: FakeBigQuery, reader: Reader) -> None:
    await reader.rows()
    await reader.rows()
    assert fake.tokens == 1
    reader.now_s += 3_599 - 60
    await reader.rows()
    assert fake.tokens == 2


async def test_a_token_that_was_taken_back_is_replaced(fake: FakeBigQuery, reader: Reader) -> None:
    await reader.rows()
    fake.tokens += 1
    assert len(await reader.rows()) == 3


async def test_a_key_that_google_does_not_know_is_an_authentication_failure(
    fake: FakeBigQuery, reader: Reader
) -> None:
    body = {"error": "invalid_grant", "error_description": "Invalid JWT Signature for reader@example.com."}
    fake.refuse_key = lambda: web.json_response(body, status=400)
    error = await refused(reader)
    assert error.status == "authentication"
    assert str(error) == "authentication: no token: status 400, invalid_grant: look at the credentials"


async def test_a_token_endpoint_that_rests_is_asked_again(fake: FakeBigQuery, reader: Reader) -> None:
    fake.refuse_key = lambda: web.Response(status=503)
    assert (await refused(reader)).status == "unreachable"
    assert len(reader.waits_s) == 4


async def test_a_key_that_cannot_sign_says_so_without_the_key(fake: FakeBigQuery, tmp_path: Path) -> None:
    error = await refused(Reader(fake, tmp_path, private_key="-----BEGIN SECRET"))
    assert error.status == "authentication"
    assert "SECRET" not in f"{error!r} {error.__context__!r} {error.__cause__!r}"


async def test_no_credentials_are_told_in_plain_words() -> None:
    with pytest.raises(ScanFailed, match="GOOGLE_APPLICATION_CREDENTIALS") as caught:
        read_key(None)
    assert caught.value.status == "authentication"


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not the JSON file"), ('{"type": "authorized_user"}', "of no other type"), ("[]", "not the JSON")],
)
def test_a_file_that_is_no_key_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(ScanFailed, match=words) as caught:
        read_key(str(path))
    assert str(path) in str(caught.value)


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScanFailed, match="No such file"):
        read_key(str(tmp_path / "missing.json"))


def test_a_key_does_not_show_itself(fake: FakeBigQuery, tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(read_key(str(fake.key_file(tmp_path))))


async def test_an_estimate_costs_nothing(fake: FakeBigQuery, reader: Reader) -> None:
    assert await reader.client.estimate(SQL, {"since": SINCE}) == 123_456
    assert fake.asked == []


async def test_the_shape_of_a_table_is_its_columns_and_its_partition(
    fake: FakeBigQuery, reader: Reader
) -> None:
    fields = [{"name": "id", "type": "STRING"}, {"name": "started_at", "type": "TIMESTAMP"}]
    fake.tables["conversations"] = {
        "schema": {"fields": fields},
        "timePartitioning": {"type": "DAY", "field": "started_at"},
    }
    shape = await reader.client.table("conversations")
    assert shape.columns == {"id": "STRING", "started_at": "TIMESTAMP"}
    assert shape.partitioned_by == "started_at"
    with pytest.raises(ScanFailed) as caught:
        await reader.client.table("messages")
    assert caught.value.status == "missing_table"
