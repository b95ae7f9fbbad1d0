"""The connection of a dbt target, read from the same profiles.yml that dbt reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from python_loaders.errors import ConfigurationError
from python_loaders.yaml_text import parse_yaml


@dataclass(frozen=True)
class Target:
    """One output of the profile ``tradehouse``.

    ``type`` is ``chdb`` (``path`` set, ``:memory:`` allowed), ``clickhouse`` (host and port set) or
    ``postgres`` (host, port, database and sslmode set).
    """

    name: str
    type: str
    schema: str
    path: str = ""
    host: str = ""
    port: int = 8123
    user: str = "default"
    password: str = field(default="", repr=False)
    secure: bool = False
    verify: bool = True
    cluster: str = ""
    database: str = ""
    sslmode: str = "prefer"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def raw_database(self) -> str:
        return f"{self.schema}_raw"


def read_target(
    project_dir: Path, profiles_dir: Path | None = None, target: str | None = None
) -> Target:
    """Read the target from profiles.yml.

    The file is looked for where dbt looks: ``profiles_dir``, else ``DBT_PROFILES_DIR``, else the
    project directory, else ``~/.dbt``.

    Raises:
        ConfigurationError: no such file, profile or target, or a key that does not render.
    """
    path = _profiles_path(project_dir, profiles_dir)
    document = parse_yaml(path.read_text(encoding="utf-8")) or {}
    project = parse_yaml((project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    profile_name = project.get("profile", "tradehouse")
    profile = document.get(profile_name)
    if not isinstance(profile, dict):
        raise ConfigurationError(f"{path}: no profile {profile_name}; copy profiles.example.yml")
    name = str(target or _render(profile.get("target", "default"), path))
    outputs = profile.get("outputs", {})
    if name not in outputs:
        raise ConfigurationError(
            f"{path}: no target {name} in profile {profile_name}; it has {', '.join(outputs)}"
        )
    keys = {key: _render(value, path) for key, value in outputs[name].items()}
    if keys.get("type") == "chdb":
        location = str(keys.get("chdb_path", "warehouse"))
        if location != ":memory:":
            location = str((project_dir / Path(location).expanduser()).resolve())
        return Target(
            name=name,
            type="chdb",
            schema=str(keys["schema"]),
            path=location,
            settings=dict(keys.get("custom_settings") or {}),
        )
    if keys.get("type") == "clickhouse":
        return Target(
            name=name,
            type="clickhouse",
            schema=str(keys["schema"]),
            host=str(keys.get("host", "localhost")),
            port=int(keys.get("port") or 8123),
            user=str(keys.get("user", "default")),
            password=str(keys.get("password") or ""),
            secure=_as_bool(keys.get("secure", False)),
            verify=_as_bool(keys.get("verify", True)),
            cluster=str(keys.get("cluster") or ""),
            settings=dict(keys.get("custom_settings") or {}),
        )
    if keys.get("type") == "postgres":
        return Target(
            name=name,
            type="postgres",
            schema=str(keys["schema"]),
            host=str(keys.get("host", "localhost")),
            port=int(keys.get("port") or 5432),
            user=str(keys.get("user", "")),
            password=str(keys.get("password") or keys.get("pass") or ""),
            database=str(keys.get("dbname") or keys.get("database") or ""),
            sslmode=str(keys.get("sslmode") or "prefer"),
        )
    raise ConfigurationError(
        f"{path}: target {name} has type {keys.get('type')}; the loaders know chdb, clickhouse and "
        "postgres"
    )


def _profiles_path(project_dir: Path, profiles_dir: Path | None) -> Path:
    if not (project_dir / "dbt_project.yml").is_file():
        raise ConfigurationError(
            f"{project_dir}: no dbt_project.yml; run in a Tradehouse project or name one with "
            "--project-dir"
        )
    folders: list[Path]
    if profiles_dir is not None:
        folders = [profiles_dir]
    elif os.environ.get("DBT_PROFILES_DIR"):
        folders = [Path(os.environ["DBT_PROFILES_DIR"])]
    else:
        folders = [project_dir, Path.home() / ".dbt"]
    for folder in folders:
        if (folder / "profiles.yml").is_file():
            return folder / "profiles.yml"
    raise ConfigurationError(
        f"no profiles.yml in {' or '.join(str(folder) for folder in folders)}; "
        "copy profiles.example.yml to profiles.yml"
    )


_NO_DEFAULT = object()


def _env_var(name: str, default: Any = _NO_DEFAULT) -> Any:
    value = os.environ.get(name, default)
    if value is _NO_DEFAULT:
        raise ConfigurationError(f"environment variable {name} is not set; the profile needs it")
    return value


def _as_bool(value: Any) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes", "on"}


def _environment() -> Environment:
    # Text comes out, as from dbt's own filters; read_target turns numbers and flags.
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.globals["env_var"] = _env_var
    for name in ("as_number", "as_bool", "as_text", "as_native"):
        environment.filters[name] = str
    return environment


def _render(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _render(entry, path) for key, entry in value.items()}
    if isinstance(value, str) and "{" in value:
        try:
            return _environment().from_string(value).render()
        except TemplateError as error:
            raise ConfigurationError(f"{path}: {value!r} does not render: {error}") from error
    return value
