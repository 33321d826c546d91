"""Saved views on pages, as a browser without a script shows them."""

import re
from html import unescape

import pytest

from agreements import saved_views, tasks
from agreements.choices import Stage
from agreements.models import FeedToken, SavedView, Subscription
from agreements.views.asked import in_words
from tests.meetings.conftest import on
from tests.pages.conftest import queries, words
from tests.pages.test_participation import messages_of

NEW = "/views/new/?kind=agreements&query=party%3DEU%26area%3Daviation"


def chips(response):
    """Return the views above a list: label, count, address, and whether it is the present one."""
    bar = re.search(r'(?s)<nav class="views" aria-label="Saved views">(.*?)</nav>', response.content.decode())
    found = re.findall(r'(?s)<a class="chip" href="([^"]+)"( aria-current="true")?>(.*?)</a>', bar[1]) if bar else []
    return [
        (re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", told)).strip(), unescape(address), bool(here))
        for address, here, told in found
    ]


def links(response):
    """Return the links beside the views, by their words."""
    bar = re.search(r'(?s)<nav class="views" aria-label="Saved views">(.*?)</nav>', response.content.decode())
    pairs = re.findall(r'<a class="linkish" href="([^"]+)">([^<]+)</a>', bar[1]) if bar else []
    return {told: unescape(address) for address, told in pairs}


# ---- above the lists ----
def test_a_list_shows_ones_own_views_then_the_shared_with_what_one_sees_in_each(
    save, at_officer, at_reader, lawyer, make_agreement, hidden, areas
):
    make_agreement(areas=[areas["aviation"]])
    make_agreement(areas=[areas["transport"]], stage=Stage.SIGNED)
    save("Zeppelins", "area=aviation")
    save("air", "kind=treaty")
    save("Of the lawyer", "area=transport", by=lawyer, shared=True)
    save("Hidden from all", "", by=lawyer)
    save("Late", "due=late", kind="tasks")
    page = at_officer.get("/agreements/?area=transport")

    assert chips(page) == [
        ("All 2", "?", False),
        ("air 0", "?kind=treaty", False),
        ("Zeppelins 1", "?area=aviation", False),
        ("Of the lawyer (shared by lawyer) 1", "?area=transport", True),
    ]
    assert list(links(page)) == ["Watch what is shown", "All saved views"]
    assert [label for label, *_rest in chips(at_reader.get("/agreements/"))] == [
        "All 2",
        "Of the lawyer (shared by lawyer) 1",
    ]
    past = at_officer.get("/agreements/?as_of=2024-12-01")
    assert chips(past)[:2] == [("All", "?as_of=2024-12-01", True), ("air", "?kind=treaty&as_of=2024-12-01", False)]


def test_what_needs_attention_is_not_counted_above_the_list(save, at_officer, make_agreement, areas):
    make_agreement(areas=[areas["aviation"]])
    save("Nobody’s", "attention=no-officer&attention=soon")
    save("Air", "area=aviation")
    page = at_officer.get("/agreements/?attention=no-officer&attention=soon")

    assert [(label, here) for label, _address, here in chips(page)] == [
        ("All 1", False), ("Air 1", False), ("Nobody’s", True),
    ]  # fmt: skip
    told = words(at_officer.get("/views/"))
    assert "Nobody’s Agreements · What needs attention: Soon, Without a responsible officer only you see it" in told


def test_what_is_new_can_be_saved(save, at_officer, make_agreement):
    make_agreement()

    def offered(address):
        return links(at_officer.get(address)).get("Save this view")

    assert offered("/agreements/") is None
    assert offered("/agreements/?area=aviation&party=EU&as_of=2020-01-01&page=2") == NEW
    assert offered("/tasks/?of=all&side=own") == "/views/new/?kind=tasks&query=of%3Dall%26side%3Down"
    assert offered("/calendar/") is None
    assert offered("/calendar/2025/?party=EU") == "/views/new/?kind=calendar&query=party%3DEU"
    save()
    assert offered("/agreements/?area=aviation&party=EU") is None


def test_what_the_list_shows_is_watched_as_a_view(save, at_officer, officer, make_agreement, areas, parties):
    make_agreement()

    def offered(address):
        return links(at_officer.get(address)).get("Watch what is shown")

    assert [offered(address) for address in ("/agreements/", "/agreements/?attention=soon", "/tasks/?of=all")] == [
        None
    ] * 3
    keep = offered("/agreements/?area=aviation&party=EU")
    assert keep == f"{NEW}&watch=1"
    assert "Save it first" in words(at_officer.get(keep))
    kept = at_officer.post(keep, {"name": "Air"})
    view = SavedView.objects.get(name="Air")
    assert (
        kept["Location"]
        == offered("/agreements/?area=aviation&party=EU")
        == f"/account/subscriptions/new/?view={view.pk}"
    )
    at_officer.post(kept["Location"], {"in_product": "on", "pace": "daily", "hour": "8", "weekday": "0"})
    assert Subscription.objects.get().view == view


def test_tasks_and_the_calendar_have_views_too(save, at_officer, lawyer, make_agreement):
    tasks.add(make_agreement(), "Call", by=lawyer, due=on("2024-12-20"))
    save("Late", "due=late", kind="tasks")
    save("EU", "party=EU", kind="calendar")

    assert chips(at_officer.get("/tasks/?of=all&due=late")) == [("Late 1", "?of=all&due=late", True)]
    assert chips(at_officer.get("/calendar/?when=past")) == [("EU", "/calendar/?when=past&party=EU", False)]
    assert chips(at_officer.get("/calendar/2025/05/?party=EU")) == [("EU", "/calendar/2025/05/?party=EU", True)]


def test_above_a_list_there_is_room_for_eight_and_the_present_one_is_among_them(
    save, at_officer, lawyer, areas, parties
):
    for number in range(10):
        save(f"View {number}", f"q={number}", by=lawyer, shared=True)
    save("Mine", "q=mine")
    shown = [label for label, *_rest in chips(at_officer.get("/agreements/?q=9"))]

    assert len(shown) == 1 + 8
    assert shown[1] == "Mine 0"
    assert shown[-1] == "View 9 (shared by lawyer) 0"


@pytest.mark.parametrize("address", ["/agreements/?area=aviation", "/tasks/?of=all", "/calendar/", "/views/"])
def test_pages_take_the_same_queries_for_one_view_and_for_six(save, at_officer, lawyer, make_agreement, areas, address):
    make_agreement()
    kinds = {"/tasks/?of=all": "tasks", "/calendar/": "calendar"}
    query = {"tasks": "side=own", "calendar": "party=EU"}.get(kinds.get(address, ""), "ball=own&area=aviation")

    def add(*names):
        for name in names:
            save(name, query, kind=kinds.get(address, "agreements"))
            save(name, query, kind=kinds.get(address, "agreements"), by=lawyer, shared=True)

    add("One")
    first = queries(at_officer, address)
    add("Two", "Three")
    assert queries(at_officer, address) == first


# ---- saving ----
def test_a_view_is_saved_opened_renamed_shared_and_deleted(at_officer, at_reader, parties, areas):
    page = at_officer.get(NEW)
    assert "Agreements · Party: European Union · Area: Aviation" in words(page)
    assert "In place of" not in words(page)
    saved = at_officer.post(NEW, {"name": " Air  and sea "})
    view = SavedView.objects.get()

    assert (view.name, view.query, view.shared) == ("Air and sea", "party=EU&area=aviation", False)
    assert saved["Location"] == "/agreements/?party=EU&area=aviation"
    assert messages_of(saved) == ["The view “Air and sea” is saved."]
    opened, change, delete = (f"/views/{view.pk}/{step}" for step in ("", "change/", "delete/"))
    assert at_officer.get(opened)["Location"] == saved["Location"]
    assert [at_reader.get(address).status_code for address in (opened, change, delete)] == [404, 404, 404]
    form = at_officer.get(change).context["form"]
    assert form.initial == {"name": "Air and sea", "shared": False}
    changed = at_officer.post(change, {"name": "Air", "shared": "on"})
    assert (changed["Location"], messages_of(changed)[-1]) == ("/views/", "The view “Air” is saved.")
    assert at_reader.get(opened)["Location"] == saved["Location"]
    assert [at_reader.get(address).status_code for address in (change, delete)] == [403, 403]
    assert at_reader.post(delete).status_code == 403
    assert "Nobody finds it any more" in words(at_officer.get(delete))
    assert SavedView.objects.get().deleted_at is None
    deleted = at_officer.post(delete)
    assert messages_of(deleted)[-1] == "The view “Air” is deleted."
    assert at_officer.get(opened).status_code == 404
    assert at_officer.post(delete).status_code == 404


def test_filters_are_put_in_place_of_those_of_a_view(save, at_officer, lawyer, areas, parties):
    view = save("Air", "area=aviation", shared=True)
    save("Theirs", by=lawyer, shared=True)
    save("Late", "due=late", kind="tasks")
    page = at_officer.get(NEW)

    assert [row.name for row in page.context["other"].fields["view"].queryset] == ["Air"]
    assert messages_of(at_officer.post(NEW, {"view": view.pk}))[-1] == "The view “Air” is saved."
    kept = SavedView.objects.get(pk=view.pk)
    assert (kept.name, kept.query, kept.shared) == ("Air", "party=EU&area=aviation", True)
    theirs = SavedView.objects.get(name="Theirs")
    refused = at_officer.post(NEW, {"view": theirs.pk})
    assert refused.status_code == 422
    assert 'id="errors-title"' in refused.content.decode()


def test_what_cannot_be_saved_says_why(save, at_officer, areas, parties):
    save("Air")

    assert at_officer.get("/views/new/").status_code == 404
    assert at_officer.get("/views/new/?kind=reports").status_code == 404
    unknown = at_officer.get("/views/new/?kind=agreements&query=party%3DXX")
    assert unknown.status_code == 400
    assert "These filters cannot be saved. “XX” is not known. Use one of: EU, KZ." in words(unknown)
    assert at_officer.post("/views/new/?kind=agreements&query=party%3DXX", {"name": "x"}).status_code == 400
    empty, taken = at_officer.post(NEW, {"name": ""}), at_officer.post(NEW, {"name": "AIR"})
    assert (empty.status_code, taken.status_code) == (422, 409)
    assert "Name: There is a view of this name already." in words(taken)
    assert 'value="AIR"' in taken.content.decode()
    assert SavedView.objects.count() == 1


# ---- all of them ----
def test_the_page_of_all_says_what_each_asks_for_and_whose_it_is(save, at_officer, at_lawyer, lawyer, parties, areas):
    assert "You have saved no view yet." in words(at_officer.get("/views/"))
    save("Air")
    save("Late", "of=unit&due=late&side=own", kind="tasks", by=lawyer, shared=True)
    told = words(at_officer.get("/views/"))

    assert (
        "Air Agreements · Party: European Union · Area: Aviation only you see it Watch : Air Calendar feed : Air Change"
        in told
    )
    theirs = told.partition("Shared by others")[2]
    assert "Late Tasks · Tasks of my unit · Late · Own side shared by lawyer Calendar feed : Late" in theirs
    assert "Change" not in theirs
    # Who keeps the reference data may put away what others share.
    save("Shared", shared=True)
    assert "Delete : Shared" in words(at_lawyer.get("/views/")).partition("Shared by others")[2]


def test_what_a_view_asks_for_is_said_in_words(save, officer, council, parties, areas):
    def told(kind, query):
        view = SavedView(kind=kind, query=saved_views.canonical(kind, query, by=officer))
        return in_words([saved_views.selection_of(view)])[0]

    assert told("agreements", "") == "all agreements"
    assert told("agreements", "q=air+services&group=preparing&stage=signed&ball=own&kind=treaty&hold=yes") == (
        "“air services” · Group of stages: Preparing · Stage: Signed · Who must act: Own side · Kind: Treaty · On hold"
    )
    assert told("agreements", "stage=ratifying&stage=signed") == "Stage: Concluded"
    assert told("agreements", "officer=~none&procedure=ratified&binding=yes&order=-days&since__gte=2024-12-28") == (
        "Procedure: Treaty subject to ratification · Binding force: binding · Responsible officer: not named · "
        "In its stage since: from 28 December 2024 · in the order: Days in stage, descending"
    ).replace("28 December 2024", "28\u00a0December\u00a02024")
    assert told("tasks", "") == "All tasks"
    assert told("calendar", "") == "the whole calendar"
    assert told("calendar", "mine=on&format=council&party=KZ&status=held") == (
        "only what I am responsible for · Cooperation Council · Kazakhstan · held"
    )
    lost = SavedView(kind="agreements", query="party=XX&area=gone")
    assert in_words([saved_views.selection_of(lost)]) == ["Party: XX · Area: gone"]


# ---- what is hidden ----
def test_a_shared_view_reveals_nothing_of_what_is_hidden(save, at_reader, at_lawyer, lawyer, hidden, parties):
    area = hidden.areas.get(code="aviation")
    save("Protocols", "area=aviation", by=lawyer, shared=True)
    view = save("By reference", f"q={hidden.reference}", by=lawyer, shared=True)

    assert "By reference (shared by lawyer) 0" in [label for label, *_rest in chips(at_reader.get("/agreements/"))]
    assert "By reference 1" in [label for label, *_rest in chips(at_lawyer.get("/agreements/"))]
    for address in ("/agreements/", "/agreements/?area=aviation", f"/agreements/?q={hidden.reference}", "/views/"):
        page = words(at_reader.get(address))
        assert "nobody knows of" not in page
    shown = words(at_reader.get(at_reader.get(view.get_absolute_url())["Location"]))
    assert "0 agreements" in shown
    # What the area is called is reference data, open to all; that something is in it is not told.
    assert area.name.text not in words(at_reader.get("/agreements/?area=aviation"))


# ---- feeds ----
def test_a_feed_is_made_of_a_view_and_says_so(save, at_officer, at_reader, officer, lawyer, parties, areas):
    view = save("Air", shared=True)
    save("Theirs", "due=late", kind="tasks", by=lawyer, shared=True)
    form = at_officer.get(f"/calendar/feeds/?view={view.pk}").context["form"]

    assert (form.initial["view"], form.initial["name"]) == (str(view.pk), "Air")
    assert [label for _value, label in form.fields["view"].choices] == [
        "None: the filters below",
        "Agreements: Air",
        "Tasks: Theirs (lawyer)",
    ]
    sent = {"name": "Desk", "language": "en", "view": view.pk}
    made = at_reader.post("/calendar/feeds/", sent)
    assert made.status_code == 200
    feed = FeedToken.objects.get()
    assert (feed.view, feed.filters, feed.user.username) == (view, {}, "reader")
    told = "the view “Air”: Party: European Union · Area: Aviation · en"
    assert told in words(at_reader.get("/calendar/feeds/"))
    saved_views.change(view, by=officer, shared=False, name="Kept to me")
    lost = words(at_reader.get("/calendar/feeds/"))
    assert "does not answer: the view that it follows was deleted, or is no longer shared" in lost
    assert "Kept to me" not in lost
    assert "Revoke : Desk" in lost
    refused = at_officer.post("/calendar/feeds/", sent | {"party": "EU"})
    assert refused.status_code == 409
    assert "A feed of a saved view takes its filters from the view." in words(refused)
    assert at_reader.post("/calendar/feeds/", sent).status_code == 422
    assert at_reader.get("/calendar/feeds/?view=x").status_code == 200


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ru", "Соглашения · Группа стадий: Подготовка · Сторона: Европейский союз"),
        ("kk", "Келісімдер · Кезеңдер тобы: Дайындық · Тарап: Еуропалық одақ"),
    ],
)
def test_views_speak_the_readers_language(save, at_officer, parties, language, told):
    save("Air", "group=preparing&party=EU")
    at_officer.cookies["django_language"] = language
    assert told in words(at_officer.get("/views/"))
