"""The connection that a profiles.yml names, as dbt reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_loaders.errors import ConfigurationError
from python_loaders.profile import Target, read_target
from tests.python.conftest import PROJECT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "dbt_project.yml").write_text("name: tradehouse\nprofile: mine\n")
    return tmp_path


def write(folder: Path, outputs: str, target: str = "a") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"mine:\n  target: {target}\n  outputs:\n{outputs}"
    (folder / "profiles.yml").write_text(text, encoding="utf-8")


def chdb(name: str, path: str, more: str = "") -> str:
    return f"    {name}: {{type: chdb, chdb_path: {path}, schema: s{more}}}\n"


def test_an_embedded_target(project: Path) -> None:
    write(project, chdb("a", "wh", ", custom_settings: {join_use_nulls: 1}"))
    assert read_target(project) == Target(
        name="a", type="chdb", schema="s", path=str(project / "wh"), settings={"join_use_nulls": 1}
    )
    assert read_target(project).raw_database == "s_raw"


def test_paths_of_the_embedded_warehouse(project: Path) -> None:
    write(project, chdb("a", "/abs/wh") + chdb("b", "':memory:'") + chdb("c", "~/wh")
          + "    d: {type: chdb, schema: s}\n")  # fmt: skip
    paths = {name: read_target(project, target=name).path for name in "abcd"}
    assert paths == {
        "a": "/abs/wh", "b": ":memory:", "c": str(project / "home" / "wh"),
        "d": str(project / "warehouse"),
    }  # fmt: skip


SERVER = """
    a:
      type: clickhouse
      schema: s
      host: "{{ env_var('TH_HOST', 'localhost') }}"
      port: "{{ env_var('TH_PORT', '8123') | as_number }}"
      user: "{{ env_var('TH_USER') }}"
      password: "{{ env_var('TH_PASSWORD', '') }}"
      secure: "{{ env_var('TH_SECURE', 'false') | as_bool }}"
      verify: false
      cluster: "{{ env_var('TH_CLUSTER', '') }}"
      custom_settings: {max_threads: "{{ 1 + 1 }}"}
"""


def test_a_server_from_environment_variables(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, SERVER)
    with pytest.raises(ConfigurationError, match="environment variable TH_USER is not set"):
        read_target(project)
    monkeypatch.setenv("TH_USER", "reader")
    assert read_target(project) == Target(
        name="a", type="clickhouse", schema="s", host="localhost", port=8123, user="reader",
        password="", secure=False, verify=False, cluster="", settings={"max_threads": "2"},
    )  # fmt: skip
    for name, value in {"HOST": "h", "PORT": "8443", "PASSWORD": "p", "SECURE": "True",
                        "CLUSTER": "c"}.items():  # fmt: skip
        monkeypatch.setenv(f"TH_{name}", value)
    target = read_target(project)
    assert (target.host, target.port, target.password) == ("h", 8443, "p")
    assert (target.secure, target.cluster) == (True, "c")
    # a password never shows in a message
    assert "'p'" not in repr(target)


def test_where_the_profile_is_looked_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's folder, else DBT_PROFILES_DIR, else the project, else ~/.dbt."""
    folders = [project / "home" / ".dbt", project, project / "environment", project / "command"]
    found = []
    for number, folder in enumerate(folders):
        write(folder, chdb(f"t{number}", "wh"), target=f"t{number}")
        if folder.name == "environment":
            monkeypatch.setenv("DBT_PROFILES_DIR", str(folder))
        command = folder if folder.name == "command" else None
        found.append(read_target(project, command).name)
    assert found == ["t0", "t1", "t2", "t3"]
    # the one that is named is the only one looked at
    with pytest.raises(ConfigurationError, match=r"no profiles.yml in .*nowhere; copy"):
        read_target(project, project / "nowhere")


def test_a_database_of_postgresql(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target of the example, as the runbook sets it; dbt's other words for two of the keys."""
    example = (PROJECT / "profiles.example.yml").read_text(encoding="utf-8")
    (project / "profiles.yml").write_text(example.replace("tradehouse:", "mine:", 1))
    for name in ("HOST", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.setenv(f"TRADEHOUSE_PG_{name}", name.lower())
    target = read_target(project, target="postgres")
    assert target == Target(
        name="postgres", type="postgres", schema="tradehouse", host="host", port=5432,
        user="user", password="password", database="database", sslmode="prefer",
    )  # fmt: skip
    assert "password=" not in repr(target)
    write(project, "    a: {type: postgres, schema: s, pass: p, database: d}\n")
    assert (read_target(project).password, read_target(project).database) == ("p", "d")


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (chdb("b", "wh"), "no target a in profile mine; it has b"),
        ("    a: {type: mysql, schema: s}\n", "target a has type mysql"),
        ('    a: {type: chdb, schema: "{{ nothing }}"}\n', "does not render: 'nothing' is undef"),
        ('    a: {type: chdb, schema: "{{ 1 + }}"}\n', "does not render"),
    ],
)
def test_a_profile_that_is_wrong(project: Path, outputs: str, words: str) -> None:
    write(project, outputs)
    with pytest.raises(ConfigurationError) as error:
        read_target(project)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_no_profile_of_the_projects_name(project: Path) -> None:
    (project / "profiles.yml").write_text("")
    with pytest.raises(ConfigurationError, match="no profile mine; copy profiles"):
        read_target(project)
