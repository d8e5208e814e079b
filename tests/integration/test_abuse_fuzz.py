"""Recorded requests spoiled, and proved as if the sender had meant them: over HTTP they never get a 5xx."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.integration.mutation import spoiled_requests
from tests.integration.running_app import running_app
from tests.unit.sources.proofs import ORIGIN
from tests.unit.sources.signers import LOG_RULES, all_sections, certificate_at, every_path

ANSWERS = {200, 204, 400, 401, 403}


@every_path
async def test_a_spoiled_request_is_answered_and_the_page_goes_on(
    path: str, dsn: str, tmp_path: Path
) -> None:
    sections = {"sources": all_sections(), "logs": LOG_RULES}
    async with running_app(dsn, tmp_path, fetch=certificate_at, **sections) as one:
        for name, request in spoiled_requests(path, 100, datetime.now(UTC)):
            url = request.url.removeprefix(ORIGIN)
            status, text = await one.post(url, request.body, dict(request.headers))
            assert status in ANSWERS, (name, request.body, text)
        assert (await one.get("/metrics"))[0] == 200
