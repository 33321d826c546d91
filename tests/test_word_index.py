"""The index of words of agreements: it finds what reading every row finds, whoever writes, and shows nobody more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q

from agreements.choices import Level
from agreements.folding import Sought
from agreements.models import Agreement, User, wordindex
from agreements.models.agreement import having
from agreements.models.base import holding

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"
only_sqlite = pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL keeps words in a table of its own")
only_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="SQLite makes its index anew, and empties tables by rows")
#: Whole words and their beginnings, of all three languages, with signs, and what nobody wrote.
ASKED = (
    *("air", "AIR-7Q4M", "7q", "a", "transport", "transp", "соглашения", "келісім", "Ұлттық", "visa kazakhstan"),
    *("соглаш air", "!!!", "no-such-word", "of the", "2024", "ё", "é", "’"),
)


def found(condition: Q) -> list[str]:
    return sorted(Agreement.objects.filter(condition).values_list("reference", flat=True))


def differing() -> list[str]:
    """Return the texts for which the index and the rows do not agree, of many that stand in them and some others."""
    words = {word for text in Agreement.objects.values_list("search_text", flat=True) for word in text.split()}
    parts = {word[:length] for word in words for length in (2, 4)}
    texts = [*ASKED, *sorted(words | parts)[::3]]
    return [text for text in texts if found(having(Sought.read(text))) != found(holding(Sought.read(text)))]


def named(text: str) -> set[UUID] | None:
    """Return the keys of agreements to which the index alone narrows; None where it narrows to none."""
    narrowed, _left = wordindex.narrowing(Sought.read(text), using="default")
    if narrowed is None:
        return None
    return set(Agreement.objects.filter(wordindex.within(narrowed)).values_list("pk", flat=True))


def test_the_index_finds_what_the_rows_say(sample: Any) -> None:
    assert differing() == []


def test_words_name_the_rows_that_can_have_them(sample: Any) -> None:
    (aviation,) = Agreement.objects.filter(reference="AIR-7Q4M")
    assert named("7q4m") == {aviation.pk}
    assert named("AIR-7Q") == {aviation.pk}
    assert named("nowhere") == set()
    assert named("!!!") == (set() if POSTGRESQL else None)
    assert named("") is None
    assert len(named("agreement") or ()) > 2


def test_many_rows_are_not_told_by_their_keys(sample: Any, monkeypatch: Any) -> None:
    def many(text: str) -> bool:
        return not isinstance(wordindex.narrowing(Sought.read(text), using="default")[0], list)

    assert not many("agreement")
    monkeypatch.setattr(wordindex, "MOST", 2)
    assert many("agreement")
    assert not many("7q4m")
    assert differing() == []


@only_sqlite
def test_a_single_letter_is_in_many(sample: Any) -> None:
    assert named("a") is None


def test_whoever_writes_the_index_is_kept(sample: Any, lawyer: User) -> None:
    some, other, *_rest = Agreement.objects.order_by("reference")
    Agreement.objects.filter(pk=some.pk).update(search_text=" zephyr quartz ")
    assert named("zeph") == {some.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agreements_agreement SET search_text = ' quartz ' WHERE reference = %s", [some.reference]
        )
    assert named("zeph") == set()
    assert named("quar") == {some.pk}
    other.title_en = "Quartz and water"
    other.save(update_fields=["title_en"])
    assert named("quartz") == {some.pk, other.pk}
    assert differing() == []


def test_words_of_any_length_are_found(sample: Any) -> None:
    # One letter may become many when it is folded, and PostgreSQL takes no word of more than 2,046 bytes.
    long, longer = "щ" * 2000, "щ" * 2001
    some, other, *_rest = Agreement.objects.order_by("reference")
    Agreement.objects.filter(pk=some.pk).update(search_text=f" {long} ")
    Agreement.objects.filter(pk=other.pk).update(search_text=f" {longer} quartz ")
    assert found(having(Sought((long,)))) == sorted([some.reference, other.reference])
    assert found(having(Sought((longer, "quartz")))) == [other.reference]
    assert found(having(Sought((longer + "щ",)))) == []


@contextmanager
def removed(key: UUID) -> Iterator[None]:
    """Take a row away and put it back. Pacta deletes no agreement: only a table that is emptied loses rows."""
    with connection.cursor() as cursor:
        # What refers to a row is looked at when a transaction ends.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED" if POSTGRESQL else "PRAGMA defer_foreign_keys = ON")
        written = [str(key) if POSTGRESQL else key.hex]
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM agreements_agreement WHERE id = %s", written)
        cursor.execute("DELETE FROM agreements_agreement WHERE id = %s", written)
        yield
        cursor.execute("INSERT INTO agreements_agreement SELECT * FROM kept")
        cursor.execute("DROP TABLE kept")


def indexed() -> int:
    """Return of how many rows the index knows something."""
    table = wordindex.TABLES[0 if POSTGRESQL else 1]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def test_what_is_deleted_is_forgotten(make_agreement: Any) -> None:
    made = make_agreement()
    assert named("aviation") == {made.pk}
    assert indexed() == 1
    with removed(made.pk):
        assert indexed() == 0
    assert indexed() == 1
    assert named("aviation") == {made.pk}


def test_what_was_written_without_triggers_is_found_after_the_next_migration(sample: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER agreement_words_update" + " ON agreements_agreement" * POSTGRESQL)
        cursor.execute("UPDATE agreements_agreement SET search_text = ' zephyr ' WHERE reference = 'AIR-7Q4M'")
    assert named("zephyr") == set()
    wordindex.mend_after_migrate(apps.get_app_config("agreements"), using="default")
    assert named("zephyr") == {Agreement.objects.get(reference="AIR-7Q4M").pk}
    Agreement.objects.filter(reference="AIR-7Q4M").update(search_text=" quartz ")
    assert named("quartz") == {Agreement.objects.get(reference="AIR-7Q4M").pk}
    assert differing() == []


@only_postgresql
def test_words_are_mended_though_triggers_are_there(sample: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(wordindex, "_PART", 3)
    table = wordindex.TABLES[0]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
        cursor.execute(f"INSERT INTO {table} VALUES (gen_random_uuid(), 'nobody')")
        cursor.execute(f"INSERT INTO {table} SELECT id, 'nowhere' FROM agreements_agreement ORDER BY id LIMIT 4")
    wordindex.mend_after_migrate(apps.get_app_config("agreements"), using="default")
    assert indexed() == Agreement.objects.count()
    assert named("nowhere") == set()
    assert differing() == []


@only_postgresql
def test_a_table_that_is_emptied_is_forgotten(make_agreement: Any) -> None:
    make_agreement()
    assert indexed() == 1
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("entry", "entrytext", "documentversion"):
            cursor.execute(f"ALTER TABLE agreements_{table} DISABLE TRIGGER USER")
        cursor.execute("TRUNCATE agreements_agreement CASCADE")
        assert indexed() == 0
        transaction.set_rollback(True)
    assert indexed() == 1


@only_sqlite
def test_without_an_index_rows_are_read(sample: Any) -> None:
    wordindex.remove(connection)
    try:
        assert named("7q4m") is None
        assert found(having(Sought.read("7q4m"))) == ["AIR-7Q4M"]
    finally:
        wordindex.install(connection)


def test_the_index_shows_nobody_what_he_may_not_see(sample: Any, reader: User) -> None:
    Agreement.objects.filter(reference="AIR-7Q4M").update(level=Level.SECRET)
    assert not Agreement.objects.for_user(reader).filter(having(Sought.read("7q4m"))).exists()
    assert Agreement.objects.filter(having(Sought.read("7q4m"))).exists()
