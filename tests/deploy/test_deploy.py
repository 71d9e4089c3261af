"""The files in deploy/, checked as far as that goes without a cloud, an operator or Docker."""

import copy
import re
import shlex

import pytest
import typer

from evosearch.cli.commands import app
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: make test-ray installs it")

pytestmark = pytest.mark.ray

DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
CLOUD = sorted((DEPLOY / "cloud").glob("*.yaml"))

# Keys of KubeRay's custom resources that we use, with the type of each value; None stands for a
# pod template, which is checked against Kubernetes' own schema. As in the CRDs of KubeRay 1.7:
# what is not listed here must be looked up there first.
GROUP = {"rayStartParams": dict, "template": None}
CLUSTER = {
    "rayVersion": str,
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": {"version": str, "idleTimeoutSeconds": int},
    "authOptions": {"mode": str},
    "headGroupSpec": GROUP,
    "workerGroupSpecs": [
        GROUP | {"groupName": str, "replicas": int, "minReplicas": int, "maxReplicas": int}
    ],
}
JOB = {
    "entrypoint": str,
    "submissionMode": str,
    "backoffLimit": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "activeDeadlineSeconds": int,
    "rayClusterSpec": CLUSTER,
}
KINDS = {"RayJob": JOB, "RayCluster": CLUSTER}
REQUIRED = {"groupName", "minReplicas", "maxReplicas", "template"}


def documents(path):
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def faults_of(value, allowed, place=""):
    """Keys that are unknown and values of the wrong type, with their place."""
    if allowed is None:
        return []
    if isinstance(allowed, list):
        return [f for i, v in enumerate(value) for f in faults_of(v, allowed[0], f"{place}[{i}]")]
    if isinstance(allowed, dict):
        found = [f"{place}.{key} is unknown" for key in value if key not in allowed]
        for key in value.keys() & allowed.keys():
            found += faults_of(value[key], allowed[key], f"{place}.{key}")
        return found
    return [] if type(value) is allowed else [f"{place} is {value!r}, not {allowed.__name__}"]


def pods(spec):
    cluster = spec.get("rayClusterSpec", spec)
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def ray_objects():
    return [
        pytest.param(each, id=f"{path.name}-{each['kind']}")
        for path in KUBERNETES
        for each in documents(path)
        if each["apiVersion"] == "ray.io/v1"
    ]


@pytest.mark.parametrize("thing", ray_objects())
def test_ray_objects_use_only_keys_that_the_operator_knows(thing):
    assert set(thing) == {"apiVersion", "kind", "metadata", "spec"}
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", thing["metadata"]["name"])
    assert faults_of(thing["spec"], KINDS[thing["kind"]], thing["kind"]) == []
    for group in pods(thing["spec"]):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        for container in group["template"]["spec"]["containers"]:
            # Ray takes the number of CPUs from the limit, and rounds.
            assert container["resources"]["limits"]["cpu"].isdecimal()
    cluster = thing["spec"].get("rayClusterSpec", thing["spec"])
    assert all(set(group) >= REQUIRED for group in cluster["workerGroupSpecs"])


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: spec.update(backofLimit=3),
        lambda spec: spec["rayClusterSpec"]["workerGroupSpecs"][0].update(minReplicas="0"),
        lambda spec: spec["rayClusterSpec"].update(autoscalerOptions={"idleTimeoutS": 1}),
    ],
)
def test_the_table_of_keys_finds_mistakes(change):
    (job,) = [each for each in documents(DEPLOY / "kubernetes/rayjob.yaml") if "spec" in each][1:]
    change(job["spec"])
    assert len(faults_of(job["spec"], JOB)) == 1


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_volumes_and_pods_are_valid_kubernetes(path):
    validate = pytest.importorskip(
        "kubernetes_validate", reason="kubernetes-validate is not installed: make test-ray"
    ).validate
    n_pods = 0
    for each in documents(path):
        if each["apiVersion"] != "ray.io/v1":
            validate(each, "1.31", strict=True)
            continue
        for group in pods(each["spec"]):
            named = {"metadata": {"name": "pod"}, **group["template"]}
            validate({"apiVersion": "v1", "kind": "Pod", **named}, "1.31", strict=True)
            n_pods += 1
    assert n_pods == 2


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_the_head_writes_to_a_volume_that_is_claimed(path):
    *others, ray = documents(path)
    (claim,) = [each["metadata"]["name"] for each in others]
    spec = pods(ray["spec"])[0]["template"]["spec"]
    assert {each["persistentVolumeClaim"]["claimName"] for each in spec["volumes"]} == {claim}
    mounts = {m["name"]: m["mountPath"] for m in spec["containers"][0]["volumeMounts"]}
    assert mounts == {spec["volumes"][0]["name"]: "/results"}


@pytest.mark.parametrize("path", CLOUD, ids=lambda path: path.name)
def test_ray_up_accepts_its_files(path):
    util = pytest.importorskip(
        "ray.autoscaler._private.util", reason="Ray is not installed: pip install 'evosearch[ray]'"
    )
    (config,) = documents(path)
    util.validate_config(util.prepare_config(copy.deepcopy(config)))
    with pytest.raises(Exception, match="maxworkers"):
        util.validate_config(util.prepare_config(copy.deepcopy(config) | {"maxworkers": 3}))


def commands():
    """Every `evosearch ...` in the files and pages of deploy/."""
    found = set()
    for path in sorted(DEPLOY.rglob("*")):
        if not path.is_file():
            continue
        text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
        for match in re.finditer(
            r"(?<![\w/.~-])evosearch ((?:run|resume|merge|top)\b[^`'\"\n&#]*)", text
        ):
            found.add(match[1].strip())
    return sorted(found)


@pytest.mark.parametrize("line", commands())
def test_every_command_shown_exists_with_its_options(line):
    name, *words = shlex.split(line)
    command = typer.main.get_command(app).commands[name]
    command.make_context(name, words, resilient_parsing=False)


def test_there_are_commands_to_check():
    assert any("--backend ray" in line for line in commands())


def test_versions_agree_everywhere():
    versions = set()
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            versions.update(
                re.findall(r"(?:ray:|ray\[default\]==|rayVersion: \"|-ray)(\d+\.\d+\.\d+)", text)
            )
    assert len(versions) == 1
    pinned = re.search(r'name = "ray"\nversion = "([^"]+)"', (ROOT / "uv.lock").read_text())
    assert versions == {pinned[1]}
