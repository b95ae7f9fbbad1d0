-- Roles, schemas and grants of a PostgreSQL that is a target, for psql or any client; run once, as the owner
-- of the database. Passwords are set apart, with \password.

create role tradehouse_writer login connection limit 12;
create role tradehouse_reader login;

-- `tradehouse load` and `dbt build` make tables in these three schemas, and nothing elsewhere
create schema tradehouse_raw authorization tradehouse_writer;
create schema tradehouse_staging authorization tradehouse_writer;
create schema tradehouse authorization tradehouse_writer;

-- BI tools read the marts, also those that a later build makes anew
grant usage on schema tradehouse to tradehouse_reader;
alter default privileges for role tradehouse_writer in schema tradehouse
grant select on tables to tradehouse_reader;
