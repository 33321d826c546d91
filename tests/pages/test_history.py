"""The history on the page of an agreement, its journal in full, two dates compared, what is drawn to scale."""

import re
from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from agreements import documents, lifecycle, participation, registers
from agreements.choices import Level, RelationKind, Stage
from agreements.models import AgendaItem, Entry, Format, Meeting, Party, Relation
from agreements.models import triggers as journal_triggers
from tests.conftest import signed_in
from tests.documents.conftest import PDF, upload
from tests.pages.conftest import day, opening, queries, words
from tests.pages.test_agreement import page, panel


def journal(client, agreement, query=""):
    """Return the page on which a journal is read."""
    return client.get(reverse("agreement-journal", args=[getattr(agreement, "reference", agreement)]) + query)


def between(client, agreement, query=""):
    """Return the page that compares two dates."""
    return client.get(reverse("agreement-between", args=[getattr(agreement, "reference", agreement)]) + query)


def lines(response):
    """Return what a comparison says side by side, as {label: (before, after)}, and the labels that are marked."""
    value = "<td[^>]*>(.*?)</td>"
    line = f'(?s)<tr( class="differs")?><th scope="row">(.*?)</th>{value}{value}</tr>'
    rows = re.findall(line, response.content.decode())
    plain = [[re.sub(r"<[^>]+>", "", text).replace("\u00a0", " ").strip() for text in row[1:]] for row in rows]
    told = {label.removesuffix("≠ differs").strip(): (before, after) for label, before, after in plain}
    return told, {label.removesuffix("≠ differs").strip() for label, _b, _a in plain if label.endswith("differs")}


def keep(agreement, by, **given):
    """Keep a signed text of an agreement."""
    details = {"by": by, "on": day(2010, 5, 5), "language": "en"} | given
    return documents.store(agreement, "signed_text", upload(PDF, "text.pdf"), **details)


def tamper(entry, place):
    """Change an entry past the triggers."""
    journal_triggers.remove(connection)
    Entry.objects.filter(pk=entry.pk).update(place=place)
    journal_triggers.install(connection)


# ---- the history ----
def test_kinds_are_chosen_by_links_and_kept_in_the_address(signing, lawyer, parties, at_officer):
    lifecycle.note(signing, on=day(2010), by=lawyer, what="Asked again.")
    participation.act(signing, parties["KZ"], "full_powers", on=day(2010), by=lawyer)
    everything = page(at_officer, signing)
    notes = page(at_officer, signing, "?kind=notes&kind=nothing")

    assert re.findall(r'class="chip" href="([^"]+)"( aria-current="true")?', everything.content.decode()) == [
        ("?#history", ' aria-current="true"'),
        ("?kind=steps#history", ""),
        ("?kind=acts#history", ""),
        ("?kind=notes#history", ""),
    ]
    assert 'href="?#history" >' not in notes.content.decode()
    assert '<a class="chip" href="?#history" aria-current="true">Notes' in notes.content.decode()
    assert "Asked again" in panel(notes, "history")
    assert "full powers" not in panel(notes, "history")
    assert "Preparation for signing began" not in panel(notes, "history")


def test_a_choice_of_kinds_keeps_the_day_that_is_looked_at(sample, at_officer):
    text = page(at_officer, "PEP-4K7Z", "?as_of=2016-06-01&kind=acts").content.decode()

    assert 'href="?as_of=2016-06-01&amp;kind=steps&amp;kind=acts#history"' in text
    assert '<input type="hidden" name="kind" value="acts">' in text
    assert '<option value="2016-06-01" selected>' in text


def test_nothing_of_a_kind_is_told(signing, at_officer):
    assert "Nothing of these kinds is recorded." in panel(page(at_officer, signing, "?kind=tasks"), "history")


def test_a_correction_is_told_among_corrections_only(signing, lawyer, at_officer):
    lifecycle.correct(opening(signing), by=lawyer, reason="Misread.", on=day(2009, 3, 4))

    assert "Reason: Misread." in panel(page(at_officer, signing, "?kind=corrections"), "history")
    assert "Misread" not in panel(page(at_officer, signing, "?kind=notes"), "history")


def test_a_long_history_folds_away_what_is_old(signing, lawyer, at_officer):
    for number in range(34):
        lifecycle.note(signing, on=day(2009, 1, 1), by=lawyer, what=f"Round {number}.")
    few = panel(page(at_officer, signing), "history")
    lifecycle.note(signing, on=day(2009, 1, 1), by=lawyer, what="One more.")
    many = panel(page(at_officer, signing), "history")

    assert "earlier" not in few
    assert "Show 6 earlier entries" in many
    assert many.index("One more") < many.index("Show 6 earlier entries") < many.index("Preparation for signing began")


def test_the_days_to_look_back_from_tell_nothing_of_what_came_later(sample, at_officer):
    text = page(at_officer, "AIR-7Q4M", "?as_of=2010-01-01").content.decode().replace("\u00a0", " ")
    told = re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)</option>', text)

    assert told == [
        ("2024-12-28", "", "28 December 2024"),
        ("2024-10-14", "", "14 October 2024"),
        ("2022-12-31", "", "31 December 2022"),
        ("2010-01-01", " selected", "1 January 2010"),
        ("2008-02-21", "", "21 February 2008 – Commission proposes signing, provisional application and conclusion "
         "(COM(2008) 92)"),
        ("2007-12-31", "", "31 December 2007 – First text initialled (2007)"),
        ("2003-06-05", "", "5 June 2003 – Council of the EU authorises negotiations (horizontal authorisation)"),
        ("2003-06-04", "", "4 June 2003 – It was proposed (day not known, before 5 June 2003)"),
    ]  # fmt: skip


def test_a_life_is_drawn_to_scale_and_told_in_words(sample, at_officer):
    text = page(at_officer, "AIR-7Q4M").content.decode().replace("\u00a0", " ")
    label = re.search(r'<div class="pic" tabindex="0" role="group" aria-label="([^"]+)"><svg class="life"', text)[1]

    assert label.startswith("Proposed (– 5 June 2003), Mandated (5 June 2003 – 2007), Negotiating (2007), ")
    assert label.endswith("Being prepared for signing (28 December 2024 (date of report) –)")
    assert 'fill="url(#hatch-preparing)"' in text
    assert "Hatched: the sources give only the year" in text


def test_what_began_this_month_is_not_drawn(make_agreement, at_officer):
    agreement = make_agreement(on=day(2024, 12, 20))

    assert '<svg class="life"' not in page(at_officer, agreement).content.decode()


# ---- to scale ----
def test_what_is_counted_back_from_the_signing_is_drawn(sample, lawyer, at_officer):
    with registers.editing(sample["AIR-7Q4M"], by=lawyer) as fresh:
        fresh.planned_signing = day(2025, 2, 28)
    response = page(at_officer, "AIR-7Q4M")
    text, told = response.content.decode().replace("\u00a0", " "), panel(response, "tasks")

    assert told.startswith("Tasks, counted back from the planned signing 0 of 7 done")
    assert (
        'aria-label="Counted back from the planned signing: 28 February 2025. '
        "Submit the proposal to sign to the Government: 14 February 2025; "
        'Obtain the scientific legal expertise of the draft, and 1 more: 27 February 2025."'
    ) in text
    assert re.findall(r'class="strip-days strip-days--\w+">([^<]+)<', text) == ["48 days", "13 days"]
    assert "Moving the planned date moves these tasks." in told


def test_without_a_planned_day_nothing_is_counted_back(sample, lawyer, at_officer):
    assert "counted back" not in panel(page(at_officer, "AIR-7Q4M"), "tasks")
    with registers.editing(sample["AIR-7Q4M"], by=lawyer) as fresh:
        fresh.planned_signing = day(2024, 12, 1)

    assert "counted back" not in panel(page(at_officer, "AIR-7Q4M"), "tasks")


def test_a_period_is_drawn_with_the_last_day_for_notice(make_agreement, lawyer, at_officer):
    agreement = make_agreement(kind="memorandum", stage=Stage.IN_FORCE, on=day(2023, 1, 1))
    assert 'aria-labelledby="period"' not in page(at_officer, agreement).content.decode()
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.valid_from, fresh.valid_until = date(2023, 1, 1), date(2025, 6, 30)
        fresh.renewal_years, fresh.notice_months = 2, 3

    response = page(at_officer, agreement)

    assert (
        'aria-label="Valid from: 1 January 2023; Today: 28 December 2024; Last day for notice: 30 March 2025; '
        'Renewed after this day: 30 June 2025."'
    ) in response.content.decode().replace("\u00a0", " ")
    assert "by 2 years; notice 3 months before" in panel(response, "period")


def test_relations_are_drawn_as_far_as_they_may_be_seen(signing, secret, make_agreement, at_officer, at_lawyer):
    other = make_agreement(short_titles={"en": "A Roadmap with a title that is far too long to stand on one line"})
    Relation.objects.create(agreement=other, kind=RelationKind.FOLLOWS, to=signing)
    Relation.objects.create(agreement=signing, kind=RelationKind.IMPLEMENTS, to=secret)

    def drawn(client):
        text = page(client, signing).content.decode()
        return re.findall(r"<text [^>]*>([^<]+)</text>", re.search(r'(?s)class="relations-picture".*?</svg>', text)[0])

    assert drawn(at_officer) == [
        "Horizontal Aviation Agreement", "is followed by", "A Roadmap with a title that is far too long to",
        "stand on one line",
    ]  # fmt: skip
    assert drawn(at_lawyer)[:2] == ["implements", "Hidden Protocol"]


def test_talking_points_and_outcomes_stand_with_the_meeting(signing, secret, lawyer, at_officer):
    meeting = Meeting(format=Format.objects.create(code="talks", name_en="Talks"), level="internal", status="held")
    meeting.on = day(2012)
    registers.insert(meeting)
    AgendaItem.objects.create(meeting=meeting, agreement=signing, talking_points="Ask for a date.", outcome="May.")
    AgendaItem.objects.create(meeting=meeting, agreement=secret, talking_points="Say nothing.", number=2)
    registers.created(meeting, by=lawyer)

    for query in ("", "?known_at=2099-01-01"):
        told = panel(page(at_officer, signing, query), "meetings")
        assert "Talking points Ask for a date. Outcome May." in told
        assert "Say nothing" not in told


# ---- greyed steps ----
def test_every_greyed_step_says_why(sample, at_officer):
    told = panel(page(at_officer, "RAW-23X4"), "next")

    assert "Put on hold Why can’t I? : Put on hold Only what is being prepared or concluded can be put on hold." in told
    assert "Record “Expire” Why can’t I? : Expire" in told


def test_a_greyed_hold_leads_to_the_release(signing, lawyer, at_officer):
    lifecycle.hold(signing, on=day(2012), by=lawyer, reason="Asked for time.")
    told = panel(page(at_officer, signing), "next")

    assert "Why can’t I? : Put on hold The agreement is on hold already. Release" in told


def test_what_is_missing_is_attached_or_cited(sample, at_officer):
    text = page(at_officer, "AIR-7Q4M").content.decode()

    assert 'href="/agreements/AIR-7Q4M/documents/upload/?kind=legal_expertise">Attach<' in text
    assert 'href="/agreements/AIR-7Q4M/record/document/?document=legal_expertise">Cite<' in text
    assert 'href="/agreements/AIR-7Q4M/record/clearance/">Ask for clearance<' in text


# ---- documents without a file ----
def test_documents_without_a_file_are_told(signing, lawyer, at_officer):
    documents.cite(signing, "legal_expertise", on=day(2010), by=lawyer, evidence="Report 7")
    told = panel(page(at_officer, signing), "documents")

    assert "Scientific linguistic expertise missing: the next step asks for it Attach" in told
    assert "Scientific legal expertise Report 7 · 1 January 2010 cited, no file Attach" in told
    assert told.count("missing: the next step asks for it") == 3
    assert "Report 7" not in panel(page(at_officer, signing, "?as_of=2009-01-01"), "documents")
    keep(signing, lawyer)
    assert "missing: the next step asks for it" in panel(page(at_officer, signing), "documents")


# ---- undo ----
def test_what_was_recorded_can_be_undone_by_who_may(signing, at_lawyer, at_officer):
    sent = {"on": "2010-05-05", "what": "Asked again."}
    address = f"/agreements/{signing.reference}/record/note/"
    plain = at_officer.post(address, sent, follow=True)
    offered = at_lawyer.post(address, sent, follow=True)
    entry = Entry.objects.of(signing).latest("sequence")
    link = f'<a href="/agreements/{signing.reference}/entries/{entry.pk}/void/">Undo</a>'

    assert "Undo" not in words(plain)
    assert link in offered.content.decode()
    assert at_lawyer.get(f"/agreements/{signing.reference}/entries/{entry.pk}/void/").status_code == 200
    at_lawyer.post(f"/agreements/{signing.reference}/entries/{entry.pk}/void/", {"reason": "Twice."})
    assert "Undo" not in words(page(at_lawyer, signing))


def test_an_undo_never_carries_markup_of_the_recorder(make_agreement, at_lawyer):
    agreement = make_agreement(kind="memorandum")
    sent = {"on": "2010-05-05", "place": "<b>Astana</b>", "evidence": "<i>x</i>"}
    response = at_lawyer.post(f"/agreements/{agreement.reference}/steps/withdraw/", sent, follow=True)

    assert ">Undo</a>" in response.content.decode()
    assert "<b>Astana" not in response.content.decode()


# ---- the journal ----
def test_the_journal_is_read_in_full(signing, lawyer, at_officer):
    lifecycle.correct(opening(signing), by=lawyer, reason="Misread.", on=day(2009, 3, 4))
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.valid_until = date(2030, 1, 1)
    told = words(journal(at_officer, signing))

    assert "4 entries, chain unbroken." in told
    assert re.findall(r"Entry (\d) ", told) == ["4", "3", "2", "1"]
    assert "Valid until: 1 January 2030" in told
    assert "Struck out: entry 1, Being prepared for signing, 21 February 2008 Misread." in told
    assert "Struck out by entry 2" in told or "Struck out by entry 3" in told
    for entry in Entry.objects.of(signing):
        assert entry.digest in told


def test_the_journal_is_turned_by_pages_that_keep_the_kinds(signing, lawyer, at_officer):
    for number in range(27):
        lifecycle.note(signing, on=day(2009), by=lawyer, what=f"Round {number}.")
    first = journal(at_officer, signing, "?kind=notes")
    second = journal(at_officer, signing, "?kind=notes&page=2")

    assert 'href="?kind=notes&amp;page=2"' in first.content.decode()
    assert "Round 26." in words(first)
    assert "Round 0." not in words(first)
    assert re.findall(r"Round \d+\.", words(second)) == ["Round 1.", "Round 0."]
    assert "Page 2 of 2" in words(second)


def test_a_broken_chain_is_told_in_words(signing, lawyer, at_officer):
    lifecycle.note(signing, on=day(2009), by=lawyer, what="Asked again.")
    tamper(opening(signing), "Elsewhere")

    for response in (page(at_officer, signing), journal(at_officer, signing)):
        assert "Broken" in words(response)
        assert "The chain is broken: entry 1 is not as it was written. Tell the administrator" in words(response)
        assert "Verified" not in words(response)


def test_a_last_entry_that_is_gone_breaks_the_chain(signing, lawyer, at_officer):
    lifecycle.note(signing, on=day(2009), by=lawyer, what="Asked again.")
    last = Entry.objects.of(signing).latest("sequence")
    journal_triggers.remove(connection)
    for table, column in (("entrytext", "entry_id"), ("eventposition", "entry_id"), ("entry", "id")):
        with connection.cursor() as cursor:
            key = last._meta.pk.get_db_prep_value(last.pk, connection)
            cursor.execute(f"DELETE FROM agreements_{table} WHERE {column} = %s", [key])
    journal_triggers.install(connection)

    assert "The chain is broken" in panel(page(at_officer, signing), "journal")


def test_an_entry_about_a_secret_document_leaves_no_trace(signing, lawyer, at_officer, at_lawyer):
    keep(signing, lawyer, level=Level.SECRET)
    lifecycle.note(signing, on=day(2011), by=lawyer, what="Asked again.")
    seen, whole = journal(at_officer, signing), journal(at_lawyer, signing)

    assert "2 entries, chain unbroken." in words(seen)
    assert "3 entries, chain unbroken." in words(whole)
    assert re.findall(r"Entry (\d) ", words(seen)) == ["2", "1"]
    assert "Signed text" not in words(seen)
    assert "Documents and clearances" not in words(seen)
    hidden = Entry.objects.of(signing).get(kind="document")
    assert hidden.digest not in seen.content.decode()
    tamper(hidden, "Elsewhere")
    assert "The chain is broken: an entry is not as it was written." in words(journal(at_officer, signing))
    assert "The chain is broken: entry 2 is not as it was written." in words(journal(at_lawyer, signing))


def test_the_journal_and_the_comparison_of_a_secret_agreement_are_not_there(secret, at_officer, at_lawyer):
    for ask in (journal, between):
        assert ask(at_officer, secret).status_code == 404
        assert ask(at_lawyer, secret).status_code == 200


def test_the_journal_names_no_hidden_agreement(signing, secret, lawyer, at_officer, at_lawyer):
    with registers.editing(signing, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.IMPLEMENTS, to=secret)

    assert "Hidden Protocol" in words(journal(at_lawyer, signing))
    assert secret.reference in words(journal(at_lawyer, signing))
    for told in (words(journal(at_officer, signing)), words(between(at_officer, signing))):
        assert "Hidden" not in told
        assert secret.reference not in told
    assert "One entry, chain unbroken." in words(journal(at_officer, signing))


# ---- two dates ----
def test_two_dates_are_compared_side_by_side(sample, at_officer):
    told, differs = lines(between(at_officer, "PEP-4K7Z", "?before=2013-01-01&after=2024-12-28"))

    assert told["Stage"] == ("Negotiating", "In force")
    assert told["On hold since"] == ("September 2012. Talks halted by Kazakhstan", "–")
    assert told["Entry into force"][1] == "since 1 March 2020"
    assert told["Kazakhstan"] == ("Not signed; possibly: consent given", "Bound")
    assert {"Stage", "On hold since", "Kazakhstan", "Entry into force"} <= differs
    assert "Title" not in differs
    assert told["Title"][0] == told["Title"][1]


def test_what_happened_between_two_dates_is_told_in_sentences(sample, at_officer):
    told = words(between(at_officer, "AIR-7Q4M", "?before=2010-01-01&after=2024-11-01"))

    assert "2022 Talks on a new text began. Negotiations resume" in told
    assert "14 October 2024 The text was initialled. Revised text initialled" in told
    assert "Preparation for signing began" not in told
    assert "Council of the EU authorises" not in told


def test_the_earlier_day_stands_first_whatever_the_order(sample, at_officer):
    one = lines(between(at_officer, "PEP-4K7Z", "?before=2013-01-01&after=2024-12-28"))
    other = lines(between(at_officer, "PEP-4K7Z", "?before=2024-12-28&after=2013-01-01"))

    assert one == other


def test_without_days_the_last_step_is_what_lies_between(sample, at_officer):
    told, differs = lines(between(at_officer, "AIR-7Q4M"))

    assert told["Stage"] == ("Initialled", "Being prepared for signing")
    assert "Stage" in differs


def test_what_was_known_then_is_compared_with_what_is_known_now(signing, lawyer, at_officer):
    before = opening(signing).recorded_at.isoformat().replace("+00:00", "Z")
    lifecycle.correct(opening(signing), by=lawyer, reason="Misread.", on=day(2009, 3, 4))
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.short_title_en = "Renamed"
    response = between(at_officer, signing, f"?before=2024-12-28&before_known={before}&after=2024-12-28")
    told, differs = lines(response)

    assert told["Since"] == ("21 February 2008", "4 March 2009")
    assert told["Short title"] == ("Horizontal Aviation Agreement", "Renamed")
    assert differs == {"Since", "Short title"}
    assert "Misread." in words(response)


def test_documents_of_both_days_are_compared_as_far_as_they_are_seen(signing, lawyer, at_officer, at_lawyer):
    documents.cite(signing, "legal_expertise", on=day(2012), by=lawyer, evidence="Report 7")
    keep(signing, lawyer, level=Level.SECRET)
    query = "?before=2009-01-01&after=2013-01-01"

    told, _differs = lines(between(at_officer, signing, query))
    assert told["Scientific legal expertise"] == ("–", "Report 7")
    assert "Signed text" not in told
    assert lines(between(at_lawyer, signing, query))[0]["Signed text"] == ("–", "text.pdf")


def test_before_it_began_there_is_nothing_to_compare_with(sample, at_officer):
    response = between(at_officer, "PEP-4K7Z", "?before=1990-01-01&after=2013-01-01")

    assert lines(response)[0]["Stage"] == ("–", "Negotiating")
    assert words(response).count("not begun, or not recorded") == 1
    both = between(at_officer, "PEP-4K7Z", "?before=1980-01-01&after=1990-01-01")
    assert (both.status_code, lines(both)[0]) == (200, {})
    assert "Nothing is recorded between these days." in words(both)


@pytest.mark.parametrize("query", ["?before=never", "?after=2999-01-01", "?before_known=never", "?after_known=x"])
def test_a_day_that_is_not_understood_is_told(sample, at_officer, query):
    response = between(at_officer, "AIR-7Q4M", query)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


# ---- speed ----
def test_these_pages_take_a_fixed_number_of_queries(signing, parties, lawyer, officer):
    client = signed_in(officer)
    participation.act(signing, parties["EU"], "full_powers", on=day(2009), by=lawyer)
    documents.cite(signing, "legal_expertise", on=day(2012), by=lawyer, evidence="Report")
    address = f"/agreements/{signing.reference}/"
    known = opening(signing).recorded_at.isoformat().replace("+00:00", "Z")
    asked = [f"{address}journal/", f"{address}compare/?before=2008-01-01", f"{address}compare/?before_known={known}"]
    few = [queries(client, one) for one in asked]
    for year in range(2009, 2013):
        participation.act(signing, parties["KZ"], "full_powers", on=day(year), by=lawyer)
        lifecycle.note(signing, on=day(year), by=lawyer, what="Asked again.")
        with registers.editing(signing, by=lawyer) as fresh:
            fresh.valid_until = date(year + 20, 1, 1)

    assert [queries(client, one) for one in asked] == few
    assert max(few) <= 15


def test_a_long_agreement_stays_light(make_agreement, parties, lawyer, officer):
    states = [registered(number, lawyer) for number in range(28)]
    everybody = [(party, "negotiating") for party in (parties["KZ"], parties["EU"], *states)]
    agreement = make_agreement(stage=Stage.SIGNED, on=day(2015), participants=everybody)
    for number in range(100):
        lifecycle.note(agreement, on=day(2016, 1 + number % 12), by=lawyer, what=f"Entry number {number} of many.")
    client, address = signed_in(officer), f"/agreements/{agreement.reference}/"

    assert queries(client, address) <= 15
    assert len(client.get(address).content) < 200_000


def registered(number, by):
    """Return a party that was registered."""
    party = Party(code=f"P{number:02}", kind="state", name_en=f"State {number}", name_ru=f"Государство {number}")
    registers.insert(party)
    registers.created(party, by=by)
    return party


def test_what_happened_between_two_days_is_told_by_day(sample, at_officer):
    text = words(at_officer.get("/agreements/PEP-4K7Z/compare/?before=2016-06-01&after=2024-12-28"))
    found = [text.index(when) for when in ("12 December 2017", "20 January 2020", "1 March 2020")]
    assert found == sorted(found)


# ---- sources ----
def test_a_source_is_marked_with_its_language_where_that_is_not_the_readers(signing, lawyer, parties, at_reader):
    lifecycle.note(signing, on=day(2010), by=lawyer, what="Asked again.", source="EU readout, 14 October 2024")
    lifecycle.note(signing, on=day(2011), by=lawyer, what="Asked.", source="Нота № 5")
    lifecycle.note(signing, on=day(2012), by=lawyer, what="Asked once more.", source="№ 7")
    expected = {
        "en": ["№ 7", '<cite lang="ru">Нота № 5</cite>', "EU readout, 14 October 2024"],
        "ru": ["№ 7", "Нота № 5", '<cite lang="en">EU readout, 14 October 2024</cite>'],
        "kk": ["№ 7", '<cite lang="ru">Нота № 5</cite>', '<cite lang="en">EU readout, 14 October 2024</cite>'],
    }
    for language, sources in expected.items():
        text = at_reader.get(
            f"/agreements/{signing.reference}/", headers={"accept-language": language}
        ).content.decode()
        assert [found for source in sources for found in re.findall(re.escape(f": {source}</span>"), text)] == [
            f": {source}</span>" for source in sources
        ], language
