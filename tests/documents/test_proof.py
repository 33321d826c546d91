"""`check_documents`: rows and files belong together, both ways; what a killed upload leaves behind."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agreements.models import DocumentVersion, triggers
from tests.documents.conftest import PDF, PNG, on_disk

ROOT = Path(__file__).resolve().parent.parent.parent


def check(**options: Any) -> tuple[int, str, str]:
    """Run the command; return its exit code and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("check_documents", stdout=out, stderr=err, **options)
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def aged(path: Path, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_all_is_well(keep):
    keep()
    keep(content=PNG, name="a.png")
    assert check() == (0, "2 files, each as it was received.\n", "")


def test_every_fault_has_a_line(keep, folder):
    missing, changed, cut, good = (keep(content=PDF + bytes([65 + number])) for number in range(4))
    (folder / missing.stored).unlink()
    (folder / changed.stored).write_bytes(b"X" * changed.size)
    (folder / cut.stored).write_bytes(b"X")
    code, _out, err = check()

    assert code == 1
    assert sorted(err.splitlines()) == sorted(
        [
            f"{missing.pk}: {missing.stored}: the file is missing",
            f"{changed.pk}: {changed.stored}: the file was changed: its SHA-256 is another",
            f"{cut.pk}: {cut.stored}: the file has 1 bytes instead of {cut.size}",
        ]
    )
    assert str(good.pk) not in err


def test_a_row_that_was_changed_past_the_rules_is_told(keep):
    version = keep()
    triggers.remove(connection)
    DocumentVersion.objects.filter(pk=version.pk).update(language="ru")
    try:
        assert check()[2] == f"{version.pk}: the row is not what the journal says of the file\n"
        DocumentVersion.objects.filter(pk=version.pk).delete()
        code, _out, err = check()
    finally:
        triggers.install(connection)
    assert code == 1
    assert f"{version.entry_id}: the journal tells of a file that has no row" in err


def test_orphans_are_told_and_removed_when_they_are_old(keep, folder):
    version = keep()
    old, young = folder / "ab" / ("c" * 40), folder / "ab" / f"{'d' * 40}.part"
    for path in (old, young):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    aged(old, 1.01)
    aged(young, 0.99)

    told = f"ab/{young.name}: a file without a row, perhaps of an upload under way; left alone\n"
    assert check() == (1, told, f"ab/{old.name}: a file without a row; --repair removes it\n")
    code, out, err = check(repair=True)
    assert (code, err) == (0, "")
    assert f"ab/{old.name}: a file without a row; removed" in out
    assert on_disk(folder) == sorted([version.stored, f"ab/{young.name}"])


KILLED = """
    import os, sys, time, django
    django.setup()
    from datetime import date
    from django.core.files.base import ContentFile, File
    from agreements import documents
    from agreements.dates import FuzzyDate
    from agreements.documents import storing
    from agreements.models import Agreement, User

    place = sys.argv[1]

    class Slow(ContentFile):
        reads = 0

        def chunks(self, size=None):
            Slow.reads += 1
            for piece in super().chunks(1024):
                yield piece
                if place == "while writing" and Slow.reads == 2:
                    print("now", flush=True)
                    time.sleep(60)

    if place == "before the rows":
        insert = storing._insert

        def wait(*given, **more):
            made = insert(*given, **more)
            print("now", flush=True)
            time.sleep(60)
            return made

        storing._insert = wait
    user = User.objects.get(username="lawyer")
    agreement = Agreement.objects.get()
    content = b"%PDF-1.7\\n" + b"x" * 100_000
    for number in range(2):
        documents.store(
            agreement, "signed_text", Slow(content + bytes([65 + number]), "text.pdf"), by=user,
            on=FuzzyDate.of_day(date(2010, 5, 5)), language="en",
        )
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["while writing", "before the rows"])
def test_a_killed_upload_leaves_no_row_without_a_file(agreement, keep, folder, place):
    """The process is killed while the file is written, and when it is in place but its rows are not committed."""
    first = keep()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "DATABASE_URL": _address(),
        "DOCUMENTS_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", textwrap.dedent(KILLED), place]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()

    assert list(DocumentVersion.objects.values_list("pk", flat=True)) == [first.pk]
    (orphan,) = set(on_disk(folder)) - {first.stored}
    assert orphan.endswith(".part") == (place == "while writing")
    assert check()[0] == 0
    aged(folder / orphan, 2)
    assert check() == (1, "", f"{orphan}: a file without a row; --repair removes it\n")
    assert check(repair=True)[0] == 0
    assert on_disk(folder) == [first.stored]


def _address() -> str:
    """Return the address of the test's database: that of the server, with the name of the test's own."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
