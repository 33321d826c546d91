"""Queries that are prepared: they answer as if they were written anew, for any values, in any thread."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.signals import post_init
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from agreements import shares
from agreements.access import AnyReader, reader_of
from agreements.choices import Level
from agreements.models import Agreement, Area, Entry, Participant, Party, Task, User
from agreements.models.prepared import Prepared

pytestmark = pytest.mark.django_db


def of_keys(keys):
    return (
        Participant.objects.filter(agreement__in=keys).order_by("party__code", "pk").values_list("agreement", "party")
    )


def with_relations(reference):
    own = Participant.objects.filter(agreement=OuterRef("pk"), party__code="KZ")
    rows = Agreement.objects.select_related("procedure_version").annotate(ours=Exists(own))
    return rows.filter(reference=reference).order_by("pk")[:1]


def test_rows_of_values_are_those_of_the_query(sample):
    prepared, keys = Prepared(of_keys), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    for some in (keys[:1], keys[1:4], keys[4:7], keys, [uuid4()], [keys[0], keys[0]]):
        assert list(prepared(some)) == list(of_keys(some))


def test_instances_come_with_what_is_read_beside_them(sample):
    prepared = Prepared(with_relations)
    for reference in [*Agreement.objects.order_by("pk").values_list("reference", flat=True), "NON-EEEE"]:
        with CaptureQueriesContext(connection) as asked:
            told = [(one, one.ours, one.procedure_version.code) for one in prepared(reference)]
        assert len(asked) == 1
        assert told == [(one, one.ours, one.procedure_version.code) for one in with_relations(reference)]


def columns(one, known=()):
    """Return all that an instance holds, with the instances beside it."""
    state, known = one._state, (*known, one)
    beside = {
        name: held and (known.index(held) if held in known else columns(held, known))
        for name, held in state.fields_cache.items()
    }
    held = {name: value for name, value in vars(one).items() if name != "_state"}
    return type(one), state.adding, state.db, held, beside


@pytest.mark.parametrize(
    "build",
    [
        lambda keys: Agreement.objects.filter(pk__in=keys).order_by("pk"),
        lambda keys: (
            Agreement.objects.filter(pk__in=keys).select_related("procedure_version", "lead_unit", "officer__unit")
        ).order_by("pk"),
        lambda keys: Agreement.objects.filter(pk__in=keys).only("reference", "level").order_by("pk"),
        lambda keys: Agreement.objects.filter(pk__in=keys).annotate(held=Q(on_hold=True)).order_by("pk"),
        lambda keys: Task.objects.filter(agreement__in=keys).select_related("agreement", "person").order_by("pk"),
        lambda keys: Entry.objects.filter(subject__in=keys).select_related("actor", "voids", "text").order_by("pk"),
    ],
)
def test_instances_are_those_of_the_query(sample, build):
    prepared, keys = Prepared(build), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    for some in (keys[:1], keys, [uuid4()]):
        assert [columns(one) for one in prepared(some)] == [columns(one) for one in build(some)]


def of_chains(keys):
    return Entry.objects.filter(subject__in=keys)


@pytest.mark.parametrize(
    "build",
    [
        lambda keys: Entry.objects.filter(subject__in=keys).order_by("pk").values(),
        lambda keys: (
            Entry.objects.filter(subject__in=keys).order_by("pk").values_list("voids", "recorded_at", "latest")
        ),
        lambda keys: Entry.objects.filter(subject__in=keys).order_by("recorded_at", "pk").values_list("pk", flat=True),
        lambda keys: Entry.objects.filter(subject__in=keys).order_by("data").values_list("subject").distinct(),
        lambda keys: Task.objects.filter(agreement__in=keys).order_by("pk").values("due", "title_texts", "done_on"),
        lambda keys: (
            Agreement.objects.filter(pk__in=keys)
            .order_by("pk")
            .values("is_void", "clause", "changed_at", "valid_until")
        ),
    ],
)
def test_values_are_those_of_the_query(sample, build):
    prepared, keys = Prepared(build), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    for some in (keys[:1], keys, [uuid4()]):
        told, plain = list(prepared(some)), list(build(some))
        assert (told, [type(one) for one in told]) == (plain, [type(one) for one in plain])


def test_who_listens_to_how_instances_are_made_is_told(sample):
    made = []

    def listen(instance, **_told):
        made.append(instance)

    keys = list(Agreement.objects.order_by("pk").values_list("pk", flat=True)[:3])
    post_init.connect(listen, sender=Participant)
    try:
        found = list(Prepared(lambda keys: Participant.objects.filter(agreement__in=keys).order_by("pk"))(keys))
    finally:
        post_init.disconnect(listen, sender=Participant)
    assert found
    assert made == found


def test_days_and_texts_are_written_as_the_database_writes_them(sample):
    def valid(day, level):
        return Agreement.objects.filter(Q(valid_until__gte=day), level=level).order_by("reference").values_list("pk")

    prepared = Prepared(valid)
    for day in (date(1999, 1, 1), date(2024, 12, 31), date(2026, 12, 31), date(2999, 1, 1)):
        for level in ("public", "internal", "secret"):
            assert list(prepared(day, level)) == list(valid(day, level))


def test_a_form_is_compiled_once_and_keeps_no_value(sample):
    built = []

    def build(keys):
        built.append(keys)
        return of_keys(keys)

    prepared, keys = Prepared(build), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    for _time in range(3):
        list(prepared(keys[:2])), list(prepared(keys[2:4]))
        for number in range(3, 8):  # lists of three to five values share a form
            assert list(prepared(keys[:number])) == list(of_keys(keys[:number]))
    assert [len(marks) for marks in built] == [2, 5, 10]
    assert not set(keys) & {mark for marks in built for mark in marks}


def test_a_query_set_is_not_shared(sample):
    prepared, (first, second) = Prepared(of_keys), Agreement.objects.order_by("pk").values_list("pk", flat=True)[:2]
    rows, others = prepared([first]), prepared([second])
    assert (list(others), list(rows)) == (list(of_keys([second])), list(of_keys([first])))


def test_lists_that_are_empty_or_long_are_asked_as_usual(sample):
    prepared, keys = Prepared(of_keys), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    many = keys + [uuid4() for _number in range(300)]
    assert list(prepared(many)) == list(of_keys(many))
    with CaptureQueriesContext(connection) as asked:
        assert list(prepared([])) == []
    assert len(asked) == 0


@pytest.mark.parametrize("values", [(7,), (None,), ([None],)])
def test_values_without_a_form_are_refused(values):
    with pytest.raises(ValueError, match="no query is prepared for"):
        Prepared(of_keys)(*values)


def test_a_value_that_does_not_stand_in_the_query_as_it_is_given_is_refused():
    prepared = Prepared(lambda text: Party.objects.filter(name_en__contains=text))
    with pytest.raises(ValueError, match="do not stand in the query"):
        prepared("Kazakhstan")


@pytest.mark.django_db(transaction=True)
def test_locks_are_taken_within_a_transaction_only(sample):
    prepared = Prepared(lambda keys: Agreement.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    keys = list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    for _time in range(2):
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            assert [one.pk for one in prepared(keys)] == keys
        assert ("FOR UPDATE" in asked[-1]["sql"]) == connection.features.has_select_for_update
    with pytest.raises(TransactionManagementError):
        prepared(keys)


def seen(reader, keys):
    return Agreement.objects.for_user(reader).filter(pk__in=keys).order_by("reference").values_list("reference")


def test_a_query_is_kept_for_each_level_and_shows_no_more_than_that(sample, lawyer, reader):
    prepared, keys = Prepared(seen), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    Agreement.objects.filter(pk__in=keys[:3]).update(level=Level.SECRET)
    for _time in range(2):
        for user in (lawyer, reader):
            for level in Level:
                user.access_level, user.holds_shares = level, False
                assert reader_of(user) == AnyReader(level)
                assert list(prepared(reader_of(user), keys)) == list(seen(user, keys))
    assert prepared._form.cache_info().misses == len(Level)


def test_for_readers_of_whom_more_decides_a_query_is_built_anew(sample, lawyer, reader):
    keys = list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    prepared, limited = Prepared(seen), User.objects.get(pk=reader.pk)
    Agreement.objects.filter(pk__in=keys).update(level=Level.SECRET)
    reader.holds_shares = False
    assert list(prepared(reader_of(reader), keys)) == []
    (one,) = Agreement.objects.filter(pk=keys[0])
    shares.give(one, user=reader, reason="Talks", by=lawyer)
    for known in (True, None):  # None: not known
        reader.holds_shares = known
        assert reader_of(reader) is reader
        assert list(prepared(reader_of(reader), keys)) == [(one.reference,)]
    Agreement.objects.filter(pk__in=keys).update(level=Level.PUBLIC)
    limited.areas_only, limited.holds_shares = frozenset({"aviation"}), False
    assert reader_of(limited) is limited
    assert 0 < len(prepared(reader_of(limited), keys)) < len(keys)
    limited.areas_only, limited.is_active = None, False
    assert reader_of(limited) is limited
    assert list(prepared(reader_of(limited), keys)) == []
    assert prepared._form.cache_info().misses == 1


@pytest.mark.django_db(transaction=True)
def test_threads_ask_for_themselves(sample):
    prepared, keys = Prepared(of_keys), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    expected = {key: list(of_keys([key])) for key in keys}

    def ask(key):
        try:
            return key, list(prepared([key]))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        for key, rows in threads.map(ask, keys * 4):
            assert rows == expected[key]


def prepared_on_the_server():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall()]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
def test_the_server_keeps_a_query_that_is_kept_and_no_value_of_it(sample):
    prepared, keys = Prepared(of_keys), list(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    before = len(prepared_on_the_server())
    for key in keys:
        assert list(prepared([key])) == list(of_keys([key]))
    kept = prepared_on_the_server()
    assert len(kept) == before + 1
    assert not [text for text in kept if str(keys[0]) in text]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
@pytest.mark.django_db(transaction=True)
def test_a_table_that_changes_under_a_query_that_the_server_keeps_costs_no_answer(sample):
    prepared = Prepared(lambda code: Area.objects.filter(code=code).values_list("code"))
    code = Area.objects.order_by("code").values_list("code", flat=True)[0]

    def widen(length):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE agreements_area ALTER code TYPE varchar({length})")

    connection.close()
    assert list(prepared(code)) == [(code,)]
    try:
        # By another connection: the driver of this one would notice.
        with ThreadPoolExecutor(1) as others:
            others.submit(lambda: (widen(61), connection.close())).result()
        assert list(prepared(code)) == [(code,)]
        with transaction.atomic():
            assert list(prepared(code)) == [(code,)]
    finally:
        widen(60)
        connection.close()
