"""The Python client that `make client` generates, in use against a server."""

import importlib
import json
import shutil
import subprocess
import sys

import pytest

from agreements import journal
from agreements.models import Agreement
from tests.api.conftest import schema, secret_for
from tests.strict import ROOT


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """The folder of the generated client."""
    folder = tmp_path_factory.mktemp("client")
    described = folder / "openapi.json"
    described.write_text(json.dumps(schema()), encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(described)]
    given = ["--config", str(ROOT / "scripts" / "client.yml"), "--output-path", str(folder / "made")]
    done = subprocess.run([*command, *given, "--fail-on-warning"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return folder / "made"


@pytest.fixture
def client_in_use(generated, monkeypatch):
    monkeypatch.syspath_prepend(str(generated))
    module = importlib.import_module("tests.api.client_in_use")
    yield module
    for name in [name for name in sys.modules if name.startswith(("pacta_client", module.__name__))]:
        del sys.modules[name]


def test_the_generated_client_does_what_the_api_does(client_in_use, live_server, sample, officer, tmp_path, settings):
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}
    use = client_in_use
    client = use.AuthenticatedClient(live_server.url, token=secret_for(officer), prefix="Token")
    in_force = Agreement.objects.for_user(officer).kept().filter(stage="in_force").order_by("reference")

    assert use.references(client) == list(in_force.values_list("reference", flat=True))
    made = use.propose(client, "one")
    assert use.propose(client, "one") == made
    assert Agreement.objects.filter(reference=made, stage="proposed").count() == 1
    assert "authorise" in use.possible(client, made)
    assert use.step(client, made, use.Transition.AUTHORISE) == []
    assert use.step(client, "AIR-7Q4M", use.Transition.SIGN)[0] == "document-missing"
    status, tag = use.change(client, made, "2025-H1")
    assert status == 200
    assert use.change(client, made, "2025-H2", tag)[0] == 412
    assert use.upload(client, made, b"Article 1. Good neighbours.\n" * 3) == b"urs.\n"[-4:]
    assert list(journal.verify()) == []


@pytest.mark.soak
def test_the_generated_client_is_typed(generated, tmp_path):
    for name in ("client_in_use.py",):
        shutil.copy(ROOT / "tests" / "api" / name, tmp_path)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "client_in_use.py"]
    environment = {"MYPYPATH": str(generated), "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
