"""The program's layer of the image: what is in it, and that it depends on nothing but the sources."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from container import IMAGE
from tenant import ROOT

FOLDER = "airbyte/integration_code"
OTHER_IMAGE = f"source-tines-again:{os.environ['PLATFORM_RUN']}"
# The engine keeps what `npm ci` has installed under the modes of these, too. All else is built anew.
INSTALLED_FROM = ("package.json", "package-lock.json", ".npmrc", "cdk/package.json")


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


def last_layer(image: str) -> str:
    digest: str = json.loads(docker("image", "inspect", image))[0]["RootFS"]["Layers"][-1]
    return digest


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tarfile.TarFile]:
    """The last layer of the image, as the engine hands it out."""
    folder = tmp_path_factory.mktemp("image")
    docker("save", "--output", str(folder / "image.tar"), IMAGE)
    with tarfile.open(folder / "image.tar") as image:
        image.extractall(folder, filter="data")
    [manifest] = json.loads((folder / "manifest.json").read_text())
    with tarfile.open(folder / manifest["Layers"][-1]) as opened:
        yield opened


def content(layer: tarfile.TarFile, name: str) -> bytes:
    file = layer.extractfile(f"{FOLDER}/{name}")
    assert file is not None
    return file.read()


def bill_of_materials(layer: tarfile.TarFile) -> dict[str, Any]:
    bill: dict[str, Any] = json.loads(content(layer, "source-tines.cdx.json"))
    return bill


def test_it_holds_the_program_and_what_is_to_be_known_of_it_and_nothing_else(layer: tarfile.TarFile) -> None:
    files = [member.name for member in layer.getmembers() if not member.isdir()]
    program = [file["name"] for file in bill_of_materials(layer)["metadata"]["component"]["components"]]

    assert "main.js" in program
    assert sorted(files) == [
        f"{FOLDER}/LICENSE",
        f"{FOLDER}/THIRD-PARTY-LICENSES.txt",
        f"{FOLDER}/bin/source-tines",
        *(f"{FOLDER}/dist/program/{name}" for name in sorted(program)),
        f"{FOLDER}/source-tines.cdx.json",
    ]


def test_it_belongs_to_root_and_only_root_may_write(layer: tarfile.TarFile) -> None:
    assert {(member.uid, member.gid) for member in layer.getmembers()} == {(0, 0)}
    assert [member.name for member in layer.getmembers() if member.mode & 0o022] == []


def test_it_holds_no_native_code_so_that_it_is_the_same_for_every_processor(layer: tarfile.TarFile) -> None:
    native = (b"\x7fELF", b"MZ", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\0asm")
    files = [member.name.removeprefix(f"{FOLDER}/") for member in layer.getmembers() if member.isfile()]

    assert [name for name in files if content(layer, name).startswith(native)] == []
    # Nor in another form: all of it is text.
    for name in files:
        content(layer, name).decode("utf-8")


def test_the_bill_of_materials_is_of_this_program_and_leaves_the_version_of_node_to_the_image(
    layer: tarfile.TarFile,
) -> None:
    bill = bill_of_materials(layer)

    for file in bill["metadata"]["component"]["components"]:
        digest = hashlib.sha256(content(layer, f"dist/program/{file['name']}")).hexdigest()
        assert file["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert ["version" in one for one in bill["components"] if one["name"] == "node"] == [False]


def test_the_licence_of_every_package_in_the_bill_of_materials_is_there(layer: tarfile.TarFile) -> None:
    texts = content(layer, "THIRD-PARTY-LICENSES.txt").decode()
    bill = bill_of_materials(layer)

    packages = [one for one in bill["components"] if one["name"] not in ("node", "cdk-typescript-compat")]
    assert packages
    for package in packages:
        assert f"\n{package['name']} {package['version']} (" in texts


@pytest.fixture
def other_checkout(tmp_path: Path) -> Path:
    """This checkout with other times, and modes as another umask would make them."""
    folder = tmp_path / "another place"
    left_out = shutil.ignore_patterns("node_modules", "dist", ".git", ".venv", "secrets", "__pycache__", "reports")
    shutil.copytree(ROOT, folder, ignore=left_out)
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if path.is_file() and str(path.relative_to(folder)) not in INSTALLED_FROM:
            path.chmod(0o700 if os.access(path, os.X_OK) else 0o600)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    return folder


@pytest.fixture
def other_base() -> Iterator[str]:
    """The base image under another id, so that no stage that is built from it can come from the engine's cache."""
    name = f"source-tines-base:{os.environ['PLATFORM_RUN']}"
    dockerfile = f"FROM {os.environ['PLATFORM_BASE_IMAGE']}\nLABEL source-tines.test={os.environ['PLATFORM_RUN']}\n"
    subprocess.run(
        ["docker", "build", "--tag", name, "-"], input=dockerfile, check=True, capture_output=True, text=True
    )
    yield name
    docker("rmi", "--force", name)


def test_it_is_the_same_when_it_is_built_from_another_checkout_at_another_time(
    other_checkout: Path, other_base: str
) -> None:
    try:
        docker(
            *("build", "--network", "host", "--tag", OTHER_IMAGE, "--build-arg", f"NODE_IMAGE={other_base}"),
            *("--build-arg", f"BUILD_IMAGE={os.environ['PLATFORM_BUILD_IMAGE']}", str(other_checkout)),
        )
        assert last_layer(OTHER_IMAGE) == last_layer(IMAGE)
    finally:
        subprocess.run(["docker", "rmi", "--force", OTHER_IMAGE], capture_output=True)
