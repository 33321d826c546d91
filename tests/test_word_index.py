"""The index of words of agreements: it finds what reading every row finds, whoever writes, and shows nobody more."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q

from agreements.choices import Level
from agreements.folding import Sought
from agreements.models import Agreement, User, wordindex
from agreements.models.agreement import having
from agreements.models.base import holding

pytestmark = pytest.mark.django_db
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has an index of the table itself")
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


def test_the_index_finds_what_the_rows_say(sample: Any) -> None:
    assert differing() == []


@only_sqlite
def test_rare_words_name_the_few_rows_that_can_have_them(sample: Any, monkeypatch: Any) -> None:
    (aviation,) = Agreement.objects.filter(reference="AIR-7Q4M")
    assert wordindex.few(Sought.read("7q4m")) == [aviation.pk]
    assert wordindex.few(Sought.read("AIR-7Q")) == [aviation.pk]
    assert wordindex.few(Sought.read("nowhere")) == []
    assert wordindex.few(Sought.read("a")) is None  # in nearly all of them
    assert wordindex.few(Sought.read("")) is None
    monkeypatch.setattr(wordindex, "MOST", 2)
    assert wordindex.few(Sought.read("agreement")) is None
    assert differing() == []


@only_sqlite
def test_whoever_writes_the_index_is_kept(sample: Any, lawyer: User) -> None:
    some, other, *_rest = Agreement.objects.order_by("reference")
    Agreement.objects.filter(pk=some.pk).update(search_text=" zephyr quartz ")
    assert wordindex.few(Sought.read("zeph")) == [some.pk]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_agreement SET search_text = ' quartz ' WHERE id = %s", [some.pk.hex])
    assert wordindex.few(Sought.read("zeph")) == []
    assert wordindex.few(Sought.read("quar")) == [some.pk]
    other.title_en = "Quartz and water"
    other.save(update_fields=["title_en"])
    assert set(wordindex.few(Sought.read("quartz")) or ()) == {some.pk, other.pk}
    assert differing() == []


@only_sqlite
def test_what_is_deleted_is_forgotten(make_agreement: Any) -> None:
    made = make_agreement()
    assert wordindex.few(Sought.read("aviation")) == [made.pk]
    with connection.cursor() as cursor:
        # No agreement is ever deleted by Pacta: only a table that is emptied loses rows.
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM agreements_agreement WHERE id = %s", [made.pk.hex])
        cursor.execute("DELETE FROM agreements_agreement WHERE id = %s", [made.pk.hex])
        assert wordindex.few(Sought.read("aviation")) == []
        cursor.execute("INSERT INTO agreements_agreement SELECT * FROM kept")
        cursor.execute("DROP TABLE kept")
    assert wordindex.few(Sought.read("aviation")) == [made.pk]


@only_sqlite
def test_a_table_that_was_rebuilt_is_indexed_anew(sample: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER agreement_words_update")
        cursor.execute("UPDATE agreements_agreement SET search_text = ' zephyr ' WHERE reference = 'AIR-7Q4M'")
    assert wordindex.few(Sought.read("zephyr")) == []
    wordindex.mend_after_migrate(apps.get_app_config("agreements"), using="default")
    assert wordindex.few(Sought.read("zephyr")) == [Agreement.objects.get(reference="AIR-7Q4M").pk]
    assert differing() == []


@only_sqlite
def test_without_an_index_rows_are_read(sample: Any) -> None:
    wordindex.remove(connection)
    try:
        assert wordindex.few(Sought.read("7q4m")) is None
        assert found(having(Sought.read("7q4m"))) == ["AIR-7Q4M"]
    finally:
        wordindex.install(connection)


def test_the_index_shows_nobody_what_he_may_not_see(sample: Any, reader: User) -> None:
    Agreement.objects.filter(reference="AIR-7Q4M").update(level=Level.SECRET)
    assert not Agreement.objects.for_user(reader).filter(having(Sought.read("7q4m"))).exists()
    assert Agreement.objects.filter(having(Sought.read("7q4m"))).exists()
