"""What `{{ adapter.<method>() }}` renders to while linting. See .sqlfluff."""

from __future__ import annotations


def quote(name: str) -> str:
    return f'"{name}"'
