"""The shipped Alertmanager configuration: routes for every alert, inhibition on a live Alertmanager, safe texts."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack.generation import GENERATIONS, ROOT, program, run, succeed
from tests.stack.rule_files import ALERTS

FILE = ROOT / "alertmanager/alertmanager.yml"
CONFIG = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SUBSYSTEMS = {rule["labels"]["subsystem"] for rule in ALERTS.values()}


def receiver(alert: str) -> str:
    """Who should hear of an alert."""
    severity, subsystem = (ALERTS[alert]["labels"][name] for name in ("severity", "subsystem"))
    if alert == "Watchdog":
        return "watchdog"
    if severity == "page" and subsystem in ("exporter", "monitoring", "paging"):
        return "page-outside"
    if severity == "page":
        return "page-delivery" if subsystem in ("delivery", "account") else "page-platform"
    return "ticket"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_amtool_accepts_the_configuration(generation: str) -> None:
    succeed(program("amtool", generation), "check-config", FILE)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_reaches_its_receiver(alert: str) -> None:
    labels = [f"{name}={value}" for name, value in ALERTS[alert]["labels"].items()]
    route = ("amtool", "config", "routes", "test", f"--config.file={FILE}")
    succeed(*route, f"--verify.receivers={receiver(alert)}", f"alertname={alert}", *labels)


def test_an_alert_of_somebody_else_becomes_a_ticket() -> None:
    route = ("amtool", "config", "routes", "test", f"--config.file={FILE}")
    succeed(*route, "--verify.receivers=ticket", "alertname=SomethingElse")
    assert run(*route, "--verify.receivers=page-platform", "alertname=SomethingElse").returncode != 0


def test_every_inhibition_is_bound_to_a_subsystem() -> None:
    assert all("subsystem" in rule["equal"] for rule in CONFIG["inhibit_rules"])


def test_inhibitions_name_alerts_that_exist() -> None:
    text = json.dumps(CONFIG["inhibit_rules"]).replace('\\"', '"')
    named = {
        name
        for rule in CONFIG["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        if matcher.startswith("alertname")
        for name in matcher.split('"')[1].split("|")
    }
    assert named <= set(ALERTS), text


def test_every_receiver_is_used_and_holds_no_secret() -> None:
    text = json.dumps(CONFIG["route"])
    for entry in CONFIG["receivers"]:
        assert f'"{entry["name"]}"' in text
        for webhook in entry.get("webhook_configs", []):
            assert webhook["url"].startswith(("http://127.0.0.1:", "http://exporter:9847/alerts"))
            assert set(webhook) == {"url", "send_resolved", "max_alerts"}


class Alertmanager:
    """A running Alertmanager that takes alerts and tells which of them it holds back."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._ask("GET", "/-/ready")[0] == HTTPStatus.OK
        except ConnectionError:
            return False

    def send(self, *alerts: dict[str, str]) -> None:
        """Post firing alerts, labels only."""
        now = datetime.now(UTC).isoformat()
        status, _ = self._ask(
            "POST", "/api/v2/alerts", [{"labels": labels, "startsAt": now} for labels in alerts]
        )
        assert status == HTTPStatus.OK

    def inhibited(self, count: int) -> set[str]:
        """`alertname tenant` of the alerts held back, once all of `count` alerts are known."""
        wait_until(lambda: len(self._alerts()) >= count)
        return {
            " ".join(filter(None, (alert["labels"]["alertname"], alert["labels"].get("tenant"))))
            for alert in self._alerts()
            if alert["status"]["inhibitedBy"]
        }

    def _alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._ask("GET", "/api/v2/alerts")[1])
        return found

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        with closing(HTTPConnection(self._address, timeout=5)) as connection:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()


def wait_until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["prometheus-alertmanager", f"--config.file={FILE}", f"--storage.path={tmp_path}"]
    command += [f"--web.listen-address={address}", "--cluster.listen-address=", "--log.level=error"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        started = Alertmanager(address)
        try:
            wait_until(started.ready)
            yield started
        finally:
            process.terminate()


def alert(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, **ALERTS[name]["labels"], **labels}


def test_a_cause_is_held_back_under_its_symptom_and_nothing_else_is(alertmanager: Alertmanager) -> None:
    alerts = (
        alert("LedgerDown", instance="a"),
        alert("FollowerLagging", instance="a"),
        alert("NoLeader"),
        alert("ConfigReloadFailed", instance="a"),
        alert("ScanStale", scan="usage"),
        alert("MessageErrorRatioHigh", tenant="acme", channel="sms"),
        alert("DeliveryRatioLow", tenant="acme", channel="sms"),
        alert("DeliveryRatioLow", tenant="other", channel="sms"),
        alert("ProcessingTimeP95High", tenant="acme", channel="sms"),
        alert("ProcessingTimeP95High", tenant="third", channel="sms"),
        alert("Watchdog"),
    )
    alertmanager.send(*alerts)
    expected = {"FollowerLagging", "NoLeader", "DeliveryRatioLow acme", "ProcessingTimeP95High acme"}
    assert alertmanager.inhibited(len(alerts)) == expected


def test_what_is_known_better_holds_back_what_is_known_worse(alertmanager: Alertmanager) -> None:
    alerts = (
        alert("WhatsAppTemplateStopped", tenant="acme", template="welcome", state="paused"),
        alert("WhatsAppTemplateUnusable", tenant="acme", template="welcome", state="paused"),
        alert("WhatsAppTemplateUnusable", tenant="sole", template="other", state="rejected"),
        alert("WhatsAppAccountRestricted", tenant="closed", provider="meta", state="account_violation"),
        alert("WhatsAppMessagingLimitLowered", tenant="closed", sender="1"),
        alert("RateLimitExhausted", provider="twilio", api="messages"),
        alert("RateLimitNearlyUsed", provider="twilio", api="messages"),
        alert("RateLimitNearlyUsed", provider="twilio", api="lookups"),
        alert("CostBudgetExceeded", tenant="spender", channel="sms"),
        alert("CostBudgetNearlySpent", tenant="spender", channel="sms"),
        alert("CostBudgetForecastOver", tenant="spender", channel="email"),
        alert("CostSpike", tenant="thrifty"),
        alert("CostUnsettledHigh", tenant="thrifty", channel="sms"),
    )
    alertmanager.send(*alerts)
    held = {"WhatsAppTemplateUnusable acme", "WhatsAppMessagingLimitLowered closed"}
    assert alertmanager.inhibited(len(alerts)) == held | {
        "RateLimitNearlyUsed",
        "CostBudgetNearlySpent spender",
    }


def test_an_exporter_that_is_down_holds_back_what_is_known_about_it(alertmanager: Alertmanager) -> None:
    alerts = (
        alert("ExporterDown", job="comms-exporter"),
        alert("ExporterAbsent", job="comms-exporter"),
        alert("LedgerDown", instance="a"),
        alert("ExporterReplicaDown", instance="a"),
        alert("RuleEvaluationFailures"),
        alert("Watchdog"),
    )
    alertmanager.send(*alerts)
    assert alertmanager.inhibited(len(alerts)) == {"LedgerDown", "ExporterReplicaDown"}


HOSTILE = (
    "a\nBcc: x@y.example\r\n<b>b</b> [l](https://evil.example) "
    "www.evil.example {{ .x }} `id` $(id) +1 415 555 0143"
)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("template", "lines"), [("subject", 1), ("text", 3), ("sms", 1)])
def test_label_text_cannot_add_lines_markup_links_or_numbers(
    generation: str, template: str, lines: int, tmp_path: Path
) -> None:
    data = tmp_path / "data.json"
    said = {"summary": HOSTILE, "description": HOSTILE, "runbook_url": "https://comms.example/runbook#a"}
    one = {"status": "firing", "labels": {"alertname": HOSTILE}, "annotations": said}
    data.write_text(json.dumps({"status": "firing", "commonLabels": {"alertname": HOSTILE}, "alerts": [one]}))
    rendered = succeed(
        program("amtool", generation), "template", "render", "--template.glob=alertmanager/templates/*.tmpl",
        f"--template.data={data}", f'--template.text={{{{ template "comms.{template}" . }}}}',
    )  # fmt: skip
    rendered = rendered.replace("Runbook: https://comms.example/runbook#a", "Runbook")
    assert len(rendered.strip().splitlines()) == lines
    assert not set(rendered) & set("<>{}`$@")
    assert "//" not in rendered
    assert not re.search(r"\w\.\w|[0-9][0-9 ]{6}", rendered)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_an_sms_is_short_and_holds_no_number_in_any_script(generation: str, tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    one = {
        "status": "firing",
        "annotations": {"summary": "１４１５５５５０１４３ ١٢٣٤٥٦٧٨٩٠ " + "é" * 10_000},
    }
    labels = {"alertname": "A" * 10_000}
    data.write_text(json.dumps({"status": "firing", "commonLabels": labels, "alerts": [one]}))
    rendered = succeed(
        program("amtool", generation), "template", "render", "--template.glob=alertmanager/templates/*.tmpl",
        f"--template.data={data}", '--template.text={{ template "comms.sms" . }}',
    )  # fmt: skip
    assert len(rendered) < 200
    assert not re.search(r"\d{2}", rendered)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_hostile_link_is_no_line_and_no_markup(generation: str, tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    one = {
        "status": "firing",
        "labels": {},
        "annotations": {"runbook_url": f"https://comms.example/{HOSTILE}"},
    }
    data.write_text(json.dumps({"status": "firing", "alerts": [one]}))
    rendered = succeed(
        program("amtool", generation), "template", "render", "--template.glob=alertmanager/templates/*.tmpl",
        f"--template.data={data}", '--template.text={{ template "comms.text" . }}',
    )  # fmt: skip
    assert len(rendered.strip().splitlines()) == 3
    assert not set(rendered) & set("<>{}`$@()[]")
