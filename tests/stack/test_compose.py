"""docker-compose.yml and Dockerfile, without an engine: schema, images, ports, mounts, secrets, privileges."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack.generation import ROOT, run, succeed

FILE = ROOT / "docker-compose.yml"
CONFIG = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = CONFIG["services"]
COMPOSE = ROOT / ".tools/trixie/usr/bin/docker-compose"
SECRETS = {
    "POSTGRES_PASSWORD": "postgres-secret",
    "GRAFANA_ADMIN_PASSWORD": "grafana-secret",
    "GRAFANA_DATABASE_PASSWORD": "reader-secret",
}
needs_compose = pytest.mark.skipif(not COMPOSE.exists(), reason="tools/newer.sh trixie has not run")


def test_the_file_follows_the_compose_specification() -> None:
    succeed(ROOT / ".venv/bin/check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE)


@needs_compose
def test_compose_itself_accepts_the_file() -> None:
    known = json.loads(succeed(COMPOSE, "-f", FILE, "config", "--format", "json", environment=SECRETS))
    assert set(known["services"]) == {"postgres", "exporter", "prometheus", "alertmanager", "grafana"}
    assert known["services"]["exporter"]["environment"]["DATABASE_URL"].startswith(
        "postgresql://comms:postgres-secret@"
    )


@needs_compose
@pytest.mark.parametrize("missing", SECRETS)
def test_compose_refuses_to_start_without_a_password(missing: str) -> None:
    refused = run(COMPOSE, "-f", FILE, "config", "-q", environment=SECRETS | {missing: ""})
    assert refused.returncode != 0
    assert missing in refused.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_tag(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only") is True or name == "postgres"
    assert not service.get("privileged")


def test_the_exporter_is_nobody_special_and_writes_nowhere() -> None:
    exporter = SERVICES["exporter"]
    assert exporter["user"] == "10001:10001"
    assert all(volume.endswith(":ro") for volume in exporter["volumes"])
    assert exporter["tmpfs"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_open_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_until_the_one_it_needs_is_healthy(name: str) -> None:
    for needed, condition in SERVICES[name].get("depends_on", {}).items():
        assert needed in SERVICES
        assert condition == {"condition": "service_healthy"}


def test_mounted_paths_exist_and_volumes_are_declared() -> None:
    for service in SERVICES.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in CONFIG["volumes"], source


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL", key):
                assert value is None or re.search(r"\$\{\w+:\?", value), key


def test_the_exporter_listens_where_it_is_looked_for() -> None:
    exporter = SERVICES["exporter"]
    port = exporter["environment"]["COMMS_LISTEN"].rpartition(":")[2]
    assert exporter["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"exporter:{port}" in (ROOT / "prometheus.yml").read_text(encoding="utf-8")
    assert f":{port}/-/healthy" in exporter["healthcheck"]["test"][-1]


def test_prometheus_starts_with_the_flags_of_compose(tmp_path: Path) -> None:
    moved = {"/etc/prometheus": str(ROOT), "/prometheus": str(tmp_path)}
    flags = [_moved(flag, moved) for flag in SERVICES["prometheus"]["command"]]
    assert _answers_ready(["prometheus", *flags, "--web.listen-address=127.0.0.1:0"], tmp_path)


def _moved(flag: str, moved: dict[str, str]) -> str:
    name, equals, value = flag.partition("=")
    for inside, outside in moved.items():
        if value.startswith(inside):
            return f"{name}{equals}{outside}{value.removeprefix(inside)}"
    return flag


def _answers_ready(command: list[str], folder: Path) -> bool:
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            give_up = time.monotonic() + 60
            while time.monotonic() < give_up and process.poll() is None:
                if "Server is ready" in log.read_text(encoding="utf-8"):
                    return True
                time.sleep(0.05)
            return False
        finally:
            process.terminate()


def test_hadolint_has_nothing_to_say() -> None:
    assert succeed(ROOT / ".venv/bin/hadolint", "Dockerfile") == ""


def test_the_image_is_built_from_locked_parts_by_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.txt" in text
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["python:3.11.13-slim-bookworm"] * 2
    assert text.index("USER 10001:10001") < text.index("ENTRYPOINT")
    assert "/-/healthy" in text


def test_what_the_image_copies_is_let_through_to_the_engine() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for name in line.split()
    }
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)
    assert all((ROOT / name).exists() for name in copied)
