"""The exporter's side of the demo without HTTP: signs a call as its sender and reads it as the exporter does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from multidict import CIMultiDict

from exporter.config import Config
from exporter.demo.scene import Call
from exporter.demo.settings import demo_config
from exporter.demo.signing import Secrets, Signer
from exporter.errors import Rejected, SignatureFailure
from exporter.event import Submission
from exporter.sources import build
from exporter.sources.source import Batch, Request, Source

_ORIGIN = "http://127.0.0.1:9847"


class DemoReader:
    """The senders of one run, with its secrets."""

    def __init__(self, known: Secrets, began: datetime) -> None:
        config = demo_config(Config(), known)
        sources = build(config.sources, config.logs)
        self._source_by_path: dict[str, Source] = {path: s for s in sources for path in s.paths}
        self._signer = Signer(known, _ORIGIN)
        self._certificate = known.sns.certificate
        self._began = began

    def read(self, call: Call) -> Batch:
        """What the exporter makes of a call that comes at its time."""
        now = self._began + timedelta(seconds=call.at_s)
        headers, body = self._signer.signed(call, now)
        request = Request(_ORIGIN + call.sender, {}, CIMultiDict(headers), body, now)
        source = self._source_by_path[call.sender]
        if url := source.document_needed(request):
            source.learn(url, self._certificate)
        return source.read(request)

    def submissions(self, calls: Iterable[Call]) -> Iterator[Submission]:
        """The events of all calls that are believed and can be read."""
        for call in calls:
            try:
                yield from self.read(call).submissions
            except (SignatureFailure, Rejected):
                continue
