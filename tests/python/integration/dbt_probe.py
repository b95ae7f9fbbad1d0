"""A dbt project that shows every materialization, and runs of dbt in processes of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]

PROJECT = {
    "dbt_project.yml": """
name: probe
profile: tradehouse
config-version: 2
flags:
    send_anonymous_usage_stats: false
seeds:
    probe:
        +column_types:
            symbol: String
            price: Decimal(38, 12)
""",
    "seeds/symbols.csv": "symbol,price\nBTC/USDT,60000.123456789012\nETH/USDT,3000.5\n",
    "models/eph.sql": "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('symbols') }}",
    "models/vw.sql": "{{ config(materialized='view') }}\nselect * from {{ ref('eph') }}",
    "models/joined.sql": """
{{ config(materialized='table') }}
select
    vw.symbol as symbol,
    vw.price * 2 as doubled,
    other.note as note,
    timezone() as zone
from {{ ref('vw') }} as vw
left join (select 'BTC/USDT' as symbol, 'big' as note) as other on other.symbol = vw.symbol
""",
    "models/appended.sql": """
{{ config(materialized='incremental', incremental_strategy='append', order_by='n') }}
select toUInt32(number + 10 * {{ env_var('ROUND', '1') }}) as n from numbers(3)
""",
    "models/replaced.sql": """
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='k') }}
{% if is_incremental() %}
select 2 as k, 'new' as v union all select 3 as k, 'new' as v
{% else %}
select 1 as k, 'old' as v union all select 2 as k, 'old' as v
{% endif %}
""",
    "models/overwritten.sql": """
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='p') }}
{% if is_incremental() %}
select 2 as p, 'new' as v
{% else %}
select 1 as p, 'old' as v union all select 2 as p, 'old' as v union all select 2 as p, 'two' as v
{% endif %}
""",
    "models/counted.sql": """
{{ config(
    materialized='materialized_view', engine='SummingMergeTree()', order_by='tens', catchup=true
) }}
select intDiv(n, 10) as tens, count() as rows from {{ ref('appended') }} group by tens
""",
    "models/dict_symbols.sql": """
{{ config(
    materialized='dictionary',
    fields=[('symbol', 'String'), ('price', 'Decimal(38, 12)')],
    primary_key='symbol',
    layout='COMPLEX_KEY_HASHED()',
    lifetime='0',
) }}
select symbol, price from {{ ref('symbols') }}
""",
    "models/looked_up.sql": """
{{ config(materialized='table') }}
-- depends_on: {{ ref('dict_symbols') }}
select dictGet('{{ target.schema }}.dict_symbols', 'price', tuple('ETH/USDT')) as price
""",
    "models/kept.sql": """
{{ config(materialized='table') }}
select 'ETH/USDT' as symbol, cast('3000.5' as Decimal(38, 12)) as price
""",
    "models/broken.sql": """
{{ config(materialized='table', enabled=env_var('ROUND', '1') == '2') }}
select 'ETH/USDT' as symbol, 3000.5 as price
""",
    "models/fees.sql": """
select venue, fee
from values('venue String, fee UInt32', ('a', 1), {% if env_var('ROUND', '1') == '1' %}
    ('b', 2), ('c', 3)
{% else %}
    ('b', 9)
{% endif %})
""",
    "models/schema.yml": """
models:
    - name: kept
      description: Enforced and kept.
      config: {contract: {enforced: true}}
      columns:
          - {name: symbol, data_type: String, description: Key., data_tests: [unique]}
          - {name: price, data_type: "Decimal(38, 12)"}
    - name: broken
      config: {contract: {enforced: true}}
      columns:
          - {name: symbol, data_type: String}
          - {name: price, data_type: "Decimal(38, 12)"}
unit_tests:
    - name: doubles_and_keeps_unmatched
      model: joined
      given:
          - input: ref('vw')
            rows:
                - {symbol: BTC/USDT, price: 1.5}
                - {symbol: XRP/USDT, price: 0.000000000001}
      expect:
          rows:
              - {symbol: BTC/USDT, doubled: 3, note: big}
              - {symbol: XRP/USDT, doubled: 0.000000000002, note: null}
snapshots:
    - name: fee_history
      relation: ref('fees')
      config: {unique_key: venue, strategy: check, check_cols: [fee], hard_deletes: invalidate}
""",
    **{
        f"models/slow_{i}.sql": (
            "{{ config(materialized='table', enabled=env_var('ROUND', '1') == '1') }}\n"
            "select now64(3) as started_at, sleepEachRow(2) as zero from numbers(1)"
        )
        for i in range(4)
    },
}

QUERIES = {
    "joined": "select symbol, toString(doubled), note, zone from joined order by symbol",
    "appended": "select groupArray(n) from (select n from appended order by n)",
    "replaced": "select k, v from replaced order by k",
    "overwritten": "select p, v from overwritten order by p, v",
    "counted": "select tens, sum(rows) from counted group by tens order by tens",
    "looked_up": "select toString(price) from looked_up",
    "fees": """
        select venue, fee, dbt_valid_to is null from fee_history order by venue, fee""",
    "slow": """
        select countIf(started_at < ended_at)
        from (
            select started_at, min(started_at + interval 2 second) over () as ended_at
            from merge('tradehouse', '^slow_')
        )""",
    "engines": "select name, engine from system.tables where database = 'tradehouse'",
    "leftovers": """
        select database, name from system.tables
        where is_temporary or name like '%\\_\\_dbt%'""",
}

READ = """
import json, sys
from python_loaders.embedded import open_client
client = open_client(sys.argv[1], {"session_timezone": "UTC"})
client.command("use tradehouse")
queries = json.loads(sys.argv[2])
print(json.dumps({k: client.query(q).result_rows for k, q in queries.items()}))
client.close()
"""


def environment(path: Path | str) -> dict[str, str]:
    """The caller's environment, with the warehouse's path and a zone that is not UTC."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "TRADEHOUSE_"))},
        "TRADEHOUSE_PATH": str(path),
        "TZ": "America/New_York",
    }


def dbt_command(*args: str) -> list[str]:
    return [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *args]


def dbt(
    *args: str, cwd: Path, path: Path | str = "warehouse", **env: str
) -> subprocess.CompletedProcess[str]:
    """One dbt run; `path` is the warehouse's."""
    return subprocess.run(
        dbt_command(*args),
        cwd=cwd,
        env={**environment(path), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def python(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        env=environment(""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read(path: Path, queries: dict[str, str]) -> dict[str, list[list[Any]]]:
    """The rows of each query, from a process of its own."""
    done = python(READ, str(path), json.dumps(queries))
    assert done.returncode == 0, done.stderr
    rows: dict[str, list[list[Any]]] = json.loads(done.stdout)
    return rows


def write_project(root: Path, files: dict[str, str]) -> Path:
    """A project that takes its profile from the example that users copy."""
    example = (ROOT / "profiles.example.yml").read_text()
    for name, text in {**files, "profiles.yml": example}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@dataclass(frozen=True)
class Round:
    """What one `dbt build` left: its results by name, and the warehouse's rows."""

    returncode: int
    output: str
    results: dict[str, dict[str, Any]]
    rows: dict[str, list[list[Any]]]


@dataclass(frozen=True)
class Built:
    project: Path
    first: Round
    second: Round


def build(project: Path, number: int, cwd: Path) -> Round:
    done = dbt(
        "build",
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        cwd=cwd,
        ROUND=str(number),
    )
    artifact = json.loads((project / "target" / "run_results.json").read_text())
    # model.probe.<name>, test.probe.<name>.<hash>, unit_test.probe.<model>.<name>
    results = {
        result["unique_id"].split(".")[3 if "unit_test" in result["unique_id"] else 2]: result
        for result in artifact["results"]
    }
    if number == 1:
        assert done.returncode == 0, done.stdout + done.stderr
    rows = read(project / "warehouse", QUERIES)
    return Round(done.returncode, done.stdout + done.stderr, results, rows)
