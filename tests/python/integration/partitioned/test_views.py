"""A view is made anew where something of it would differ, and only there."""

from __future__ import annotations

from tests.python.marts import Marts

VIEW = "stg_accounts"


def build_view(marts: Marts, *options: str) -> str:
    """Its identity after a build: a view that was made anew has another one."""
    marts.dbt("run", "--select", VIEW, *options)
    sql = f"select uuid from system.tables where database = '{{marts}}_staging' and name = '{VIEW}'"
    return str(marts.query(sql)[0][0])


def test_a_view_is_made_anew_where_it_would_differ(marts: Marts) -> None:
    seen = [build_view(marts)]
    assert build_view(marts) == seen[0]
    # its own SQL is the same, but what it reads is not
    marts.command("alter table {marts}_raw.accounts add column further String")
    seen.append(build_view(marts))
    marts.command("alter table {marts}_raw.accounts drop column further")
    seen.append(build_view(marts))
    with marts.edited((f"models/staging/trading/{VIEW}.sql", "select * from", "select  * from")):
        seen.append(build_view(marts))
    marts.command(f"create or replace view {{marts}}_staging.{VIEW} as select 1 as account_id")
    seen += [build_view(marts), build_view(marts, "--full-refresh")]
    assert len(set(seen)) == len(seen)
