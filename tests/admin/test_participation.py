"""Acts of participants and the clause in the administration: shown with their arithmetic, recorded, corrected."""

import json
import re

import pytest
from django.contrib.auth.models import Permission

from agreements import journal, lifecycle, participation, tracking
from agreements.choices import Status
from agreements.clock import today
from agreements.models import Agreement, Entry, User
from tests.admin.forms import address, filled, last, queries, text_of
from tests.lives import day, settled

EPCA = "PEP-4K7Z"
SECOND_MONTH = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}}


def tracked(agreement):
    kept = Agreement.objects.get(pk=agreement.pk)
    return tracking.tracked([kept], today())[kept.pk]


def panel(page, name):
    """Return the lines of a panel on the page of an agreement; no lines where it is left out."""
    _before, found, rest = page.partition(f'form-row field-{name}">')
    body = rest.partition('<div class="form-row')[0].partition("</fieldset>")[0].partition('class="readonly">')[2]
    cells = re.sub(r"(?s)<svg.*?</svg>", "", body).replace("\xa0", " ")
    lines = [" ".join(line.split()) for line in re.split(r"</?(?:li|dt|dd|p|td|th|tr)\b[^>]*>", cells)]
    return [line for text in lines if (line := re.sub(r"<[^>]+>", "", text).strip())] if found else []


def shown(client, agreement):
    return text_of(client.get(address(agreement, "change")))


def data_of_last(agreement):
    return journal.data_of(last(agreement))


@pytest.fixture
def signed(make_agreement):
    """A treaty signed on 14 October 2024 that enters into force after the last notification."""
    return make_agreement(stage="signed", procedure="ratified", on=day("2024-10-14"), columns={"clause": SECOND_MONTH})


def notify(agreement, party, by, on, **more):
    return participation.act(agreement, party, "notification", on=day(on), by=by, **more)


# ---- what the page says ----
def test_the_page_tells_the_clause_and_its_arithmetic(as_officer, sample):
    page = shown(as_officer, sample[EPCA])

    assert panel(page, "clause_in_words") == [
        "Entry into force:",
        "The first day of the 2nd month after:",
        "notifications of completed procedures of all participants (other than: United Kingdom)",
    ]
    assert panel(page, "clause_answer") == [
        "Needed: notifications of completed procedures of all participants (other than: United Kingdom). "
        "Reached: January 2020, with 29; which of 29 acts came last is not known.",
        "The first day of the 2nd month after January 2020 is 1 March 2020.",
        "In force since 1 March 2020.",
    ]
    assert panel(page, "clause_missing") == []
    assert panel(page, "entry_dates") == [
        "Stated in the record",
        "1 March 2020",
        "Computed by the clause",
        "1 March 2020",
    ]
    assert "mark--late" not in page.partition("field-entry_dates")[2].partition("</fieldset>")[0]
    assert "the step is not recorded" not in page


def test_the_page_tells_how_every_participant_stands(as_officer, sample):
    cells = panel(shown(as_officer, sample[EPCA]), "standings")

    assert cells[:6] == ["Party", "Status", "Since", "Signature", "Consent to be bound", "In force for it"]
    rows = [cells[start : start + 6] for start in range(6, len(cells), 6)]
    told = "Notification of completed procedures"
    assert rows[0] == [
        "Kazakhstan Own side · Party",
        "Bound",
        "1 March 2020",
        "21 December 2015",
        f"{told}, day not known, before 1 February 2020",
        "1 March 2020",
    ]
    assert [row for row in rows if row[0].startswith("European")] == [
        ["European Union Party", "Bound", "1 March 2020", "21 December 2015", f"{told}, January 2020", "1 March 2020"]
    ]
    assert rows[-1] == ["United Kingdom Signatory", "Signed", "21 December 2015", "21 December 2015", "–", "–"]
    assert (len(rows), len([row for row in rows if row[1] == "Bound"])) == (30, 29)


def test_without_a_clause_only_what_is_recorded_is_told(as_officer, sample):
    page = shown(as_officer, sample["AIR-7Q4M"])

    for name in ("clause_in_words", "clause_answer", "clause_missing", "entry_dates"):
        assert panel(page, name) == []
    assert len(panel(page, "standings")) == 18
    assert 'id="id_clause">\n</textarea>' in page


def test_what_is_missing_is_said_with_the_day_it_would_lead_to(as_officer, officer, signed, parties):
    notify(signed, parties["KZ"], officer, "2024-11-05")
    page = shown(as_officer, signed)

    assert panel(page, "clause_missing") == ["Missing: 1 of 2 (notifications of completed procedures): European Union."]
    assert panel(page, "clause_answer") == [
        "Not met as of 28 December 2024.",
        "If all that is missing came on 28 December 2024, it would enter into force on 1 February 2025.",
    ]
    assert panel(page, "entry_dates") == ["Stated in the record", "not recorded", "Computed by the clause", "not met"]
    assert [row[:3] for row in _rows(page)] == [
        ["Kazakhstan Own side · Negotiating", "Consent given", "5 November 2024"],
        ["European Union Negotiating", "Signed", "14 October 2024"],
    ]


def _rows(page):
    cells = panel(page, "standings")
    return [cells[start : start + 6] for start in range(6, len(cells), 6)]


def test_the_page_takes_the_same_queries_for_one_act_and_for_many(as_lawyer, lawyer, signed, parties, sample):
    page = address(signed, "change")
    notify(signed, parties["KZ"], lawyer, "2024-11-05")
    assert queries(as_lawyer, page) == 20
    notify(signed, parties["EU"], lawyer, "2024-11-06")
    participation.act(signed, parties["EU"], "declaration", on=day("2024-11-06"), by=lawyer)
    assert queries(as_lawyer, page) == 20
    assert queries(as_lawyer, address(signed, "act")) == queries(as_lawyer, address(sample[EPCA], "act"))


# ---- the clause ----
def test_a_clause_is_edited_and_journalled(as_officer, sample):
    agreement = sample[EPCA]
    page = as_officer.get(address(agreement, "change"))
    clause = json.loads(filled(page)["clause"][0])
    assert clause == agreement.clause
    assert filled(page)["clause"][0] == json.dumps(clause, ensure_ascii=False, indent=2)
    clause["enters_into_force"]["first_of_month"] = 1

    sent = filled(page, clause=json.dumps(clause), clause_text_en="First day of the month after.")
    assert as_officer.post(address(agreement, "change"), sent).status_code == 302

    assert data_of_last(agreement) == {"changes": {"clause": [agreement.clause, clause]}}
    assert set(journal.text_of(last(agreement))["changes"]) == {"clause_text_en"}
    assert Agreement.objects.get(pk=agreement.pk).computed_entry.iso == "2020-02-01"
    page = shown(as_officer, agreement)
    assert panel(page, "entry_dates") == [
        "Stated in the record",
        "1 March 2020",
        "Computed by the clause",
        "1 February 2020",
        "The record states that it entered into force on 1 March 2020; by the clause and the acts recorded it is "
        "1 February 2020.",
    ]
    assert "mark--late" in page.partition("field-entry_dates")[2].partition("</fieldset>")[0]
    assert (
        "Entry into force: The first day of the 2nd month after: notifications of completed procedures of all "
        "participants (other than: United Kingdom) → Entry into force: The first day of the month after:" in page
    )
    settled(agreement)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("{first_of_month: 2}", "This is not JSON that can be read: line 1, column 2."),
        (
            '{"enters_into_force": {"notifications": "al"}}',
            "enters_into_force.notifications: Give a whole number, a fraction such as 2/3 or 75 %, or “all”.",
        ),
    ],
)
def test_a_clause_that_is_none_is_refused_at_its_field(as_officer, sample, typed, error):
    agreement = sample[EPCA]
    page = address(agreement, "change")
    before = Entry.objects.count()

    answer = text_of(as_officer.post(page, filled(as_officer.get(page), clause=typed)))

    assert f'<ul class="errorlist" id="id_clause_error"><li>{error}</li></ul>' in answer
    assert f">\n{typed}</textarea>" in answer
    # The panels go on telling what is recorded.
    assert panel(answer, "clause_answer")[-1] == "In force since 1 March 2020."
    assert Entry.objects.count() == before


def test_a_clause_without_end_is_refused_too(as_officer, signed):
    page = address(signed, "change")

    answer = as_officer.post(page, filled(as_officer.get(page), clause="[" * 100_000))

    assert 'id="id_clause_error"' in text_of(answer)


@pytest.mark.parametrize("typed", ["", "  "])
def test_a_clause_is_taken_away(as_officer, sample, typed):
    agreement = sample[EPCA]
    page = address(agreement, "change")

    assert as_officer.post(page, filled(as_officer.get(page), clause=typed)).status_code == 302

    assert data_of_last(agreement) == {"changes": {"clause": [agreement.clause, None]}}
    assert Agreement.objects.get(pk=agreement.pk).clause is None


def test_numbers_of_a_clause_stay_as_they_are_written(as_officer, signed):
    page = address(signed, "change")
    typed = (
        '{"enters_into_force": {"share": "55%", "table": "tonnage"}, '
        '"tables": {"tonnage": {"weights": {"KZ": 60.50, "EU": 39.50}}}}'
    )

    assert as_officer.post(page, filled(as_officer.get(page), clause=typed)).status_code == 302

    weights = Agreement.objects.get(pk=signed.pk).clause["tables"]["tonnage"]["weights"]
    assert weights == {"KZ": "60.50", "EU": "39.50"}


# ---- the step that the clause has brought about ----
def test_a_clause_that_is_met_suggests_its_step_with_its_day(as_officer, officer, as_lawyer, signed, parties):
    notify(signed, parties["KZ"], officer, "2024-10-20")
    notify(signed, parties["EU"], officer, "2024-10-31")
    page = shown(as_officer, signed)
    link = address(signed, "step", "enter_into_force") + "?on=2024-12-01"

    assert "The clause on entry into force is met, and the step is not recorded." in page
    assert f'<a class="button" href="{link}">Record entry into force on 1\xa0December\xa02024</a>' in page
    sent = filled(as_lawyer.get(link))
    assert sent["on"] == ["2024-12-01"]
    sent |= {"out_of_procedure": "on", "reason": "No law was needed.", "evidence": "Note 7"}
    assert as_lawyer.post(link, sent).status_code == 302
    assert Agreement.objects.get(pk=signed.pk).stage == "in_force"
    assert "the step is not recorded" not in shown(as_officer, signed)


def test_before_its_day_and_to_who_records_no_step_nothing_is_suggested(as_officer, officer, signed, parties):
    notify(signed, parties["KZ"], officer, "2024-10-20")
    entry = notify(signed, parties["EU"], officer, "2024-11-30")
    assert panel(shown(as_officer, signed), "clause_answer")[-1] == (
        "The threshold is met; entry into force on 1 January 2025."
    )
    assert "the step is not recorded" not in shown(as_officer, signed)
    lifecycle.void(entry, by=User.objects.service("import"), reason="Misread.")
    notify(signed, parties["EU"], officer, "2024-10-31")
    assert "the step is not recorded" in shown(as_officer, signed)
    officer.groups.clear()
    officer.user_permissions.add(Permission.objects.get(codename="change_agreement"))
    assert "the step is not recorded" not in shown(as_officer, signed)


# ---- recording an act ----
def test_an_act_is_recorded_with_all_that_it_says(as_officer, officer, sample):
    agreement = sample[EPCA]
    page = address(agreement, "act")
    sent = filled(
        as_officer.get(page),
        party="GB",
        act="accession",
        on="2024-05-02",
        received="2024-05",
        effective="2024-07-01",
        scope="Title II",
        evidence="Instrument of 2 May 2024",
        source="Depositary notification 7",
        place="Brussels",
        what="With a letter.",
    )

    answer = as_officer.post(page, sent, follow=True)

    assert answer.redirect_chain == [(address(agreement, "change"), 302)]
    assert "The act was recorded." in text_of(answer)
    entry = last(agreement)
    assert (entry.kind, entry.actor, entry.on.iso) == ("action", officer, "2024-05-02")
    assert journal.data_of(entry) == {
        "text": 1,
        "act": "accession",
        "party": "GB",
        "received": "2024-05",
        "effective": "2024-07-01",
        "scope": "Title II",
    }
    assert journal.text_of(entry) == {"what": "With a letter."}
    assert (entry.evidence, entry.source, entry.place) == (
        "Instrument of 2 May 2024",
        "Depositary notification 7",
        "Brussels",
    )
    assert "<p>Title II</p>" in shown(as_officer, agreement)
    assert "<p>Received: May\xa02024</p>" in shown(as_officer, agreement)
    settled(agreement)


def test_a_signature_says_what_it_does(as_officer, make_agreement):
    agreement = make_agreement(stage="negotiating")
    page = address(agreement, "act")
    sent = filled(as_officer.get(page), party="EU", act="signature", on="2024-10-14", manner="ad_referendum")

    assert as_officer.post(page, sent).status_code == 302

    assert data_of_last(agreement) == {"text": 1, "act": "signature", "party": "EU", "manner": "ad_referendum"}
    assert "ad referendum: to be confirmed" in shown(as_officer, agreement)
    assert tracked(agreement).standings["EU"].status == Status.SIGNED_AD_REFERENDUM


def test_who_is_no_participant_yet_comes_in_by_acceding(as_officer, sample):
    agreement = sample["AIR-7Q4M"]
    page = address(agreement, "act")
    shown_page = text_of(as_officer.get(page))

    parties = shown_page.partition('name="party"')[2].partition("</select>")[0]
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', parties, re.DOTALL)
    assert [name for name, _options in groups] == ["Participants", "Others"]
    assert re.findall(r'value="([A-Z]+)"', groups[0][1]) == ["EU", "KZ"]
    assert "DE" in re.findall(r'value="([A-Z]+)"', groups[1][1])
    sent = filled(as_officer.get(page), party="DE", act="ratification", on="2024-05-02")
    assert "<li>Not a participant of this agreement: Germany." in text_of(as_officer.post(page, sent))
    assert as_officer.post(page, {**sent, "act": "accession"}).status_code == 302
    assert set(agreement.participants.values_list("party__code", flat=True)) == {"DE", "EU", "KZ"}


def test_refusals_stand_at_their_fields(as_officer, signed):
    page = address(signed, "act")
    sent = filled(as_officer.get(page), party="KZ", act="ratification", on="2024-11-02", received="2024-11-01")
    before = Entry.objects.count()

    answer = text_of(as_officer.post(page, sent))
    assert (
        '<ul class="errorlist" id="id_received_error"><li>It cannot have been received before it was done.</li>'
        in answer
    )
    assert 'value="2024-11-02"' in answer
    answer = text_of(as_officer.post(page, {**sent, "act": "withdrawal", "received": ""}))
    assert '<ul class="errorlist" id="id_target_error"><li>Name the act that it concerns.</li>' in answer
    answer = text_of(as_officer.post(page, {**sent, "on": "soon", "received": "", "act": "", "target": "nothing"}))
    assert 'id="id_act_error"><li>This field is required.' in answer
    assert 'id="id_on_error">' in answer
    assert 'id="id_target_error">' in answer
    answer = text_of(as_officer.post(page, {**sent, "act": "denunciation", "received": ""}))
    assert answer.count("No consent to be bound is recorded that could be denounced: Kazakhstan.") == 1
    assert Entry.objects.count() == before


def test_an_act_that_another_concerns_is_chosen_among_those_that_can_be_meant(as_officer, officer, signed, parties):
    def act(party, kind, on, **more):
        return participation.act(signed, parties[party], kind, on=day(on), by=officer, **more)

    reservation = act("EU", "reservation", "2024-10-14")
    notice = act("KZ", "notification", "2024-11-05")
    gone = act("KZ", "declaration", "2024-11-06")
    withdrawal = act("KZ", "withdrawal", "2024-11-07", target=gone)

    def offered(query=""):
        page = as_officer.get(address(signed, "act") + query)
        options = text_of(page).partition('name="target"')[2].partition("</select>")[0]
        return re.findall(r'<option value="([^"]+)">([^<]+)<', options.replace("\xa0", " "))

    of_reservation = (str(reservation.pk), "Reservation, 14 October 2024")
    of_notice = (str(notice.pk), "Notification of completed procedures, 5 November 2024")
    assert offered() == [
        of_reservation,
        (str(withdrawal.pk), "Withdrawal of an act, 7 November 2024"),
        of_notice,
    ]
    assert offered("?act=objection&party=KZ") == [of_reservation]
    assert offered("?act=objection&party=EU") == []
    assert offered("?act=withdrawal&party=EU") == [of_reservation]
    assert offered("?act=confirmation") == []
    page = address(signed, "act") + "?act=objection&party=KZ"
    sent = filled(as_officer.get(page), on="2024-11-20", target=str(reservation.pk))
    assert as_officer.post(page, sent).status_code == 302
    assert data_of_last(signed) == {"text": 1, "act": "objection", "party": "KZ", "target": str(reservation.pk)}
    answer = text_of(as_officer.post(page, {**sent, "target": str(notice.pk)}))
    assert "<li>Only another party’s reservation can be objected to.</li>" in answer


def test_an_act_out_of_procedure_takes_the_right_and_a_reason(as_officer, as_lawyer, make_agreement):
    agreement = make_agreement()
    page = address(agreement, "act")
    given = {"party": "KZ", "act": "ratification", "on": "2024-10-14"}
    forged = filled(as_officer.get(page), **given, out_of_procedure="on", reason="It was done.")

    assert "out_of_procedure" not in text_of(as_officer.get(page))
    assert "No signature is recorded: Kazakhstan." in text_of(as_officer.post(page, forged))
    sent = filled(as_lawyer.get(page), **given, out_of_procedure="on")
    assert 'id="id_reason_error"><li>Give a reason.</li>' in text_of(as_lawyer.post(page, sent))
    assert as_lawyer.post(page, {**sent, "reason": "It was done."}).status_code == 302
    assert last(agreement).out_of_procedure
    assert data_of_last(agreement) == {"text": 1, "act": "ratification", "party": "KZ", "unmet": ["not-signed"]}


# ---- correcting an act ----
def test_an_act_is_corrected(as_lawyer, lawyer, sample):
    agreement = sample[EPCA]
    (wrong,) = [
        entry
        for entry in Entry.objects.of(agreement).filter(kind="action")
        if (journal.data_of(entry)["party"], journal.data_of(entry)["act"]) == ("EU", "notification")
    ]
    page = address(agreement, "correct", wrong.pk)

    assert page in text_of(as_lawyer.get(address(agreement, "history")))
    shown_page = as_lawyer.get(page)
    sent = filled(shown_page)
    assert (sent["party"], sent["act"], sent["on"], sent["received"]) == (["EU"], ["notification"], ["2020-01"], [""])
    assert sent["source"] == [wrong.source]
    assert address(agreement, "void", wrong.pk) in text_of(shown_page)
    assert "late-step" not in text_of(shown_page)
    assert "This field is required." in text_of(as_lawyer.post(page, sent))
    assert "Nothing differs from the entry as it stands." in text_of(as_lawyer.post(page, {**sent, "reason": "Hm."}))

    sent |= {"reason": "The note is of February.", "on": "2020-02-03", "received": "2020-02-04"}
    answer = text_of(as_lawyer.post(page, sent, follow=True))

    assert "The act was corrected." in answer
    kept = last(agreement)
    assert (kept.on.iso, kept.source, kept.origin, kept.actor) == ("2020-02-03", wrong.source, wrong.origin, lawyer)
    assert journal.data_of(kept) == {
        "text": 1,
        "act": "notification",
        "party": "EU",
        "received": "2020-02-04",
        "replaces": str(wrong.pk),
    }
    assert journal.text_of(kept) == journal.text_of(wrong)
    assert [journal.text_of(entry) for entry in Entry.objects.filter(voids=wrong)] == [
        {"reason": "The note is of February."}
    ]
    assert panel(answer, "entry_dates")[:4] == [
        "Stated in the record",
        "1 March 2020",
        "Computed by the clause",
        "1 April 2020",
    ]
    assert "by the clause and the acts recorded it is 1\xa0April\xa02020." in answer
    assert "corrected already" in text_of(as_lawyer.post(page, sent))
    settled(agreement)


def test_a_refused_correction_changes_nothing(as_lawyer, lawyer, signed, parties):
    entry = notify(signed, parties["KZ"], lawyer, "2024-11-05", received=day("2024-11-06"), what="Note 7.")
    page = address(signed, "correct", entry.pk)
    sent = filled(as_lawyer.get(page), reason="Wrong.", received="2024-11-01")
    before = Entry.objects.count()

    answer = text_of(as_lawyer.post(page, sent))

    assert 'id="id_received_error"><li>It cannot have been received before it was done.</li>' in answer
    assert Entry.objects.count() == before
    assert as_lawyer.post(page, {**sent, "received": "", "what": ""}).status_code == 302
    assert data_of_last(signed) == {"text": 1, "act": "notification", "party": "KZ", "replaces": str(entry.pk)}
    assert journal.text_of(last(signed)) == {}


def test_a_correction_keeps_the_target_and_asks_for_the_reason_of_the_act_itself(as_lawyer, lawyer, signed, parties):
    reservation = participation.act(signed, parties["EU"], "reservation", on=day("2024-10-14"), by=lawyer)
    objection = participation.act(
        signed, parties["KZ"], "objection", on=day("2024-11-05"), by=lawyer, target=reservation
    )
    reservation = participation.correct(reservation, by=lawyer, reason="It has a number.", evidence="Note 3")
    page = address(signed, "correct", objection.pk)
    sent = filled(as_lawyer.get(page), reason="The date was misread.", on="2024-11-06")
    assert sent["target"] == [str(reservation.pk)]
    assert as_lawyer.post(page, sent).status_code == 302
    assert data_of_last(signed)["target"] == str(reservation.pk)

    entry = notify(signed, parties["KZ"], lawyer, "2024-11-05")
    page = address(signed, "correct", entry.pk)
    sent = filled(
        as_lawyer.get(page), reason="It was a denunciation.", party="EU", act="denunciation", out_of_procedure="on"
    )
    assert 'id="id_own_reason_error"><li>Give a reason.</li>' in text_of(as_lawyer.post(page, sent))
    assert as_lawyer.post(page, {**sent, "own_reason": "The note says so."}).status_code == 302
    assert journal.text_of(last(signed)) == {"reason": "The note says so."}
    assert data_of_last(signed)["unmet"] == ["nothing-to-leave"]


# ---- rights ----
@pytest.mark.parametrize(
    ("role", "statuses"), [("reader", [403, 403]), ("officer", [200, 403]), ("lawyer", [200, 200])]
)
def test_pages_of_acts_open_to_those_who_may_send_them(clients, role, statuses, lawyer, signed, parties):
    entry = notify(signed, parties["KZ"], lawyer, "2024-11-05")
    client = clients(role)
    pages = [address(signed, "act"), address(signed, "correct", entry.pk)]
    before = Entry.objects.count()

    assert [client.get(page).status_code for page in pages] == statuses
    assert [client.post(page, {}).status_code for page in pages] == statuses
    assert Entry.objects.count() == before


@pytest.mark.parametrize("name", ["act", "correct"])
def test_of_a_hidden_agreement_nothing_is_recorded(as_superuser, lawyer, make_agreement, parties, name):
    agreement = make_agreement(stage="signed", columns={"level": "secret", "clause": SECOND_MONTH})
    entry = notify(agreement, parties["KZ"], lawyer, "2024-11-05")
    page = address(agreement, name, *([entry.pk] if name == "correct" else []))

    assert as_superuser.get(page).status_code == 404
    assert as_superuser.post(page, {"party": "KZ", "act": "notification", "on": "2024-11-06"}).status_code == 404
