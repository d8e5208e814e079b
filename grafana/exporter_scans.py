"""Rows of the board "Exporter itself" about databases that are scanned, and senders that are asked."""

from __future__ import annotations

from grafana.board import Query, Row, graph
from grafana.promql import top


def _scanned(gauge: str, by: str = "scan") -> str:
    """A gauge of a scanned database: only the leader scans, and a leader of before may still show what it saw."""
    return f"sum by ({by}) (max without (instance) (comms_scanned_{gauge}))"


SCANS = Row(
    "Do scans and sweeps find what they should",
    (
        graph(
            51,
            "Runs of scans",
            "Runs a second of database scans, by how they ended.",
            "ops",
            Query(
                "sum by (scan, status) (rate(comms_scan_runs_total[$__rate_interval]))",
                "{{scan}} {{status}}",
            ),
        ),
        graph(
            52,
            "Rows found",
            "Rows a second seen for the first time, those of them behind the cursor, and what ScanGivesUp tells of.",
            "ops",
            Query("sum by (scan) (rate(comms_scan_rows_total[$__rate_interval]))", "{{scan}}"),
            Query("sum by (scan) (rate(comms_scan_late_rows_total[$__rate_interval]))", "late {{scan}}"),
            Query("sum by (scan) (rate(comms_scan_given_up_total[$__rate_interval]))", "given up {{scan}}"),
        ),
        graph(
            53,
            "Time of scans, p95",
            "95 of 100 runs took up to this time.",
            "s",
            Query(
                "histogram_quantile(0.95, sum by (scan, le) ("
                "rate(comms_scan_duration_seconds_bucket[$__rate_interval])))",
                "{{scan}}",
            ),
        ),
        graph(
            54,
            "Steps reported only when asked",
            "Message steps a second whose callback never came; many of them mean that callbacks are lost.",
            "ops",
            Query(
                "sum by (source, status) (rate(comms_reconciled_messages_total[$__rate_interval]))",
                "{{source}} {{status}}",
            ),
        ),
    ),
)

SCANNED = Row(
    "What do scanned databases say of themselves",
    (
        graph(
            55,
            "Bytes billed for scans",
            "Bytes a second that a warehouse bills for the queries of a scan; 0 where a database bills none.",
            "Bps",
            Query("sum by (scan) (rate(comms_scan_billed_bytes_total[$__rate_interval]))", "{{scan}}"),
        ),
        graph(
            56,
            "Open and waiting",
            "Conversations that are open, messages without a final status, and the ten longest queues.",
            "short",
            Query(_scanned("active_conversations"), "conversations {{scan}}"),
            Query(_scanned("messages_pending"), "messages {{scan}}"),
            Query(top("max by (scan, queue) (comms_scanned_queue_depth)"), "{{queue}} {{scan}}"),
        ),
        graph(
            57,
            "Users by state",
            "As the scanned database calls the states; the ten most frequent.",
            "short",
            Query(top(_scanned("users", "scan, state")), "{{state}} {{scan}}"),
        ),
        graph(
            58,
            "Prepaid credit left",
            "In the unit of the scanned database; the ten tenants with the least.",
            "short",
            Query(
                "bottomk(10, max by (scan, tenant) (comms_scanned_credit_balance))",
                "{{tenant}} {{scan}}",
            ),
        ),
        graph(
            59,
            "Rate limits in use",
            "As the scanned database reckons them; the ten closest to their limit.",
            "percentunit",
            Query(
                top("max by (scan, provider, api) (comms_scanned_rate_limit_used_ratio)"),
                "{{provider}} {{api}}",
            ),
        ),
        graph(
            60,
            "Since the newest row",
            "By scanned table, by the row's own time; the ten oldest.",
            "s",
            Query(
                top("time() - max by (scan, table) (comms_scanned_data_timestamp_seconds)"),
                "{{scan}} {{table}}",
            ),
        ),
    ),
)
