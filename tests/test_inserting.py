"""Rows that are inserted at once are those that `bulk_create` would write, judged by the same constraints."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from agreements import clock
from agreements.dates import FuzzyDate
from agreements.models import Agreement, EventPosition, ImportRow, ImportRun, ProcedureVersion, User
from agreements.models.inserting import insert, insert_each

pytestmark = pytest.mark.django_db
_ROW = ("run_id", "number", "outcome", "label", "code", "told", "subject_kind", "subject", "entries", "digest", "key",
        "live")  # fmt: skip


def agreements(prefix, number):
    version = ProcedureVersion.objects.create(code=prefix.lower(), version="1", digest=prefix * 20, text="-")
    given = [{}, {"valid_from": date(1992, 3, 2), "planned_signing": FuzzyDate.parse("2013-Q3"), "on_hold": True},
             {"clause": {"all": []}, "renewal_years": 5, "valid_until": date(9999, 12, 31)}]  # fmt: skip
    return [
        Agreement(
            reference=f"{prefix}-{place}", title_kk="Келісім «ынтымақтастық»", kind="treaty", stage="signed",
            procedure_version=version, since_earliest=date.min, since_latest=date.max, since_precision="unknown",
            changed_at=datetime(2024, 12, 28, 23, 59, 59, 1, tzinfo=UTC), **given[place % 3],
        )
        for place in range(number)
    ]  # fmt: skip


def stored(prefix):
    """Return the rows as the database holds them, without what must differ."""
    columns = [field.column for field in Agreement._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM agreements_agreement WHERE reference LIKE '{prefix}-%' ORDER BY reference")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert sorted(names) == sorted(columns)
    return [{**row, "id": "", "reference": "", "procedure_version_id": ""} for row in rows]


def test_the_rows_are_those_of_bulk_create(db):
    Agreement.objects.bulk_create(agreements("ONE", 3))
    made = agreements("TWO", 3)
    insert_each(made)

    assert stored("TWO") == stored("ONE") != []
    assert not any(one._state.adding for one in made)
    assert Agreement.objects.get(pk=made[1].pk).planned_signing == FuzzyDate.parse("2013-Q3")


def test_values_are_written_without_instances(db):
    by = User.objects.create_user("importer")
    now = clock.now()
    run = ImportRun.objects.create(
        owner=by, kind="agreements", name="a.csv", size=1, source="-", language="en", created_at=now, changed_at=now
    )
    key = uuid4()
    told = {"field": {"ru": "срок"}}
    rows = [(run.pk, place, "created", "-", "", told, "agreement", key, ["a"], f"{place}", "", True)
            for place in range(2500)]  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        insert(ImportRow, _ROW, rows)
        insert(ImportRow, _ROW, [])

    assert len(asked) <= 3
    assert [list(row) for row in ImportRow.objects.order_by("number").values_list(*_ROW)] == [list(row) for row in rows]


def test_what_breaks_a_constraint_is_not_written_at_all(db):
    made = agreements("TRE", 3)
    made[2].reference = made[0].reference
    with pytest.raises(IntegrityError):
        insert_each(made)


def test_a_column_that_is_forgotten_is_told(db):
    with pytest.raises(ValueError, match="EventPosition has other columns than entry_id"):
        insert(EventPosition, ("entry_id",), [(uuid4(),)])
