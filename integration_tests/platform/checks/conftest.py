"""Airbyte's own checks run here without a network: one that asks for it is told that there is none."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from container import run_image
from tenant import ROOT, Tenant

# Read by airbyte-internal-ops and what it imports: tell nobody, and look for no credentials of a cloud.
os.environ.update(AIRBYTE_DISABLE_TELEMETRY="1", AIRBYTE_OFFLINE_MODE="1", DO_NOT_TRACK="1", NO_GCE_CHECK="true")
for name in ("GCS_CREDENTIALS", "GCP_GSM_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "These checks have no network.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    tenant = Tenant(tmp_path_factory.mktemp("tenant"), entries=500)
    os.environ["PLATFORM_CA_FILE"] = str(tenant.ca_file)
    yield tenant
    tenant.stop()


@pytest.fixture(scope="session")
def repository(tenant: Tenant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The connector and its documentation where they lie in Airbyte's own repository."""
    repository = tmp_path_factory.mktemp("airbyte")
    connector = repository / "airbyte-integrations/connectors/source-tines"
    # Where the checks look for a specification: the one that the image gives.
    (connector / "source_tines").mkdir(parents=True)
    [message] = run_image(tenant, "spec").of_type("SPEC")
    (connector / "source_tines/spec.json").write_text(json.dumps(message["spec"]))
    for file in ("metadata.yaml", "icon.svg", "Dockerfile", "acceptance-test-config.yml"):
        shutil.copy(ROOT / file, connector)
    documentation = repository / "docs/integrations/sources"
    documentation.mkdir(parents=True)
    for file in ("tines.md", "tines-migrations.md"):
        shutil.copy(ROOT / "docs" / file, documentation)
    return repository
