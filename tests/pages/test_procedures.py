"""The procedures as a lawyer reads them."""

import re

from django.urls import reverse

from agreements import lifecycle, registers
from agreements.choices import Stage
from agreements.models import ProcedureVersion
from agreements.procedures import load, place_of
from tests.pages.conftest import day, hold, queries, words
from tests.rules.test_procedure_files import NOTES


def test_every_procedure_is_listed_with_its_path(at_reader):
    response = at_reader.get("/procedures/")
    text = response.content.decode()

    for code, rules in load().items():
        assert f'<a href="/procedures/{code}/">{rules.title["en"]}</a>' in text
    paths = re.findall(r'(?s)<ol class="path".*?</ol>', text)
    assert sorted(path.count("<li>") for path in paths) == sorted(len(rules.path) for rules in load().values())
    assert "In effect" in words(response)


def test_a_step_says_what_it_needs_and_by_which_law(at_reader):
    text = words(at_reader.get("/procedures/ratified/"))

    for part in (
        "Treaty subject to ratification",
        "Recorded beforehand: scientific legal expertise. Law on International Treaties of the Republic of Kazakhstan, "
        "Art. 4: mandatory before signing",
        "Recorded for each participant that acts: full powers, full powers not required or subsequent confirmation of "
        "an act without full powers. Vienna Convention on the Law of Treaties of 1969",
        "Named in the step or recorded beforehand: notice of the intention not to become a party. Asked only from: "
        "Signed, Undergoing ratification. Vienna Convention on the Law of Treaties of 1969",
        "Recorded beforehand: draft law. Not asked where another participant has come first: submission for "
        "ratification or approval, ratification, acceptance,",
        "Named in the step or recorded beforehand: signed text.",
        "At least one body has cleared the text, and none has refused.",
        "At least two participants that act are recorded.",
        "ratification, acceptance, approval, accession, succession, formal confirmation or notification of completed",
        "A later agreement between all the same parties is named and in force.",
        "The period of validity has ended.",
        "The clause on entry into force is met; without a clause, each participant that acts has done: ratification,",
        "Other ways out and back",
    ):
        assert part in text


def test_every_requirement_of_every_procedure_is_a_sentence(at_reader):
    rules = [rule for procedure in load().values() for rule in procedure.transitions.values()]
    kinds = {requirement.kind for rule in rules for requirement in rule.requires}

    for code in load():
        text = at_reader.get(f"/procedures/{code}/").content.decode()
        items = re.findall(r'(?s)<ul class="needs">(.*?)</ul>', text)
        sentences = [item for block in items for item in re.findall(r"<li>([^<]+)", block)]
        assert all(sentence.endswith(".") for sentence in sentences)
        assert not kinds & set(sentences)


def test_steps_that_are_taken_by_themselves_say_so(at_reader):
    assert "Take effect by itself, when the day comes" in words(at_reader.get("/procedures/non_binding/"))


def test_the_position_of_an_agreement(sample, at_reader):
    response = at_reader.get("/procedures/ratified/?agreement=AIR-7Q4M")

    assert (
        'The picture shows where this agreement stands: <a href="/agreements/AIR-7Q4M/">' in response.content.decode()
    )
    assert "Now · text 2" in words(response)


def test_the_position_of_an_agreement_on_a_past_day(sample, at_reader):
    page = at_reader.get("/agreements/AIR-7Q4M/?as_of=2010-01-01").content.decode()
    assert '<a href="/procedures/ratified/?agreement=AIR-7Q4M&amp;as_of=2010-01-01">' in page
    response = at_reader.get("/procedures/ratified/?agreement=AIR-7Q4M&as_of=2010-01-01")
    text = response.content.decode().replace("\u00a0", " ")
    assert "The picture shows where this agreement stood on 1 January 2010:" in words(response)
    assert '<a href="/agreements/AIR-7Q4M/?as_of=2010-01-01">' in text
    assert 'href="/procedures/ratified/picture.svg?agreement=AIR-7Q4M&amp;as_of=2010-01-01"' in text
    assert '<a href="?agreement=AIR-7Q4M">Back to today</a>' in text
    assert [part in text for part in (">21 Feb 2008<", ">On this day<", ">Now", "missing<")] == [
        True,
        True,
        False,
        False,
    ]
    file = at_reader.get("/procedures/ratified/picture.svg?agreement=AIR-7Q4M&as_of=2007-06-01").content.decode()
    assert ">5 Jun 2003<" in file.replace("\u00a0", " ")
    assert ">2007<" not in file
    unsure = words(at_reader.get("/procedures/ratified/?agreement=AIR-7Q4M&as_of=2007-06-01"))
    assert "Horizontal Aviation Agreement ; possibly: Negotiating; possibly: Initialled" in unsure
    before = at_reader.get("/procedures/ratified/?agreement=AIR-7Q4M&as_of=1990-01-01")
    assert "This agreement had not begun on 1 January 1990, or was not known of:" in words(before)
    assert ">On this day" not in before.content.decode()
    assert "The page shows today." in words(at_reader.get("/procedures/ratified/?agreement=AIR-7Q4M&as_of=never"))


def test_an_older_version_is_shown_to_the_agreements_that_follow_it(signing, at_reader):
    text = re.sub('version = "[0-9]+"', 'version = "0"', load()["ratified"].text)
    older = ProcedureVersion.objects.create(code="ratified", version="0", digest="0" * 64, text=text)
    type(signing).objects.filter(pk=signing.pk).update(procedure_version=older)

    shown = words(at_reader.get(f"/procedures/ratified/?agreement={signing.reference}"))

    assert "Code “ratified”, version 0." in shown
    assert "This is an earlier version" in shown
    assert "earlier version" not in words(at_reader.get("/procedures/ratified/"))


def test_what_is_no_procedure_is_not_there(signing, at_reader):
    assert at_reader.get("/procedures/nothing/").status_code == 404
    assert at_reader.get(f"/procedures/simplified/?agreement={signing.reference}").status_code == 404
    assert at_reader.get("/procedures/ratified/?agreement=AIR-0000").status_code == 404


def test_a_record_opened_by_mistake_stands_nowhere(make_agreement, at_lawyer):
    agreement = make_agreement(stage=Stage.SIGNING)
    type(agreement).objects.filter(pk=agreement.pk).update(is_void=True)

    assert (
        'aria-current="step"'
        not in at_lawyer.get(
            reverse("procedure", args=["ratified"]) + f"?agreement={agreement.reference}"
        ).content.decode()
    )


def test_the_pages_read_no_more_than_who_asks(at_reader):
    assert queries(at_reader, "/procedures/") == 2
    assert queries(at_reader, "/procedures/ratified/") == 2


# ---- tasks and periods of waiting ----
def test_a_procedure_shows_its_tasks(at_reader):
    shown = words(at_reader.get("/procedures/ratified/"))

    for part in (
        "Tasks that it gives Task Before the step Whose Due, and by which law Waits for What ends it",
        "Submit the Government’s proposal to sign to the President At the stage: Being prepared for signing. As "
        "soon as this date is set: planned signing. Only where it is concluded in the name of: the Republic. Sign Own "
        "side: Government At least 14 calendar days before this date: planned signing Law on International "
        "Treaties of the Republic of Kazakhstan, Art. 5(3)",
        "Submit the proposal to sign on behalf of the Republic Somebody says that it is done.",
        "Each participant that acts no period Vienna Convention",
        "The bodies that were asked have answered, and none has refused.",
    ):
        assert part in shown
    assert "Tasks that it gives" not in words(at_reader.get("/procedures/non_binding/"))


def test_a_period_of_waiting_names_its_calendar(at_reader, settings, tmp_path):
    waited = (
        '{ kind = "waited", since = "stage", working_days = 10, calendar = "kz" },'
        '{ kind = "waited", since = "decision", months = 2 },'
        '{ kind = "waited", since = "stage", sitting_days = 21, calendar = "chamber" },'
    )
    (tmp_path / "notes.toml").write_text(NOTES.replace('{ kind = "clearance" },', waited), encoding="utf-8")
    settings.PROCEDURES_DIR = str(tmp_path)

    shown = words(at_reader.get("/procedures/notes/"))

    assert (
        "Waited: 10 working days since the stage was entered (by the calendar “Working days of Kazakhstan (five-day "
        "week)”). Waited: 2 months since this was recorded: decision. Waited: 21 sitting days since the stage was "
        "entered (by the calendar “chamber”)." in shown
    )


# ---- the drawing ----
def test_the_drawing_comes_first_and_an_index_leads_to_the_sections(at_reader):
    text = at_reader.get("/procedures/ratified/").content.decode()

    assert text.index('<svg class="drawing"') < text.index('<a class="chip" href="#onward"') < text.index('id="onward"')
    index = re.findall(r'<a class="chip" href="#(\w+)"', text)
    assert index == ["onward", "others", "tasks", "reminders", "stations", "laws"]
    assert all(f'id="{name}"' in text for name in index)
    assert "#tasks" not in at_reader.get("/procedures/non_binding/").content.decode()


def test_every_law_is_named_with_what_rests_on_it(at_reader):
    told = words(at_reader.get("/procedures/ratified/"))

    assert (
        "Law on International Treaties of the Republic of Kazakhstan Art. 4: mandatory before signing Sign Obtain the "
        "scientific legal expertise of the draft; Obtain the scientific linguistic expertise of the draft" in told
    )


def drawn(response):
    """Return the lines of words of a drawing."""
    return [
        text.replace("\u00a0", " ") for text in re.findall(r"<text [^>]+>([^<]+)</text>", response.content.decode())
    ]


def test_the_drawing_shows_where_an_agreement_stands(sample, at_reader):
    shown = drawn(at_reader.get("/procedures/ratified/picture.svg?agreement=AIR-7Q4M"))

    for words_drawn in (
        "Text 1",
        "21 Feb 2008",
        "Text 2",
        "14 Oct 2024",
        "day inferred",
        "Now · text 2",
        "date of report",
    ):
        assert words_drawn in shown
    assert shown.count("Text 2") == 1
    assert "7 things are missing" in shown


def test_the_drawing_shows_a_hold_a_plan_and_what_was_out_of_procedure(signing, lawyer, at_reader):
    lifecycle.perform(
        signing, "sign", on=day(2008, 3, 1), by=lawyer, out_of_procedure=True, reason="It was signed all the same."
    )
    hold(signing, lawyer)
    with registers.editing(signing, by=lawyer) as edited:
        edited.planned_entry_into_force = day(2025, 3, 1)

    shown = " ".join(drawn(at_reader.get(f"/procedures/ratified/picture.svg?agreement={signing.reference}")))

    assert "Out of procedure" in shown
    assert shown.count("On hold since September 2012") == 1
    assert "planned: 1 Mar 2025" in shown


def test_an_agreement_that_began_late_stands_on_the_whole_path(sample, at_reader):
    shown = drawn(at_reader.get("/procedures/non_binding/picture.svg?agreement=RAW-23X4"))

    for stage in ("Proposed", "Being prepared for signing", "Signed", "In effect"):
        assert stage in shown
    assert shown.count("not recorded") == 2
    assert "not recorded" not in drawn(at_reader.get("/procedures/non_binding/picture.svg"))


def test_the_drawing_is_a_file_that_opens_alone(secret, at_reader):
    response = at_reader.get("/procedures/ratified/picture.svg")

    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Disposition"] == 'attachment; filename="ratified.svg"'
    assert "var(" not in response.content.decode()
    assert at_reader.get("/procedures/nothing/picture.svg").status_code == 404
    code = secret.procedure_version.code
    assert at_reader.get(f"/procedures/{code}/picture.svg?agreement={secret.reference}").status_code == 404
    assert at_reader.get(f"/procedures/{code}/?agreement={secret.reference}").status_code == 404


# ---- reminders ----
def test_the_reminders_that_hold_are_told_with_who_says_so(at_reader, settings, tmp_path):
    usual = words(at_reader.get("/procedures/ratified/"))
    assert "7 days before : the responsible person 1 day before : the responsible person on the day :" in usual
    assert "3 days after : the responsible person, the head of the unit" in usual
    assert "set by" not in usual
    text = place_of("ratified").read_text(encoding="utf-8")
    own = text + '\n[[reminders.end]]\nahead = 365\nto = ["nobody"]\n'
    (tmp_path / "ratified.toml").write_text(own, encoding="utf-8")
    file = tmp_path / "steps"
    file.write_text('[[notice]]\nahead = 40\nto = ["head", "treaty_department"]\n', encoding="utf-8")
    settings.PROCEDURES_DIR, settings.REMINDERS_FILE = str(tmp_path), str(file)

    told = words(at_reader.get("/procedures/ratified/"))
    assert "40 days before : the head of the unit, the treaty department set by the ministry" in told
    assert "The last day of validity 365 days before : nobody set by this procedure" in told
    assert "An open task: its last possible day nobody is reminded set by the ministry" in told
