-- The role that Grafana reads with: only the schema `boards`, only for ten seconds a query, never writing. For psql,
-- as the user that the exporter connects as; the image of PostgreSQL runs it for a new, empty database. May run again.
\getenv password GRAFANA_DATABASE_PASSWORD
\set ON_ERROR_STOP on
SELECT 'CREATE ROLE grafana LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE grafana PASSWORD :'password' CONNECTION LIMIT 8;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '10s';
CREATE SCHEMA IF NOT EXISTS boards;
GRANT USAGE ON SCHEMA boards TO grafana;
GRANT SELECT ON ALL TABLES IN SCHEMA boards TO grafana;
ALTER DEFAULT PRIVILEGES IN SCHEMA boards GRANT SELECT ON TABLES TO grafana;
