"""The page of an agreement: the picture, the next step, the history, the past, what it hides."""

import re
from datetime import date

import pytest
from django.urls import reverse

from agreements import documents, lifecycle, participation, registers
from agreements.choices import RelationKind, Stage
from agreements.dates import FuzzyDate
from agreements.models import AgendaItem, Entry, Format, Meeting, Relation, Unit
from agreements.procedures import load
from agreements.timeline import timeline
from agreements.views.picture import picture
from tests.conftest import signed_in
from tests.pages.conftest import day, hold, opening, queries, words


def page(client, agreement, query=""):
    """Return the page of an agreement."""
    return client.get(reverse("agreement", args=[getattr(agreement, "reference", agreement)]) + query)


def panel(response, name):
    """Return the words of one panel."""
    text = response.content.decode()
    found = re.search(rf'(?s)<section class="panel[^"]*" aria-labelledby="{name}">.*?</section>', text)
    assert found, f"no panel {name}"
    text = re.sub(r"(?s)<(svg|select)\b.*?</\1>", " ", found[0])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ")).strip()


def nodes(response):
    """Return the state and the words of each node of the step picture."""
    found = re.findall(r'(?s)<li class="(\w+) s-\w+"[^>]*>(.*?)</li>', response.content.decode())
    return [(state, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()) for state, text in found]


# ---- the head and the picture ----
def test_the_aviation_agreement_stands_on_its_second_text(sample, at_officer):
    response = page(at_officer, "AIR-7Q4M")

    assert [state for state, _text in nodes(response)] == ["d", "d", "d", "d", "now", "next", "next", "next"]
    told = dict(zip(("proposed", "mandated", "negotiating", "initialled", "signing"), nodes(response), strict=False))
    assert "day not known" in told["proposed"][1]
    assert "5 Jun 2003" in told["mandated"][1].replace("\u00a0", " ")
    assert "Text 1: 2007 year only" in told["negotiating"][1]
    assert "Text 2: 2022 year only" in told["negotiating"][1]
    assert "day inferred" in told["initialled"][1]
    assert "Now · text 2" in told["signing"][1]
    assert response.content.decode().count('<circle cx="') > 8
    assert '<svg class="lane"' in response.content.decode()


def test_a_look_back_does_not_call_the_day_now(sample, at_officer):
    then = [text for state, text in nodes(page(at_officer, "AIR-7Q4M", "?as_of=2024-10-20")) if state == "now"]

    assert [text for text in then if "Now" in text or "current" in text] == []
    assert "(stage on this day)" in then[0]
    assert "On this day · text 2" in then[0]


def test_an_ended_agreement_shows_the_way_it_went(sample, at_officer):
    assert [(state, text.split(" ")[0]) for state, text in nodes(page(at_officer, "PEP-2F9C"))] == [
        ("d", "Signed"), ("d", "Undergoing"), ("d", "In"), ("now", "Superseded"),
    ]  # fmt: skip


def test_a_stage_that_was_passed_by_is_no_stage_to_come(make_agreement, lawyer, at_officer):
    agreement = make_agreement()
    lifecycle.perform(
        agreement, "open_negotiations", on=day(2010), by=lawyer, out_of_procedure=True, reason="Talks had begun."
    )

    assert [state for state, _text in nodes(page(at_officer, agreement))][:4] == ["d", "gap", "now", "next"]


def test_a_picture_without_an_agreement_is_the_path():
    rules = load()["ratified"]

    drawn = picture(rules)

    assert [node.stage for node in drawn.nodes] == list(rules.path)
    assert {node.state for node in drawn.nodes} == {"plain"}
    assert drawn.lane is None


def test_a_withdrawn_agreement_shows_no_stages_that_will_not_come(make_agreement, lawyer, at_officer):
    agreement = make_agreement()
    lifecycle.perform(agreement, "withdraw", on=day(2010), by=lawyer)

    assert [state for state, _text in nodes(page(at_officer, agreement))] == ["d", "now"]


def test_what_was_suspended_and_resumed_is_in_force(make_agreement, lawyer, at_officer):
    agreement = make_agreement(kind="memorandum", stage=Stage.IN_FORCE)
    lifecycle.perform(agreement, "suspend", on=day(2010), by=lawyer)
    suspended = nodes(page(at_officer, agreement))
    lifecycle.perform(agreement, "resume", on=day(2011), by=lawyer)

    assert [state for state, _text in suspended] == ["d", "now"]
    assert [state for state, _text in nodes(page(at_officer, agreement))] == ["now"]


def test_a_planned_signing_stands_at_its_node(signing, lawyer, at_officer):
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = FuzzyDate.parse("2025-02")

    response = page(at_officer, signing)

    assert "planned: February 2025" in words(response)
    assert "Planned signing February 2025 month only" in panel(response, "dates")


def test_a_hold_is_a_mark_beside_the_stage(signing, lawyer, at_officer):
    hold(signing, lawyer)

    response = page(at_officer, signing)

    assert "On hold since September 2012" in nodes(response)[0][1].replace("\u00a0", " ")
    assert "On hold since September 2012. The other side asked for time." in panel(response, "next")
    assert "The agreement has been on hold since September 2012. Release it first." in panel(response, "next")
    assert f'href="/agreements/{signing.reference}/hold/"' in response.content.decode()


# ---- the next step ----
def test_a_blocked_step_names_every_reason_with_law_and_remedy(sample, at_officer):
    response = page(at_officer, "AIR-7Q4M")
    text = response.content.decode()

    assert "“Sign” cannot be recorded yet. 7 things are missing:" in panel(response, "next")
    assert "Scientific legal expertise of the draft is not attached." in panel(response, "next")
    assert "Law on International Treaties of the Republic of Kazakhstan, Art. 4" in panel(response, "next")
    assert re.search(r'<button type="button" class="usa-button" aria-disabled="true" aria-describedby="why">', text)
    for address in (
        "record/document/?document=legal_expertise", "record/clearance/", "record/document/?document=signing_decision",
        "record/action/?act=full_powers&amp;party=KZ", "record/action/?act=full_powers&amp;party=EU", "steps/sign/",
    ):  # fmt: skip
        assert f'href="/agreements/AIR-7Q4M/{address}"' in text


def test_one_filled_button_at_most(sample, at_lawyer):
    for reference in sample:
        text = page(at_lawyer, reference).content.decode()
        assert len(re.findall(r'class="usa-button"', text)) <= 1


def test_a_possible_step_is_the_filled_button(make_agreement, at_officer):
    agreement = make_agreement(kind="memorandum")

    text = page(at_officer, agreement).content.decode()

    assert f'<a class="usa-button" href="/agreements/{agreement.reference}/steps/prepare_signing/">' in text
    assert f'class="usa-button usa-button--outline" href="/agreements/{agreement.reference}/steps/withdraw/"' in text


def test_steps_that_are_not_possible_say_why(make_agreement, at_officer):
    response = page(at_officer, make_agreement())

    assert "Why can’t I? : Open negotiations" in panel(response, "next")
    assert "does not foresee the step “Open negotiations” from the stage “Proposed”" in panel(response, "next")


def test_recording_out_of_procedure_is_offered_to_those_who_may(sample, at_officer, at_lawyer):
    link = 'href="/agreements/AIR-7Q4M/steps/sign/?out_of_procedure=1"'

    assert link in page(at_lawyer, "AIR-7Q4M").content.decode()
    assert link not in page(at_officer, "AIR-7Q4M").content.decode()
    assert "The treaty department may record it out of procedure" in words(page(at_officer, "AIR-7Q4M"))


def test_a_reader_sees_what_is_missing_but_no_way_to_write(sample, at_reader):
    response = page(at_reader, "AIR-7Q4M")
    text = response.content.decode()

    assert "7 things are missing" in panel(response, "next")
    assert "You do not have the right" not in words(response)
    assert not re.search(r'href="/agreements/AIR-7Q4M/(steps|record|hold|entries)/', text)
    assert "aria-disabled" not in text


def test_missing_participants_are_named_in_the_admin_by_staff(make_agreement, officer):
    agreement = make_agreement(stage=Stage.NEGOTIATING, participants=[])
    address = reverse("admin:agreements_agreement_change", args=[agreement.pk])

    assert address not in page(signed_in(officer), agreement).content.decode()
    officer.is_staff = True
    officer.save()
    assert f'href="{address}"' in page(signed_in(officer), agreement).content.decode()


def test_an_ended_agreement_says_that_nothing_follows(sample, at_officer):
    response = page(at_officer, "PEP-2F9C")

    assert "No further step is foreseen" in panel(response, "next")
    assert "No step leads further from this stage." in panel(response, "next")


# ---- the history ----
def test_the_history_is_told_by_text(sample, at_officer):
    told = panel(page(at_officer, "AIR-7Q4M"), "history")

    order = ["Second text", "2022 – now", "Revised text initialled", "First text, given up", "2007 – 2008",
             "First text initialled", "Before the talks", "Council of the EU authorises"]  # fmt: skip
    assert sorted(order, key=told.index) == order


def test_what_was_declined_later_is_no_part_of_the_day_before(sample, at_officer, lawyer):
    told = panel(page(at_officer, "AIR-7Q4M"), "history")

    assert told.index("Kazakhstan declines to sign") < told.index("Commission proposes signing")
    assert "conclusion (COM(2008) 92)" in told
    assert "(COM(2008) 92);" not in told
    assert "Day not known, after 21 February 2008" in told
    (declined,) = [event for event in timeline(sample["AIR-7Q4M"], user=lawyer) if event.kind == "note"]
    assert (declined.on, declined.text) == (FuzzyDate.unknown(after=date(2008, 2, 21)), 1)
    assert (declined.source, declined.imported) == ("COM(2008)92, COM(2025)154", True)


def test_an_event_says_what_is_not_certain_of_it(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z"), "history")

    assert "13 April 2011 sources disagree" in told
    assert "European Parliament resolution of 22.11.2012 says 24 May 2011" in told
    assert "June 2011 month only" in told
    assert "Source: JOIN(2016)26" in told
    assert "Imported, not checked" in told
    assert "Round of talks 8" in told
    assert "Kazakhstan: ratification" in told


def test_the_beginning_of_which_nothing_is_told_does_not_borrow_the_words_of_the_mandate(sample, at_officer):
    told = panel(page(at_officer, "PEP-4K7Z"), "history")

    assert told.count("Council of the EU authorises negotiations") == 1
    assert "Day not known, before 13 April 2011" in told


def test_what_was_recorded_here_is_not_called_imported(signing, at_officer):
    assert "Imported" not in panel(page(at_officer, signing), "history")


def test_a_step_out_of_procedure_is_flagged(signing, lawyer, at_officer):
    lifecycle.perform(
        signing, "sign", on=day(2010), by=lawyer, out_of_procedure=True, reason="It was signed at the summit."
    )

    response = page(at_officer, signing)

    assert "Out of procedure" in panel(response, "history")
    assert "It was signed at the summit." in panel(response, "history")
    assert "Out of procedure" in nodes(response)[1][1]


def test_words_of_another_language_are_marked(signing, lawyer, at_officer):
    lifecycle.note(signing, on=day(2010), by=lawyer, what={"ru": "Запрошены консультации", "kk": "Кеңес сұралды"})

    assert '<span lang="ru">Запрошены консультации</span>' in page(at_officer, signing).content.decode()


def test_who_mends_entries_is_told_to_those_who_record_and_may_not(signing, at_officer, at_lawyer, at_reader):
    sentence = "Entries are corrected by the treaty department."

    assert sentence in words(page(at_officer, signing))
    assert sentence not in words(page(at_officer, signing, "?as_of=2010-01-01"))
    assert sentence not in words(page(at_lawyer, signing))
    assert sentence not in words(page(at_reader, signing))


def test_a_correction_is_struck_out_with_its_reason_and_leaves_the_line(signing, lawyer, at_officer, at_lawyer):
    lifecycle.correct(opening(signing), by=lawyer, reason="Misread.", on=day(2009, 3, 4))

    response = page(at_officer, signing)
    text = response.content.decode()

    assert "<del>Being prepared for signing, 21\u00a0February\u00a02008</del>" in text
    assert "Reason: Misread." in panel(response, "history")
    assert "Replaced by: Being prepared for signing, 4 March 2009. Recorded by lawyer" in panel(response, "history")
    assert re.findall(r"/(correct|void)/", text) == []
    assert panel(response, "history").endswith(" Entries are corrected by the treaty department.")
    live = Entry.objects.of(signing).live().get()
    links = re.findall(r"/entries/([\w-]+)/(correct|void)/", page(at_lawyer, signing).content.decode())
    assert links == [(str(live.pk), "correct"), (str(live.pk), "void")]


def test_changes_of_data_stand_apart(signing, lawyer, areas, at_officer):
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.level = "public"
        fresh.valid_until = date(2030, 1, 1)
        fresh.officer = lawyer
        fresh.areas.set([areas["aviation"]])

    told = panel(page(at_officer, signing), "history")

    assert "Changes of data" in told
    assert "Level of confidentiality: was “Internal”, is “Public”" in told
    assert "Valid until: was “none”, is “1 January 2030”" in told
    assert "Responsible officer: changed" in told
    assert str(lawyer.pk) not in told


def test_an_order_of_life_holds_against_vague_dates(make_agreement, lawyer):
    agreement = make_agreement(on=FuzzyDate.unknown())
    lifecycle.perform(agreement, "authorise", on=day(2003), by=lawyer, evidence="Decision 1")
    lifecycle.perform(agreement, "open_negotiations", on=FuzzyDate.unknown(after=date(2003, 5, 1)), by=lawyer)
    lifecycle.perform(agreement, "initial", on=day(2007, 6), by=lawyer, evidence="Text")
    lifecycle.note(agreement, on=day(2005), by=lawyer, what="Between.")
    lifecycle.note(agreement, on=day(2007, 6), by=lawyer, what="The same day.")

    told = [event.what.text or event.stage for event in timeline(agreement, user=lawyer)]

    assert told == ["The same day.", "initialled", "Between.", "negotiating", "mandated", "proposed"]


# ---- the panels ----
def test_full_powers_that_are_not_required_are_not_shown_as_given(signing, parties, lawyer, at_officer):
    grounds = "Signed by the Minister for Foreign Affairs"
    participation.act(
        signing, parties["KZ"], "full_powers_not_required", on=FuzzyDate.parse("2010"), by=lawyer, what=grounds
    )
    participation.act(signing, parties["EU"], "subsequent_confirmation", on=FuzzyDate.parse("2010"), by=lawyer)

    told = panel(page(at_officer, signing), "participants")

    assert "Full powers not required: 2010 year only" in told
    assert "Full powers: confirmed later: 2010 year only" in told
    assert grounds in panel(page(at_officer, signing), "history")


def test_relations_show_both_ways_and_only_what_the_reader_may_see(
    signing, secret, make_agreement, at_officer, at_lawyer
):
    other = make_agreement(short_titles={"en": "Later Roadmap"})
    Relation.objects.create(agreement=other, kind=RelationKind.FOLLOWS, to=signing)
    Relation.objects.create(agreement=signing, kind=RelationKind.IMPLEMENTS, to=secret)

    assert "is followed by Later Roadmap" in panel(page(at_officer, signing), "relations")
    assert "follows Horizontal Aviation Agreement" in panel(page(at_officer, other), "relations")
    assert "Hidden" not in words(page(at_officer, signing))
    assert "implements Hidden Protocol" in panel(page(at_lawyer, signing), "relations")


def test_meetings_show_as_far_as_the_reader_may_see_them(signing, lawyer, at_officer, at_lawyer):
    form = Format.objects.create(code="talks", name_en="Talks")
    for level, place in (("internal", "Astana"), ("secret", "Nowhere")):
        meeting = Meeting(format=form, level=level, place=place, status="held")
        meeting.on = day(2012)
        registers.insert(meeting)
        AgendaItem.objects.create(meeting=meeting, agreement=signing)
        registers.created(meeting, by=lawyer)

    assert "Talks 1 January 2012 · held · Astana" in panel(page(at_officer, signing), "meetings")
    assert "Nowhere" not in words(page(at_officer, signing))
    assert "Nowhere" in panel(page(at_lawyer, signing), "meetings")
    assert "No meeting has it on its agenda." in panel(page(at_lawyer, signing, "?as_of=2011-01-01"), "meetings")


def test_about(signing, at_officer):
    told = panel(page(at_officer, signing), "about")

    assert signing.reference in told
    assert "Agreement; binding" in told
    assert "the Government" in told
    assert "Aviation; Transport and logistics" in told
    assert "Internal" in told
    assert f'href="/procedures/ratified/?agreement={signing.reference}"' in page(at_officer, signing).content.decode()


def test_a_non_binding_text_is_in_effect_and_says_that_it_does_not_bind(make_agreement, at_officer):
    response = page(at_officer, make_agreement(kind="roadmap", stage=Stage.IN_FORCE))

    assert "In effect" in words(response)
    assert "not binding" in words(response)
    assert "In force" not in words(response)


def test_the_journal_counts_its_entries(sample, at_officer):
    told = panel(page(at_officer, "AIR-7Q4M"), "journal")

    assert told.startswith("Journal Verified 9 entries, chain unbroken.")
    assert "the requirements of its steps were not checked" in told


def test_a_title_is_never_markup(make_agreement, at_officer):
    agreement = make_agreement(titles={"en": "<script>alert(1)</script>"}, short_titles={})

    for address in ("/agreements/", reverse("agreement", args=[agreement.reference])):
        text = at_officer.get(address).content.decode()
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


# ---- the past ----
@pytest.mark.parametrize(
    ("reference", "as_of", "stood", "more"),
    [
        ("PEP-4K7Z", "2016-06-01", "Undergoing ratification", ""),
        ("PEP-2F9C", "2016-06-01", "In force", ""),
        ("PEP-4K7Z", "2013-01-01", "Negotiating", "On hold since September 2012."),
        ("AIR-7Q4M", "2010-01-01", "Being prepared for signing", ""),
        ("AIR-7Q4M", "2007-06-01", "Mandated", "Possibly already: Initialled"),
    ],
)
def test_where_it_stood(sample, at_officer, reference, as_of, stood, more):
    response = page(at_officer, reference, f"?as_of={as_of}")

    assert stood in panel(response, "stood")
    assert more in panel(response, "stood")
    assert "This is not the present state. Back to today" in words(response)
    assert not re.search(rf"/agreements/{reference}/(steps|record|hold|entries)/", response.content.decode())


def test_what_came_later_is_not_told(sample, at_lawyer):
    response = page(at_lawyer, "AIR-7Q4M", "?as_of=2010-01-01")

    assert "Revised text initialled" not in words(response)
    assert "First text, given up" not in words(response)
    assert [state for state, _text in nodes(response)] == ["d", "d", "d", "d", "now", "next", "next", "next"]


def test_the_history_of_a_past_day_marks_what_had_happened_only_possibly(sample, at_officer):
    told = panel(page(at_officer, "AIR-7Q4M", "?as_of=2007-06-01"), "history")
    mark = "Possibly, not certainly, by this day"

    assert told.count(mark) == 2
    assert re.search(rf"2007 year inferred First text initialled Initialled.*?{mark}", told)
    assert "Council of the EU authorises" in told.split(mark)[-1]
    assert mark not in panel(page(at_officer, "AIR-7Q4M", "?as_of=2008-01-01"), "history")
    assert mark not in panel(page(at_officer, "AIR-7Q4M", "?known_at=2099-01-01"), "history")


def test_a_role_of_today_is_not_told_of_an_earlier_day(sample, at_officer):
    past, now = (panel(page(at_officer, "PEP-4K7Z", query), "participants") for query in ("?as_of=2016-06-01", ""))

    assert "Party" in now
    assert not re.search(r"Signatory|\(Party\)|· Party", past)


def test_what_was_recorded_later_is_not_known(signing, lawyer, at_officer):
    before = opening(signing).recorded_at.isoformat().replace("+00:00", "Z")
    documents.cite(signing, "signing_decision", on=day(2010), by=lawyer, evidence="Resolution 7")
    lifecycle.correct(opening(signing), by=lawyer, reason="Misread.", on=day(2009, 3, 4))
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.short_title_en = "Renamed"

    response = page(at_officer, signing, f"?known_at={before}")

    assert "21 February 2008" in panel(response, "history")
    for later in ("Resolution 7", "Misread", "4 March 2009", "Renamed"):
        assert later not in words(response)
    assert "No relation to another agreement is recorded." in panel(response, "relations")
    assert "One entry, chain unbroken." in panel(response, "journal")


def test_before_it_began_there_is_nothing_to_show(sample, at_officer):
    for query in ("?as_of=1990-01-01", "?known_at=2020-01-01"):
        response = page(at_officer, "PEP-4K7Z", query)

        assert response.status_code == 200
        assert "On this day the agreement had not begun, or nothing of it was recorded by then." in words(response)


def test_a_record_opened_by_mistake_keeps_its_journal(signing, lawyer, at_lawyer):
    watch = f'?agreement={signing.reference}">Watch<'
    assert watch in page(at_lawyer, signing).content.decode()
    lifecycle.void(opening(signing), by=lawyer, reason="Entered twice.")

    response = page(at_lawyer, signing)

    assert "This record was opened by mistake and is closed." in words(response)
    assert "Entered twice." in panel(response, "history")
    assert "/void/" not in response.content.decode()
    assert watch not in response.content.decode()


# ---- who sees it ----
def test_a_secret_agreement_is_not_there(secret, at_officer, at_lawyer):
    addresses = [
        "", "hold/", "steps/enter_into_force/", "steps/nothing/", "record/note/", "record/document/",
        "record/clearance/", "record/action/", "record/nothing/", f"entries/{opening(secret).pk}/void/",
    ]  # fmt: skip
    for address in addresses:
        for ask in (at_officer.get, at_officer.post):
            response = ask(f"/agreements/{secret.reference}/{address}")
            assert response.status_code in (404, 405), address
            assert "Hidden" not in response.content.decode()
    assert at_officer.get(f"/procedures/ratified/?agreement={secret.reference}").status_code == 404
    assert page(at_lawyer, secret).status_code == 200


def test_the_deactivated_see_nothing(signing, officer):
    client = signed_in(officer)
    officer.is_active = False
    officer.save()

    assert page(client, signing)["Location"].startswith("/sign-in/")


# ---- speed ----
def test_the_page_takes_a_fixed_number_of_queries_and_fifteen_at_most(
    signing, parties, lawyer, officer, make_agreement
):
    officer.unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    officer.save()
    client, address = signed_in(officer), reverse("agreement", args=[signing.reference])
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.lead_unit = officer.unit
    participation.act(signing, parties["EU"], "full_powers", on=day(2009), by=lawyer)
    few = queries(client, address)
    for year in range(2009, 2013):
        participation.act(signing, parties["KZ"], "full_powers", on=day(year), by=lawyer)
        lifecycle.note(signing, on=day(year), by=lawyer, what="Asked again.")
        Relation.objects.create(agreement=make_agreement(), kind=RelationKind.FOLLOWS, to=signing)

    assert queries(client, address) == few == 13


def test_every_page_of_the_portfolio_stays_within_fifteen_queries(sample, lawyer):
    lawyer.unit = Unit.objects.get()
    lawyer.save()
    client = signed_in(lawyer)

    for reference in sample:
        assert queries(client, f"/agreements/{reference}/") <= 15
        assert queries(client, f"/agreements/{reference}/?known_at=2099-01-01") <= 15
