"""A view or a table is made anew where something of it would differ, and only there."""

from __future__ import annotations

from tests.python.marts import Marts, price

VIEW, TABLE = "stg_accounts", "dim_account"


def identity(marts: Marts, name: str) -> str:
    """A relation that was made anew has another one."""
    found = marts.query(
        "select uuid from system.tables "
        f"where database in ('{{marts}}', '{{marts}}_staging') and name = '{name}'"
    )
    return str(found[0][0])


def build(marts: Marts, name: str, *options: str) -> str:
    marts.dbt("run", "--select", name, *options)
    return identity(marts, name)


def test_a_view_is_made_anew_where_it_would_differ(marts: Marts) -> None:
    seen = [build(marts, VIEW)]
    assert build(marts, VIEW) == seen[0]
    # its own SQL is the same, but what it reads is not
    marts.command("alter table {marts}_raw.accounts add column further String")
    seen.append(build(marts, VIEW))
    marts.command("alter table {marts}_raw.accounts drop column further")
    seen.append(build(marts, VIEW))
    with marts.edited((f"models/staging/trading/{VIEW}.sql", "select * from", "select  * from")):
        seen.append(build(marts, VIEW))
    marts.command(f"create or replace view {{marts}}_staging.{VIEW} as select 1 as account_id")
    seen += [build(marts, VIEW), build(marts, VIEW, "--full-refresh")]
    assert len(set(seen)) == len(seen)


def test_a_table_is_written_anew_where_its_rows_could_differ(marts: Marts) -> None:
    marts.build()
    seen = [build(marts, TABLE)]
    assert build(marts, TABLE) == seen[0]
    flow = {"account_id": "state", "flow_id": "1", "currency": "USDT", "reason": "deposit",
            "amount": "5", "at": "2023-01-01T00:00:00Z"}  # fmt: skip
    # a feed that it reads by way of a view, and nothing else
    marts.load("cash_flows", [flow])
    seen.append(build(marts, TABLE))
    # a batch of a feed that it does not read changes nothing
    marts.load("price_snapshots", [price("glove", "2023-01-01T00:00:00Z")])
    assert build(marts, TABLE) == seen[-1]
    # a partitioned table that it reads
    marts.build("agg_trade_activity_monthly", full_refresh=True)
    seen.append(build(marts, TABLE))
    path = f"models/marts/trading/{TABLE}.sql"
    with marts.edited((path, "select * from final", "select  * from final")):
        seen.append(build(marts, TABLE))
    seen.append(build(marts, TABLE))
    # what a build left that was killed before it dropped the old table
    marts.command(f"create table {{marts}}._work_{TABLE} as {{marts}}.{TABLE}")
    assert build(marts, TABLE) == seen[-1]
    assert marts.query(f"exists table {{marts}}._work_{TABLE}") == [(0,)]
    marts.command(f"drop table {{marts}}.{TABLE} sync")
    seen += [build(marts, TABLE), build(marts, TABLE, "--full-refresh")]
    assert len(set(seen)) == len(seen)


def test_a_table_follows_the_seed_that_it_reads(marts: Marts) -> None:
    """Written again with the same rows, a seed changes nothing."""
    marts.dbt("seed", "--select", "venues")
    marts.dbt("snapshot")
    marts.dbt("run", "--select", "+dim_venue")
    seen = [identity(marts, "dim_venue")]
    marts.dbt("seed", "--select", "venues", "--full-refresh")
    assert build(marts, "dim_venue") == seen[0]
    marts.command(
        "alter table {marts}_staging.venues update name = 'Another' where venue = 'steam' "
        "settings mutations_sync = 2"
    )
    assert build(marts, "dim_venue") != seen[0]
    assert marts.query("select name from {marts}.dim_venue where venue = 'steam'") == [("Another",)]
