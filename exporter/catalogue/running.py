"""This process at work: ledger, pages, jobs, series and configuration."""

from __future__ import annotations

from exporter.catalogue.family import Family, Kind, Origin

_APPEND_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
_PAGE_S = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_BATCH = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)

RUNNING = (
    Family(
        "comms_api_cache_requests_total",
        Kind.COUNTER,
        "Questions to the API whose answer may be kept, by whether one was or was being made: `hit` or `miss`.",
        ("outcome",),
        Origin.PROCESS,
    ),
    Family(
        "comms_downloads_total",
        Kind.COUNTER,
        "Exports by how they ended: `complete`, `gone` (the caller left), `slow` (cut off) or `failed` (the ledger).",
        ("outcome",),
        Origin.PROCESS,
    ),
    Family("comms_ledger_up", Kind.GAUGE, "1 while the ledger takes events.", (), Origin.PROCESS),
    Family(
        "comms_ledger_append_seconds",
        Kind.HISTOGRAM,
        "Time to commit a batch, in seconds.",
        (),
        Origin.PROCESS,
        _APPEND_S,
    ),
    Family(
        "comms_ledger_batch_events", Kind.HISTOGRAM, "Events committed together.", (), Origin.PROCESS, _BATCH
    ),
    Family("comms_ledger_queue_events", Kind.GAUGE, "Events waiting to be committed.", (), Origin.PROCESS),
    Family(
        "comms_follower_lag_events",
        Kind.GAUGE,
        "Events committed but not yet in the totals.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_checkpoint_timestamp_seconds",
        Kind.GAUGE,
        "When totals were last written to the ledger, in Unix seconds.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_pages_total",
        Kind.COUNTER,
        "Steps of pages by what became of them; `unsure` are tries that may have been the second.",
        ("channel", "outcome"),
        Origin.PROCESS,
    ),
    Family(
        "comms_page_delivery_seconds",
        Kind.HISTOGRAM,
        "Time from a notification of Alertmanager to the receipt that its page reached somebody, in seconds.",
        ("channel",),
        Origin.PROCESS,
        _PAGE_S,
    ),
    Family(
        "comms_page_undelivered_seconds",
        Kind.GAUGE,
        "Age of the oldest open page that has reached nobody, in seconds; 0 without one.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_rule_inputs_absent",
        Kind.GAUGE,
        "Shipped alerts that are blind because a metric that this configuration promises has no series.",
        ("metric",),
        Origin.PROCESS,
    ),
    Family(
        "comms_outbound_webhook_backlog",
        Kind.GAUGE,
        "Messages to customers' webhooks that wait, are dead or found no room, and endpoints paused for failures.",
        ("state",),
        Origin.PROCESS,
    ),
    Family("comms_leader", Kind.GAUGE, "1 while this process runs the scheduled work.", (), Origin.PROCESS),
    Family("comms_jobs_total", Kind.COUNTER, "Runs of scheduled work.", ("work", "status"), Origin.PROCESS),
    Family(
        "comms_exposition_failures_total",
        Kind.COUNTER,
        "Times a metric had to be left out of the page because it could not be rendered.",
        ("metric",),
        Origin.PROCESS,
    ),
    Family(
        "comms_series",
        Kind.GAUGE,
        "Label sets of a metric, those at zero and `_other` included.",
        ("metric",),
        Origin.PROCESS,
    ),
    Family(
        "comms_series_limit",
        Kind.GAUGE,
        "Series a metric may have before values fold.",
        ("metric",),
        Origin.PROCESS,
    ),
    Family(
        "comms_series_folded_total",
        Kind.COUNTER,
        "Events counted under `_other` because a metric was at its limit.",
        ("metric",),
        Origin.PROCESS,
    ),
    Family(
        "comms_config_last_reload_successful",
        Kind.GAUGE,
        "1 when the last attempt to load the configuration succeeded.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_config_last_reload_success_timestamp_seconds",
        Kind.GAUGE,
        "When the configuration in force was loaded, in Unix seconds.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_sla_threshold",
        Kind.GAUGE,
        "A threshold in force; empty tenant and channel mean the default.",
        ("rule", "tenant", "channel"),
        Origin.PROCESS,
    ),
    Family(
        "comms_notifications_total",
        Kind.COUNTER,
        "Notifications shown in-app or handed to another channel, by what became of it; a retry follows later.",
        ("type", "channel", "outcome"),
        Origin.PROCESS,
    ),
    Family(
        "comms_clock_seconds",
        Kind.GAUGE,
        "This process's clock at the scrape, in Unix seconds.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_demo_mode", Kind.GAUGE, "1 when the numbers come from simulated senders.", (), Origin.PROCESS
    ),
    Family("comms_build_info", Kind.GAUGE, "Constant 1 with the version.", ("version",), Origin.PROCESS),
)
