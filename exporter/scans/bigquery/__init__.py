"""BigQuery as a database to scan: its REST interface, and its tables read as those of PostgreSQL are."""
