-- The database of the services: one login role per service, which owns its schema and nothing else.
--
-- Run it with psql as superuser; running it again changes nothing. Variables:
--   database   the database to create or update
--   secrets    (environment LMC_SECRETS) a folder with one file `postgres-<service>` per password
\set ON_ERROR_STOP on
\getenv secrets LMC_SECRETS
\if :{?database}
\else
  \set database lmc
\endif
\set intake `cat :'secrets'/postgres-intake`
\set registration `cat :'secrets'/postgres-registration`
\set training `cat :'secrets'/postgres-training`
\set matching `cat :'secrets'/postgres-matching`
\set reporting `cat :'secrets'/postgres-reporting`
\set grafana `cat :'secrets'/postgres-grafana`

-- The statements below contain passwords: keep them out of the server's log.
SET log_min_error_statement = panic;
SET client_min_messages = warning;

SELECT format('CREATE DATABASE %I TEMPLATE template0', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT format('CREATE ROLE %I', role)
  FROM (VALUES ('lmc_intake'), ('lmc_registration'), ('lmc_training'),
               ('lmc_matching'), ('lmc_reporting'), ('lmc_grafana')) AS roles (role)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L',
              'lmc_' || service, password),
       format('ALTER ROLE %I SET search_path = %I', 'lmc_' || service, service)
  FROM (VALUES ('intake', :'intake'), ('registration', :'registration'),
               ('training', :'training'), ('matching', :'matching'),
               ('reporting', :'reporting')) AS passwords (service, password) \gexec

-- Grafana reads the published tables only.
SELECT format('ALTER ROLE lmc_grafana LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L',
              :'grafana') \gexec
ALTER ROLE lmc_grafana SET search_path = published;
ALTER ROLE lmc_grafana SET default_transaction_read_only = on;

REVOKE ALL ON DATABASE postgres, template1, :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database"
   TO lmc_intake, lmc_registration, lmc_training, lmc_matching, lmc_reporting, lmc_grafana;

\connect :"database"
SET client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS intake AUTHORIZATION lmc_intake;
CREATE SCHEMA IF NOT EXISTS registration AUTHORIZATION lmc_registration;
CREATE SCHEMA IF NOT EXISTS training AUTHORIZATION lmc_training;
CREATE SCHEMA IF NOT EXISTS matching AUTHORIZATION lmc_matching;
CREATE SCHEMA IF NOT EXISTS reporting AUTHORIZATION lmc_reporting;
-- A rebuild creates its tables in the first, and keeps the replaced ones in the second.
CREATE SCHEMA IF NOT EXISTS reporting_next AUTHORIZATION lmc_reporting;
CREATE SCHEMA IF NOT EXISTS reporting_previous AUTHORIZATION lmc_reporting;
CREATE SCHEMA IF NOT EXISTS published AUTHORIZATION lmc_reporting;
GRANT USAGE ON SCHEMA published TO lmc_grafana;
ALTER DEFAULT PRIVILEGES FOR ROLE lmc_reporting IN SCHEMA published
GRANT SELECT ON TABLES TO lmc_grafana;
