"""The error families of the loaders, each with its exit code.

Every message is one line that says what was wrong, where, and what to do.
"""

from __future__ import annotations


class TradehouseError(Exception):
    """Base of all errors that are shown to the user as one line."""

    exit_code = 1


class ConfigurationError(TradehouseError):
    """The command, the profile or a contract is wrong; nothing was read."""

    exit_code = 2


class InputRefused(TradehouseError):
    """The source does not fit; nothing of it landed."""

    exit_code = 3


class WarehouseUnavailable(TradehouseError):
    """The warehouse or a source could not be reached; the same call may succeed later."""

    exit_code = 4


def first_line(error: BaseException) -> str:
    """The first line of what a library's error says, or its name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def in_one_line(error: BaseException) -> str:
    """All that a library's error says, without its line breaks."""
    return " ".join(str(error).split())[:600]


def listed(names: list[str]) -> str:
    """Names in one line, also where a file of another kind was read as names."""
    shown = [repr(name) if len(name) <= 60 else f"{name[:60]!r}..." for name in names[:8]]
    more = [f"and {len(names) - 8} more"] if len(names) > 8 else []
    return ", ".join(shown + more)
