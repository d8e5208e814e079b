"""Whether senders are heard and workers are alive; from memory, so that it answers while PostgreSQL is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from prometheus_client import Counter, Gauge

from exporter.catalogue import OVERFLOW
from exporter.errors import Rejected, SignatureFailure, SignatureReason
from exporter.receive import Receiver
from exporter.selfmetrics import SelfMetrics
from exporter.sources.source import Request
from exporter.totals import Totals

SILENT_AFTER_S = 900
"""As the alert WebhookSilent."""
STALE_AFTER_S = 120
"""As the alert WorkerHeartbeatStale."""

_MICROSECONDS = 1_000_000


class _Reading(NamedTuple):
    labels: dict[str, str]
    value: float
    at: datetime


class Health:
    """Aggregates of this process and of the totals, the same as /metrics shows.

    Args:
        receivers, totals, ready: as they are now.
        clock: the time, aware UTC.
    """

    def __init__(
        self,
        receivers: Callable[[], Sequence[Receiver]],
        totals: Callable[[], Totals],
        metrics: SelfMetrics,
        ready: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._receivers = receivers
        self._totals = totals
        self._metrics = metrics
        self._ready = ready
        self._clock = clock

    def sender(self, name: str) -> dict[str, Any] | None:
        """How a sender is doing, or None where there is none of that name; counts are since this process began."""
        receivers = [receiver for receiver in self._receivers() if receiver.source.name == name]
        if not receivers:
            return None
        outcomes = _sums(self._metrics.events_received, name, "outcome")
        return {
            "source": name,
            "status": self._status(receivers),
            "last_event_at": self._last_event_at(name),
            "last_webhook_at": _latest(receiver.last_webhook_at for receiver in receivers),
            "accepted": outcomes.get("accepted", 0) + outcomes.get("late", 0),
            "duplicate": outcomes.get("duplicate", 0),
            "rejected": outcomes.get("rejected", 0),
            "parked": outcomes.get("parked", 0),
            "signature_failures": sum(_sums(self._metrics.signature_failures, name, "reason").values()),
            "queue_events": sum(int(sample.value) for sample in _samples(self._metrics.queue_events)),
            "parked_events": sum(_sums(self._metrics.parked_events, name, "reason").values()),
            "ledger_ready": self._ready(),
        }

    def workers(self, prefix: str = "") -> dict[str, Any]:
        """The workers whose name begins so, and every queue and rate limit, as each was last reported."""
        return {
            "workers": [self._worker(reading) for reading in self._heartbeats(prefix)],
            "queues": [
                reading.labels | {"depth": reading.value, "reported_at": reading.at}
                for reading in self._readings("comms_queue_depth")
            ],
            "rate_limits": [
                reading.labels | {"used_ratio": reading.value, "reported_at": reading.at}
                for reading in self._readings("comms_rate_limit_used_ratio")
            ],
        }

    def _status(self, receivers: Sequence[Receiver]) -> str:
        """`failing`: the newest request was refused, or nothing can be stored; `silent`: no webhook for a while."""
        now = self._clock()
        if not any(_is_configured(receiver, now) for receiver in receivers):
            return "not_configured"
        heard = _latest(receiver.last_webhook_at for receiver in receivers)
        refused = _latest(receiver.last_refusal_at for receiver in receivers)
        if not self._ready() or (refused and (heard is None or refused > heard)):
            return "failing"
        return "ok" if heard and (now - heard).total_seconds() <= SILENT_AFTER_S else "silent"

    def _last_event_at(self, name: str) -> datetime | None:
        fresh = self._readings("comms_data_timestamp_seconds")
        return _latest(reading.at for reading in fresh if reading.labels["source"] == name)

    def _heartbeats(self, prefix: str) -> Iterator[_Reading]:
        for reading in self._readings("comms_worker_last_heartbeat_timestamp_seconds"):
            if reading.labels["worker"].startswith(prefix):
                yield reading

    def _worker(self, reading: _Reading) -> dict[str, Any]:
        lag_s = max(0.0, (self._clock() - reading.at).total_seconds())
        state = "up" if lag_s <= STALE_AFTER_S else "stale"
        worker = reading.labels["worker"]
        return {
            "worker": worker,
            # Under this name stand all workers beyond the series limit: one that is up says nothing of the others.
            "state": "unknown" if worker == OVERFLOW else state,
            "last_heartbeat_at": reading.at,
            "lag_seconds": round(lag_s, 3),
        }

    def _readings(self, family: str) -> Iterator[_Reading]:
        """The series of a gauge family that were ever reported, by label values."""
        series = self._totals().families[family]
        for key, place in sorted(series.index.items()):
            at_us, value = series.row(place)
            if at_us > 0:
                labels = dict(zip(series.family.labels, key, strict=True))
                yield _Reading(labels, value, datetime.fromtimestamp(at_us / _MICROSECONDS, UTC))


def _is_configured(receiver: Receiver, now: datetime) -> bool:
    """Ask the sender itself with an empty request: without its secret it refuses for that reason."""
    try:
        receiver.source.read(Request("", {}, {}, b"", now))
    except SignatureFailure as failure:
        return failure.reason is not SignatureReason.NOT_CONFIGURED
    except Rejected:
        return True
    return True


def _sums(instrument: Counter | Gauge, source: str, label: str) -> dict[str, int]:
    """The values of one source by another label."""
    mine = (sample for sample in _samples(instrument) if sample.labels["source"] == source)
    return {sample.labels[label]: int(sample.value) for sample in mine}


def _samples(instrument: Counter | Gauge) -> Iterator[Any]:
    for metric in instrument.collect():
        yield from metric.samples


def _latest(moments: Any) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
