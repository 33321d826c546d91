"""Rows that are updated at once become what `bulk_update` would make of them, judged by the same constraints."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agreements.dates import FuzzyDate
from agreements.models import Agreement, Task
from agreements.models.updating import update_each

pytestmark = pytest.mark.django_db
_MOVED = ("stage", "since_earliest", "since_latest", "since_precision", "text", "on_hold", "version", "changed_at")
_OTHERS = ("valid_until", "planned_signing", "clause", "officer", "title_kk", "renewal_years")
_OF_TASKS = ("title_texts", "due", "due_by", "status", "done_on", "search_text", "person")


def agreements(officer):
    """Return all agreements with other values in their columns, which are not written yet."""
    rows = list(Agreement.objects.order_by("reference"))
    for place, row in enumerate(rows):
        row.__dict__["stage"] = ("signed", "in_force", "withdrawn")[place % 3]
        row.since_earliest, row.since_latest, row.since_precision = date.min, date(2013, 9, 30), "unknown"
        row.text, row.on_hold, row.version = place, bool(place % 2), row.version + 7
        row.changed_at = datetime(2024, 12, 28, 23, 59, 59, place, tzinfo=UTC)
        row.valid_until, row.renewal_years = date(9999, 12, 31), place + 1
        row.planned_signing = FuzzyDate.parse("2013-Q3") if place % 2 else None
        row.clause, row.officer = ({"all": []}, officer) if place % 2 else (None, None)
        row.title_kk = "Келісім «ынтымақтастық»"
    return rows


def tasks(officer):
    rows = list(Task.objects.order_by("pk"))
    for place, row in enumerate(rows):
        row.title_texts, row.search_text = {"kk": "Келісім «ынтымақтастық»"}, " келисим "
        row.due, row.due_by = (FuzzyDate.parse("2025-H2"), date(2025, 12, 31)) if place % 2 else (None, None)
        row.status, row.done_on = ("done", FuzzyDate.parse("2024-12-28")) if place % 3 else ("dropped", None)
        row.person = officer if place % 2 else None
    return rows


def written_by(writing, rows, names):
    """Return the rows as the database holds them after some were written; then they are as they were before."""
    table = type(rows[0])._meta.db_table
    with transaction.atomic():
        writing(rows, names)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found = cursor.fetchall()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("changed", "names"), [(agreements, _MOVED), (agreements, _OTHERS), (agreements, ["version"]), (tasks, _OF_TASKS)]
)
def test_the_rows_are_those_of_bulk_update(sample, officer, changed, names):
    rows = changed(officer)
    untouched = written_by(lambda *_none: None, rows, names)
    for some in (rows, rows[1:3], rows[:1]):
        manager = type(rows[0]).objects
        expected = written_by(manager.bulk_update, some, names)
        assert written_by(update_each, some, names) == expected != untouched


def test_one_statement_writes_all_rows(sample, officer):
    rows = agreements(officer)
    with CaptureQueriesContext(connection) as asked:
        update_each(rows, _MOVED)
        update_each([], _MOVED)
    assert len(asked) == 1
    for row in Agreement.objects.order_by("reference"):
        (given,) = [one for one in rows if one.pk == row.pk]
        assert [getattr(row, name) for name in _MOVED] == [getattr(given, name) for name in _MOVED]


def test_what_breaks_a_constraint_is_not_written_at_all(sample, officer):
    rows, before = agreements(officer), list(Agreement.objects.order_by("pk").values_list("version", "stage"))
    rows[-1].__dict__["stage"] = "nowhere"
    with pytest.raises(IntegrityError), transaction.atomic():
        update_each(rows, _MOVED)
    assert list(Agreement.objects.order_by("pk").values_list("version", "stage")) == before
