"""Tools of the repository: what `make` calls beside the exporter."""
