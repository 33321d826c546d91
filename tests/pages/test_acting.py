"""The forms: what is recorded, what is refused and how, who may send them."""

import re
from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from agreements import documents, journal, lifecycle, participation, registers
from agreements.choices import Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry
from agreements.timeline import timeline
from tests.admin.forms import filled
from tests.conftest import signed_in
from tests.pages.conftest import day, hold, opening, words

FORMS = ("steps/sign/", "hold/", "plans/", "record/note/", "record/document/", "record/clearance/", "record/action/")


def address(agreement, rest):
    """Return an address below an agreement's page."""
    return f"{reverse('agreement', args=[agreement.reference])}{rest}"


def told(response):
    """Return the messages of the request, without the link that undoes what was done."""
    found = [str(message).replace("\u00a0", " ") for message in get_messages(response.wsgi_request)]
    return [re.sub(r" <a .*</a>$", "", message) for message in found]


def fresh(agreement):
    """Return the agreement as it is stored now."""
    return Agreement.objects.get(pk=agreement.pk)


# ---- steps ----
def test_a_step_is_recorded_and_leads_back_to_the_agreement(make_agreement, officer, at_officer):
    agreement = make_agreement(kind="memorandum")

    response = at_officer.post(
        address(agreement, "steps/prepare_signing/"),
        {
            "on": "21.12.2015",
            "place": "Astana",
            "source": "Record of talks",
            "certainty": "inferred",
            "what": "Agreed.",
        },
    )

    assert (response.status_code, response["Location"]) == (302, f"/agreements/{agreement.reference}/")
    assert told(response) == ["Recorded: Being prepared for signing, 21 December 2015."]
    assert fresh(agreement).stage == Stage.SIGNING
    event = timeline(agreement, user=officer)[0]
    assert (event.place, event.source, event.certainty, event.what.text) == (
        "Astana", "Record of talks", "inferred", "Agreed.",
    )  # fmt: skip
    assert "Recorded: Being prepared for signing, 21 December 2015." in words(at_officer.get(response["Location"]))


def test_a_refused_step_gives_all_reasons_and_loses_nothing(signing, at_officer):
    sent = {"on": "2015-12-21", "place": "Astana", "source": "OJ", "certainty": "firm", "what": "At the summit."}

    response = at_officer.post(address(signing, "steps/sign/"), sent)

    assert response.status_code == 409
    text = words(response)
    for reason in (
        "Scientific legal expertise of the draft is not attached.",
        "Scientific linguistic expertise of the draft is not attached.",
        "No clearance by a body is recorded.",
        "The decision to sign is not recorded.",
        "Full powers are not recorded: Kazakhstan.",
        "Full powers are not recorded: European Union.",
        "The signed text is not named.",
    ):
        assert reason in text
    for value in sent.values():
        assert value in response.content.decode()
    assert "that of 1986, not in force), Art. 7 (not required where" in text
    assert "record/document/?document=signing_decision" in response.content.decode()
    assert fresh(signing).stage == Stage.SIGNING
    assert Entry.objects.of(signing).count() == 1


def test_before_sending_the_form_says_what_is_missing_and_what_it_asks_for(signing, at_officer):
    text = words(at_officer.get(address(signing, "steps/sign/")))

    assert "7 things are missing before this step can be recorded" in text
    assert "No clearance by a body is recorded." in text
    assert "Missing, to be filled in below: The signed text is not named." in text
    assert "It leads to the stage “Signed”." in text


def test_both_pages_count_what_is_missing_alike(signing, at_officer):
    found = re.findall(r"(\d) things are missing", words(at_officer.get(address(signing, ""))))
    form = at_officer.get(address(signing, "steps/sign/"))

    assert found == re.findall(r"(\d) things are missing", words(form)) == ["7"]
    assert words(form).count("is not attached") + words(form).count("not recorded for") == 6
    assert "The signed text is not named. In the form of the step" in words(at_officer.get(address(signing, "")))


def test_a_field_that_the_step_needs_is_not_called_optional(signing, make_agreement, at_officer):
    memorandum = make_agreement(kind="memorandum")

    assert "Evidence (needed for this step)" in words(at_officer.get(address(signing, "steps/sign/")))
    assert "Place (optional)" in words(at_officer.get(address(signing, "steps/sign/")))
    assert "Evidence (optional)" in words(at_officer.get(address(memorandum, "steps/prepare_signing/")))
    assert "Evidence (needed for some steps)" in words(at_officer.get(address(signing, "late-step/")))


def test_the_remedies_lead_to_the_signature(signing, at_officer):
    """Follow every remedy of the page, fill in what it asks for, and sign."""
    for _turn in range(10):
        page = at_officer.get(address(signing, "")).content.decode()
        links = [
            link.replace("&amp;", "&") for link in re.findall(r'class="linkish" href="([^"]+/record/[^"]+)"', page)
        ]
        if not links:
            break
        form = at_officer.get(links[0]).content.decode()
        chosen = dict(re.findall(r'(?s)<select name="(\w+)".*?<option value="([^"]*)" selected>', form))
        chosen |= dict(re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)"[^>]* checked>', form))
        response = at_officer.post(
            links[0],
            chosen | {"on": "2010-05-05", "evidence": "No. 5", "body": "Ministry of Justice", "result": "given"},
        )
        assert response.status_code == 302, words(response)

    response = at_officer.post(address(signing, "steps/sign/"), {"on": "2015-12-21", "evidence": "Text of 21.12.2015"})

    assert told(response)[-1] == "Recorded: Signed, 21 December 2015."
    assert fresh(signing).stage == Stage.SIGNED


@pytest.mark.parametrize(
    ("on", "error"),
    [
        ("some day", "“some day” is not understood as a date."),
        ("2025-01-01", "1 January 2025 is still to come."),
        ("2001", "would be before"),
        ("", "This field is required."),
    ],
)
def test_what_is_wrong_with_a_date_stands_beside_it(make_agreement, at_officer, on, error):
    agreement = make_agreement(kind="memorandum", on=day(2010))

    response = at_officer.post(address(agreement, "steps/prepare_signing/"), {"on": on})

    assert response.status_code in (409, 422)
    assert re.search(rf'(?s)<a href="#id_on">Date: [^<]*{error}', response.content.decode().replace("\u00a0", " "))
    assert f'value="{on}"' in response.content.decode() or not on
    assert fresh(agreement).stage == Stage.PROPOSED


def test_out_of_procedure_takes_the_right_and_a_reason(signing, officer, at_officer, at_lawyer):
    form, sent = address(signing, "steps/sign/"), {"on": "2015-12-21", "out_of_procedure": "on"}

    assert 'name="out_of_procedure"' not in at_officer.get(form).content.decode()
    assert 'name="out_of_procedure"' in at_lawyer.get(form).content.decode()
    assert re.search(
        r'name="out_of_procedure"[^>]* checked', at_lawyer.get(f"{form}?out_of_procedure=1").content.decode()
    )
    assert at_officer.post(form, sent | {"reason": "It happened."}).status_code == 409
    assert "Give a reason." in words(at_lawyer.post(form, sent))

    response = at_lawyer.post(form, sent | {"reason": "It happened."})

    assert told(response) == ["Recorded out of procedure: Signed, 21 December 2015."]
    assert timeline(signing, user=officer)[0].out_of_procedure


def test_a_step_that_is_not_possible_says_so(make_agreement, at_officer):
    agreement = make_agreement()

    assert "is not possible after" in words(at_officer.get(address(agreement, "steps/resume/")))
    assert at_officer.post(address(agreement, "steps/resume/"), {"on": "2020"}).status_code == 409


def test_what_is_no_step_is_not_there(signing, at_officer):
    for name in ("save", "delete", "Sign", "__class__"):
        assert at_officer.get(address(signing, f"steps/{name}/")).status_code == 404
        assert at_officer.post(address(signing, f"steps/{name}/")).status_code == 404


def test_superseding_names_a_later_agreement_that_the_officer_may_see(make_agreement, secret, at_officer):
    old = make_agreement(kind="memorandum", stage=Stage.IN_FORCE)
    new = make_agreement(kind="memorandum", stage=Stage.IN_FORCE, on=day(2010), short_titles={"en": "Its Successor"})
    form = address(old, "steps/supersede/")

    assert "Its Successor" in words(at_officer.get(form))
    assert "Hidden" not in words(at_officer.get(form))
    assert at_officer.post(form, {"on": "2012", "successor": secret.reference}).status_code == 422

    response = at_officer.post(form, {"on": "2012-02-03", "successor": new.reference})

    assert told(response) == ["Recorded: Superseded, 3 February 2012."]
    assert f'Superseded by <a href="/agreements/{new.reference}/">Its Successor</a>' in (
        at_officer.get(address(old, "")).content.decode()
    )


# ---- holding ----
def test_holding_and_releasing(signing, at_officer):
    held = at_officer.post(address(signing, "hold/"), {"on": "2012-09", "reason": "Asked for time."})
    assert told(held) == ["On hold since September 2012."]
    assert "<h1>Release from hold</h1>" in at_officer.get(address(signing, "hold/")).content.decode()

    released = at_officer.post(address(signing, "hold/"), {"on": "2013-10-09"})

    assert told(released)[-1] == "Released from hold: 9 October 2013."
    assert not fresh(signing).on_hold


def test_a_hold_needs_a_reason(signing, at_officer):
    response = at_officer.post(address(signing, "hold/"), {"on": "2012-09"})

    assert response.status_code == 422
    assert '<a href="#id_reason">Reason: Give a reason.</a>' in response.content.decode()


# ---- plans ----
def test_planned_dates_are_changed_on_the_page_and_journalled(signing, officer, at_officer):
    form = address(signing, "plans/")
    assert f'href="{form}"' in at_officer.get(address(signing, "")).content.decode()

    sent = filled(at_officer.get(form), planned_signing="second half of 2025", planned_entry_into_force="")
    response = at_officer.post(form, sent)

    assert told(response) == ["Planned signing: second half of 2025. Planned entry into force: not planned."]
    assert str(fresh(signing).planned_signing).replace("\u00a0", " ") == "second half of 2025"
    entry = Entry.objects.of(signing).latest("sequence")
    assert (entry.kind, entry.actor) == ("edit", officer)
    assert journal.data_of(entry)["changes"] == {"planned_signing": [None, "2025-H2"]}
    assert filled(at_officer.get(form))["planned_signing"] == ["2025-H2"]


def test_planned_dates_do_not_overwrite_what_somebody_else_wrote(signing, lawyer, at_officer):
    form = address(signing, "plans/")
    sent = filled(at_officer.get(form), planned_signing="2025")
    with registers.editing(signing, by=lawyer) as record:
        record.planned_signing = FuzzyDate.parse("2026")

    response = at_officer.post(form, sent)

    assert response.status_code == 409
    assert "Somebody has written to this record since you opened the page." in words(response)
    assert fresh(signing).planned_signing.iso == "2026"


def test_planned_dates_are_there_while_something_can_be_planned(make_agreement, at_officer):
    signed, over = make_agreement(stage=Stage.SIGNED), make_agreement(stage=Stage.IN_FORCE)
    page = at_officer.get(address(signed, "plans/")).content.decode()

    assert 'name="planned_signing"' not in page
    assert 'name="planned_entry_into_force"' in page
    assert at_officer.get(address(over, "plans/")).status_code == 404
    assert "/plans/" not in at_officer.get(address(over, "")).content.decode()
    assert "is not understood as a date" in words(
        at_officer.post(address(signed, "plans/"), {"planned_entry_into_force": "soon", "seen_version": "1"})
    )


# ---- records ----
@pytest.mark.parametrize(
    ("kind", "sent", "message"),
    [
        ("note", {"what": "Asked again.", "round_of_talks": "3"}, "Recorded: Note, 5 May 2010."),
        ("document", {"document": "decision", "evidence": "Resolution 7"}, "Recorded: Decision, 5 May 2010."),
        (
            "clearance",
            {"body": "Ministry of Justice", "result": "with_remarks", "what": "See Article 4."},
            "Recorded: Clearance: Ministry of Justice – given with remarks, 5 May 2010.",
        ),
    ],
)
def test_what_moves_no_stage(signing, at_officer, kind, sent, message):
    response = at_officer.post(address(signing, f"record/{kind}/"), sent | {"on": "2010-05-05"})

    assert response["Location"] == f"/agreements/{signing.reference}/"
    assert told(response) == [message]
    assert fresh(signing).stage == Stage.SIGNING
    assert Entry.objects.of(signing).latest("sequence").kind == kind


def test_who_needs_no_full_powers_is_said(signing, at_officer):
    where, sent = (
        address(signing, "record/action/?act=full_powers_not_required"),
        {"parties": "KZ", "on": "2010-05-05"},
    )
    refused = at_officer.post(where, sent)

    assert refused.status_code == 409
    assert "Say why full powers are not required" in words(refused)
    response = at_officer.post(where, sent | {"what": "Minister for Foreign Affairs, VCLT 7(2)(a)"})
    assert told(response) == ["Recorded: Full powers not required: Kazakhstan, 5 May 2010."]


def test_a_form_is_filled_in_with_what_the_address_names(signing, at_officer):
    document = at_officer.get(address(signing, "record/document/?document=decision")).content.decode()

    assert '<option value="decision" selected>' in document


def test_what_the_address_names_is_not_believed(signing, at_officer):
    assert at_officer.get(address(signing, "record/action/?act=<script>&party=XX")).status_code == 200
    assert at_officer.get(address(signing, "record/everything/")).status_code == 404


# ---- corrections ----
def mending(agreement, entry, act):
    """Return the page that corrects an entry, or voids it."""
    return address(agreement, f"entries/{entry.pk}/{act}/")


def test_a_correction_begins_with_what_the_entry_says(signing, at_lawyer):
    page = at_lawyer.get(mending(signing, opening(signing), "correct"))

    sent = filled(page)
    assert (sent["on"], sent["stage"], sent["source"]) == (["2008-02-21"], ["signing"], ["COM(2025)154"])
    assert "The entry as it was recorded What Being prepared for signing Date 21 February 2008" in words(page)
    assert f'href="{address(signing, "late-step/")}">Record a step learnt of late</a>' in page.content.decode()
    assert f'href="{mending(signing, opening(signing), "void")}">Void the entry</a>' in page.content.decode()


def test_an_entry_is_corrected_at_its_place(signing, lawyer, at_lawyer):
    first = opening(signing)
    form = mending(signing, first, "correct")

    response = at_lawyer.post(form, filled(at_lawyer.get(form), reason="Misread.", on="2009-03-04"))

    assert told(response) == ["Corrected: Being prepared for signing, 21 February 2008."]
    assert fresh(signing).since_earliest == date(2009, 3, 4)
    assert {event.source for event in timeline(signing, user=lawyer) if event.stage} == {"COM(2025)154"}


@pytest.mark.parametrize("on", ["", "2008-02-21"])
def test_an_empty_date_voids_nothing_and_nothing_new_corrects_nothing(signing, at_lawyer, on):
    form = mending(signing, opening(signing), "correct")

    response = at_lawyer.post(form, filled(at_lawyer.get(form), reason="Misread.", on=on))

    assert response.status_code == (409 if on else 422)
    said = "Nothing differs from the entry as it stands." if on else "Date: This field is required."
    assert said in words(response)
    assert Entry.objects.of(signing).count() == 1


def test_a_correction_needs_a_reason_and_is_made_once(signing, at_lawyer):
    form = mending(signing, opening(signing), "correct")
    sent = filled(at_lawyer.get(form), on="2009")

    assert at_lawyer.post(form, sent).status_code == 422
    assert at_lawyer.post(form, sent | {"reason": "Misread."}).status_code == 302

    again = at_lawyer.post(form, sent | {"reason": "Misread."})

    assert again.status_code == 409
    assert "This entry was corrected already." in words(again)


def test_the_words_of_one_language_are_corrected_and_the_others_stay(signing, lawyer, at_lawyer):
    said = {"en": "Asked agian.", "ru": "Запрошено вновь."}
    note = lifecycle.note(signing, on=day(2010), by=lawyer, what=said)
    form = mending(signing, note, "correct")

    assert at_lawyer.post(form, filled(at_lawyer.get(form), what="Asked again.", reason="A slip.")).status_code == 302

    kept = Entry.objects.of(signing).latest("sequence")
    assert journal.text_of(kept) == {"what": {"en": "Asked again.", "ru": "Запрошено вновь."}}
    assert (kept.kind, kept.on) == ("note", day(2010))


def test_the_reason_of_a_hold_is_corrected(signing, lawyer, at_lawyer):
    hold(signing, lawyer)
    entry = Entry.objects.of(signing).get(kind="hold")
    form = mending(signing, entry, "correct")
    sent = filled(at_lawyer.get(form), reason="It was we who asked.")

    assert sent["own_reason"] == ["The other side asked for time."]
    assert "This cannot be left empty." in words(at_lawyer.post(form, sent | {"own_reason": ""}))
    assert at_lawyer.post(form, sent | {"own_reason": "Our side asked for time."}).status_code == 302
    assert "Our side asked for time." in words(at_lawyer.get(address(signing, "")))


def test_an_entry_is_voided_with_a_warning(make_agreement, lawyer, at_lawyer):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=day(2004), by=lawyer, evidence="Decision 1")
    form = mending(agreement, Entry.objects.of(agreement).latest("sequence"), "void")
    shown = words(at_lawyer.get(form))

    assert "The agreement goes back to the stage “Proposed”." in shown
    assert "The entry stays in the journal, struck out. To void it cannot be undone." in shown
    assert "Did it happen, but otherwise than recorded? Correct the entry" in shown
    assert at_lawyer.post(form, {}).status_code == 422
    assert told(at_lawyer.post(form, {"reason": "Of another agreement."})) == ["Voided: Mandated, 1 January 2004."]
    assert fresh(agreement).stage == Stage.PROPOSED


def test_what_rests_on_an_entry_is_named_before_it_is_voided(make_agreement, lawyer, at_lawyer):
    agreement = make_agreement(kind="memorandum")
    lifecycle.perform(agreement, "prepare_signing", on=day(2010), by=lawyer)
    document = documents.cite(agreement, "signing_decision", on=day(2011), by=lawyer, evidence="Resolution 7")
    lifecycle.perform(
        agreement, "sign", on=day(2012), by=lawyer, evidence="Text", out_of_procedure=True, reason="Signed."
    )
    step = Entry.objects.of(agreement).get(transition="prepare_signing")

    blocked = at_lawyer.post(mending(agreement, step, "void"), {"reason": "Wrong."})

    sentence = "“Sign” on 1 January 2012 is not possible after “Record opened”."
    assert blocked.status_code == 409
    assert sentence in words(blocked)
    assert sentence in words(at_lawyer.get(mending(agreement, step, "void")))
    assert "perhaps resting on this entry: Sign, 1 January 2012." in words(
        at_lawyer.get(mending(agreement, document, "void"))
    )


def test_voiding_the_opening_warns_that_it_closes_the_record(signing, lawyer, at_lawyer):
    lifecycle.note(signing, on=day(2010), by=lawyer, what="Asked again.")
    form = mending(signing, opening(signing), "void")

    assert "To void it closes the whole record, with one other entry" in words(at_lawyer.get(form))
    assert told(at_lawyer.post(form, {"reason": "Twice."})) == ["Voided: Being prepared for signing, 21 February 2008."]
    assert fresh(signing).is_void


def test_an_act_of_a_participant_is_voided(signing, parties, lawyer, at_lawyer):
    act = participation.act(signing, parties["KZ"], "full_powers", on=day(2010), by=lawyer)
    form = mending(signing, act, "void")
    page = at_lawyer.get(address(signing, "")).content.decode()

    assert mending(signing, act, "correct") in page
    assert form in page
    assert "Correct the entry" in words(at_lawyer.get(form))
    response = at_lawyer.post(form, {"reason": "Never given."})
    assert told(response) == ["Voided: Full powers: Kazakhstan, 1 January 2010."]


@pytest.mark.parametrize("act", ["correct", "void"])
def test_an_entry_of_another_agreement_is_not_there(signing, make_agreement, at_lawyer, act):
    other = make_agreement()

    assert at_lawyer.get(mending(signing, opening(other), act)).status_code == 404


# ---- proposals ----
def proposal(**given):
    """Return a proposal as a browser sends it."""
    return {
        "title_en": "Agreement on readmission", "kind": "agreement", "parties": ["KZ", "EU"], "areas": ["aviation"],
        "in_the_name_of": "government", "level": "internal", "stage": "proposed", "on": "2024-12-01",
    } | given  # fmt: skip


def test_a_proposal_opens_a_record(parties, areas, at_officer):
    response = at_officer.post("/agreements/new/", proposal())

    agreement = Agreement.objects.get()
    assert response["Location"] == f"/agreements/{agreement.reference}/"
    assert told(response) == [f"Opened: Agreement on readmission, reference {agreement.reference}."]
    assert (agreement.stage, agreement.level, agreement.reference[:4]) == ("proposed", "internal", "AIR-")
    assert {participant.party.code for participant in agreement.participants.all()} == {"KZ", "EU"}


def test_a_proposal_without_a_title_loses_nothing(parties, areas, at_officer):
    response = at_officer.post("/agreements/new/", proposal(title_en="", source="Protocol of the commission"))

    assert response.status_code == 409
    assert "Give a title in one language at least." in words(response)
    assert "Protocol of the commission" in response.content.decode()
    assert re.search(r'value="EU"[^>]* checked', response.content.decode())
    assert not Agreement.objects.exists()


def test_nobody_proposes_above_his_own_level(parties, areas, at_officer):
    assert 'value="secret"' not in at_officer.get("/agreements/new/").content.decode()
    assert at_officer.post("/agreements/new/", proposal(level="secret")).status_code == 422


# ---- who may ----
@pytest.mark.parametrize("rest", FORMS)
def test_a_reader_may_record_nothing(signing, at_reader, rest):
    before = Entry.objects.count()

    for response in (at_reader.get(address(signing, rest)), at_reader.post(address(signing, rest), {"on": "2010"})):
        assert response.status_code == 403
        assert "Your role does not permit this. Nothing has been changed." in words(response)
    assert Entry.objects.count() == before


def test_a_reader_proposes_nothing(parties, areas, at_reader):
    refused = at_reader.get("/agreements/new/")
    assert refused.status_code == 403
    assert "please ask the administrator of the register to change your role." in words(refused)
    assert at_reader.post("/agreements/new/", proposal()).status_code == 403
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("act", ["correct", "void"])
def test_an_officer_corrects_nothing(signing, at_officer, act):
    form = mending(signing, opening(signing), act)

    for response in (at_officer.get(form), at_officer.post(form, {"reason": "Misread.", "on": "2009"})):
        assert response.status_code == 403
        assert "Entries are corrected and voided by the treaty department." in words(response)
        assert "change your role" not in words(response)
    assert Entry.objects.of(signing).count() == 1


def test_the_administrator_of_accounts_records_nothing(signing, django_user_model):
    from django.contrib.auth.models import Group

    user = django_user_model.objects.create_user("administrator", access_level="secret")
    user.groups.add(Group.objects.get(name="administrator"))

    assert [signed_in(user).get(address(signing, rest)).status_code for rest in FORMS] == [403] * len(FORMS)


def test_forms_take_no_other_method(signing, at_officer):
    assert at_officer.put(address(signing, "hold/")).status_code == 405
    assert at_officer.delete(address(signing, "")).status_code == 405


def test_what_the_words_of_a_hold_say_is_never_markup(signing, lawyer, at_officer):
    hold(signing, lawyer, reason="<img src=x onerror=alert(1)>")

    assert "<img" not in at_officer.get(address(signing, "")).content.decode()


# ---- late steps ----
def test_a_late_step_takes_its_place(signing, at_officer):
    page = at_officer.get(address(signing, "late-step/")).content.decode()
    assert "Record a late step" in page
    opened = opening(signing)
    response = at_officer.post(
        address(signing, "late-step/"), {"step": "reopen", "after": str(opened.pk), "on": "2010-05-05"}
    )
    assert response.status_code == 302
    assert fresh(signing).stage == Stage.NEGOTIATING


def test_a_late_step_that_cannot_stand_there_is_refused_in_words(signing, at_officer):
    opened = opening(signing)
    response = at_officer.post(
        address(signing, "late-step/"), {"step": "terminate", "after": str(opened.pk), "on": "2010-05-05"}
    )
    assert response.status_code == 409
    assert "“Terminate” on 5\u00a0May\u00a02010 is not possible after" in response.content.decode()
    assert fresh(signing).stage == Stage.SIGNING


def test_where_nothing_can_be_chosen_the_form_says_who_enters_it(db, at_officer, areas):
    text = at_officer.get("/agreements/new/").content.decode()

    participants, named = (text.partition(f"<legend>{name}</legend>")[2].partition("</fieldset>")[0]
                           for name in ("Participants", "Areas"))  # fmt: skip
    assert "There is nothing to choose from yet. Who looks after the register enters it" in participants
    assert named.count('type="checkbox"') == 2


# ---- legal holds ----
@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Give a reason."), ("ru", "Укажите причину."), ("kk", "Себебін көрсетіңіз.")]
)
def test_a_missing_reason_of_a_legal_hold_is_told_in_the_readers_language(signing, at_lawyer, language, sentence):
    response = at_lawyer.post(address(signing, "legal-hold/"), {}, headers={"accept-language": language})

    assert response.status_code == 422
    assert sentence in words(response)
