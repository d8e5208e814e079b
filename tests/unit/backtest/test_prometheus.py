"""A server that is slow, busy, gone or something else, and what is said of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from exporter.backtest.episodes import Span
from exporter.backtest.prometheus import HistoryUnavailable, Prometheus, TooMuch, asking, shown
from exporter.backtest.proposal import Proposal
from exporter.backtest.replay import MOST_POINTS, Verdict, Window, verdict
from exporter.backtest.rule_file import Alert
from exporter.config import Config, thresholds

EMPTY = {"status": "success", "data": {"resultType": "matrix", "result": []}}
WINDOW = Window(0, 86_400, frozenset())
ALERT = Alert("A", "x > 1", 30, 0, 1)

Answer = Callable[[web.Request], Awaitable[web.Response]]
Serve = Callable[[Answer], Awaitable[Prometheus]]


async def at_once(wait_s: float) -> None:
    pass


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server that answers everything with one function; nobody waits between attempts."""
    servers: list[TestServer] = []
    async with ClientSession() as session:

        async def start(answer: Answer) -> Prometheus:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", answer)
            servers.append(TestServer(app))
            await servers[-1].start_server()
            return Prometheus(servers[-1].make_url("/under/a/path"), session, at_once)

        yield start
    for server in servers:
        await server.close()


def answering(*statuses: int, error: str = "") -> tuple[Answer, list[str]]:
    """One status after the other, the last for ever; and the paths that were asked."""
    left, asked = list(statuses), []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        status = left.pop(0) if len(left) > 1 else left[0]
        return web.json_response(
            EMPTY if status == 200 else {"status": "error", "error": error}, status=status
        )

    return answer, asked


async def test_a_busy_server_is_asked_again(serve: Serve) -> None:
    answer, asked = answering(503, 429, 500, 200)
    server = await serve(answer)
    assert await server.query_range("up", 0, 60, 15) == []
    assert asked == ["/under/a/path/api/v1/query_range"] * 4


async def test_a_server_that_stays_busy_is_given_up(serve: Serve) -> None:
    answer, asked = answering(503)
    server = await serve(answer)
    with pytest.raises(HistoryUnavailable, match="does not answer: status 503"):
        await server.query_range("up", 0, 60, 15)
    assert len(asked) == 4


async def test_a_refusal_is_told_with_its_words_and_not_repeated(serve: Serve) -> None:
    answer, asked = answering(400, error="parse error: unexpected end")
    server = await serve(answer)
    with pytest.raises(HistoryUnavailable, match="answers 400: parse error: unexpected end"):
        await server.query_range("up", 0, 60, 15)
    assert len(asked) == 1


@pytest.mark.parametrize("text", ["", "localhost:9090", "ftp://a", "http://", "http://[", "http://a:b"])
async def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(HistoryUnavailable, match="--prometheus must be"):
        async with asking(text):
            pass


async def test_a_password_in_the_address_is_never_told() -> None:
    async with asking("http://me:secret@127.0.0.1:1/prefix", at_once) as server:
        with pytest.raises(HistoryUnavailable) as caught:
            await server.metric_names(0, 1)
    assert str(caught.value) == "http://127.0.0.1:1/prefix does not answer: ClientConnectorError"


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": {"result": [{}]}}', '{"data": 5}'])
async def test_another_kind_of_server_is_recognised(serve: Serve, body: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=body)

    server = await serve(answer)
    with pytest.raises(HistoryUnavailable, match="not that of a Prometheus"):
        await server.query_range("up", 0, 60, 15)


async def test_long_histories_are_asked_in_pieces_that_prometheus_grants(serve: Serve) -> None:
    pieces: list[tuple[float, float]] = []

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        pieces.append((float(str(form["start"])), float(str(form["end"]))))
        return web.json_response(EMPTY)

    await verdict(await serve(answer), Proposal((), {}), ALERT, WINDOW)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == 86_400
    assert all(end - begin < MOST_POINTS for begin, end in pieces)
    assert all(begin == before + 1 for (_, before), (begin, _) in pairwise(pieces))


@pytest.mark.parametrize(
    "error", ["query processing would load too many samples into memory", "query timed out"]
)
async def test_a_piece_that_is_too_much_is_asked_in_smaller_ones(serve: Serve, error: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        begin, end = (int(float(str(form[name]))) for name in ("start", "end"))
        if end - begin > 3_000:
            return web.json_response({"status": "error", "error": error}, status=422)
        steps = [[step, "1"] for step in range(begin, end + 1) if 10_000 <= step < 10_100]
        series = [{"metric": {"__name__": "x", "tenant": "acme"}, "values": steps}]
        return web.json_response({"data": {"result": series if steps else []}})

    found = await verdict(await serve(answer), Proposal((), {}), ALERT, WINDOW)
    assert found == Verdict("A", fired=1, label_sets=1, longest_s=70, total_s=70)


async def test_what_is_too_much_in_any_size_is_told(serve: Serve) -> None:
    answer, _ = answering(422, error="query timed out in expression evaluation")
    with pytest.raises(TooMuch, match="query timed out"):
        await verdict(await serve(answer), Proposal((), {}), ALERT, WINDOW)


async def test_nothing_is_counted_after_the_end(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(
            {"data": {"result": [{"metric": {}, "values": [[t, "1"] for t in range(11)]}]}}
        )

    kept = Alert("A", "x", 0, 500, 1)
    found = await verdict(await serve(answer), Proposal((), {}), kept, Window(0, 10.9, frozenset()))
    assert found.total_s == Span(0, 11).end


async def test_a_series_that_history_lacks_is_named(serve: Serve) -> None:
    server = await serve(answering(200)[0])
    asked = Alert("A", "comms_here > comms_gone", 0, 0, 15)
    found = await verdict(server, Proposal((), {}), asked, Window(0, 60, frozenset({"comms_here"})))
    assert found.note == "no history of comms_gone"


async def test_an_alert_that_cannot_be_replayed_says_why(serve: Serve) -> None:
    records = {"a:b:c": 'x / on () rule:comms_sla_threshold:effective{rule="error_ratio"}'}
    asked = Alert("A", 'a:b:c{tenant="acme"} > 1', 0, 0, 15)
    found = await verdict(
        await serve(answering(200)[0]), Proposal(thresholds(Config()), records), asked, WINDOW
    )
    assert found == Verdict("A", note="cannot be replayed: a:b:c depends on thresholds")


def test_an_address_is_shown_without_its_password() -> None:
    assert shown(URL("https://me:secret@host/prefix")) == "https://host/prefix"
