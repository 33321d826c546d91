"""Fill an empty Pacta from an archive, or try whether that would succeed."""

import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agreements import archive


class Command(BaseCommand):
    help = (
        "Restores an archive of “backup” into an empty, migrated database and an empty storage, on SQLite or "
        "PostgreSQL, and proves by the digests of the journal that the result is equal; otherwise nothing is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="a file with the secret key of age, for an encrypted archive")
        parser.add_argument(
            "--drill", action="store_true", help="restore into a database of its own, prove it, and throw it away"
        )

    def handle(self, *args: Any, file: Path, identity: Path | None, drill: bool, **options: Any) -> None:
        try:
            secret = _secret(identity)
            if drill:
                self._drill(file, identity)
                return
            restored = archive.restore(file, identity=secret)
        except (OSError, ValueError) as error:
            raise CommandError(f"Nothing was restored. {error}", returncode=1) from error
        self.stdout.write(
            f"{sum(restored.rows.values())} rows, {restored.files} files of documents\n"
            f"seal {restored.seal.digest}: {len(restored.seal.heads)} chains, {restored.seal.entries} entries; equal"
        )

    def _drill(self, file: Path, identity: Path | None) -> None:
        with tempfile.TemporaryDirectory(prefix="pacta-drill-") as folder:
            environment = os.environ | {
                "DATABASE_URL": f"sqlite:///{folder}/drill.sqlite3",
                "DOCUMENTS_DIR": f"{folder}/documents",
                "DOCUMENTS_STORAGE": "",
            }
            named = ["--identity", str(identity.resolve())] if identity else []
            for command in (["migrate", "--verbosity", "0"], ["restore", str(file.resolve()), *named],
                            ["verify_journal"], ["check_documents"]):  # fmt: skip
                done = subprocess.run(  # noqa: S603 - ourselves
                    [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
                    env=environment, capture_output=True, text=True, check=False,
                )  # fmt: skip
                self.stdout.write(done.stdout.rstrip())
                if done.returncode:
                    raise CommandError(f"The drill failed at “{command[0]}”: {done.stderr.strip()}", returncode=1)
        self.stdout.write("The drill succeeded: the archive can be restored, and is equal.")


def _secret(identity: Path | None) -> str:
    """Return the secret key in a file of age, whose comments begin with #."""
    if identity is None:
        return ""
    lines = [line.strip() for line in identity.read_text(encoding="utf-8").splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")
