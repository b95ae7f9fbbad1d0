"""The profile of `type: chdb`."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dbt.adapters.clickhouse.credentials import ClickHouseCredentials
from dbt_common.dataclass_schema import ValidationError

from python_loaders.embedded import MEMORY

PROFILE_KEYS = ("driver", "chdb_path", "schema", "custom_settings")


@dataclass
class ChdbCredentials(ClickHouseCredentials):
    """Where the embedded warehouse lies, and the settings of its sessions.

    The server's keys (host, port, cluster, ...) are inherited because dbt-clickhouse reads them,
    but a profile may not set them: see `validate`.
    """

    driver: str = "chdb"
    chdb_path: str = MEMORY
    host: str = ""
    user: str = ""

    @property
    def type(self) -> str:
        """The adapter's name, as in `type:` of a profile."""
        return "chdb"

    @property
    def unique_field(self) -> str:
        """What tells two warehouses apart."""
        return self.chdb_path

    @classmethod
    def validate(cls, data: dict[str, Any]) -> None:
        """Refuse a key that would be ignored, another driver, and a path that is an option string.

        Raises ValidationError, which dbt prints as an invalid profile.
        """
        # dbt also validates the finished object, where a server's keys stand at their defaults
        inherited = {field.name: field.default for field in fields(cls)}
        unknown = [
            key
            for key, value in data.items()
            if key not in PROFILE_KEYS and (key not in inherited or value != inherited[key])
        ]
        if unknown:
            raise ValidationError(
                f"type chdb does not know {', '.join(unknown)}: its keys are "
                f"{', '.join(PROFILE_KEYS)}; for a server use type clickhouse"
            )
        super().validate(data)
        if data.get("driver", "chdb") != "chdb":
            raise ValidationError("the driver of type chdb is chdb; for a server use clickhouse")
        path = data.get("chdb_path", MEMORY)
        if not path or "?" in path:
            raise ValidationError(f"chdb_path is a directory or {MEMORY}, not {path!r}")

    def resolve(self, root: Path) -> None:
        """Make a relative path absolute: it counts from `root`, the project's directory."""
        if self.chdb_path != MEMORY:
            self.chdb_path = str((root / Path(self.chdb_path).expanduser()).resolve())

    def _connection_keys(self) -> tuple[str, ...]:
        return ("driver", "chdb_path", "schema", "custom_settings")
