"""What is asked of the list of agreements: facets, dates, orders, columns, files; now and of a past day alike."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agreements import lifecycle, registers, saved_views, tasks
from agreements.choices import Stage
from agreements.dates import FuzzyDate
from agreements.facets import COLUMNS, ORDERS, SPANS
from agreements.guards import Refused
from agreements.models import Unit
from agreements.selections import AgreementSelection
from agreements.views import listing
from agreements.views.finding import Past, Present
from tests.pages.conftest import day, queries, words
from tests.pages.test_list import facet, shown

TODAY, KNOWING = date(2024, 12, 28), datetime(2099, 1, 1, tzinfo=UTC)


def change(agreement, by, **columns):
    """Change columns of an agreement."""
    with registers.editing(agreement, by=by) as fresh:
        for name, value in columns.items():
            setattr(fresh, name, value)
    agreement.refresh_from_db(fields=[*columns, "version", "changed_at"])


def found(user, query, *, past=False):
    """Return the references that are found, in their order."""
    selection = AgreementSelection.kept(QueryDict(query))
    register = Past(user, selection, TODAY, KNOWING) if past else Present(user, selection, TODAY)
    return [row.facts.reference for row in register.told(register.keys())]


def both(user, query):
    """Return the same, once it is sure that what the chains rebuild answers alike."""
    present, rebuilt = found(user, query), found(user, query, past=True)
    assert set(rebuilt) == set(present), query
    return present


@pytest.fixture
def four(make_agreement, officer, lawyer, areas):
    """Four agreements that differ in all by which they can be asked for; by name."""
    unit = Unit.objects.create(code="treaties", name_en="Treaty Department", name_ru="Договорный департамент")
    made = {
        "air": make_agreement(stage=Stage.SIGNING, on=day(2024, 3, 1), areas=[areas["aviation"]]),
        "road": make_agreement(
            titles={"en": "Roadmap"}, short_titles={}, kind="roadmap", procedure="non_binding", stage=Stage.IN_FORCE,
            on=day(2023, 5, 19), areas=[areas["transport"]], columns={"valid_until": date(2024, 12, 31)},
        ),
        "talks": make_agreement(
            titles={"en": "Ärztliche Hilfe", "ru": "Ёмкости"}, short_titles={}, stage=Stage.NEGOTIATING,
            on=FuzzyDate.parse("2024-06"), areas=[],
        ),
        "old": make_agreement(
            titles={"en": "zinc agreement"}, short_titles={}, procedure="ratified", stage=Stage.RATIFYING,
            on=day(2019, 1, 31), areas=[],
        ),
    }  # fmt: skip
    change(made["air"], lawyer, planned_signing=FuzzyDate.parse("2025-02"), officer=officer)
    change(made["old"], lawyer, lead_unit=unit, officer=lawyer, planned_entry_into_force=FuzzyDate.parse("2025-01-15"))
    lifecycle.hold(made["talks"], on=day(2024, 9, 1), by=lawyer, reason="The other side asked for time.")
    return made


def named(four, references):
    """Return what agreements are called here."""
    names = {agreement.reference: name for name, agreement in four.items()}
    return [names[reference] for reference in references]


# ---- facets ----
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("group=preparing", {"air", "talks"}),
        ("group=concluded&group=operative", {"old", "road"}),
        ("group=preparing&stage=signing", {"air"}),
        ("procedure=non_binding", {"road"}),
        ("procedure=non_binding&procedure=simplified", {"road"}),
        ("binding=no", {"road"}),
        ("binding=yes&group=preparing", {"air", "talks"}),
        ("lead_unit=treaties", {"old"}),
        ("lead_unit=~none", {"air", "road", "talks"}),
        ("officer=officer", {"air"}),
        ("officer=officer&officer=lawyer", {"air", "old"}),
        ("officer=~none", {"road", "talks"}),
        ("officer=~none&officer=officer&kind=roadmap", {"road"}),
        ("hold=yes", {"talks"}),
        ("area=aviation&area=transport", {"air", "road"}),
        ("valid_until__lte=2024-12-31", {"road"}),
        ("valid_until__gte=2025-01-01", set()),
        ("planned_signing__gte=2025-02-28&planned_signing__lte=2025-06-30", {"air"}),
        ("planned_signing__gte=2025-03-01", set()),
        ("since__gte=2024-06-30", {"talks"}),
        ("since__gte=2024-03-01&since__lte=2024-06-01", {"air", "talks"}),
        ("since__lte=2019-12-31", {"old"}),
        ("changed_at__gte=2000-01-01", {"air", "road", "talks", "old"}),
        ("changed_at__lte=2000-01-01", set()),
        ("changed_at__gte=0001-01-01&changed_at__lte=9999-12-31", {"air", "road", "talks", "old"}),
        ("q=ARZTLICHE", {"talks"}),
        ("q=емкости", {"talks"}),
    ],
)
def test_each_filter(four, lawyer, query, names):
    assert set(named(four, both(lawyer, query))) == names


@pytest.mark.parametrize("past", ["", "&as_of=2024-12-28&known_at=2099-01-01"])
def test_the_counts_of_the_new_facets(four, at_lawyer, past):
    response = at_lawyer.get(f"/agreements/?kind=agreement{past}")

    assert facet(response, "group") == {"preparing": 2, "concluded": 1, "operative": 0, "ended": 0}
    assert facet(response, "procedure") == {"ratified": 3}
    assert facet(response, "binding") == {"yes": 3, "no": 0}
    assert facet(response, "lead_unit") == {"~none": 2, "treaties": 1}
    assert facet(response, "officer") == {"~none": 1, "lawyer": 1, "officer": 1}


def test_a_facet_ignores_its_own_choice_and_noother(four, at_lawyer):
    response = at_lawyer.get("/agreements/?officer=officer&lead_unit=~none")

    assert facet(response, "officer") == {"officer": 1, "~none": 2}
    assert facet(response, "lead_unit") == {"~none": 1}
    assert "Responsible officer 1 chosen" in words(response)
    assert '<details id="facet-officer" open>' in response.content.decode()
    assert '<details id="facet-kind">' in response.content.decode()


def test_what_is_chosen_stands_as_a_chip_in_words(four, at_lawyer):
    response = at_lawyer.get("/agreements/?officer=~none&binding=no&valid_until__gte=2024-01-01&order=-days")

    assert [chip.label for chip in response.context["chips"]] == [
        "Binding force: not binding",
        "Responsible officer: not named",
        "Valid until: from 1\u00a0January\u00a02024",
    ]
    assert response.context["chips"][2].address == "?binding=no&officer=~none&order=-days"
    assert response.context["clear_address"] == "?order=-days"


# ---- order ----
@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("title", ["talks", "air", "road", "old"]),
        ("-title", ["old", "road", "air", "talks"]),
        ("stage", ["talks", "air", "old", "road"]),
        ("-stage", ["road", "old", "air", "talks"]),
        ("days", ["talks", "air", "road", "old"]),
        ("-days", ["old", "road", "air", "talks"]),
        ("planned", ["old", "air"]),
        ("-planned", ["air", "old"]),
        ("valid_until", ["road"]),
        ("-valid_until", ["road"]),
    ],
)
def test_each_order(four, lawyer, order, names):
    # What has nothing to be put in order by stands last, whichever way round.
    for past in (False, True):
        assert named(four, found(lawyer, f"order={order}", past=past))[: len(names)] == names


@pytest.mark.parametrize("name", ["reference", "changed"])
def test_an_order_turns_round(four, lawyer, name):
    there, back = found(lawyer, f"order={name}"), found(lawyer, f"order=-{name}")

    assert back == there[::-1]
    assert set(there) == {agreement.reference for agreement in four.values()}
    assert there == found(lawyer, f"order={name}", past=True)


def test_the_order_of_whose_move_it_is(four, lawyer):
    for past in (False, True):
        assert named(four, found(lawyer, "order=-ball", past=past))[0] == "road"
        assert named(four, found(lawyer, "order=ball", past=past))[-1] == "road"


def test_titles_are_in_the_order_of_the_readers_alphabet(make_agreement, at_officer):
    titles = ["Әлем", "Ақпан", "Бейбіт", "Ғарыш", "Гүл"]
    for title in titles:
        make_agreement(titles={"kk": title}, short_titles={})
    at_officer.post("/language/", {"language": "kk"})

    listed = at_officer.get("/agreements/?order=title").context["lines"]

    assert [line.row.facts.short_title.text for line in listed] == ["Ақпан", "Әлем", "Бейбіт", "Гүл", "Ғарыш"]


def test_heads_sort_and_say_how_the_list_is_sorted(four, at_lawyer):
    page = at_lawyer.get("/agreements/?kind=agreement&order=-days").content.decode()

    assert '<th scope="col" class="r" aria-sort="descending"><a href="?kind=agreement&amp;order=days">' in page
    assert '<th scope="col"><a href="?kind=agreement&amp;order=title">Agreement</a></th>' in page
    assert page.count("aria-sort") == 1
    assert '<input type="hidden" name="order" value="-days">' in page


# ---- urgency ----
def test_open_tasks_make_urgent_and_are_told(make_agreement, officer, at_officer):
    quiet = make_agreement(stage=Stage.SIGNED)
    soon, late, done = (make_agreement(stage=Stage.SIGNED) for _number in range(3))
    tasks.add(soon, "Ask the other side", by=officer, due=FuzzyDate.of_day(date(2025, 1, 11)))
    tasks.add(late, "Translate", by=officer, due=FuzzyDate.of_day(date(2024, 12, 27)))
    tasks.add(late, "Print", by=officer, due=FuzzyDate.of_day(date(2024, 12, 20)))
    tasks.add(quiet, "Some day", by=officer, due=FuzzyDate.of_day(date(2025, 1, 12)))
    tasks.complete(tasks.add(done, "Sent", by=officer, due=FuzzyDate.of_day(date(2024, 12, 1))), by=officer)

    response = at_officer.get("/agreements/")

    assert shown(response)[:2] == [late.reference, soon.reference]
    assert "8 days overdue: Print (+1)" in words(response)
    assert "Due in 14 days: Ask the other side" in words(response)
    assert "Some day" not in words(response)
    assert "Sent" not in words(response)
    past = words(at_officer.get("/agreements/?as_of=2024-12-27"))
    assert "overdue" not in past


# ---- columns ----
def test_what_the_columns_are_called_stands_in_a_style_sheet_of_the_language(at_officer):
    text = at_officer.get("/agreements/columns/ru.css").content.decode()
    assert {name: text.count(f".c-{name}::before {{ content: ") for name in COLUMNS} == dict.fromkeys(COLUMNS, 1)
    assert '.c-days::before { content: "Дней в стадии: "; }' in text
    assert 'href="/agreements/columns/en.css"' in at_officer.get("/agreements/").content.decode()
    assert at_officer.get("/agreements/columns/fr.css").status_code == 404


def test_the_columns_of_the_address(four, at_lawyer):
    columns = ",".join(COLUMNS)
    response = at_lawyer.get(f"/agreements/?q={four['old'].reference}&columns={columns}")

    (line,) = response.context["lines"]
    told = {name: cell.text for name, cell in line.cells}
    assert list(told) == list(COLUMNS)
    assert told | {"changed": ""} == {
        "reference": four["old"].reference,
        "stage": "Undergoing ratification",
        "since": "31\u00a0January\u00a02019",
        "days": "2,158",
        "next": "Enter into force",
        "ball": "Own side",
        "parties": "European Union",
        "area": "–",
        "kind": "Agreement",
        "procedure": "Treaty subject to ratification",
        "lead_unit": "Treaty Department",
        "officer": "lawyer",
        "validity": "–",
        "changed": "",
        "level": "Internal",
    }
    assert [head.name for head in response.context["heads"]] == ["title", *COLUMNS]


def test_columns_are_chosen_remembered_and_let_go(four, at_lawyer):
    def columns(address="/agreements/"):
        return [head.name for head in at_lawyer.get(address).context["heads"]]

    assert columns() == ["title", "stage", "days", "next", "ball"]
    sent = at_lawyer.post("/agreements/columns/?kind=agreement&order=title", {"columns": ["officer", "reference"]})
    assert sent["Location"] == "/agreements/?kind=agreement&order=title&columns=reference%2Cofficer"
    assert columns() == ["title", "reference", "officer"]
    # What an address says goes before what is remembered, and does not change it.
    assert columns("/agreements/?columns=ball") == ["title", "ball"]
    assert columns() == ["title", "reference", "officer"]
    sent = at_lawyer.post("/agreements/columns/?columns=ball&as_of=2024-12-01", {"usual": "1", "columns": ["officer"]})
    assert sent["Location"] == "/agreements/?as_of=2024-12-01"
    assert columns() == ["title", "stage", "days", "next", "ball"]
    assert at_lawyer.get("/agreements/columns/").status_code == 405


# ---- files ----
def rows_of(response):
    """Return the head of the columns and the rows of a list as CSV."""
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("past", ["", "&as_of=2024-12-28&known_at=2099-01-01"])
def test_a_file_has_the_rows_the_order_and_the_columns_of_the_page(four, at_lawyer, monkeypatch, past):
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr("agreements.views.finding._BATCH", 3)
    page = at_lawyer.get(f"/agreements/?order=title&columns=reference,stage,days{past}")
    files = dict(page.context["files"])
    assert list(files) == ["PDF", "XLSX", "CSV", "JSON"]

    sheet = rows_of(at_lawyer.get(f"/agreements/{files['CSV']}"))
    order = [four[name].reference for name in ("talks", "air", "road", "old")]
    assert sheet[-5] == ["Agreement", "Reference", "Stage", "Days in stage"]
    assert [row[1] for row in sheet[-4:]] == order
    assert sheet[-1] == ["zinc agreement", four["old"].reference, "Undergoing ratification", "2,158"]
    assert "roadmap" in sheet[-2][0].lower()
    assert "not binding" in sheet[-2][0]

    told = json.loads(b"".join(at_lawyer.get(f"/agreements/{files['JSON']}").streaming_content))
    assert [one["reference"] for one in told["agreements"]] == order
    assert list(told["agreements"][3]) == [
        "reference", "title", "short_title", "binding", "marks", "stage", "stage_label", "group", "possibly", "text",
        "round", "on_hold", "days_in_stage", "days_exact",
    ]  # fmt: skip
    assert (told["total"], told["level"], told["columns"]) == (4, "internal", ["reference", "stage", "days"])

    answer = at_lawyer.get(f"/agreements/{files['XLSX']}")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.worksheets[1].iter_rows(values_only=True))
    places = [rows[0].index(name) for name in ("Reference", "Days in stage")]
    assert [rows[4][place] for place in places] == [four["old"].reference, 2158]
    assert len(rows) == 5
    assert answer["Content-Disposition"] == 'attachment; filename="agreements-2024-12-28.xlsx"'


def test_a_file_of_the_filters_only_and_of_those_that_were_ticked(four, at_lawyer):
    of_some = rows_of(at_lawyer.get("/agreements/?binding=no&columns=reference&format=csv"))
    assert [row[1] for row in of_some[-1:]] == [four["road"].reference]
    assert of_some[0] == ["Agreements", "Binding force: not binding"]
    ticked = rows_of(at_lawyer.get(f"/agreements/?columns=reference&format=csv&pick={four['air'].reference}"))
    assert [row[1:] for row in ticked[-2:]] == [["Reference"], [four["air"].reference]]


def test_a_file_speaks_the_readers_language_and_holds_no_formula(make_agreement, at_officer):
    make_agreement(titles={"en": "=HYPERLINK(1)"}, short_titles={})
    at_officer.post("/language/", {"language": "ru"})

    sheet = rows_of(at_officer.get("/agreements/?format=csv"))

    assert sheet[-2] == ["Соглашение", "Стадия", "Дней в стадии", "Следующий шаг", "За кем следующее действие"]
    assert sheet[-1][0] == "'=HYPERLINK(1)"


def test_a_pdf_is_bound_in_length_and_marked(four, at_lawyer, monkeypatch):
    answer = at_lawyer.get("/agreements/?format=pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    monkeypatch.setattr("agreements.reports.listed.MOST_IN_PDF", 3)
    assert [name for name, _address in at_lawyer.get("/agreements/").context["files"]] == ["XLSX", "CSV", "JSON"]


def test_a_format_that_is_not_known_is_told(four, at_lawyer):
    response = at_lawyer.get("/agreements/?format=doc")

    assert response.status_code == 400
    assert "There is no format “doc”." in words(response)


def test_files_are_marked_with_the_highest_level_of_what_they_show(secret, make_agreement, at_officer, at_lawyer):
    make_agreement()

    assert rows_of(at_officer.get("/agreements/?format=csv"))[4] == ["Internal"]
    assert rows_of(at_lawyer.get("/agreements/?format=csv"))[4] == ["Secret"]


# ---- what is hidden ----
def test_a_secret_agreement_leaves_no_trace_in_facets_orders_and_files(secret, make_agreement, lawyer, at_officer):
    seen = make_agreement()
    unit = Unit.objects.create(code="hidden-unit", name_en="Unit of hidden things")
    change(secret, lawyer, lead_unit=unit, officer=lawyer, planned_signing=FuzzyDate.parse("2025-02"))
    tasks.add(secret, "Hidden task", by=lawyer, due=FuzzyDate.of_day(date(2024, 12, 1)))

    asked = [f"order={name}" for name in ORDERS] + [f"{name}__gte=2000-01-01" for name in SPANS]
    for query in ("", *asked, "lead_unit=hidden-unit", "officer=lawyer", "format=json", "format=csv"):
        for past in ("", "&as_of=2024-12-27&known_at=2099-01-01"):
            response = at_officer.get(f"/agreements/?{query}{past}")
            body = b"".join(response.streaming_content) if response.streaming else response.content
            page = re.sub(r"aria-hidden|type=\"hidden\"|hidden-unit", "", body.decode())
            for trace in (secret.reference, "Hidden", "hidden", "nobody knows of"):
                assert trace not in page, (query, trace)
    assert facet(at_officer.get("/agreements/"), "officer") == {"~none": 1}
    named = at_officer.get(f"/agreements/?format=csv&pick={secret.reference}&pick={seen.reference}")
    assert [row[0] for row in rows_of(named)[-2:]] == ["Agreement", "Horizontal Aviation Agreement"]


# ---- with a script ----
def test_a_script_gets_the_part_that_changes_and_the_address_to_show(four, at_lawyer):
    response = at_lawyer.get("/agreements/?kind=agreement&since__gte=&order=title", headers={"HX-Request": "true"})
    page = response.content.decode()

    assert "<html" not in page
    assert response["HX-Push-Url"] == "/agreements/?kind=agreement&order=title"
    assert '<p id="found-now" hx-swap-oob="innerHTML">3 agreements</p>' in page
    assert "HX-Request" in response["Vary"]
    whole = at_lawyer.get("/agreements/?kind=agreement")
    assert "HX-Push-Url" not in whole.headers
    assert "HX-Request" in whole["Vary"]
    assert '<p class="sr" id="found-now" role="status"></p>' in whole.content.decode()
    restored = at_lawyer.get("/agreements/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


# ---- saved views ----
def test_order_and_columns_are_kept_in_views_and_narrow_nothing(four, lawyer, at_lawyer):
    save = at_lawyer.get("/agreements/?order=-days&columns=officer,days&officer=~none").context["saved"].save
    assert save == "/views/new/?kind=agreements&query=officer%3D~none%26order%3D-days%26columns%3Ddays%252Cofficer"

    sent = at_lawyer.post(save, {"name": "Nobody's"})
    assert sent["Location"] == "/agreements/?officer=~none&order=-days&columns=days%2Cofficer"
    chip = next(chip for chip in at_lawyer.get("/agreements/").context["saved"].chips if chip.label == "Nobody's")
    assert (chip.count, chip.here) == (2, False)
    selection = AgreementSelection.kept(QueryDict("officer=~none&order=-days&columns=days"))
    assert {agreement.reference for agreement in selection.agreements(lawyer)} == {
        four["road"].reference,
        four["talks"].reference,
    }


# ---- speed ----
@pytest.mark.parametrize("query", ["", "order=ball", "order=title", "order=planned", "officer=~none&lead_unit=~none"])
def test_the_page_takes_the_same_queries_for_one_and_many(make_agreement, officer, lawyer, at_officer, query):
    make_agreement(kind="roadmap")
    change(make_agreement(), lawyer, officer=officer)
    one = queries(at_officer, f"/agreements/?{query}")
    for _number in range(3):
        change(make_agreement(stage=Stage.IN_FORCE), lawyer, officer=officer)
        make_agreement(kind="roadmap")

    assert queries(at_officer, f"/agreements/?{query}") == one <= 15


def test_a_file_of_one_batch_takes_a_fixed_number_of_queries(make_agreement, at_officer):
    def taken():
        with CaptureQueriesContext(connection) as caught:
            b"".join(at_officer.get("/agreements/?format=csv").streaming_content)
        return len(caught)

    make_agreement()
    one = taken()
    make_agreement(kind="roadmap")
    assert taken() == one == 9


# ---- whose ----
def test_the_list_shows_what_lies_on_the_reader_or_on_the_unit(make_agreement, lawyer, officer, at_officer, at_lawyer):
    officer.unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    officer.save()
    own, led, due, other = (make_agreement(on=day(2024, number)) for number in (1, 2, 3, 4))
    for agreement, columns in ((own, {"officer": officer}), (led, {"lead_unit": officer.unit})):
        change(agreement, lawyer, **columns)
    tasks.add(due, "Reply", by=lawyer, unit=officer.unit)
    for of, expected in (("mine", {own, led, due}), ("unit", {led, due}), ("nobody", {own, led, due, other})):
        for page in ("agreements", "board"):
            for past in ("", "&as_of=2024-12-01"):
                text = at_officer.get(f"/{page}/?of={of}{past}").content.decode()
                found = set(re.findall(r'href="/agreements/([A-Z]{3}-\w{4})/(?:\?as_of=2024-12-01)?"', text))
                assert found == {one.reference for one in expected}, (page, of, past)
    response = at_officer.get("/agreements/?of=unit&kind=agreement")
    text = response.content.decode()
    assert "Agreements of my unit" in words(response)
    assert '<input type="hidden" name="of" value="unit">' in text
    assert '<a class="chip" aria-current="true" href="?kind=agreement">' in text
    assert facet(response, "stage")["proposed"] == 2
    assert '<h2 id="found">2 agreements' in text
    # Shared under a name it means the reader's own of whoever opens it: here, of somebody without a unit.
    view = saved_views.create(officer, kind="agreements", name="Ours", query="of=unit", shared=True)
    assert at_officer.get(f"/views/{view.pk}/", follow=True).context["total"] == 2
    assert at_lawyer.get(f"/views/{view.pk}/", follow=True).context["total"] == 0
    with pytest.raises(Refused, match="Use one of: mine, unit"):
        saved_views.create(officer, kind="agreements", name="Whose", query="of=all")
