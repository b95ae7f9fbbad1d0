"""`tradehouse query`: the shapes of its answer, and that it only reads."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.python.conftest import House, WriteCsv, trade
from tests.python.integration.conftest import one_line

TYPES = (
    "select 1 as whole, toDecimal64('1.50', 4) as money, toDate('2026-01-05') as day, "
    "toDateTime64('2026-01-05 10:00:00.5', 6, 'UTC') as at, null as nothing, 'é\"\n' as word, "
    "['a', 'b'] as words, toUInt64(18446744073709551615) as large, 0.1 as ratio, "
    "toFloat64(1) / 0 as undefined, true as flag"
)


def test_a_query_as_json_has_types(house: House) -> None:
    answer = house.run("query", TYPES, "--json")
    assert answer.rows == [
        {"whole": 1, "money": 1.5, "day": "2026-01-05", "at": "2026-01-05 10:00:00.500000",
         "nothing": None, "word": 'é"\n', "words": ["a", "b"], "large": 18446744073709551615,
         "ratio": 0.1, "undefined": None, "flag": True}
    ]  # fmt: skip
    precise = "select toDecimal128('123456789012345.123456789012', 12) as money"
    assert '"money":123456789012345.123456789012' in house.run("query", precise, "--json").out
    assert house.run("query", "select 1 as a where 0", "--json").rows == []
    # a statement may end in a semicolon or a comment
    assert house.run("query", "select 1 as a;", "--json").rows == [{"a": 1}]
    assert house.run("query", "select 1 as a -- one", "--json").rows == [{"a": 1}]


def test_a_query_as_csv_and_as_a_table(house: House) -> None:
    sql = "select arrayJoin([1, 2]) as a, if(a = 2, 3, null) as b, if(a = 1, 'x,\"y\"', '') as c"
    rows = list(csv.reader(io.StringIO(house.run("query", sql, "--csv").out)))
    assert rows == [["a", "b", "c"], ["1", "\\N", 'x,"y"'], ["2", "3", ""]]
    table = house.run("query", "select 42 as answer").out
    assert "answer" in table
    assert "42" in table


@pytest.mark.parametrize(
    "sql",
    [
        "insert into {raw}.trades (trade_id) values ('x')",
        "drop table {raw}.trades",
        "truncate table {raw}.trades",
        "alter table {raw}.trades delete where 1",
        "create table {raw}.t (a Int8) engine = Memory",
        "create temporary table t (a Int8)",
        "insert into function file('stolen.csv') select 1",
        "select 1 into outfile 'stolen.csv'",
        "select 1; drop table {raw}.trades",
        "select 1 settings readonly = 0",
        "selec 1",
        "select * from nowhere",
        "",
    ],
)
def test_a_query_reads_only_and_must_be_right(house: House, write_csv: WriteCsv, sql: str) -> None:
    house.load("trades", write_csv([trade()]))
    answer = house.run("query", sql.format(raw=f"{house.schema}_raw"))
    assert (answer.code, answer.out) == (2, "")
    assert re.search("the query failed: |query only reads: ", one_line(answer.err))
    assert house.query("select trade_id from raw.trades") == [{"trade_id": "t1"}]
    assert house.query(f"select name from system.tables where database = '{house.schema}_raw' "
                       "and name = 't'") == []  # fmt: skip
