"""Kubernetes objects of the exporter, made from docker-compose.yml, config.yaml and prometheus.yml."""

from __future__ import annotations

from typing import Any

NAME = "comms-exporter"
PORT = "http"
_LABELS = {"app.kubernetes.io/name": NAME}
_CONFIG_FOLDER = "/etc/comms-exporter"
_LIMITS = {
    "sample_limit": "sampleLimit",
    "label_limit": "labelLimit",
    "label_name_length_limit": "labelNameLengthLimit",
    "label_value_length_limit": "labelValueLengthLimit",
}
"""Limits of a scrape, in the words of Prometheus and of its operator."""
_OF_OPERATOR = ("namespace", "service", "pod", "container", "endpoint", "node")
"""Labels that the operator adds to a target. The rules know replicas by `instance` alone: with another label that
differs between them every total would count twice. `endpoint` is a label of ours, too."""


def config_map(config: str) -> dict[str, Any]:
    """config.yaml as shipped."""
    return {**_object("v1", "ConfigMap"), "data": {"config.yaml": config}}


def exporter_deployment(compose: dict[str, Any]) -> dict[str, Any]:
    """Two replicas of the container that docker-compose.yml describes."""
    template = {"metadata": {"labels": _LABELS}, "spec": _pod(compose)}
    spec = {"replicas": 2, "selector": {"matchLabels": _LABELS}, "template": template}
    return {**_object("apps/v1", "Deployment"), "spec": spec}


def service(compose: dict[str, Any]) -> dict[str, Any]:
    """The address of all replicas; its name becomes the job of their series, which the rules ask for."""
    port = {"name": PORT, "port": _port(compose), "targetPort": PORT}
    return {**_object("v1", "Service"), "spec": {"selector": _LABELS, "ports": [port]}}


def disruption_budget() -> dict[str, Any]:
    """One replica stays while nodes are emptied."""
    spec = {"minAvailable": 1, "selector": {"matchLabels": _LABELS}}
    return {**_object("policy/v1", "PodDisruptionBudget"), "spec": spec}


def service_monitor(job: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The scrape that prometheus.yml describes, for the operator of Prometheus."""
    endpoint = {
        "port": PORT,
        "path": "/metrics",
        "interval": defaults["scrape_interval"],
        "scrapeTimeout": defaults["scrape_timeout"],
        "relabelings": [{"action": "labeldrop", "regex": "|".join(_OF_OPERATOR)}],
    }
    limits = {theirs: job[ours] for ours, theirs in _LIMITS.items()}
    body = {"bodySizeLimit": job["body_size_limit"]}
    spec = {"selector": {"matchLabels": _LABELS}, "endpoints": [endpoint], **limits, **body}
    return {**_object("monitoring.coreos.com/v1", "ServiceMonitor"), "spec": spec}


def _pod(compose: dict[str, Any]) -> dict[str, Any]:
    user, group = map(int, compose["user"].split(":"))
    return {
        # The exporter asks nothing of Kubernetes.
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": group,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _LABELS},
            }
        ],
        "containers": [_container(compose)],
        "volumes": [
            {"name": "config", "configMap": {"name": NAME}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }


def _container(compose: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": NAME,
        "image": compose["image"],
        "ports": [{"name": PORT, "containerPort": _port(compose)}],
        "env": _environment(compose),
        # Every other secret, under the name of its variable.
        "envFrom": [{"secretRef": {"name": NAME}}],
        "volumeMounts": [
            # The folder, not the file: a file of a ConfigMap mounted alone never changes, and no reload would come.
            {"name": "config", "mountPath": _CONFIG_FOLDER, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": compose["read_only"],
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        # A start folds what came since the last checkpoint; until then it is alive and not ready.
        "startupProbe": _probe("/-/healthy", period_s=2, failures=60),
        "livenessProbe": _probe("/-/healthy", period_s=10, failures=3),
        "readinessProbe": _probe("/-/ready", period_s=5, failures=2),
    }


def _environment(compose: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {
        name: compose["environment"][name] for name in ("COMMS_LISTEN", "COMMS_CONFIG", "COMMS_DATA_DIR")
    }
    database = {"secretKeyRef": {"name": NAME, "key": "DATABASE_URL"}}
    return [
        *({"name": name, "value": value} for name, value in plain.items()),
        {"name": "DATABASE_URL", "valueFrom": database},
    ]


def _probe(path: str, period_s: int, failures: int) -> dict[str, Any]:
    asked = {"path": path, "port": PORT}
    return {"httpGet": asked, "periodSeconds": period_s, "timeoutSeconds": 2, "failureThreshold": failures}


def _port(compose: dict[str, Any]) -> int:
    return int(compose["environment"]["COMMS_LISTEN"].rpartition(":")[2])


def _object(api_version: str, kind: str) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": NAME, "labels": _LABELS}}
