"""The demo: the same exporter with simulated senders, which only the `demo` command starts."""
