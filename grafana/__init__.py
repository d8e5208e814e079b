"""Dashboards as code; the JSON in dashboards/ is what Grafana reads."""
