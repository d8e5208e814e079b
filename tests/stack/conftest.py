"""Loads Grafana's classic dashboard model, deprecated in favour of v2: file provisioning reads the classic one."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)

    import grafana.build  # noqa: F401
