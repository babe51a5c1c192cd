"""The chart renders to what a cluster accepts, and to what the application needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml
from kubernetes_validate import validate

from opptak.settings import read_settings

CHART = Path(__file__).resolve().parents[2] / "helm" / "opptak"
PROCESSES = {"Deployment", "Job"}
KUBERNETES = ("1.30", "1.35")

Manifest = dict[str, Any]
ALL_OPTIONS: Mapping[str, Any] = {
    "image": {"tag": "1.2.3", "pullSecrets": ["registry"]},
    "files": {"storageClass": "shared"},
    "ingress": {
        "className": "nginx",
        "annotations": {"example.org/a": "b"},
        "hosts": ["*.opptak.example", "barnehage.kommune.example"],
        "tlsSecret": "opptak-tls",
    },
    "nodeSelector": {"zone": "a"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
}


def render(values: Mapping[str, Any] | None = None, *, name: str = "opptak") -> dict[str, Manifest]:
    """The manifests by `Kind/name`."""
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(dict(values or {}))
        rendered = chart.render(dict(values or {}), name=name, namespace="opptak")
    manifests = [
        one
        for path, text in rendered.items()
        if path.endswith(".yaml")
        for one in yaml.safe_load_all(text)
        if one
    ]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in manifests}


def pods(manifests: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """The pod specifications by the command they run."""
    found = [one["spec"]["template"]["spec"] for one in manifests.values() if one["kind"] in PROCESSES]
    return {pod["containers"][0]["args"][0]: pod for pod in found}


def environment(pod: Manifest) -> dict[str, str]:
    return {one["name"]: one["value"] for one in pod["containers"][0]["env"]}


@pytest.mark.parametrize("values", [{}, ALL_OPTIONS, {"ingress": {"enabled": False}}])
@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_is_valid(values: Mapping[str, Any], version: str) -> None:
    for manifest in render(values).values():
        validate(manifest, version, strict=True)


def test_chart_passes_the_linter() -> None:
    complaints = [one["error"] for one in helm_python.lint(CHART)["messages"]]

    assert complaints == ["icon is recommended"]


def test_release_has_exactly_these_parts() -> None:
    assert sorted(render()) == [
        "ConfigMap/opptak",
        "Deployment/opptak-scheduler",
        "Deployment/opptak-serve",
        "Deployment/opptak-worker",
        "Ingress/opptak",
        "Job/opptak-migrate",
        "PersistentVolumeClaim/opptak",
        "PodDisruptionBudget/opptak-scheduler",
        "PodDisruptionBudget/opptak-serve",
        "PodDisruptionBudget/opptak-worker",
        "Service/opptak",
    ]


def test_every_process_runs_confined() -> None:
    for pod in pods(render()).values():
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= set(container["resources"])


def test_service_variables_never_become_settings() -> None:
    assert [pod["enableServiceLinks"] for pod in pods(render()).values()] == [False] * 4


def test_settings_of_every_process_are_known_to_the_application() -> None:
    manifests = render()
    shared = manifests["ConfigMap/opptak"]["data"]
    for command, pod in pods(manifests).items():
        settings = environment(pod) if command == "migrate" else {**shared, **environment(pod)}
        assert read_settings(settings).base_domain == "opptak.example"


def test_migration_runs_first_and_needs_nothing_of_the_release() -> None:
    job = render()["Job/opptak-migrate"]
    [container] = job["spec"]["template"]["spec"]["containers"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container["envFrom"] == [{"secretRef": {"name": "opptak"}}]
    assert "persistentVolumeClaim" not in str(job)


def test_service_reaches_the_port_the_web_process_listens_on() -> None:
    manifests = render()
    web = pods(manifests)["serve"]
    [port] = web["containers"][0]["ports"]

    assert environment(web)["OPPTAK_PORT"] == str(port["containerPort"])
    assert manifests["Service/opptak"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert web["containers"][0]["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    assert web["containers"][0]["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}
    labels = manifests["Deployment/opptak-serve"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["Service/opptak"]["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_workers_and_schedulers_are_asked_whether_they_live(command: str) -> None:
    pod = pods(render())[command]
    [container] = pod["containers"]
    [port] = container["ports"]
    assert container["args"] == [command, "--health", str(port["containerPort"])]
    assert environment(pod)["OPPTAK_HOST"] == "0.0.0.0"  # noqa: S104 -- the cluster asks from outside
    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": port["name"]}
    assert "readinessProbe" not in container, "no service sends them anything"


def test_changed_settings_restart_the_processes() -> None:
    def checksum(level: str) -> str:
        rendered = render({"settings": {"OPPTAK_LOG_LEVEL": level}})
        annotations = rendered["Deployment/opptak-serve"]["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/settings"])

    assert checksum("INFO") == checksum("INFO")
    assert checksum("INFO") != checksum("DEBUG")


def test_existing_claim_is_used_instead_of_a_new_one() -> None:
    manifests = render({"files": {"existingClaim": "letters"}})

    assert "PersistentVolumeClaim/opptak" not in manifests
    assert pods(manifests)["serve"]["volumes"][0]["persistentVolumeClaim"] == {"claimName": "letters"}


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 2},
        {"web": {"replicas": 0}},
        {"settings": {"LOG_LEVEL": "INFO"}},
        {"settings": {"OPPTAK_MASTER_KEY": "not a secret any more"}},
        {"ingress": {"hosts": []}},
        {"runAsUser": 0},
    ],
)
def test_wrong_value_is_refused(values: Mapping[str, Any]) -> None:
    with pytest.raises(helm_python.HelmValuesError):
        render(values)


def test_long_release_name_still_fits() -> None:
    assert all(len(name.partition("/")[2]) <= 63 for name in render(name="a" * 53))
