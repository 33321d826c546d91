"""How lists and records are read: in part, in order, counted, as a table."""

import csv
import hashlib
import io
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from agreements import lifecycle
from agreements.api import columns, tabled, tables
from agreements.api.pagination import Cursor
from agreements.api.serializers.agreements import AgreementSerializer
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Format
from tests.api.conftest import Api, errors_of, message_of, problem_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AVIATION = "agreements/AIR-7Q4M/"


def read_csv(response):
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def queries_of(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


# ---- in part ----
def test_what_is_asked_for_is_told_and_nothing_else(api, officer, sample):
    client = api(officer)
    whole = client.get(AVIATION).json()
    part = client.get(AVIATION, {"fields": "reference,title.en,since.iso,participants.party,period"}).json()

    assert part == {
        "reference": "AIR-7Q4M",
        "title": {"en": whole["title"]["en"]},
        "since": {"iso": whole["since"]["iso"]},
        "participants": [{"party": row["party"]} for row in whole["participants"]],
        "period": whole["period"],
    }
    assert list(part) == [name for name in whole if name in part]


@pytest.mark.parametrize("fields", ["title,title.en", "title.en,title", "title.en,title.ru,title.kk"])
def test_a_whole_holds_its_parts(api, officer, sample, fields):
    told = api(officer).get(AVIATION, {"fields": fields}).json()["title"]

    assert list(told) == ["en", "ru", "kk"]


def test_fields_may_be_given_more_than_once_and_of_pages(api, officer, sample):
    page = api(officer).get("agreements/?fields=reference&fields=stage&page_size=2").json()

    assert [list(row) for row in page["results"]] == [["reference", "stage"]] * 2
    assert "fields=reference&fields=stage" in page["next"]
    for path in ("journal", "actions", "tasks", "documents", "attention"):
        rows = api(officer).get(f"agreements/PEP-4K7Z/{path}/?fields=").status_code
        assert rows == 400
    assert all(list(row) == ["kind"] for row in api(officer).get(f"{AVIATION}journal/?fields=kind").json()["results"])


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ("nope", "reference, title, short_title"),
        ("title.de", "en, ru, kk"),
        ("reference.x", "–"),
        ("participants.nope", "party, name, role"),
        ("", "reference, title"),
        ("reference,,stage", "reference, title"),
        ("__class__", "reference, title"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_those_that_are(api, officer, fields, known):
    response = api(officer).get("agreements/", {"fields": fields})

    assert errors_of(response) == {"fields": "unknown"}
    assert known in message_of(response, "fields")


def test_every_unknown_name_is_told(api, officer):
    problem = api(officer).get("agreements/", {"fields": "a,reference,b"}).json()

    assert [error["message"][1] for error in problem["errors"]] == ["a", "b"]


def test_in_part_only_what_is_read(api, officer, make_agreement):
    assert errors_of(api(officer).post("agreements/?fields=reference", {})) == {"fields": "unknown"}
    address = f"agreements/{make_agreement().reference}/transitions/"
    assert errors_of(api(officer).get(address, {"fields": "stage"})) == {"fields": "unknown"}


# ---- with what hangs on it ----
EXPANDED = ("participants", "documents", "tasks", "meetings", "commitments")


def test_an_agreement_is_told_with_what_hangs_on_it(api, officer, sample):
    client, address = api(officer), "agreements/PEP-4K7Z/"
    told = client.get(address, {"expand": ",".join(EXPANDED)}).json()

    assert list(told["expanded"]) == list(EXPANDED)
    assert told["expanded"]["participants"] == client.get(f"{address}participants/").json()["participants"]
    for name in ("documents", "tasks"):
        assert told["expanded"][name] == client.get(f"{address}{name}/?page_size=200").json()["results"]
    assert told["expanded"]["meetings"] == [
        row
        for row in client.get("meetings/?page_size=200").json()["results"]
        if "PEP-4K7Z" in [item["agreement"] for item in row["agenda"]]
    ]
    plain = client.get(address).json()
    assert "expanded" not in plain
    assert {name: value for name, value in told.items() if name != "expanded"} == plain
    part = client.get(address, {"expand": "tasks", "fields": "reference,expanded.tasks.id"}).json()
    assert list(part) == ["reference", "expanded"]
    assert all(list(row) == ["id"] for row in part["expanded"]["tasks"])


def test_what_cannot_be_expanded_is_refused(api, officer, sample):
    response = api(officer).get(AVIATION, {"expand": "tasks,secrets"})

    assert errors_of(response) == {"expand": "unknown"}
    assert ", ".join(EXPANDED) in message_of(response, "expand")
    assert errors_of(api(officer).get("agreements/?expand=journal")) == {"expand": "unknown"}


def test_each_in_a_list_is_told_with_what_hangs_on_it(api, officer, sample, monkeypatch):
    client, address = api(officer), "agreements/?ordering=reference"
    alone = {
        row["reference"]: client.get(row["url"], {"expand": ",".join(EXPANDED)}).json()
        for row in client.get(address).json()["results"]
    }
    rows = client.get(address, {"expand": ",".join(EXPANDED), "ordering": "reference"}).json()["results"]
    assert [row["reference"] for row in rows] == sorted(alone)
    for row in rows:
        assert row["expanded"] == {name: alone[row["reference"]]["expanded"][name][:20] for name in EXPANDED}
    assert sum(len(row["expanded"]["meetings"]) for row in rows) > len(rows)

    # So many of each, the first of their own lists.
    monkeypatch.setattr("agreements.api.views.agreements.MOST_IN_LISTS", 1)
    for row in client.get(address, {"expand": ",".join(EXPANDED), "ordering": "reference"}).json()["results"]:
        whole = alone[row["reference"]]["expanded"]
        assert row["expanded"] == {name: whole[name][:1] for name in EXPANDED}
    part = client.get(address, {"expand": "tasks", "fields": "reference,expanded.tasks.id", "page_size": "2"}).json()
    assert [list(row) for row in part["results"]] == [["reference", "expanded"]] * 2
    heads = read_csv(client.get("agreements/?format=csv&expand=tasks"))[0]
    assert [head for head in heads if head.startswith("expanded")] == ["expanded.tasks"]
    assert "expanded.tasks" not in read_csv(client.get("agreements/?format=csv"))[0]


def test_the_journal_hangs_on_it_with_the_address_of_the_rest(api, officer, sample, monkeypatch):
    client, address = api(officer), "agreements/PEP-4K7Z/"
    whole = client.get(f"{address}journal/?page_size=200").json()["results"]
    monkeypatch.setattr("agreements.api.views.expanding.MOST_ENTRIES", 3)
    told = client.get(f"{address}?expand=journal").json()["expanded"]["journal"]
    rows, following = told["results"], told["next"]
    assert rows == whole[:3]
    while following:
        page = client.get(following).json()
        assert len(page["results"]) <= 3
        rows, following = rows + page["results"], page["next"]
    assert rows == whole

    moment = whole[4]["recorded_at"]
    known = client.get(f"{address}journal/", {"known_at": moment, "page_size": "200"}).json()["results"]
    told = client.get(address, {"expand": "journal", "known_at": moment}).json()["expanded"]["journal"]
    assert told["results"] == known[:3]
    assert (told["next"] is None) == (len(known) <= 3)
    assert told["next"] is None or client.get(told["next"]).json()["results"] == known[3:6]


@pytest.fixture
def council(db):
    """A format of meetings."""
    return Format.objects.create(code="cooperation-council", name_en="Cooperation Council").code


def test_what_hangs_on_it_costs_the_same_for_one_and_many(api, lawyer, make_agreement, council):
    agreement, client = make_agreement(), api(lawyer)
    address = f"agreements/{agreement.reference}/"

    def add(agreement):
        client.post(f"agreements/{agreement.reference}/tasks/", {"title": {"en": "Ask"}})
        text = {"agreement": agreement.reference, "text": {"en": "Meet once a year."}}
        client.post("commitments/", text)
        agenda = [{"agreement": agreement.reference}]
        meeting = {"format": council, "on": "2024-10-21", "agenda": agenda}
        assert client.post("meetings/", meeting).status_code == 201

    def cost(address, *more):
        return queries_of(lambda: client.get(address, {"expand": ",".join((*EXPANDED, *more))}))

    add(agreement)
    one, listed = cost(address, "journal"), cost("agreements/")
    for _number in range(3):
        add(agreement)
        add(make_agreement())
    assert (cost(address, "journal"), cost("agreements/")) == (one, listed)


def test_what_is_hidden_while_a_list_is_read_is_not_in_it(api, officer, make_agreement):
    made, hidden = [make_agreement().reference for _number in range(2)], []

    def before_what_hangs_on_it(execute, sql, params, many, context):
        if '"agreements_relation"' in sql and not hidden:
            hidden.append(made[0])
            Agreement.objects.filter(reference=made[0]).update(level="secret")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before_what_hangs_on_it):
        rows = api(officer).get("agreements/?expand=documents").json()["results"]
    assert ([row["reference"] for row in rows], hidden) == (made[1:], made[:1])


def test_what_is_hidden_does_not_hang_on_it(api, officer, lawyer, make_agreement, secret, council):
    agreement = make_agreement(relations=[("follows", secret)])
    agenda = [{"agreement": secret.reference}, {"agreement": agreement.reference}]
    about = {"format": council, "on": "2024-10-21", "agenda": agenda, "level": "internal"}
    hidden = {**about, "level": "secret", "place": "Nowhere"}
    assert [api(lawyer).post("meetings/", body).status_code for body in (about, hidden)] == [201, 201]
    names = ",".join(EXPANDED)
    for address in (f"agreements/{agreement.reference}/?expand={names},journal", f"agreements/?expand={names}"):
        told = api(officer).get(address).content.decode()
        assert secret.reference not in told
        assert "Nowhere" not in told
        assert "2024-10-21" in told

    assert problem_of(api(officer).get(f"agreements/{secret.reference}/?expand=tasks")) == (404, "not-found")


# ---- in order ----
@pytest.mark.parametrize(
    ("path", "order", "key"),
    [
        ("agreements/", "reference", lambda row: row["reference"]),
        ("agreements/", "changed_at", lambda row: row["changed_at"]),
        ("parties/", "code", lambda row: row["code"]),
        ("areas/", "code", lambda row: row["code"]),
        ("units/", "code", lambda row: row["code"]),
        ("documents/", "created_at", lambda row: row["created_at"]),
    ],
)
def test_a_list_comes_in_the_order_that_is_asked_for(api, officer, sample, path, order, key):
    client = api(officer)

    def every(ordering):
        address, rows = f"{path}?ordering={ordering}&page_size=7", []
        while address:
            page = client.get(address).json()
            rows, address = rows + page["results"], page["next"]
        return [key(row) for row in rows]

    there, back = every(order), every(f"-{order}")
    assert there == sorted(there)
    assert back == sorted(back, reverse=True)
    assert len(there) == len(back)


def test_tasks_come_by_what_is_due(api, officer, sample):
    def days(ordering):
        return [
            row["due_by"] for row in api(officer).get(f"tasks/?page_size=200&ordering={ordering}").json()["results"]
        ]

    dated = [day for day in days("due_by") if day]
    assert days("due_by") == [*sorted(dated), *[None] * (len(days("due_by")) - len(dated))]
    assert days("-due_by") == days("due_by")[::-1]


def test_an_order_that_is_not_known_is_refused(api, officer):
    response = api(officer).get("agreements/?ordering=level")

    assert errors_of(response) == {"ordering": "unknown"}
    assert "-changed_at, changed_at, reference, -reference" in message_of(response, "ordering")
    assert errors_of(api(officer).get("meetings/?ordering=earliest")) == {"ordering": "unknown"}


def test_a_cursor_belongs_to_its_order(api, officer, sample):
    following = api(officer).get("agreements/?ordering=reference&page_size=2").json()["next"]

    assert errors_of(api(officer).get(following.replace("ordering=reference", "ordering=-reference"))) == {
        "cursor": "invalid"
    }


# ---- counted ----
def test_rows_are_counted_only_where_it_is_asked(api, officer, lawyer, make_agreement):
    for number in range(5):
        make_agreement(columns={"level": "secret" if number % 2 else "internal"})
    client = api(officer)

    assert "count" not in client.get("agreements/?page_size=2").json()
    page = client.get("agreements/?page_size=2&count=true").json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert client.get(page["next"]).json()["count"] == 3
    assert client.get("agreements/?count=true&stage=signed").json()["count"] == 0
    assert api(lawyer).get("agreements/?count=true").json()["count"] == 5
    assert client.get("attention/?count=true&page_size=1").json()["count"] >= 1
    assert errors_of(client.get("agreements/?count=yes")) == {"count": "invalid"}
    plain = queries_of(lambda: client.get("agreements/"))
    assert queries_of(lambda: client.get("agreements/?count=true")) == plain + 1


# ---- as tables ----
TABLES = (
    "agreements/", "parties/", "areas/", "units/", "meetings/", "documents/", "indicators/", "commitments/", "feeds/",
    "tasks/", "task-templates/", "attention/", "views/", "procedures/", f"{AVIATION}journal/", f"{AVIATION}actions/",
    f"{AVIATION}documents/", f"{AVIATION}tasks/", f"{AVIATION}attention/",
)  # fmt: skip


#: The order of a list as a table where it is not the usual one.
AS_TABLE = {"agreements/": "?ordering=reference"}


@pytest.mark.parametrize("path", TABLES)
def test_a_list_comes_as_a_table_with_all_its_rows(api, officer, sample, path):
    client, rows, address = api(officer), [], path + AS_TABLE.get(path, "")
    while address:
        page = client.get(address).json()
        rows, address = rows + page["results"], page["next"]
    response = client.get(path, Accept="text/csv")
    heads, *lines = read_csv(response)
    book = load_workbook(io.BytesIO(client.get(f"{path}?format=xlsx").getvalue())).active

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = path.strip("/").replace("/", "-")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert len(lines) == len(rows)
    assert {len(line) for line in lines} <= {len(heads)}
    assert [[cell.value for cell in row] for row in book.iter_rows(max_row=1)] == [heads]
    assert book.max_row == len(rows) + 1
    key = next(name for name in ("reference", "code", "id", "sequence", "sentence") if name in heads)
    assert [line[heads.index(key)] for line in lines] == [str(row[key]) for row in rows]


def test_a_table_has_the_columns_that_fields_name(api, officer, sample):
    fields = "since.iso,reference,title.ru,participants.party,areas,on_hold,version"
    response = api(officer).get(f"agreements/?format=csv&fields={fields}&text=aviation&ordering=reference")
    heads, *lines = read_csv(response)

    assert heads == fields.replace("participants.party", "participants").split(",")
    (line,) = [line for line in lines if line[1] == "AIR-7Q4M"]
    told = api(officer).get(AVIATION).json()
    assert line[:3] == [told["since"]["iso"], "AIR-7Q4M", told["title"]["ru"]]
    assert line[3:6] == ["; ".join(row["party"] for row in told["participants"]), "; ".join(told["areas"]), "false"]
    assert line[6] == str(told["version"])
    book = load_workbook(
        io.BytesIO(api(officer).get(f"agreements/?fields={fields}&text=aviation", Accept=XLSX).getvalue())
    )
    assert book.active.max_row == len(lines) + 1


def test_the_heads_are_what_fields_takes():
    names = columns.names_of(AgreementSerializer)

    assert columns.heads(columns.chosen(names, columns.heads(names))) == columns.heads(names)


@pytest.mark.parametrize("path", ["agreements/", "parties/", "meetings/"])
def test_addresses_of_records_are_the_same_in_each_form(api, officer, sample, path):
    client = api(officer)
    listed = path + (AS_TABLE.get(path) or "?")
    told = [row["url"] for row in client.get(f"{listed}&fields=url").json()["results"]]

    assert [row["url"] for row in client.get(f"{listed}&fields=url&format=json").json()["results"]] == told
    assert read_csv(client.get(f"{path}?fields=url&format=csv"))[1:] == [[address] for address in told]
    assert client.client.get(told[0], headers=client.headers).status_code == 200


@pytest.mark.parametrize("fields", ["reference,stage", "reference,url"])
def test_what_is_changed_while_a_table_is_handed_over_stays_in_it(api, officer, sample, monkeypatch, fields):
    monkeypatch.setattr(tabled, "AT_ONCE", 2)
    monkeypatch.setattr(Cursor, "at_once", 2)
    lines = api(officer).get(f"agreements/?format=csv&fields={fields}").streaming_content
    told = next(lines) + next(lines)
    last = Agreement.objects.order_by("reference").last()
    Agreement.objects.filter(pk=last.pk).update(changed_at=timezone.now())
    told += b"".join(lines)

    listed = [line.partition(",")[0] for line in told.decode("utf-8-sig").splitlines()[1:]]
    assert listed == sorted(one.reference for one in sample.values())


def test_a_table_is_safe_to_open(api, lawyer, make_agreement):
    make_agreement(titles={"en": "=HYPERLINK(1)"}, short_titles={"en": "+7", "ru": "@x"})
    address = "agreements/?fields=title.en,short_title.en,short_title.ru&format="

    assert read_csv(api(lawyer).get(f"{address}csv"))[1] == ["'=HYPERLINK(1)", "'+7", "'@x"]
    (cells,) = load_workbook(io.BytesIO(api(lawyer).get(f"{address}xlsx").getvalue())).active.iter_rows(min_row=2)
    assert [(cell.value, cell.data_type) for cell in cells] == [("=HYPERLINK(1)", "s"), ("+7", "s"), ("@x", "s")]


def test_a_table_takes_no_page_and_no_form_that_is_not_known(api, officer):
    assert errors_of(api(officer).get("agreements/?format=csv&page_size=2&cursor=x")) == {
        "page_size": "unknown",
        "cursor": "unknown",
    }
    assert errors_of(api(officer).get("agreements/?format=pdf")) == {"format": "unknown"}
    assert errors_of(api(officer).get("agreements/?format=csv&stage=nope")) == {"stage": "unknown"}
    assert problem_of(api(officer).get("agreements/", Accept="application/pdf")) == (406, "not-acceptable")
    assert problem_of(Api(None).get("agreements/?format=csv")) == (401, "not-authenticated")


def test_a_table_holds_nothing_that_is_hidden(api, officer, lawyer, make_agreement, secret):
    make_agreement(relations=[("follows", secret)])
    for form in ("csv", "xlsx"):
        told = b"".join(api(officer).get(f"agreements/?format={form}"))
        assert secret.reference.encode() not in told
        assert len(b"".join(api(lawyer).get(f"agreements/?format={form}"))) > len(told)


def test_a_table_is_read_page_by_page_and_no_row_is_missed_or_doubled(api, officer, make_agreement, monkeypatch):
    monkeypatch.setattr("agreements.api.tabled.AT_ONCE", 3)
    now = datetime(2024, 12, 28, 12, tzinfo=UTC)
    for number in range(8):
        key = make_agreement().pk
        Agreement.objects.filter(pk=key).update(changed_at=now + timedelta(microseconds=number // 2))
    before = list(Agreement.objects.values_list("reference", flat=True))
    lines = iter(api(officer).get("agreements/?format=csv&fields=reference", Accept_Language="ru").streaming_content)
    seen = [next(lines).decode()]
    make_agreement()
    Agreement.objects.filter(pk=make_agreement().pk).update(changed_at=now)
    seen += [line.decode() for line in lines]
    found = [word for word in "".join(seen).replace("\ufeff", "").split() if word != "reference"]

    assert len(found) == len(set(found))
    assert set(before) <= set(found)


@pytest.mark.parametrize("ordering", ["reference", "-reference"])
def test_what_is_changed_while_a_table_is_read_is_told_once_in_an_order_of_names(
    api, officer, make_agreement, monkeypatch, ordering
):
    monkeypatch.setattr("agreements.api.tabled.AT_ONCE", 3)
    for _number in range(8):
        make_agreement()
    last = Agreement.objects.order_by(ordering).last()
    lines = iter(api(officer).get(f"agreements/?format=csv&fields=reference&ordering={ordering}").streaming_content)
    seen = [next(lines), next(lines)]
    lifecycle.note(last, on=FuzzyDate.parse("2024-12-20"), by=officer, what="Talks.")
    found = b"".join([*seen, *lines]).split()[1:]

    assert len(found) == len(set(found)) == 8


def test_a_workbook_is_handed_on_as_it_is_written():
    def written(count):
        pages = (range(first, first + 100) for first in range(0, count, 100))
        parts = (
            [[str(one) for one in page], [hashlib.sha256(str(one).encode()).hexdigest() for one in page]]
            for page in pages
        )
        size, largest = 0, 0
        tracemalloc.start()
        for piece in tables._book("agreements", ["reference", "title"], parts, {}, "en"):
            size, largest = size + len(piece), max(largest, len(piece))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, largest, peak

    (little, _largest, before), (much, largest, after) = written(1_000), written(10_000)
    assert much > 9 * little
    assert largest < much / 5
    assert after < 1.2 * before


@pytest.mark.parametrize(("fields", "each"), [("", 2), ("&fields=reference,title.en,participants.party,areas", 1)])
def test_a_table_costs_the_same_for_every_page(api, officer, make_agreement, monkeypatch, fields, each):
    monkeypatch.setattr("agreements.api.tabled.AT_ONCE", 2)
    client = api(officer)

    def cost():
        return queries_of(lambda: read_csv(client.get(f"agreements/?format=csv{fields}")))

    make_agreement()
    one_page = cost()
    for _number in range(4):
        make_agreement()
    assert cost() - one_page == 2 * each


def test_a_table_of_pages_costs_the_same_for_every_page(api, officer, make_agreement, monkeypatch):
    monkeypatch.setattr("agreements.api.pagination.Cursor.at_once", 2)
    client = api(officer)

    def cost():
        return queries_of(lambda: read_csv(client.get("agreements/?format=csv&expand=documents")))

    make_agreement()
    one_page = cost()
    for _number in range(3):
        make_agreement()
    assert cost() - one_page == queries_of(lambda: client.get("agreements/?expand=documents")) - 1
