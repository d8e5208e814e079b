"""`python -m exporter.config > config.schema.json` writes the schema anew."""

from exporter.config.schema import write_schema

write_schema()
