"""What the tests of hardening share: Pacta itself, not its tests, in a process and an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.strict import ROOT

#: As in production, with a key of no use to anybody.
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "tests-only-Zq7Lw2Vx9Bn4Tk8Rd3Fh6Jm1Pc5Gs0Ya-unused-elsewhere",
    "ALLOWED_HOSTS": "pacta.example",
    "CSRF_TRUSTED_ORIGINS": "https://pacta.example",
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_SETTINGS_MODULE": "tracker.settings",
    "PATH": os.environ["PATH"],
}


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Return what runs a few lines of Python in production and returns what they print, or what stopped them."""

    def run(lines: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", lines],
            env=PRODUCTION | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else done.stderr.strip().splitlines()[-1]

    return run
