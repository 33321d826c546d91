"""Participants, entry into force, acts and clauses on the pages: what they show, record, suggest and refuse."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.urls import reverse

from agreements import journal, lifecycle, participation, registers
from agreements.choices import Role, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Participant, Party
from agreements.timeline import timeline
from agreements.words import alphabetical
from tests.pages.conftest import day, queries, words
from tests.pages.test_agreement import page, panel

ALL_NOTIFY = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}, "source": "Art. 9"}


def address(agreement, rest=""):
    """Return an address below an agreement's page."""
    return f"{reverse('agreement', args=[agreement.reference])}{rest}"


def act_page(agreement, kind, more=""):
    """Return the address of the form for one kind of act."""
    return address(agreement, f"record/action/?act={kind}{more}")


def messages_of(response):
    """Return the messages of the request, without the link that undoes what was done."""
    found = [str(message).replace("\u00a0", " ") for message in get_messages(response.wsgi_request)]
    return [re.sub(r" <a .*</a>$", "", message) for message in found]


def acts_of(agreement):
    """Return the live acts as kind, party and date, in the order of recording."""
    entries = Entry.objects.of(agreement).live().filter(kind="action").order_by("sequence")
    return [(data["act"], data["party"], entry.on.iso) for entry in entries if (data := journal.data_of(entry))]


def with_clause(agreement, user, clause):
    """Give an agreement a clause."""
    with registers.editing(agreement, by=user) as fresh:
        fresh.clause = clause
    return fresh


@pytest.fixture
def third(lawyer):
    """Kyrgyzstan."""
    return registers.create(Party(code="KG", name_en="Kyrgyzstan"), by=lawyer)


@pytest.fixture
def make_ratifying(make_agreement, parties, lawyer):
    """Return a factory of agreements signed on 21 December 2015, undergoing ratification; all have to notify."""

    def make(*others):
        taking = [*parties.values(), *others]
        agreement = make_agreement(
            stage=Stage.RATIFYING, on=day(2016, 3, 25), participants=[(party, Role.NEGOTIATING) for party in taking]
        )
        for party in taking:
            participation.act(agreement, party, "signature", on=day(2015, 12, 21), by=lawyer)
        return with_clause(agreement, lawyer, ALL_NOTIFY)

    return make


@pytest.fixture
def ratifying(make_ratifying):
    """An agreement of Kazakhstan and the European Union that both have to notify."""
    return make_ratifying()


def notify(agreement, user, code, on):
    """Record a notification of completed procedures."""
    return participation.act(agreement, Party.objects.get(code=code), "notification", on=on, by=user)


# ---- participants ----
def test_the_participants_of_the_partnership_agreement(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z"), "participants")

    assert told.startswith(
        "Participants 30 Record an act Name an undisclosed one "
        "Party Status Signature Consent to be bound In force for it "
        "Provisional application, reservations "
        "Kazakhstan Own side · Party Bound 21 Dec 2015 with the step of signing Ratification 25 Mar 2016 "
        "Notification of completed procedures day not known, before 1 February 2020 inferred "
        "since 1 Mar 2020 since 1 May 2016 In part "
        "European Union Party Bound 21 Dec 2015 with the step of signing Approval 20 Jan 2020 "
        "Notification of completed procedures January 2020 month inferred since 1 Mar 2020 since 1 May 2016 In part"
    )
    assert "28 more participants Bound: 27, Signed: 1" in told
    assert told.endswith(
        "United Kingdom Signatory Signed since 21 Dec 2015 21 Dec 2015 with the step of signing not recorded no –"
    )


def test_the_participants_as_they_stood_in_june_2016(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z", "?as_of=2016-06-01"), "participants")

    assert "Kazakhstan Own side Applies it provisionally since 1 May 2016 21 Dec 2015 with the step of signing" in told
    assert (
        "Ratification 25 Mar 2016 possibly: Notification of completed procedures day not known, before 1 February 2020 "
        "inferred no since 1 May 2016 In part" in told
    )
    assert (
        "European Union Applies it provisionally since 1 May 2016 21 Dec 2015 with the step of signing not recorded no"
        in told
    )
    assert "Record an act" not in told


def test_who_was_bound_by_an_agreement_that_has_ended(sample, at_officer):
    told = panel(page(at_officer, "PEP-2F9C"), "participants")

    assert (
        "Kazakhstan Own side · Party No longer bound: the agreement has ended since 1 Mar 2020 "
        "23 Jan 1995 with the step of signing Ratification 26 May 1997 since 1 Jul 1999 until 1 Mar 2020" in told
    )
    assert "15 more participants No longer bound: the agreement has ended: 15" in told


def test_the_others_stand_in_the_order_of_the_readers_alphabet(sample, at_officer):
    at_officer.post("/language/", {"language": "ru"})
    told = panel(page(at_officer, "PEP-4K7Z"), "participants")

    names = ["Казахстан", "Европейский союз", "Австрия", "Бельгия", "Болгария", "Венгрия", "Германия", "Греция"]
    places = [told.index(f"{name} ") for name in names]
    assert places == sorted(places)


def test_kazakh_letters_stand_in_their_places():
    names = ["Яғни", "Қазақстан", "Кипр", "Әзербайжан", "Аустрия", "Үндістан", "Украина"]

    assert sorted(names, key=alphabetical) == [
        "Аустрия", "Әзербайжан", "Кипр", "Қазақстан", "Украина", "Үндістан", "Яғни",
    ]  # fmt: skip


def test_what_participants_did(signing, parties, lawyer, at_officer):
    participation.act(signing, parties["EU"], "full_powers", on=day(2009), by=lawyer, certainty="inferred")
    participation.act(
        signing, parties["KZ"], "signature", on=FuzzyDate.parse("2010"), by=lawyer, manner="ad_referendum"
    )

    told = panel(page(at_officer, signing), "participants")

    assert (
        "Kazakhstan Own side · Negotiating Signed ad referendum since 2010 year only 2010 year only ad referendum"
        in told
    )
    assert "European Union Negotiating Not signed not recorded Full powers: 1 Jan 2009 day inferred" in told


def test_a_signature_that_only_the_step_tells_says_so(signing, parties, lawyer, at_officer):
    act = participation.act(signing, parties["EU"], "signature", on=day(2010, 5, 5), by=lawyer)
    lifecycle.perform(
        signing, "sign", on=day(2010, 5, 6), by=lawyer, evidence="Text", out_of_procedure=True, reason="It was signed."
    )

    told = panel(page(at_officer, signing), "participants")
    assert "6 May 2010 with the step of signing" in told
    assert told.count("with the step of signing") == 1
    lifecycle.void(act, by=lawyer, reason="Misread.")
    told = panel(page(at_officer, signing), "participants")
    assert told.count("6 May 2010 with the step of signing") == 2


def test_who_negotiated_is_called_what_it_has_become(ratifying, parties, lawyer, at_officer):
    report = f"/reports/participation/?agreement={ratifying.reference}"

    assert "European Union Signatory Signed" in panel(page(at_officer, ratifying), "participants")
    assert "European Union Signatory Signed" in words(at_officer.get(report))
    notify(ratifying, lawyer, "KZ", day(2019, 5, 5))
    assert "Kazakhstan Own side · Signatory Consent given" in panel(page(at_officer, ratifying), "participants")
    notify(ratifying, lawyer, "EU", day(2020, 1, 20))
    lifecycle.perform(ratifying, "enter_into_force", on=day(2020, 3, 1), by=lawyer, evidence="Art. 9")
    assert "European Union Party Bound" in panel(page(at_officer, ratifying), "participants")
    assert "European Union Party Bound" in words(at_officer.get(report))
    assert "European Union recorded as: negotiating Signed" in words(at_officer.get(f"{report}&as_of=2017-01-01"))
    assert Participant.objects.get(agreement=ratifying, party=parties["EU"]).role == Role.NEGOTIATING


def test_a_former_participant_is_known_in_a_look_back_only(signing, parties, lawyer, at_officer):
    with registers.editing(signing, by=lawyer):
        Participant.objects.filter(agreement=signing, party=parties["EU"]).delete()
    moment = Entry.objects.of(signing).earliest("sequence").recorded_at.isoformat().replace("+00:00", "Z")

    assert "European Union" not in panel(page(at_officer, signing), "participants")
    assert "European Union" in panel(page(at_officer, signing, f"?known_at={moment}"), "participants")


def test_the_page_takes_the_same_queries_for_one_act_and_for_many(make_ratifying, parties, third, lawyer, at_officer):
    small, large = make_ratifying(), make_ratifying(third)
    notify(small, lawyer, "KZ", day(2019, 5, 5))
    for code in ("KZ", "EU", "KG"):
        notify(large, lawyer, code, day(2019, 5, 5))
    reservation = participation.act(large, parties["EU"], "reservation", on=day(2015, 12, 21), by=lawyer)
    participation.act(large, parties["KZ"], "objection", on=day(2016, 12, 21), by=lawyer, target=reservation)

    assert "Kyrgyzstan" in panel(page(at_officer, large), "participants")
    assert queries(at_officer, address(small)) == queries(at_officer, address(large)) == 12


# ---- entry into force ----
def test_the_clause_of_the_partnership_agreement_and_its_arithmetic(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z"), "entry-into-force")

    assert "First day of the second month following the date on which the parties notify" in told
    assert (
        "The clause as it is computed Entry into force: The first day of the 2nd month after: "
        "notifications of completed procedures of all participants (other than: United Kingdom)" in told
    )
    assert "In force since 1 March 2020." in told
    assert "The first day of the 2nd month after January 2020 is 1 March 2020." in told
    assert "contradicts" not in told
    assert "If all that is missing" not in told


def test_what_was_missing_in_june_2016_and_when_it_would_have_entered_into_force(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z", "?as_of=2016-06-01&supposing=2016-11-15"), "entry-into-force")

    assert "Not met as of 1 June 2016. Missing: 29 of 29 (notifications of completed procedures;" in told
    assert "If all that is missing came on 15 November 2016, it would enter into force on 1 January 2017." in told
    assert "The first day of the 2nd month after 15 November 2016 is 1 January 2017." in told


def test_a_supposed_day_that_is_no_day_is_said_at_its_field(sample, at_officer):
    text = page(at_officer, "PEP-4K7Z", "?as_of=2016-06-01&supposing=soon").content.decode()

    assert '<div id="supposing_error">' in text
    assert "“soon” is not a day. Write it as 2024-12-28." in text
    early = panel(page(at_officer, "PEP-4K7Z", "?as_of=2016-06-01&supposing=2001-01-01"), "entry-into-force")
    assert "Choose a day that is not before 1 June 2016." in early


def test_each_missing_act_has_a_link_that_records_it(ratifying, lawyer, at_officer, at_reader):
    notify(ratifying, lawyer, "KZ", day(2019, 5, 5))
    told = page(at_officer, ratifying)

    assert "Missing: 1 of 2 (notifications of completed procedures): European Union." in panel(told, "entry-into-force")
    link = f"/agreements/{ratifying.reference}/record/action/?act=notification&amp;party=EU"
    assert f'<a href="{link}">Record: European Union</a>' in told.content.decode()
    assert link not in page(at_reader, ratifying).content.decode()
    assert link not in page(at_officer, ratifying, "?as_of=2019-12-31").content.decode()
    assert re.search(
        r'name="parties" value="EU"[^>]* checked', at_officer.get(link.replace("&amp;", "&")).content.decode()
    )


def test_a_clause_that_is_met_suggests_the_step_with_its_day_and_evidence(ratifying, lawyer, at_officer, at_reader):
    notify(ratifying, lawyer, "KZ", day(2019, 5, 5))
    notify(ratifying, lawyer, "EU", day(2020, 1, 20))
    told = page(at_officer, ratifying).content.decode()

    link = re.search(
        r'<a class="usa-button[^"]*" href="([^"]+)">Record entry into force on 1\u00a0March\u00a02020</a>', told
    )
    assert link
    assert len(re.findall(r'class="usa-button"', told)) == 1
    assert "Record entry into force" not in page(at_reader, ratifying).content.decode()
    assert "Record entry into force on" not in page(at_officer, ratifying, "?as_of=2024-01-01").content.decode()
    where = link[1].replace("&amp;", "&")
    form = at_officer.get(where).content.decode()
    assert re.search(r'name="on"[^>]*value="2020-03-01"', form) or re.search(r'value="2020-03-01"[^>]*name="on"', form)
    evidence = re.search(r'<input[^>]*name="evidence"[^>]*>', form)[0]
    assert "Art. 9, met on 20\u00a0January\u00a02020 by the act of: European Union" in evidence
    response = at_officer.post(where, {"on": "2020-03-01", "evidence": "Art. 9"})
    assert messages_of(response) == ["Recorded: In force, 1 March 2020."]
    assert Agreement.objects.get(pk=ratifying.pk).stage == Stage.IN_FORCE
    assert "Record entry into force on" not in page(at_officer, ratifying).content.decode()


def test_a_stated_day_that_the_clause_does_not_give_is_a_conflict(ratifying, lawyer, at_officer):
    notify(ratifying, lawyer, "KZ", day(2019, 5, 5))
    notify(ratifying, lawyer, "EU", day(2020, 1, 20))
    lifecycle.perform(
        ratifying, "enter_into_force", on=day(2020, 2, 1), by=lawyer, evidence="Note", out_of_procedure=True,
        reason="Published so.",
    )  # fmt: skip

    told = panel(page(at_officer, ratifying), "entry-into-force")

    assert (
        "The record contradicts itself. The record states that it entered into force on 1 February 2020; by the clause "
        "and the acts recorded it is 1 March 2020." in told
    )


def test_in_force_but_not_for_us(ratifying, lawyer, at_officer):
    with_clause(ratifying, lawyer, {"enters_into_force": {"instruments": 1}})
    participation.act(ratifying, Party.objects.get(code="EU"), "approval", on=day(2019, 5, 5), by=lawyer)
    lifecycle.perform(ratifying, "enter_into_force", on=day(2019, 5, 5), by=lawyer, evidence="Art. 9")

    response = page(at_officer, ratifying)

    assert "In force, but not for us. No consent of the own side" in panel(response, "entry-into-force")
    assert words(response).count("In force, but not for us") >= 2


def test_a_clause_that_cannot_be_read_says_why(ratifying, lawyer, at_officer):
    with transaction.atomic():  # as an older version may have written it
        edit = registers.Edit(fresh := Agreement.objects.get(pk=ratifying.pk), by=lawyer)
        fresh.clause = {"enters_into_force": {"instruments": -1}}
        edit.finish()

    told = panel(page(at_officer, ratifying), "entry-into-force")

    assert (
        "The clause as data cannot be read. enters_into_force.instruments: Give a whole number from 1 to 500." in told
    )
    assert "In force since" not in told


def test_without_a_clause_the_page_says_what_cannot_be_computed(signing, at_officer, at_reader):
    told = panel(page(at_officer, signing), "entry-into-force")

    assert "No clause is recorded: it cannot be computed when the agreement enters into force" in told
    assert "Record the clause" in told
    assert "Record the clause" not in panel(page(at_reader, signing), "entry-into-force")


# ---- reservations ----
def test_reservations_with_the_answers_of_the_others(make_ratifying, parties, third, lawyer, at_officer):
    ratifying = make_ratifying(third)
    reservation = participation.act(
        ratifying, parties["KZ"], "reservation", on=day(2015, 12, 21), by=lawyer, scope="Article 5", what="Not binding."
    )
    objection = participation.act(
        ratifying, parties["EU"], "objection", on=day(2017, 3, 1), by=lawyer, target=reservation
    )
    told = panel(page(at_officer, ratifying), "reservations")

    assert told.startswith("Reservations 1 Kazakhstan , 21 Dec 2015 Not binding. Concerns: Article 5 Objected 1")
    # It has not consented to be bound: its period goes on.
    assert "European Union 1 March 2017" in told
    assert "after the period had ended" not in told
    participation.act(ratifying, parties["EU"], "withdrawal", on=day(2018, 3, 1), by=lawyer, target=objection)
    told = panel(page(at_officer, ratifying), "reservations")
    assert "Objection withdrawn European Union, 1 March 2018" in told
    assert "May still object 2 European Union, Kyrgyzstan until the day of its own consent to be bound" in told
    told = panel(page(at_officer, ratifying, "?as_of=2016-06-01"), "reservations")
    assert "May still object 2 European Union, Kyrgyzstan until 21 December 2016" in told
    assert "Objection withdrawn" not in told
    participation.act(ratifying, third, "ratification", on=day(2018, 1, 1), by=lawyer)
    told = panel(page(at_officer, ratifying), "reservations")
    assert "Accepted, expressly or by silence 1 Kyrgyzstan" in told
    participation.act(ratifying, third, "objection", on=day(2018, 2, 1), by=lawyer, target=reservation)
    told = panel(page(at_officer, ratifying), "reservations")
    assert "Kyrgyzstan 1 February 2018 after the period had ended" in told


def test_a_withdrawn_reservation_no_longer_counts_and_has_no_clock(ratifying, parties, lawyer, at_officer):
    reservation = participation.act(ratifying, parties["KZ"], "reservation", on=day(2015, 12, 21), by=lawyer)
    participation.act(ratifying, parties["KZ"], "withdrawal", on=day(2018, 3, 1), by=lawyer, target=reservation)

    told = panel(page(at_officer, ratifying), "reservations")
    assert told == "Reservations 0 Kazakhstan , 21 Dec 2015 withdrawn: 1 March 2018"
    before = panel(page(at_officer, ratifying, "?as_of=2018-02-28"), "reservations")
    assert before.startswith("Reservations 1 Kazakhstan , 21 Dec 2015 May still object 1 European Union")
    assert "Who has not objected within 12 months" in before
    participation.act(ratifying, parties["EU"], "reservation", on=day(2015, 12, 21), by=lawyer)
    assert panel(page(at_officer, ratifying), "reservations").startswith("Reservations 1 ")


def test_who_only_keeps_the_treaty_has_no_status(signing, lawyer, at_officer):
    keeper = registers.create(Party(code="UN", kind="organisation", name_en="United Nations"), by=lawyer)
    with registers.editing(signing, by=lawyer):
        Participant.objects.create(agreement=signing, party=keeper, role=Role.DEPOSITARY)

    told = panel(page(at_officer, signing), "participants")

    assert "United Nations Depositary Takes no part in signing" in told


def test_a_later_joiner_is_bound_by_its_own_rule(ratifying, parties, lawyer, at_officer):
    later = {"after": {"days": 30}, "of": {"own": "instrument"}}
    with_clause(ratifying, lawyer, {"enters_into_force": {"instruments": 1}, "later_joiners": later})
    participation.act(ratifying, parties["EU"], "approval", on=day(2019, 5, 5), by=lawyer)
    participation.act(ratifying, parties["KZ"], "ratification", on=day(2020, 5, 5), by=lawyer, received=day(2020, 5, 9))

    told = panel(page(at_officer, ratifying), "participants")

    assert "Ratification 5 May 2020 received 9 May 2020 since 8 Jun 2020 by the rule for those who join later" in told


def test_a_day_to_come_is_said_from_and_not_since(ratifying, parties, lawyer, at_officer):
    notify(ratifying, lawyer, "KZ", day(2024, 12, 1))
    notify(ratifying, lawyer, "EU", day(2024, 12, 20))
    participation.act(
        ratifying, parties["KZ"], "provisional_application", on=day(2024, 12, 1), by=lawyer, effective=day(2025, 1, 5)
    )

    told = panel(page(at_officer, ratifying), "participants")

    assert "from 1 Feb 2025" in told
    assert "from 5 Jan 2025 the whole agreement" in told
    assert "since 1 Feb 2025" not in told
    assert "since 5 Jan 2025" not in told


# ---- recording an act ----
def test_the_first_step_asks_what_was_done(signing, at_officer, at_reader):
    response = at_officer.get(address(signing, "record/action/?party=KZ"))
    told = words(response)

    for heading in ("Before signing", "Signing", "Consent to be bound", "Reservations and declarations", "After that"):
        assert heading in told
    assert (
        f'href="/agreements/{signing.reference}/record/action/?act=ratification&amp;party=KZ"'
        in response.content.decode()
    )
    assert at_officer.post(address(signing, "record/action/"), {"on": "2010-05-05"}).status_code == 422
    assert at_reader.get(address(signing, "record/action/")).status_code == 403


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("full_powers", {"parties"}),
        ("signature", {"parties", "manner"}),
        ("ratification", {"parties", "received", "effective"}),
        ("provisional_application", {"parties", "effective", "scope"}),
        ("reservation", {"parties", "received", "scope"}),
        ("objection", {"parties", "received", "target"}),
        ("denunciation", {"parties", "received", "effective"}),
        ("withdrawal", {"target", "received", "effective"}),
        ("confirmation", {"target", "received"}),
    ],
)
def test_the_second_step_asks_for_what_this_kind_needs(signing, at_officer, kind, asked):
    text = at_officer.get(act_page(signing, kind)).content.decode()

    names = {
        name for name in ("parties", "received", "effective", "manner", "scope", "target") if f'name="{name}"' in text
    }
    assert names == asked


def test_one_act_of_several_parties(signing, at_officer):
    response = at_officer.post(
        act_page(signing, "full_powers"), {"parties": ["KZ", "EU"], "on": "2010-05", "source": "Notes of May 2010"}
    )

    assert messages_of(response) == ["Recorded: Full powers of 2 participants, May 2010."]
    assert sorted(acts_of(signing)) == [("full_powers", "EU", "2010-05"), ("full_powers", "KZ", "2010-05")]


def test_an_act_with_all_its_details(signing, lawyer, at_officer):
    sent = {"parties": "KZ", "on": "2010-05-05", "effective": "2010-06", "scope": "Title II", "place": "Astana"}
    response = at_officer.post(act_page(signing, "provisional_application"), sent)

    assert messages_of(response) == ["Recorded: Provisional application: Kazakhstan, 5 May 2010."]
    event = next(event for event in timeline(signing, user=lawyer) if event.kind == "action")
    assert (event.scope.text, event.effective.iso, event.place) == ("Title II", "2010-06", "Astana")
    told = panel(page(at_officer, signing), "history")
    assert "Kazakhstan: provisional application" in told
    assert "Title II Takes effect: June 2010 Astana" in told


def test_all_refusals_at_once_nothing_written_nothing_lost(signing, at_officer):
    sent = {"parties": ["KZ", "EU"], "on": "2010-05-05", "received": "2010-04-01", "source": "Kept source"}
    response = at_officer.post(act_page(signing, "ratification"), sent)
    text, told = response.content.decode(), words(response)

    assert response.status_code == 409
    assert "No signature is recorded: Kazakhstan." in told
    assert "No signature is recorded: European Union." in told
    assert '<div id="id_received_error">' in text
    assert 'href="#id_received"' in text
    assert 'value="Kept source"' in text
    assert len(re.findall(r'name="parties" value="\w+"[^>]* checked', text)) == 2
    assert "out_of_procedure" not in text
    assert acts_of(signing) == []


def test_an_act_out_of_procedure_takes_the_right_and_a_reason(signing, at_lawyer):
    where, sent = act_page(signing, "ratification"), {"parties": "KZ", "on": "2010-05-05", "out_of_procedure": "on"}

    assert "Give a reason." in words(at_lawyer.post(where, sent))
    response = at_lawyer.post(where, sent | {"reason": "The law was published."})

    assert messages_of(response) == ["Recorded: Ratification: Kazakhstan, 5 May 2010."]
    assert "Out of procedure" in panel(page(at_lawyer, signing), "history")


def test_a_withdrawal_names_the_act_and_its_party(signing, parties, lawyer, at_officer):
    act = participation.act(signing, parties["EU"], "signature", on=day(2010), by=lawyer)
    where = act_page(signing, "withdrawal")

    assert (
        f'<option value="{act.pk}">Signature: European Union, 1\u00a0January\u00a02010</option>'
        in at_officer.get(where).content.decode()
    )
    assert at_officer.post(where, {"target": "nonsense", "on": "2011-01-01"}).status_code == 422
    response = at_officer.post(where, {"target": str(act.pk), "on": "2011-01-01"})
    assert messages_of(response) == ["Recorded: Withdrawal of an act: European Union, 1 January 2011."]
    assert "European Union Negotiating Not signed 1 Jan 2010 withdrawn: 1 Jan 2011 not recorded no" in panel(
        page(at_officer, signing), "participants"
    )


def test_who_accedes_becomes_a_participant_by_it(ratifying, third, at_officer):
    where = act_page(ratifying, "accession")

    assert '<option value="KG">Kyrgyzstan</option>' in at_officer.get(where).content.decode()
    assert "This field is required." in words(at_officer.post(where, {"on": "2019-01-01"}))
    response = at_officer.post(where, {"newcomer": "KG", "on": "2019-01-01"})
    assert messages_of(response) == ["Recorded: Accession: Kyrgyzstan, 1 January 2019."]
    assert "Kyrgyzstan Party Consent given" in panel(page(at_officer, ratifying), "participants")
    assert 'name="newcomer"' not in at_officer.get(act_page(ratifying, "ratification")).content.decode()


def test_an_objection_needs_a_reservation(signing, at_officer):
    told = words(at_officer.get(act_page(signing, "objection")))

    assert "No act is recorded that this one could concern. Record that act first." in told


# ---- the timeline ----
def test_many_same_acts_are_one_line_that_unfolds(sample, at_lawyer):
    response = page(at_lawyer, "PEP-4K7Z")
    told = panel(response, "history")

    assert told.count("28 participants: notification of completed procedures") == 1
    who = re.search(r"(?s)<summary>Who</summary>.*?</details>", response.content.decode())[0]
    assert len(re.findall(r"/correct/", who)) == len(re.findall(r"/void/", who)) == 28


def test_acts_that_differ_are_not_one_line(signing, parties, lawyer, at_officer):
    for place in ("Astana", "Astana", "Brussels"):
        participation.act(signing, parties["KZ"], "full_powers", on=day(2010), by=lawyer, place=place)

    assert panel(page(at_officer, signing), "history").count("Kazakhstan: full powers") == 3


def test_an_act_is_corrected(signing, parties, lawyer, at_lawyer):
    act = participation.act(
        signing,
        parties["EU"],
        "signature",
        on=day(2010),
        by=lawyer,
        manner="subject",
        source="Notes",
        what={"en": "A", "ru": "Б"},
    )
    where = address(signing, f"entries/{act.pk}/correct/")
    form = at_lawyer.get(where).content.decode()
    assert '<option value="subject" selected>' in form
    same = {
        "act": "signature",
        "party": "EU",
        "on": "2010-01-01",
        "manner": "subject",
        "source": "Notes",
        "what": "A",
        "certainty": "firm",
    }
    assert "Nothing is different" in words(at_lawyer.post(where, same | {"reason": "Misread."}))

    response = at_lawyer.post(where, same | {"on": "2010-02-02", "manner": "definitive", "reason": "Misread."})

    assert messages_of(response) == ["Corrected: Signature: European Union, 1 January 2010."]
    assert acts_of(signing) == [("signature", "EU", "2010-02-02")]
    latest = Entry.objects.of(signing).live().get(kind="action")
    assert journal.data_of(latest)["manner"] == "definitive"
    assert journal.text_of(latest)["what"] == {"en": "A", "ru": "Б"}
