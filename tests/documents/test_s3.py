"""Files in a bucket: kept, handed out in part, packed, proved; against a server that speaks S3 in this process."""

import hashlib
import subprocess
import sys
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from agreements import documents
from agreements.apps import check_storage
from agreements.documents import dossier, proof, serving
from agreements.documents.shelf import shelf
from agreements.documents.storage import files
from agreements.guards import Refused
from agreements.models import DocumentVersion
from tests.documents.conftest import PDF, PNG, day, upload
from tests.strict import ROOT
from tracker.settings import _documents


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path):
    """A bucket, and the setting that points to it."""
    for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        made = boto3.resource("s3").create_bucket(Bucket="ministry")
        settings.STORAGES = settings.STORAGES | {"documents": _documents("s3://ministry/pacta/files", tmp_path)}
        yield made


def names(bucket: Any) -> list[str]:
    return sorted(found.key for found in bucket.objects.all())


def test_a_file_lives_in_the_bucket(agreement, keep, lawyer, bucket, rf):
    version = keep()

    assert names(bucket) == [f"pacta/files/{version.stored}"]
    assert b"".join(serving.deliver(rf.get("/"), version)) == PDF
    part = serving.deliver(rf.get("/", headers={"Range": "bytes=2-5"}), version)
    assert (part.status_code, b"".join(part)) == (206, PDF[2:6])
    packed = b"".join(dossier.packed(agreement, dossier.contents(agreement, shelf(agreement, lawyer))))
    assert PDF in packed
    assert list(proof.faults()) == []
    assert list(proof.orphans()) == []


def test_a_large_file_goes_up_in_parts(agreement, lawyer, bucket):
    content = PDF + b" " * (20 * 1024 * 1024)
    version = documents.store(agreement, "signed_text", upload(content), by=lawyer, on=day(2010), language="en")

    assert version.sha256 == hashlib.sha256(content).hexdigest()
    assert bucket.Object(f"pacta/files/{version.stored}").get()["Body"].read() == content


def test_what_is_refused_or_fails_leaves_nothing(keep, bucket):
    with pytest.raises(Refused):
        keep(name="a.exe")
    with pytest.raises(Exception, match="certainty"):
        keep(certainty="odd")
    assert names(bucket) == []
    assert DocumentVersion.objects.count() == 0


def test_what_is_missing_changed_or_without_a_row_is_told(keep, bucket):
    missing, changed = keep(), keep(content=PNG, name="a.png")
    files().delete(missing.stored)
    bucket.Object(f"pacta/files/{changed.stored}").put(Body=b"X" * changed.size)
    bucket.Object("pacta/files/ab/orphan").put(Body=b"X")
    bucket.Object("elsewhere").put(Body=b"X")

    assert {fault.what.partition(": ")[2] for fault in proof.faults()} == {
        "the file is missing", "the file was changed: its SHA-256 is another",
    }  # fmt: skip
    ((orphan, under_way),) = proof.orphans()
    assert (orphan.name, under_way) == ("ab/orphan", True)
    proof.remove(orphan)
    assert list(proof.orphans()) == []
    assert "elsewhere" in names(bucket)


# ---- the setting ----
def test_the_setting_names_a_bucket(monkeypatch, tmp_path):
    assert _documents("", tmp_path)["OPTIONS"] == {"location": tmp_path}
    assert _documents("s3://a/b/c", tmp_path)["OPTIONS"] == {
        "bucket_name": "a", "location": "b/c", "default_acl": None,
    }  # fmt: skip
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio:9000")
    assert _documents("s3://a", tmp_path)["OPTIONS"]["addressing_style"] == "path"
    for wrong in ("ftp://a", "s3://", "a/b"):
        with pytest.raises(ImproperlyConfigured, match="DOCUMENTS_STORAGE"):
            _documents(wrong, tmp_path)


def test_a_check_says_what_to_install(settings, bucket):
    assert check_storage(None) == []
    broken = {"BACKEND": "agreements.documents.nowhere.Bucket", "OPTIONS": {}}
    settings.STORAGES = settings.STORAGES | {"documents": broken}
    (told,) = check_storage(None)
    assert (told.id, told.hint) == (
        "agreements.E002", "For a bucket install what speaks to it: pip install -r requirements/s3.txt",
    )  # fmt: skip


def test_nothing_of_it_is_loaded_where_it_is_not_needed():
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import django; django.setup();"
        "import tracker.urls; from agreements.documents.storage import files; files();"
        "print([name for name in ('boto3', 'storages') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
