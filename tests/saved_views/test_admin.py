"""Saved views in the administration: what is shared is kept in order there, by who keeps the reference data."""

from django.urls import reverse

from agreements import saved_views
from agreements.models import SavedView
from tests.admin.conftest import administrator as administrator_of_accounts
from tests.admin.conftest import as_administrator, as_lawyer, as_officer
from tests.admin.forms import filled, queries, text_of

__all__ = ["administrator", "as_administrator", "as_lawyer", "as_officer"]
administrator = administrator_of_accounts
LIST = reverse("admin:agreements_savedview_changelist")


def page(view, step="change"):
    return reverse(f"admin:agreements_savedview_{step}", args=[view.pk])


def test_what_is_shared_is_renamed_and_given_back_to_its_owner(
    save, as_lawyer, as_administrator, officer, parties, areas
):
    view = save(shared=True)
    save("Own to the officer")
    shown = text_of(as_lawyer.get(LIST))

    assert "Aviation" in shown
    assert "Own to the officer" not in shown
    assert "Party: European Union · Area: Aviation" in text_of(as_lawyer.get(page(view)))
    sent = filled(as_lawyer.get(page(view))) | {"name": "Air"}
    assert as_lawyer.post(page(view), sent).status_code == 302
    kept = SavedView.objects.get(pk=view.pk)
    assert (kept.name, kept.shared, kept.owner, kept.version) == ("Air", True, officer, 2)
    sent = filled(as_administrator.get(page(view)))
    sent.pop("shared")
    assert as_administrator.post(page(view), sent).status_code == 302
    assert SavedView.objects.get(pk=view.pk).shared is False
    assert as_administrator.get(page(view)).status_code == 404


def test_a_refusal_is_told_and_nothing_is_written(save, as_lawyer, parties, areas):
    save("Taken", shared=True)
    view = save(shared=True)
    sent = filled(as_lawyer.get(page(view))) | {"name": "taken"}

    assert "There is a view of this name already." in text_of(as_lawyer.post(page(view), sent, follow=True))
    assert SavedView.objects.get(pk=view.pk).name == "Aviation"


def test_nobody_adds_or_deletes_here_and_officers_do_not_come_in(save, as_lawyer, as_officer, lawyer, parties, areas):
    view = save(shared=True)

    assert as_lawyer.get(reverse("admin:agreements_savedview_add")).status_code == 403
    assert as_lawyer.post(page(view, "delete"), {"post": "yes"}).status_code == 403
    assert SavedView.objects.get(pk=view.pk).deleted_at is None
    assert as_officer.get(LIST).status_code == as_officer.get(page(view)).status_code == 403
    own = save("Mine", by=lawyer)
    saved_views.delete(own, by=lawyer)
    assert as_lawyer.get(page(own)).status_code == 404


def test_the_list_takes_a_fixed_number_of_queries(save, as_lawyer, parties, areas):
    save(shared=True)
    first = queries(as_lawyer, LIST)
    for number in range(3):
        save(str(number), shared=True)
    assert queries(as_lawyer, LIST) == first
