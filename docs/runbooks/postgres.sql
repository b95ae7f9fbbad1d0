-- Roles and grants of a PostgreSQL source, for psql or any client; run as the owner of the database.
-- Change `app` and `app.trades` to your schema and tables. Passwords are set apart, with \password.

create role tradehouse_sync login connection limit 4;
create role tradehouse_archive login connection limit 2 in role tradehouse_sync;

-- the oldest running transaction limits how far a pass may go: who cannot see it could skip rows
grant pg_read_all_stats to tradehouse_sync;
alter role tradehouse_archive inherit;

-- tradehouse sync, tradehouse verify: read, nothing else
grant usage on schema app to tradehouse_sync;
grant select on app.trades to tradehouse_sync;
alter role tradehouse_sync set default_transaction_read_only = on;

-- what a pass needs to find changes without reading the whole table
create index if not exists trades_changes on app.trades (updated_at, id);

-- tradehouse archive: the receipts, and the rows that leave
create schema if not exists tradehouse;
create table if not exists tradehouse.archive_receipts (
    receipt_id text primary key,
    source text not null,
    feed text not null,
    rows bigint not null,
    total numeric not null,
    content_hash numeric not null,
    archived_at timestamptz not null default now()
);
grant usage on schema tradehouse to tradehouse_archive;
grant select, insert on tradehouse.archive_receipts to tradehouse_archive;
-- `for update` asks for update on a column at least; with the option archived_at it is that one
grant delete, update (updated_at) on app.trades to tradehouse_archive;
