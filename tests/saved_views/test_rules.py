"""What a view is: filters in one form, one name, of one owner; who sees it, and who may change it."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import saved_views
from agreements.facets import COLUMNS
from agreements.models import SavedView
from agreements.saved_views import MOST, canonical
from tests.saved_views.conftest import refusal
from tests.test_races import race

OF_AGREEMENTS = (
    "q, of, attention, group, stage, ball, party, area, kind, procedure, binding, lead_unit, officer, hold, "
    "valid_until__gte, valid_until__lte, planned_signing__gte, planned_signing__lte, since__gte, since__lte, "
    "changed_at__gte, changed_at__lte, order, columns"
)


# ---- filters ----
@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("agreements", "", ""),
        ("agreements", "?stage=signed&kind=treaty&stage=mandated", "stage=mandated&stage=signed&kind=treaty"),
        ("agreements", "stage=signed&group=concluded", "group=concluded&stage=signed"),
        ("agreements", "officer=%7Enone&binding=no&lead_unit=", "binding=no&officer=~none"),
        ("agreements", "since__lte=2024-12-28&valid_until__gte=2024-01-01&changed_at__lte=",
         "valid_until__gte=2024-01-01&since__lte=2024-12-28"),
        ("agreements", "columns=ball,stage&order=-days&columns=reference",
         "order=-days&columns=reference%2Cstage%2Cball"),
        ("agreements", "hold=yes&q=+two++words+&ball=own", "q=two+words&ball=own&hold=yes"),
        ("agreements", "q=&stage=", ""),
        ("agreements", "q=Ққ%26", "q=%D2%9A%D2%9B%26"),
        ("tasks", "", "of=all"),
        ("tasks", "side=own&due=late&of=mine", "of=mine&due=late&side=own"),
        ("tasks", "of=mine&of=unit&due=", "of=unit"),
        ("calendar", "", ""),
        ("calendar", "mine=on&status=held&format=", "status=held&mine=true"),
    ],
)  # fmt: skip
def test_filters_are_kept_in_one_form(kind, given, kept):
    assert canonical(kind, given, by=None) == kept
    assert canonical(kind, kept, by=None) == kept


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("agreements", "as_of=2013-01-01", f"There is no filter “as_of”. Use one of: {OF_AGREEMENTS}."),
        ("agreements", "group=over", "“over” is not known. Use one of: concluded, ended, operative, preparing."),
        ("agreements", "hold=no", "“no” is not known. Use one of: yes."),
        ("agreements", "binding=perhaps", "“perhaps” is not known. Use one of: no, yes."),
        ("agreements", "columns=stage,colour", f"“colour” is not known. Use one of: {', '.join(sorted(COLUMNS))}."),
        ("tasks", "party=EU", "There is no filter “party”. Use one of: of, due, side."),
        ("tasks", "of=boss", "“boss” is not known. Use one of: all, mine, unit."),
        ("calendar", "when=past", "There is no filter “when”. Use one of: format, party, status, mine."),
        ("calendar", "mine=maybe", "“maybe” is not known. Use one of: true."),
    ],
)  # fmt: skip
def test_filters_that_are_not_known_are_refused(kind, given, told):
    assert refusal(lambda: canonical(kind, given, by=None)) == [("filter-unknown", told)]


def test_a_day_that_is_none_and_an_order_that_is_none_are_refused():
    assert refusal(lambda: canonical("agreements", "valid_until__gte=soon&order=luck", by=None)) == [
        ("not-a-day", "“soon” is not a day. Write it as 2024-12-28."),
        ("filter-unknown", "“luck” is not known. Use one of: -ball, -changed, -days, -planned, -reference, -stage, "
         "-title, -valid_until, ball, changed, days, planned, reference, stage, title, valid_until."),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["q=" + "a" * 1999, "q=" + "ү" * 334])
def test_filters_that_are_too_long_are_refused(given):
    assert refusal(lambda: canonical("agreements", given, by=None)) == [
        ("filters-long", "Filters have at most 2000 characters.")
    ]
    assert len(canonical("agreements", given[:-1], by=None)) <= 2000


def test_parties_and_areas_are_known_by_their_codes(officer, parties, areas):
    assert canonical("agreements", "area=transport&party=KZ&area=aviation", by=officer) == (
        "party=KZ&area=aviation&area=transport"
    )
    assert refusal(lambda: canonical("agreements", "party=XX&area=tea&as_of=x", by=officer)) == [
        ("filter-unknown", f"There is no filter “as_of”. Use one of: {OF_AGREEMENTS}."),
        ("filter-unknown", "“XX” is not known. Use one of: EU, KZ."),
        ("filter-unknown", "“tea” is not known. Use one of: aviation, transport."),
    ]


# ---- names and numbers ----
def test_a_view_that_cannot_be(save, officer, parties, areas):
    save(name="Aviation  of the\u00a0EU")

    assert SavedView.objects.get().name == "Aviation of the EU"
    for name, code, told in (
        (" ", "name-missing", "Give the view a name by which you know it."),
        ("a" * 81, "name-long", "A name has at most 80 characters."),
        ("a\u202eb", "name-unreadable", "A character of this name is none that can be read."),
        ("aviation of the eu", "name-taken", "There is a view of this name already."),
    ):
        assert refusal(lambda name=name: save(name=name)) == [(code, told)]
    assert [code for code, _told in refusal(lambda: save(name="", query="party=XX"))] == [
        "name-missing",
        "filter-unknown",
    ]
    assert SavedView.objects.count() == 1


def test_a_name_is_free_for_another_owner_and_once_the_view_is_gone(save, lawyer, officer, parties, areas):
    first = save()
    assert save(by=lawyer).owner == lawyer
    saved_views.delete(first, by=officer)
    assert save().pk != first.pk


def test_nobody_has_views_without_number(save, officer, parties, areas):
    made = [save(name=str(number)) for number in range(MOST)]

    assert refusal(lambda: save(name="one more")) == [
        ("views-many", "You have 50 saved views. Delete one that you no longer need.")
    ]
    assert saved_views.change(made[1], by=officer, name="renamed").name == "renamed"
    saved_views.delete(made[0], by=officer)
    assert save(name="one more").version == 1


# ---- changes ----
def test_what_is_changed_is_counted_and_what_is_not_is_not(save, officer, parties, areas):
    view = save()
    for changes, version in (
        ({"name": "Air"}, 2), ({"name": " Air "}, 2), ({"query": "area=aviation&party=EU"}, 2),
        ({"query": "?area=aviation"}, 3), ({"shared": True}, 4), ({}, 4), ({"shared": False, "name": "Aviation"}, 5),
    ):  # fmt: skip
        before = SavedView.objects.get(pk=view.pk)
        after = saved_views.change(view, by=officer, **changes)
        assert after.version == version
        assert (after.changed_at == before.changed_at) is (before.version == version)
    assert (after.name, after.query, after.shared) == ("Aviation", "area=aviation", False)


def test_a_party_that_is_no_longer_known_keeps_nobody_from_renaming(save, officer, parties, areas):
    view = save()
    SavedView.objects.filter(pk=view.pk).update(query="party=XX")

    assert saved_views.change(view, by=officer, name="Renamed").query == "party=XX"
    assert refusal(lambda: saved_views.change(view, by=officer, query="party=XX&stage=signed"))[0][0] == (
        "filter-unknown"
    )
    assert list(saved_views.selection_of(view).agreements(officer)) == []


def test_what_is_gone_is_not_written(save, officer, parties, areas):
    view = save()
    saved_views.delete(view, by=officer)

    told = [("view-gone", "The view was deleted meanwhile.")]
    assert refusal(lambda: saved_views.change(view, by=officer, name="x")) == told
    assert refusal(lambda: saved_views.delete(view, by=officer)) == told
    assert SavedView.objects.get(pk=view.pk).deleted_at


# ---- who ----
def test_a_view_is_seen_by_its_owner_and_once_shared_by_everybody(save, officer, reader, lawyer, parties, areas):
    view = save()

    def seers() -> list[str]:
        return [user.username for user in (officer, reader, lawyer) if SavedView.objects.for_user(user).exists()]

    assert seers() == ["officer"]
    saved_views.change(view, by=officer, shared=True)
    assert seers() == ["officer", "reader", "lawyer"]
    reader.is_active = False
    assert seers() == ["officer", "lawyer"]
    saved_views.delete(view, by=officer)
    assert seers() == []


def test_a_view_is_changed_by_its_owner_and_once_shared_by_who_keeps_reference_data(
    save, officer, reader, lawyer, parties, areas
):
    view, told = save(), [("not-permitted", "You do not have the right to do this.")]
    for user in (reader, lawyer):
        assert refusal(lambda user=user: saved_views.change(view, by=user, name="x")) == told
    saved_views.change(view, by=officer, shared=True)
    assert refusal(lambda: saved_views.change(view, by=reader, name="x")) == told
    assert refusal(lambda: saved_views.delete(view, by=reader)) == told
    assert saved_views.change(view, by=lawyer, name="Renamed", shared=False).owner == officer
    assert refusal(lambda: saved_views.delete(view, by=lawyer)) == told


def test_a_shared_view_shows_each_reader_his_own_part(save, officer, reader, lawyer, make_agreement, hidden):
    seen = make_agreement(columns={"officer": officer})
    every = save("Every", "q=o", by=lawyer, shared=True)
    mine = save("Mine", "of=mine", by=lawyer, kind="tasks", shared=True)

    def shown(user):
        selection = saved_views.selection_of(every)
        return {agreement.reference for agreement in selection.agreements(user)}

    assert shown(lawyer) == {seen.reference, hidden.reference}
    assert shown(reader) == shown(officer) == {seen.reference}
    assert {task.agreement_id for task in saved_views.selection_of(mine).tasks(lawyer)} == set()


@pytest.mark.parametrize(
    ("kind", "query"), [("agreements", "ball=own&party=EU"), ("tasks", "due=soon"), ("calendar", "party=EU")]
)
def test_what_a_view_shows_takes_a_fixed_number_of_queries(save, officer, make_agreement, kind, query):
    make_agreement()
    view = save(kind=kind, query=query)

    def asked() -> int:
        selection = saved_views.selection_of(view)
        with CaptureQueriesContext(connection) as caught:
            for rows in (selection.meetings(officer), selection.agreements(officer), selection.tasks(officer)):
                list(rows.order_by("pk"))
        return len(caught)

    first = asked()
    make_agreement()
    assert asked() == first <= 6


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_with_one_name_one_is_kept(officer):
    outcomes, faults = race(*[partial(saved_views.create, officer, kind="tasks", name="Late", query="due=late")] * 4)

    assert (dict(outcomes), faults) == ({"done": 1, "refused": 3}, [])
    assert SavedView.objects.count() == 1
