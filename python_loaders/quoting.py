"""Quoting of names and text constants, the only place where SQL is put together from values.

Values of queries are bound as parameters; these serve DDL and generated expressions, where
parameters cannot stand.
"""

from __future__ import annotations


def identifier(name: str) -> str:
    """A name in ClickHouse SQL."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal(text: str) -> str:
    """A text constant in ClickHouse SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def duck_identifier(name: str) -> str:
    """A name in DuckDB SQL."""
    return '"' + name.replace('"', '""') + '"'


def duck_literal(text: str) -> str:
    """A text constant in DuckDB SQL."""
    return "'" + text.replace("'", "''") + "'"


def pg_identifier(name: str) -> str:
    """A name in a statement for psycopg, which reads ``%`` as the mark of a parameter."""
    return duck_identifier(name).replace("%", "%%")


def pg_literal(text: str) -> str:
    """A text constant in a statement for psycopg."""
    return duck_literal(text).replace("%", "%%")
