"""The page at /: what is going on, for somebody with no Grafana at hand."""
