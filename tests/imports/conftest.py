"""What the tests of imports share: a table that is brought, its columns named, tried, and recorded."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from agreements import imports
from agreements.imports.mapping import Mapped
from agreements.models import ImportRun, User

Bring = Callable[..., ImportRun]


def bring(by: User, table: str, text: str | bytes, *, name: str = "table.csv", **values: str) -> ImportRun:
    """Upload a table and settle what its columns suggest, with values for every row."""
    content = ContentFile(text.encode() if isinstance(text, str) else text, name=name)
    run = imports.upload(content, by=by, kind=table, source="Treaty list")
    mapped = Mapped.of_data(run.mapping)
    return imports.settle(run, Mapped(mapped.columns, mapped.dates, {**mapped.values, **values}), by=by)


def outcomes(run: ImportRun) -> list[Any]:
    """Return what became of the rows of an import: number, outcome, code of the reason."""
    return [(row.number, row.outcome, row.code) for row in run.rows.order_by("number")]


@pytest.fixture
def brought(lawyer: User) -> Bring:
    """Bring tables as the lawyer does."""
    return lambda *args, **more: bring(lawyer, *args, **more)


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    """Keep files of tables apart from those of other tests."""
    settings.STORAGES = settings.STORAGES | {
        "documents": {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path / "documents"}}
    }
