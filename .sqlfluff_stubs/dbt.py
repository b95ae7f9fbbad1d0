"""What `{{ dbt.<macro>() }}` renders to while linting. See .sqlfluff."""

from __future__ import annotations


def type_string() -> str:
    return "String"


def dateadd(datepart: str, interval: str, from_date_or_timestamp: str) -> str:
    return f"date_add({datepart}, {interval}, {from_date_or_timestamp})"
