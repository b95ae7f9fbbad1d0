"""The cast of the levels of an order book, as DuckDB SQL."""

from __future__ import annotations

from python_loaders.quoting import duck_literal
from python_loaders.text_macros import NUMBER

# one side of an order book
LEVELS = "Array(Tuple(price Decimal(38, 12), size Decimal(38, 12), orders UInt32))"


def typed_levels(raw: str) -> str:
    """Levels of an order book, as lists or as objects; NULL where one of them is none."""
    lists = (
        f"list_transform(from_json({raw}, '[[\"VARCHAR\"]]'), "
        "lambda level: struct_pack(price := level[1], size := level[2], orders := level[3]))"
    )
    fields = '[{"price": "VARCHAR", "size": "VARCHAR", "orders": "VARCHAR"}]'
    objects = f"from_json({raw}, {duck_literal(fields)})"
    texts = f"case when json_type({raw}, '$[0]') = 'ARRAY' then {lists} else {objects} end"
    price, size = (
        f"case when regexp_full_match(level.{name}, '{NUMBER}') "
        f"then try_cast(level.{name} as decimal(38, 12)) end"
        for name in ("price", "size")
    )
    typed = (
        f"list_transform({texts}, lambda level: struct_pack(price := {price}, size := {size}, "
        "orders := case when coalesce(level.orders, '') = '' then 0::uinteger "
        "else try_cast(level.orders as uinteger) end))"
    )
    bad = (
        "lambda level: level.price is null or level.price <= 0 or level.size is null "
        "or level.size < 0 or level.orders is null"
    )
    whole = f"strict_json({raw}) and json_type({raw}) = 'ARRAY'"
    return f"case when {whole} and len(list_filter({typed}, {bad})) = 0 then {typed} end"
