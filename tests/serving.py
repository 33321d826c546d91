"""A server of production and its worker, on the database of the test: as processes that can be stopped and killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which Pacta itself, not its tests, works on the database and the files of this test."""
    name, given = connection.settings_dict["NAME"], os.environ.get("DATABASE_URL", "")
    postgres = f"{given.rpartition('/')[0]}/{name}"
    return {
        **{key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"},
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "DATABASE_URL": postgres if connection.vendor == "postgresql" else f"sqlite:///{name}",
        **more,
    }


class Process:
    """A process of ours with all that it starts; what it says goes to a file."""

    def __init__(self, command: Sequence[str], log: Path, **more: str) -> None:
        self.command, self.log, self.environment = [sys.executable, *command], log, environment(**more)
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, in a group of its own."""
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it and all that it started at once, wherever they are."""
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(30)
            self.running = None

    def stop(self) -> int:
        """Tell it to stop, and return the status with which it ended."""
        assert self.running
        self.running.terminate()
        return self.running.wait(40)


class Server(Process):
    """gunicorn as docs/operations.md runs it."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        command = ("-m", "gunicorn", "--config", "python:tracker.serving")
        super().__init__(command, folder / "server.log", BIND=f"127.0.0.1:{port}", **more)

    def wait(self, seconds: float = 60) -> None:
        """Wait until it is ready."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.running
            assert self.running.poll() is None, self.log.read_text()[-4000:]
            try:
                if self.ask("/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} seconds: {self.log.read_text()[-4000:]}")

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Ask by GET, or by POST with data; return status and words. Raises OSError where no answer comes."""
        status, _headers, words = self.answer(path, data, **headers)
        return status, words

    def answer(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, Mapping[str, str], str]:
        """Ask as `ask` does; return the headers of the answer, too."""
        given: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=data, headers=given)
        try:
            with self._opened(request) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except HTTPException as error:  # cut off in the middle
            raise ConnectionResetError from error

    def _opened(self, request: urllib.request.Request) -> Any:
        """Return the answer, whatever its status."""
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            return error
