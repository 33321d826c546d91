"""Acts on several agreements of the list: told beforehand and afterwards for each, by whom, and of what is hidden."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle, many_forms, subscriptions
from agreements.choices import EntryKind, Stage
from agreements.lifecycle import Details, Step
from agreements.models import Agreement, Entry, Subscription, TaskTemplate, Unit
from agreements.tasks import templates
from tests.pages.conftest import day, words


def address(*agreements, act, more=""):
    """Return the address of an act on ticked agreements."""
    return f"/agreements/many/?act={act}{''.join(f'&pick={one.reference}' for one in agreements)}{more}"


def send(client, page, **given):
    """Send the form of a page as it was shown."""
    shown = re.search(r'name="shown" value="([^"]*)"', client.get(page).content.decode())
    assert shown
    return client.post(page, {"shown": shown[1], **given})


def fresh(agreement):
    """Return an agreement as it is kept now."""
    return Agreement.objects.get(pk=agreement.pk)


@pytest.fixture
def three(make_agreement):
    """Two that were proposed, and one that is in force."""
    titles = ["Proposed one", "Proposed two", "In force"]
    stages = [Stage.PROPOSED, Stage.PROPOSED, Stage.IN_FORCE]
    return [
        make_agreement(titles={"en": title}, short_titles={}, stage=stage, procedure="simplified")
        for title, stage in zip(titles, stages, strict=True)
    ]


# ---- from the list ----
def test_the_list_offers_what_the_reader_may_do(three, at_officer, at_reader):
    def acts(client, query=""):
        return [name for name, _label in client.get(f"/agreements/{query}").context["acts"]]

    files = ["file-pdf", "file-xlsx", "file-csv", "file-json"]
    assert acts(at_officer) == ["step", "hold", "release", "officer", "lead_unit", "template", "watch", *files]
    assert acts(at_reader) == ["watch", *files]
    assert acts(at_officer, "?as_of=2024-12-01") == files


def test_the_ticks_and_the_filters_go_with_the_act(three, at_officer, monkeypatch):
    monkeypatch.setattr("agreements.views.listing.PAGE", 2)
    page = at_officer.get("/agreements/?kind=agreement&order=title").content.decode()

    assert page.count('form="many" name="pick"') == 2
    form = page[page.index('<form id="many"') : page.index("</form>", page.index('<form id="many"'))]
    assert '<input type="hidden" name="kind" value="agreement">' in form
    assert '<input type="checkbox" name="all" value="1">' in form
    assert "with all that are found: 3 agreements" in form


# ---- steps ----
def test_a_step_says_before_whom_it_is_refused_and_is_recorded_of_the_others(three, at_officer):
    one, two, last = three
    page = address(*three, act="step", more="&step=open_negotiations")
    told = words(at_officer.get(page))

    assert "These would be refused 1 In force" in told
    assert "Nothing stands against these 2 Proposed one Proposed two" in told
    done = send(at_officer, page, on="2024-12-20", place="Astana", source="Note 1")
    assert done.status_code == 200
    assert "2 agreements: recorded. 1 agreement: refused." in words(done)
    assert [fresh(agreement).stage for agreement in three] == ["negotiating", "negotiating", "in_force"]
    entry = Entry.objects.of(one).get(kind=EntryKind.STEP)
    assert (entry.place, entry.source, entry.on, entry.actor_name) == ("Astana", "Note 1", day(2024, 12, 20), "officer")
    assert Entry.objects.of(last).count() == 1
    again = send(at_officer, page, on="2024-12-21")
    assert "3 agreements: refused." in words(again)
    assert Entry.objects.of(two).count() == 2


def test_what_the_form_must_be_told_is_said_before_and_who_was_refused_can_be_tried_again(make_agreement, at_officer):
    roadmap, other = (
        make_agreement(titles={"en": title}, short_titles={}, kind="roadmap", stage=stage)
        for title, stage in (("Roadmap", Stage.SIGNING), ("Talks", Stage.PROPOSED))
    )
    page = address(roadmap, other, act="step", more="&step=sign&group=preparing")
    told = words(at_officer.get(page))
    assert "Nothing stands against these 1 Roadmap The signed text is not named. Fill in “Evidence” below." in told
    refused = send(at_officer, page, on="2024-12-20").content.decode()
    again = re.search('<a href="([^"]+)">Try again with these</a>', refused)[1].replace("&amp;", "&")
    picks = f"&pick={roadmap.reference}&pick={other.reference}"
    assert again == f"/agreements/many/?act=step&step=sign&group=preparing{picks}"
    done = send(at_officer, again, on="2024-12-20", evidence="Roadmap, Astana, 20 December 2024")
    assert "1 agreement: recorded. 1 agreement: refused." in words(done)
    assert f"pick={other.reference}" in done.content.decode()
    assert fresh(roadmap).stage == "signed"


def test_the_step_that_most_take_next_is_meant_unless_another_is_chosen(three, at_officer):
    page = at_officer.get(address(*three, act="step")).content.decode()

    assert '<option value="open_negotiations" selected>' in page
    assert page.count(" selected>") == 1


def test_a_date_that_is_refused_stands_beside_the_form_and_writes_nothing(three, at_officer):
    page = address(three[0], act="step", more="&step=open_negotiations")

    assert send(at_officer, page, on="someday").status_code == 422
    told = words(send(at_officer, page, on="2099-01-01"))
    assert "1 agreement: refused." in told
    assert "is still to come" in told
    assert fresh(three[0]).stage == "proposed"


# ---- holds ----
def test_a_hold_and_its_release(three, officer, at_officer):
    one, _two, last = three
    page = address(*three, act="hold")
    assert "Only what is being prepared or concluded can be put on hold." in words(at_officer.get(page))
    assert send(at_officer, page, on="2024-12-20", reason="").status_code == 422
    done = words(send(at_officer, page, on="2024-12-20", reason="Elections."))
    assert "2 agreements: recorded. 1 agreement: refused." in done
    assert [fresh(agreement).on_hold for agreement in three] == [True, True, False]
    asked = Step(one, "hold", day(2024, 12, 21), Details(reason="x"))
    assert [[reason.code for reason in told] for told in lifecycle.objections_many([asked], by=officer)] == [
        ["on-hold-already"]
    ]
    done = words(send(at_officer, address(one, last, act="release"), on="2024-12-22"))
    assert "1 agreement: recorded. 1 agreement: refused." in done
    assert "The agreement is not on hold." in done
    assert [fresh(agreement).on_hold for agreement in three] == [False, True, False]


# ---- who answers ----
def test_officer_and_lead_unit(three, secret, officer, lawyer, at_lawyer):
    unit = Unit.objects.create(code="treaties", name_en="Treaty Department")
    done = words(send(at_lawyer, address(*three, secret, act="officer"), officer=str(officer.pk)))
    assert "3 agreements: recorded. 1 agreement: refused." in done
    assert "This person may not see the agreement" in done
    assert [fresh(one).officer for one in (*three, secret)] == [officer, officer, officer, None]
    send(at_lawyer, address(three[0], act="lead_unit"), lead_unit="treaties")
    assert [fresh(one).lead_unit for one in three] == [unit, None, None]
    page = address(three[0], act="officer")
    assert '<option value="" selected>—</option>' in at_lawyer.get(page).content.decode()
    assert send(at_lawyer, page, officer="").status_code == 422
    assert fresh(three[0]).officer == officer
    send(at_lawyer, page, officer="~none")
    assert fresh(three[0]).officer is None
    assert Entry.objects.of(three[0]).filter(kind=EntryKind.EDIT).count() == 3


# ---- others ----
def test_files_and_templates_have_pages_of_their_own(three, lawyer, at_officer):
    one, two, _last = three
    led = at_officer.get(address(one, act="file-csv", more="&kind=agreement&columns=reference"))
    asked = parse_qs(urlsplit(led["Location"]).query)
    assert asked == {"kind": ["agreement"], "columns": ["reference"], "pick": [one.reference], "format": ["csv"]}
    every = at_officer.get(address(one, act="file-json", more="&all=1&kind=agreement"))
    assert every["Location"] == "/agreements/?kind=agreement&format=json"
    templates.keep(TaskTemplate(code="signing", name_en="Around a signing"), [{"title_en": "Print it"}], by=lawyer)
    led = at_officer.get(address(one, two, act="template"))
    assert led["Location"] == f"/tasks/templates/?pick={one.reference}&pick={two.reference}"
    form = at_officer.get(f"/tasks/templates/signing/?pick={one.reference}").context["form"]
    assert [agreement.reference for agreement in form.fields["agreements"].initial] == [one.reference]


def test_all_that_are_found_are_bounded_in_number(three, at_officer, monkeypatch):
    page = "/agreements/many/?act=hold&all=1&group=preparing"
    assert "Nothing stands against these 2" in words(at_officer.get(page))
    monkeypatch.setattr(many_forms, "MOST", 1)
    monkeypatch.setattr("agreements.views.many.MOST", 1)
    told = at_officer.get(page)
    assert "At most 1 agreements are acted on at once." in words(told)
    assert "<textarea" not in told.content.decode()
    sent = {"on": "2024-12-20", "reason": "x", "shown": ",".join(one.reference for one in three)}
    assert at_officer.post(page, sent).status_code == 422
    assert not fresh(three[0]).on_hold


def test_what_was_not_shown_is_not_written(three, make_agreement, at_officer):
    page = "/agreements/many/?act=hold&all=1&group=preparing"
    sent = {"shown": three[0].reference, "on": "2024-12-20", "reason": "Elections."}
    assert "1 agreement: recorded." in words(at_officer.post(page, sent))
    assert [fresh(one).on_hold for one in three] == [True, False, False]


def test_nothing_ticked_says_so(three, at_officer):
    assert "No agreement is ticked." in words(at_officer.get("/agreements/many/?act=hold"))


# ---- doors ----
def test_who_may_not_is_turned_away(three, at_reader):
    for act in ("step", "hold", "release", "officer", "lead_unit"):
        assert at_reader.get(address(three[0], act=act)).status_code == 403
        assert at_reader.post(address(three[0], act=act), {"shown": three[0].reference}).status_code == 403
    assert at_reader.get(address(three[0], act="burn")).status_code == 404


def test_a_secret_agreement_cannot_be_ticked(three, secret, at_officer):
    for act in ("step", "hold", "officer"):
        page = address(three[0], secret, act=act)
        told = at_officer.get(page).content.decode()
        assert "Hidden Protocol" not in told
        assert "nobody knows" not in told
        at_officer.post(page, {"shown": f"{three[0].reference},{secret.reference}", "on": "2024-12-20", "reason": "x"})
    assert Entry.objects.of(secret).count() == 1
    every = at_officer.get("/agreements/many/?act=hold&all=1").content.decode()
    assert secret.reference not in every


# ---- speed ----
@pytest.mark.parametrize("act", ["step", "hold"])
def test_many_are_asked_and_written_with_the_queries_of_one(make_agreement, at_officer, act):
    def taken(agreements):
        page = address(*agreements, act=act, more="&step=open_negotiations")
        with CaptureQueriesContext(connection) as asked:
            at_officer.get(page)
        given = {"on": "2024-12-20", "reason": "x", "shown": ",".join(one.reference for one in agreements)}
        with CaptureQueriesContext(connection) as written:
            assert "recorded." in words(at_officer.post(page, given))
        return len(asked), len(written)

    make = [make_agreement(procedure="simplified") for _number in range(5)]
    taken([make_agreement(procedure="simplified")])  # what is read once in a process
    few, many = taken(make[:2]), taken(make[2:])
    assert few == many
    assert few[0] <= 15


# ---- watching ----
def test_ticked_agreements_are_watched_together_each_by_a_subscription_of_its_own(three, at_reader, reader):
    subscriptions.watch(reader, "agreement", three[0])
    page = address(*three, act="watch")
    asked = at_reader.get(page)
    assert [one.agreement for one in asked.context["barred"]] == [three[0]]
    assert "You watch it already" in words(asked)

    done = send(at_reader, page, in_product="on", pace="weekly", hour="7", weekday="4", groups=["steps"])
    assert "You are told of 2 agreements from now on. 1 agreement: refused." in words(done)
    kept = Subscription.objects.for_user(reader).exclude(agreement=three[0])
    assert {(one.agreement, one.pace, one.hour, one.weekday, tuple(one.groups), one.by_mail) for one in kept} == {
        (one, "weekly", 7, 4, ("steps",), False) for one in three[1:]
    }
    assert send(at_reader, address(three[1], act="watch"), pace="daily", hour="8", weekday="0").status_code == 200


def test_nothing_hidden_is_watched(three, at_reader, reader):
    Agreement.objects.filter(pk=three[0].pk).update(level="secret")
    send(at_reader, address(*three[:2], act="watch"), in_product="on", pace="daily", hour="8", weekday="0")

    assert [one.agreement_id for one in Subscription.objects.for_user(reader)] == [three[1].pk]
