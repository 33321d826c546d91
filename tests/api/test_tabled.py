"""Agreements as tables: what is made of columns is what serializers tell, byte for byte, and dates are dates."""

import csv
import io
import random
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from agreements import clock, lifecycle, registers, stood, tokens
from agreements.api import columns, tabled
from agreements.api.serializers.agreements import AgreementSerializer
from agreements.api.serializers.expanded import AgreementListedSerializer
from agreements.api.views.agreements import ORDERINGS, AgreementViews
from agreements.choices import InstrumentKind, Level, PartyKind, Role, TokenScope
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Area, Entry, Party, User
from agreements.reports.as_csv import safe, safe_all
from tests.api.conftest import Api

FILTERS = (
    "", "&stage__in=in_force,signing", "&group=preparing", "&text=aviation", "&party__in=EU,IT", "&on_hold=false",
    "&binding=true", "&since__gte=2015-01-01", "&valid_until__gte=2020-01-01", "&ball=own",
    "&area=aviation", "&attention=late",
)  # fmt: skip
HEADS = columns.heads(columns.names_of(AgreementSerializer))
LISTED = columns.names_of(AgreementListedSerializer)
DAY = date(2013, 1, 1)


def whole(client, address, **headers):
    response = client.get(address, **headers)
    assert response.status_code == 200, b"".join(response)
    return b"".join(response)


@pytest.fixture
def told(monkeypatch):
    """Return what asks twice: as columns, and as serializers tell it."""

    def ask(client, address, **headers):
        with monkeypatch.context() as patch:
            patch.setattr(AgreementViews, "planned", lambda _view, _names: None)
            expected = whole(client, address, **headers)
        return whole(client, address, **headers), expected

    return ask


def opened(lawyer, **given):
    on = given.pop("on", FuzzyDate.parse("2003-06-05"))
    proposal = {"titles": {"en": "Agreement"}, "kind": InstrumentKind.AGREEMENT, "areas": list(Area.objects.all()[:2])}
    return lifecycle.open(lifecycle.Proposal(**(proposal | given)), by=lawyer, on=on, source="COM(2025)154")


@pytest.fixture
def register(sample, lawyer, officer):
    """The sample portfolio, and records that are unlike it: texts like formulas, vague dates, parties of one name."""
    alike = [
        registers.create(Party(code=code, kind=PartyKind.STATE, name_en="Alike", name_ru=name), by=lawyer)
        for code, name in (("XB", "Второй"), ("XA", ""))
    ]
    taking = [(party, Role.PARTY) for party in (*alike, Party.objects.get(code="KZ"))]
    opened(lawyer, titles={"ru": "=СУММ(1)"}, short_titles={"en": "@x\u00a0y", "kk": "+7 x"}, participants=taking)
    opened(lawyer, titles={"kk": "Келісім"}, areas=[], columns={"next_step": "-x", "officer": officer})
    vague, late = FuzzyDate.unknown(after=date(2001, 2, 3), before=date(2009, 1, 1)), FuzzyDate.parse("2025-H2")
    held = opened(lawyer, on=vague, relations=[("follows", sample["AIR-7Q4M"])], participants=taking[::-1])
    lifecycle.hold(held, on=FuzzyDate.parse("2012-Q3"), by=lawyer, reason="A pause")
    opened(lawyer, on=FuzzyDate.parse("2012-09"), columns={"planned_signing": late, "level": Level.RESTRICTED})
    return sample


@pytest.mark.parametrize("seed", range(4))
def test_columns_tell_what_serializers_tell(api, told, register, officer, lawyer, seed, monkeypatch):
    monkeypatch.setattr(tabled, "AT_ONCE", 7)
    chance = random.Random(seed)
    limited = User.objects.create_user("limited", access_level=Level.INTERNAL)
    secret = tokens.issue(limited, name="One area", by=None, scope=TokenScope.READ, areas=["aviation"])[1]
    clients = {api(officer): {}, api(lawyer): {}, Api(None): {"Authorization": f"Token {secret}"}}
    for turn in range(6):
        heads = HEADS if turn == 0 else chance.sample(HEADS, chance.randrange(1, 9))
        fields = ",".join(chance.choice((head, f"{head}.party")) if head == "participants" else head for head in heads)
        address = (
            f"agreements/?format=csv&fields={fields}{chance.choice(FILTERS)}&ordering={chance.choice([*ORDERINGS])}"
        )
        for client, headers in clients.items():
            made, expected = told(client, address, Accept_Language=("en", "ru", "kk")[turn % 3], **headers)
            assert made == expected, address


#: What is told of any day by columns; all else is told by the line, the acts and the clause.
OF_ANY_DAY = [head for head in HEADS if tabled.plan(columns.chosen(LISTED, [head]), tabled.Shared(None, "", DAY))]


def test_what_is_told_of_a_past_day_by_columns():
    assert [head for head in HEADS if head not in OF_ANY_DAY] == [
        "text", "round", "relations", *(f"computed_entry_into_force.{part}" for part in columns.OF_DATES),
        "next_step", "ball", "ball_named",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_columns_tell_of_a_past_day_what_the_journal_tells(api, told, register, officer, lawyer, seed, monkeypatch):
    monkeypatch.setattr(tabled, "AT_ONCE", 7)
    chance = random.Random(seed)
    days = ("1990-01-01", "2005-01-01", "2012-06-30", "2013-01-01", "2022-06-01", "2024-12-27")
    for turn, day in enumerate((*days, clock.today().isoformat())):
        some = chance.sample([*OF_ANY_DAY, "look.as_of", "look.known_at"], chance.randrange(1, 9))
        heads = OF_ANY_DAY if turn == seed else some
        narrowed = chance.choice([one for one in FILTERS if "ball" not in one and "attention" not in one])
        fields = ",".join(chance.choice((head, f"{head}.name")) if head == "participants" else head for head in heads)
        ordering = chance.choice(("reference", "-reference"))
        address = f"agreements/?format=csv&fields={fields}&as_of={day}{narrowed}&ordering={ordering}"
        for client in (api(officer), api(lawyer)):
            made, expected = told(client, address, Accept_Language=("en", "ru", "kk")[turn % 3])
            assert made == expected, address


def test_what_takes_more_than_columns_is_told_all_the_same(api, told, register, officer):
    made, expected = told(api(officer), "agreements/?format=csv&expand=tasks&ordering=reference")
    assert made == expected
    made, expected = told(api(officer), "agreements/?format=csv")
    assert made == expected
    assert len(list(csv.reader(io.StringIO(made.decode())))) == 1 + Agreement.objects.for_user(officer).kept().count()


@pytest.mark.parametrize("column", ["participants", "participants.party", "areas"])
def test_what_is_entered_while_a_table_is_handed_over_is_told_too(
    api, officer, lawyer, areas, parties, monkeypatch, column
):
    monkeypatch.setattr(tabled, "AT_ONCE", 2)
    taking = [(Party.objects.get(code="KZ"), Role.PARTY)]
    for _number in range(3):
        opened(lawyer, participants=taking, areas=[areas["aviation"]])
    response = api(officer).get(f"agreements/?format=csv&ordering=changed_at&fields=reference,{column}")
    lines = iter(response.streaming_content)
    begun = next(lines) + next(lines)
    party = registers.create(Party(code="XA", kind=PartyKind.STATE, name_en="XA"), by=lawyer)
    made = opened(
        lawyer,
        participants=[*taking, (party, Role.PARTY)],
        areas=[Area.objects.create(code="XA", prefix="XAX", name_en="XA")],
    )
    _heads, *rows = csv.reader(io.StringIO((begun + b"".join(lines)).decode()))

    assert len(rows) == 4
    assert rows[3][0] == made.reference
    assert "XA" in rows[3][1]
    assert "XA" not in "".join(cell for row in rows[:3] for cell in row[1:])


def test_what_is_voided_while_a_past_day_is_handed_over_is_left_out(api, officer, lawyer, areas):
    held, other = opened(lawyer), opened(lawyer)
    for agreement in (held, other):
        lifecycle.hold(agreement, on=FuzzyDate.parse("2010-05-01"), by=lawyer, reason="A pause")
    of_each = stood.of_each
    asked = f"agreements/?format=csv&as_of={DAY}&fields=reference,stage,on_hold&ordering=reference"

    def voided(keys, day):
        lifecycle.void(Entry.objects.of(held).get(kind="open"), by=lawyer, reason="A slip.")
        return of_each(keys, day)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stood, "of_each", voided)
        told = whole(api(officer), asked)
    assert list(csv.reader(io.StringIO(told.decode())))[1:] == [[other.reference, "proposed", "true"]]
    lifecycle.void(Entry.objects.of(other).get(kind="open"), by=lawyer, reason="A slip.")
    assert len(whole(api(officer), asked).splitlines()) == 1


def test_dates_are_dates_in_a_workbook(api, officer, lawyer, areas):
    opened(lawyer, columns={"valid_from": date(2004, 3, 1), "valid_until": date(2030, 12, 31)})
    opened(lawyer, columns={"valid_from": date(1899, 12, 31)}, on=FuzzyDate.parse("2012-09"))
    fields = "since.iso,since.earliest,valid_from,valid_until,changed_at,reference"
    address = f"agreements/?format=xlsx&ordering=since&fields={fields}"
    rows = load_workbook(io.BytesIO(whole(api(officer), address))).active.iter_rows(min_row=2)
    (first, second) = ([cell.value for cell in row] for row in rows)
    moments = Agreement.objects.order_by("since_latest").values_list("changed_at", flat=True)

    assert first[:4] == [*(datetime(*day) for day in ((2003, 6, 5), (2003, 6, 5), (2004, 3, 1), (2030, 12, 31)))]
    assert second[:4] == ["2012-09", datetime(2012, 9, 1), "1899-12-31", None]
    for row, moment in zip((first, second), moments, strict=True):
        assert abs(row[4].replace(tzinfo=UTC) - moment) < timedelta(milliseconds=2)


def test_a_list_without_columns_of_its_own_has_dates_too(api, officer, sample):
    sheet = load_workbook(
        io.BytesIO(whole(api(officer), "indicators/?format=xlsx&fields=period_until,changed_at"))
    ).active

    assert sheet.max_row > 1
    assert {type(cell.value) for row in sheet.iter_rows(min_row=2) for cell in row} == {datetime}


def test_no_text_of_a_cell_is_a_formula_or_cannot_be_printed():
    letters = [chr(number) for number in range(sys.maxunicode + 1)]
    text = "".join(letters)
    kept = "".join(one for one in letters if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))

    assert safe(f"x{text}") == f"x{kept}"
    some = [
        None,
        "",
        "x",
        "x\u00a0y",
        "x\u200by",
        *(f"{one}x" for one in text[:300]),
        *(f"x{one}" for one in text[:300]),
    ]
    assert safe_all(some) == [text if text is None else safe(text) for text in some]
