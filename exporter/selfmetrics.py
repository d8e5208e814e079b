"""Instruments about this process, built from the catalogue on an injected registry."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from exporter.catalogue import PROCESS_FAMILIES, Family, Kind


class SelfMetrics:
    """Every PROCESS family of the catalogue, one attribute each."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        self.registry = registry
        self._built = {family.name: _instrument(family, registry) for family in PROCESS_FAMILIES}
        self.messages_pending = self._gauge("comms_messages_pending")
        self.messages_overdue = self._gauge("comms_messages_overdue")
        self.credit_balance = self._gauge("comms_credit_balance")
        self.parked_events = self._gauge("comms_parked_events")
        self.events_received = self._counter("comms_events_received_total")
        self.http_requests = self._counter("comms_http_requests_total")
        self.signature_failures = self._counter("comms_signature_failures_total")
        self.scan_runs = self._counter("comms_scan_runs_total")
        self.scan_rows = self._counter("comms_scan_rows_total")
        self.scan_late_rows = self._counter("comms_scan_late_rows_total")
        self.scan_given_up = self._counter("comms_scan_given_up_total")
        self.scan_billed_bytes = self._counter("comms_scan_billed_bytes_total")
        self.scan_seconds = self._histogram("comms_scan_duration_seconds")
        self.scan_last_success = self._gauge("comms_scan_last_success_timestamp_seconds")
        self.scan_interval = self._gauge("comms_scan_interval_seconds")
        self.scanned = {
            family.name: self._gauge(family.name)
            for family in PROCESS_FAMILIES
            if family.name.startswith("comms_scanned_")
        }
        self.reconciled_messages = self._counter("comms_reconciled_messages_total")
        self.rate_card_age = self._gauge("comms_rate_card_age_seconds")
        self.rate_card_fallback = self._gauge("comms_rate_card_fallback")
        self.drift = self._gauge("comms_bill_drift_ratio")
        self.bill_success = self._gauge("comms_bill_last_success_timestamp_seconds")
        self.unsettled = self._gauge("comms_cost_unsettled_usd")
        self.balance = self._gauge("comms_balance_usd")
        self.runway = self._gauge("comms_balance_runway_seconds")
        self.api_cache_requests = self._counter("comms_api_cache_requests_total")
        self.downloads = self._counter("comms_downloads_total")
        self.ledger_up = self._gauge("comms_ledger_up")
        self.append_seconds = self._histogram("comms_ledger_append_seconds")
        self.batch_events = self._histogram("comms_ledger_batch_events")
        self.queue_events = self._gauge("comms_ledger_queue_events")
        self.follower_lag = self._gauge("comms_follower_lag_events")
        self.checkpoint_timestamp = self._gauge("comms_checkpoint_timestamp_seconds")
        self.pages = self._counter("comms_pages_total")
        self.page_seconds = self._histogram("comms_page_delivery_seconds")
        self.page_undelivered = self._gauge("comms_page_undelivered_seconds")
        self.rule_inputs_absent = self._gauge("comms_rule_inputs_absent")
        self.webhook_backlog = self._gauge("comms_outbound_webhook_backlog")
        self.leader = self._gauge("comms_leader")
        self.jobs = self._counter("comms_jobs_total")
        self.exposition_failures = self._counter("comms_exposition_failures_total")
        self.series = self._gauge("comms_series")
        self.series_limit = self._gauge("comms_series_limit")
        self.series_folded = self._counter("comms_series_folded_total")
        self.reload_successful = self._gauge("comms_config_last_reload_successful")
        self.reload_timestamp = self._gauge("comms_config_last_reload_success_timestamp_seconds")
        self.sla_threshold = self._gauge("comms_sla_threshold")
        self.cost_month_to_date = self._gauge("comms_cost_month_to_date_usd")
        self.cost_forecast = self._gauge("comms_cost_forecast_month_usd")
        self.cost_spike = self._gauge("comms_cost_spike_score")
        self.budget_limit = self._gauge("comms_budget_limit_usd")
        self.budget_remaining = self._gauge("comms_budget_remaining_usd")
        self.credit_rate = self._gauge("comms_credit_rate")
        self.credit_margin = self._gauge("comms_credit_margin_ratio")
        self.notifications = self._counter("comms_notifications_total")
        self.savings = self._gauge("comms_savings_usd")
        self.demo_mode = self._gauge("comms_demo_mode")
        self._gauge("comms_clock_seconds").set_function(clock)
        self._gauge("comms_build_info").labels(version("comms-exporter")).set(1)

    def present(self) -> set[str]:
        """The families that have a series."""
        return {
            name
            for name, instrument in self._built.items()
            if any(metric.samples for metric in instrument.collect())
        }

    def _counter(self, name: str) -> Counter:
        instrument = self._built[name]
        if not isinstance(instrument, Counter):
            raise TypeError(name)
        return instrument

    def _gauge(self, name: str) -> Gauge:
        instrument = self._built[name]
        if not isinstance(instrument, Gauge):
            raise TypeError(name)
        return instrument

    def _histogram(self, name: str) -> Histogram:
        instrument = self._built[name]
        if not isinstance(instrument, Histogram):
            raise TypeError(name)
        return instrument


def _instrument(family: Family, registry: CollectorRegistry) -> MetricWrapperBase:
    if family.kind is Kind.COUNTER:
        return Counter(family.name, family.help, family.labels, registry=registry)
    if family.kind is Kind.HISTOGRAM:
        return Histogram(family.name, family.help, family.labels, registry=registry, buckets=family.buckets)
    return Gauge(family.name, family.help, family.labels, registry=registry)
