"""The guide does what it says, against a server: its lines for the shell as they stand, and its Python."""

import contextlib
import io
import re
import shutil
import subprocess

import pytest

from agreements import journal
from tests.api.conftest import secret_for
from tests.strict import ROOT

PAGE = (ROOT / "docs" / "api-guide.md").read_text(encoding="utf-8")
HEAD, *TASKS = re.split(r"^## (?:\d+\. )?(.*)$", PAGE, flags=re.MULTILINE)
TOOLS = ("bash", "curl", "openssl", "base64", "od")


def blocks(kind):
    """Every task with its lines and what they are to print; the first has nothing to print."""
    for title, text in zip(TASKS[::2], TASKS[1::2], strict=True):
        (block,) = re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        expected = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        yield title, block, "".join(expected)


@pytest.fixture
def server(live_server, sample, officer, tmp_path, settings, monkeypatch):
    """What the guide asks for in the environment: an address and a token; files go to a folder of the test."""
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path / "documents"}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API", f"{live_server.url}/api/v1")
    monkeypatch.setenv("TOKEN", secret_for(officer))


def test_the_lines_for_the_shell_print_what_the_guide_says(server):
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"Not installed: {', '.join(missing)}.")
    before, printed, expected = "", [], []
    for title, block, wanted in blocks("sh"):
        if not wanted:
            before = block
            continue
        done = subprocess.run(["bash", "-euc", before + block], capture_output=True, text=True, check=False)
        printed.append((title, done.stdout.lstrip("\ufeff").replace("\r", "") + done.stderr))
        expected.append((title, wanted))

    assert printed == expected
    assert len(printed) > 10
    assert list(journal.verify()) == []


def test_the_python_prints_what_the_guide_says(server):
    known, printed, expected = {"__name__": "guide"}, [], []
    for title, block, wanted in blocks("python"):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(block, title, "exec"), known)
        printed.append((title, out.getvalue()))
        expected.append((title, wanted))
    known["pacta"].close()

    assert printed == expected
    assert len(printed) > 10
    assert list(journal.verify()) == []
