"""The image itself: what it says of itself, what is in it, and every way in which it may be started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from container import (
    IMAGE,
    Message,
    Run,
    configured_catalog,
    folder_with,
    ids_of,
    read,
    run_image,
    stream_statuses,
)
from tenant import ROOT, Tenant

BASE_IMAGE = os.environ["PLATFORM_BASE_IMAGE"]
ENTRYPOINT = "/airbyte/integration_code/bin/source-tines"
FOLDER = "/airbyte/integration_code"


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


def shell(script: str, *options: str, image: str = IMAGE) -> str:
    return docker("run", "--rm", *options, "--entrypoint", "sh", image, "-c", script)


def inspect(image: str) -> dict[str, Any]:
    inspected: dict[str, Any] = json.loads(docker("image", "inspect", image))[0]
    return inspected


@pytest.fixture(scope="module")
def image() -> dict[str, Any]:
    return inspect(IMAGE)


def test_labels_are_those_of_metadata_yaml(image: dict[str, Any]) -> None:
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
    labels = image["Config"]["Labels"]

    assert labels["io.airbyte.name"] == metadata["dockerRepository"]
    assert labels["io.airbyte.version"] == metadata["dockerImageTag"]
    assert labels["org.opencontainers.image.version"] == metadata["dockerImageTag"]
    assert labels["org.opencontainers.image.licenses"] == metadata["license"]
    assert labels["org.opencontainers.image.documentation"] == metadata["documentationUrl"]


@pytest.mark.parametrize("label", ["source", "revision", "created"])
def test_labels_say_from_what_and_when_it_was_built(image: dict[str, Any], label: str) -> None:
    assert image["Config"]["Labels"][f"org.opencontainers.image.{label}"] == os.environ[f"PLATFORM_{label.upper()}"]


def test_the_entrypoint_is_absolute_and_the_environment_names_it_too(image: dict[str, Any]) -> None:
    assert image["Config"]["Entrypoint"] == [ENTRYPOINT]
    assert f"AIRBYTE_ENTRYPOINT={ENTRYPOINT}" in image["Config"]["Env"]


def test_it_runs_as_the_user_airbyte_with_uid_1000(image: dict[str, Any]) -> None:
    assert image["Config"]["User"] == "1000:1000"
    assert shell('echo "$(id -u) $(id -un) $(id -g) $(id -gn)"').split() == ["1000", "airbyte", "1000", "airbyte"]


def test_it_is_hardly_larger_than_its_base(image: dict[str, Any], record_line: Callable[[str], None]) -> None:
    megabytes, base = (size / 1_000_000 for size in (image["Size"], inspect(BASE_IMAGE)["Size"]))
    record_line(f"image size: {megabytes:.1f} MB, of these {base:.1f} MB of the base")
    assert megabytes - base < 5


def test_it_adds_no_package_manager_no_cache_and_no_certificates_of_the_machine_that_built_it() -> None:
    seen = """
      find / -xdev \\( -name node_modules -o -name .npm -o -name _cacache -o -name 'ca*.pem' -o -name '*.deb' \\) 2>/dev/null
      for program in npm npx yarn corepack; do command -v "$program"; done
      env | grep CERT
      true
    """
    left, of_the_base = (set(shell(seen, image=image).splitlines()) for image in (IMAGE, BASE_IMAGE))

    assert left - of_the_base == set()


def test_the_package_managers_of_nodes_own_images_are_gone() -> None:
    """From wherever the Dockerfile takes them."""
    [removed] = re.findall(r"rm -rf (.*?); \\\n", (ROOT / "Dockerfile").read_text(), re.DOTALL)
    places = [word for word in removed.split() if word.startswith(("/usr/", "/opt/"))]

    assert "/usr/local/bin/npm" in places
    assert shell(f"ls -d {' '.join(places)} 2>/dev/null || true") == ""


def test_it_has_what_the_platform_calls() -> None:
    assert shell("command -v sh sleep mv && sleep 0 && touch /config/a && mv /config/a /secrets/b && ls /secrets") != ""


def test_the_user_may_write_to_the_folders_that_the_platform_uses_and_to_no_others() -> None:
    assert shell("touch /secrets/a /config/a && echo written", "--cap-drop=ALL") == "written\n"

    # What that user may write to in the base, such as /tmp, is the base's own; but for its home, which has to go.
    find = "find / -xdev ! -type l -writable 2>/dev/null || true"
    of_the_base = set(shell(find, "--user", "1000:1000", image=BASE_IMAGE).split())
    writable = set(shell(find).split())
    assert "/tmp" in of_the_base
    assert sorted(writable - of_the_base) == ["/config", "/secrets"]
    assert [path for path in writable if path.startswith("/home/")] == []


def test_the_user_can_neither_change_nor_replace_the_program() -> None:
    attempts = f"""
      echo changed >> {ENTRYPOINT}; rm -f {ENTRYPOINT}; chmod u+w {FOLDER}; ln -sfn /tmp {FOLDER}; mkdir /airbyte/more;
      mv {FOLDER} /tmp/; mv {FOLDER} /airbyte/away; mv /airbyte /away; mv "$(command -v node)" /tmp/
    """
    seen = "{ find /airbyte; find /airbyte -type f -exec sha256sum {} +; command -v node; } | sort"

    assert shell(f"{{ {attempts} }} 2>/dev/null; {seen}") == shell(seen)


def test_no_program_takes_on_the_rights_of_another_user() -> None:
    assert shell("find / -xdev -type f -perm /6000", "--user", "0") == ""


def test_the_platforms_own_way_of_starting_it_works() -> None:
    out = shell('cd /config && "$AIRBYTE_ENTRYPOINT" spec | head -n 1', "--workdir", "/config")

    assert json.loads(out)["type"] == "SPEC"


def test_a_base_without_a_user_of_uid_1000_gets_one() -> None:
    """The Dockerfile's own lines, run on this image after its user is taken away."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    script = dockerfile.split("RUN set -eu; ")[1].split("\n\n")[0].replace("\\\n", " ")

    # Where a user's group goes with it is for the base to say.
    out = shell(f"userdel airbyte; groupdel airbyte 2>/dev/null || true; set -eu; {script} && id airbyte", "--user", "0")

    assert out.startswith("uid=1000(airbyte) gid=1000(airbyte)")


MODES = {
    "as root": ("--user", "0"),
    "as uid 1000": ("--user", "1000"),
    "as an unknown uid": ("--user", "54321:54321"),
    "without capabilities": ("--cap-drop=ALL",),
    "with a read-only root": ("--read-only",),
    "in another folder": ("--workdir", "/tmp"),
    "in a folder of its own": ("--workdir", "/anywhere/else"),
    "with an init process": ("--init",),
    "with 128 MB": ("--memory", "128m", "--memory-swap", "128m"),
    "as tightly as can be": (
        *("--user", "1000", "--cap-drop=ALL", "--security-opt", "no-new-privileges", "--read-only"),
        *("--workdir", "/config", "--pids-limit", "64"),
    ),
}


@pytest.mark.parametrize("options", MODES.values(), ids=list(MODES))
def test_it_reads_everything(tenant: Tenant, full_read: Run, options: tuple[str, ...]) -> None:
    run = read(tenant, options=options)

    assert (run.exit_code, run.stderr) == (0, "")
    assert run.ids == full_read.ids


def test_paths_may_be_relative_to_the_working_directory(tenant: Tenant) -> None:
    files = {"config.json": tenant.config}

    run = run_image(tenant, "check", "--config", "config.json", files=files, options=("--workdir", "/config"))

    assert run.of_type("CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "SUCCEEDED"


def test_a_private_ca_can_be_given_in_the_configuration_alone(tenant: Tenant, full_read: Run) -> None:
    config = {**tenant.config, "ca_certificate": tenant.ca_file.read_text()}

    run = read(tenant, config=config, options=("--env", "NODE_EXTRA_CA_CERTS="))

    assert run.ids == full_read.ids


def test_without_the_tenants_ca_it_does_not_connect(tenant: Tenant) -> None:
    """So that the tests above show that certificates are verified."""
    files = {"config.json": tenant.config}

    run = run_image(
        tenant, "check", "--config", "/config/config.json", files=files, options=("--env", "NODE_EXTRA_CA_CERTS=")
    )

    status = run.of_type("CONNECTION_STATUS")[0]["connectionStatus"]
    assert status["status"] == "FAILED"
    assert "certificate" in status["message"].lower()


def test_in_airbytes_cloud_it_refuses_a_loopback_address(tenant: Tenant) -> None:
    files = {"config.json": tenant.config}

    run = run_image(
        tenant, "check", "--config", "/config/config.json", files=files, options=("--env", "DEPLOYMENT_MODE=cloud")
    )

    status = run.of_type("CONNECTION_STATUS")[0]["connectionStatus"]
    assert status["status"] == "FAILED"
    assert "private address" in status["message"]


@contextmanager
def reading(tenant: Tenant, name: str) -> Iterator[subprocess.Popen[str]]:
    """A read that goes on, in a container of this name, with the connector as PID 1."""
    files = {"config.json": tenant.config, "catalog.json": configured_catalog()}
    with folder_with(files) as folder:
        process = subprocess.Popen(
            [
                *("docker", "run", "--rm", "--name", name, "--volume", f"{folder}:/config:ro", IMAGE),
                *("read", "--config", "/config/config.json", "--catalog", "/config/catalog.json"),
            ],
            env={**os.environ, "PLATFORM_CA_FILE": str(tenant.ca_file)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            subprocess.run(["docker", "rm", "--force", name], capture_output=True)
            process.wait(timeout=60)


def test_sigterm_as_pid_1_ends_it_with_a_last_state_from_which_nothing_is_lost(
    start_tenant: Callable[..., Tenant],
) -> None:
    tenant = start_tenant("--latency", "400", entries=30_000)
    messages: list[Message] = []
    name = f"source-tines-sigterm-{os.environ['PLATFORM_RUN']}"
    with reading(tenant, name) as process:
        assert process.stdout is not None
        for line in process.stdout:
            messages.append(json.loads(line))
            if messages[-1]["type"] == "STATE" and len(ids_of(messages)) > 0:
                break
        docker("kill", "--signal", "TERM", name)
        messages += [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=60) == 143

    assert 0 < len(ids_of(messages)) < 30_000
    last_record, last_state = (last(messages, kind) for kind in ("RECORD", "STATE"))
    assert stream_statuses(messages)[-1] == "INCOMPLETE"
    assert last_record < last_state < last_status(messages)

    rest = read(tenant, state=[messages[last_state]["state"]])
    # On a busy machine, what is not finished within the two seconds before the end comes again.
    for ids in (ids_of(messages), rest.ids):
        assert len(ids) == len(set(ids))
    assert len({*ids_of(messages), *rest.ids}) == 30_000


def last(messages: list[Message], kind: str) -> int:
    return max(index for index, message in enumerate(messages) if message["type"] == kind)


def last_status(messages: list[Message]) -> int:
    return max(index for index, message in enumerate(messages) if stream_statuses([message]))


def test_the_first_line_of_spec_comes_soon(record_line: Callable[[str], None]) -> None:
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        with subprocess.Popen(["docker", "run", "--rm", IMAGE, "spec"], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["type"] == "SPEC"
            seconds.append(time.perf_counter() - started)
    record_line(f"docker run ... spec, start to first line: {sorted(seconds)[2]:.2f} s (median of 5)")
