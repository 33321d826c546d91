"""What spreading the register over machines would ask of its tables: read from the models, told in docs/growth.md.

PACTA_WRITE_GOLDEN=1 writes the tables of the document anew; where something new stands in them, decide what it means.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement, User
from tests.api.conftest import Api
from tests.strict import ROOT

DOCUMENT = ROOT / "docs" / "growth.md"

# ---- where rows stand ----
#: The column by which the rows of a table are spread: all of one agreement stand together.
SPREAD = {
    "agreement": "id",
    "entry": "subject",
    **dict.fromkeys(
        ("agreement_areas", "agendaitem", "commitment", "document", "participant", "relation", "task"),
        "agreement_id",
    ),
    "undisclosedparticipant": "agreement_id",
}
#: Rows that stand with a row of another table, and the column that they would have to take over from it.
WITH = {"documentversion": "agreement_id", "entrytext": "subject", "task_waits_for": "agreement_id"}
#: Of two agreements: one row stands where the first does.
ASIDE = frozenset((("relation", "to"),))
#: Small tables that everything refers to: a copy on every machine, with those of libraries that they refer to.
COPIED = frozenset(
    (
        *("area", "format", "indicator", "meeting", "meeting_parties", "membership", "party", "procedureversion"),
        *("share", "tasktemplate", "templatetask", "unit", "user", "user_groups", "user_user_permissions"),
    )
)
COPIED_OF_LIBRARIES = frozenset(("auth_group", "auth_group_permissions", "auth_permission", "django_content_type"))

# ---- what must be decided before ----
#: Unique rules that would have to name the agreement, too: whether they then still say what they say now.
WIDENED = {
    "agreement.reference": "no: two may be drawn alike; a copied table of nothing but references would keep them apart",
    "documentversion.id": "yes: keys are drawn by chance",
    "documentversion.document, number": "yes: a document belongs to one agreement",
    "documentversion.entry": "yes: the entry is one of the same agreement",
    "documentversion.stored": "yes: names of files are drawn by chance, 160 bits",
    "entry.id": "yes: a key holds its moment and 62 bits of chance",
    "entry.voids": "yes: what is voided stands in the same chain",
    "entrytext.entry": "yes: a text stands with its entry",
    "task_waits_for.from_task, to_task": "yes: a task belongs to one agreement",
    **dict.fromkeys(
        (f"{table}.id" for table in ("agendaitem", "agreement_areas", "participant", "relation", "task_waits_for")),
        "yes: a number from a sequence, which nothing refers to",
    ),
    **dict.fromkeys(
        (f"{table}.id" for table in ("commitment", "document", "task", "undisclosedparticipant")),
        "yes: keys are drawn by chance",
    ),
}
#: Numbers from a sequence as keys, of our own tables: what hangs on them.
SERIAL = {
    "agendaitem": "nothing: the place on the agenda is a column",
    "agreement_areas": "nothing",
    "area": "a key within; others know the code",
    "eventhead": "nothing: one row",
    "format": "a key within; others know the code",
    "importmapping": "a key within",
    "importrow": "nothing: the number of the row is a column",
    "meeting_parties": "nothing",
    "membership": "nothing",
    "notificationhead": "nothing: one row",
    "participant": "nothing: the order is that of names",
    "procedureversion": "a key within; where versions of a procedure differ in a word, the later key is looked at last",
    "relation": "the last of an order that says more before",
    "scheduledreport_recipients": "nothing",
    "signin": "the last of an order by time",
    "task_waits_for": "nothing",
    "unit": "a key within; others know the code",
    "user_groups": "nothing",
    "user_user_permissions": "nothing",
}


def tables() -> dict[str, type[Model]]:
    """Return the models by the short names of their tables."""
    found = apps.get_models(include_auto_created=True)
    return {short(one): one for one in sorted(found, key=short) if not one._meta.proxy and one._meta.managed}


def short(model: type[Model]) -> str:
    return str(model._meta.db_table).removeprefix("agreements_")


def place(table: str) -> str:
    """Return where the rows of a table stand: spread, with, copied, or one (machine)."""
    if table in SPREAD:
        return "spread"
    if table in WITH:
        return "with"
    return "copied" if table in COPIED | COPIED_OF_LIBRARIES else "one"


def unique(model: type[Model]) -> Iterator[tuple[str, ...]]:
    """Yield the columns of every unique rule, whether or not it has a condition: first of all of the key."""
    meta = model._meta
    for field in meta.local_concrete_fields:
        if field.unique:
            yield (field.name,)
    yield from (tuple(rule) for rule in meta.unique_together)
    for rule in meta.constraints:
        if isinstance(rule, models.UniqueConstraint):
            assert not rule.expressions, f"{rule.name} is not of columns alone"
            yield tuple(rule.fields)


def narrow(table: str, model: type[Model]) -> list[str]:
    """Return the unique rules that do not name that by which the rows are spread, and so hold on one machine only."""
    if place(table) not in ("spread", "with"):
        return []
    by = (SPREAD | WITH)[table].removesuffix("_id")
    return [f"{table}.{', '.join(columns)}" for columns in unique(model) if by not in columns]


def across(table: str, model: type[Model]) -> list[str]:
    """Return the columns that refer to where a database cannot look by a constraint of its own."""
    found = []
    for field in model._meta.local_concrete_fields:
        if not field.is_relation:
            continue
        to = short(field.related_model)
        beyond = place(to) == "one" if place(table) != "one" else False
        if place(to) in ("spread", "with"):
            beyond = place(table) in ("copied", "one") or (table, field.name) in ASIDE
        if beyond:
            found.append(f"{field.name} → {to}")
    return found


# ---- the document ----
def of_tables() -> str:
    words = {"copied": "copied", "one": "one machine"}
    lines = ["| table | rows | unique rules | refers across |", "|---|---|---|---|"]
    for table, model in tables().items():
        where = words.get(place(table)) or (
            f"spread by {SPREAD[table]}" if table in SPREAD else f"spread by {WITH[table]}, to be added"
        )
        rules = [", ".join(columns) for columns in unique(model)]
        lost = {rule.partition(".")[2] for rule in narrow(table, model)}
        told = "; ".join(f"**{rule}**" if rule in lost else rule for rule in rules)
        lines.append(f"| `{table}` | {where} | {told} | {', '.join(across(table, model)) or '–'} |")
    return "\n".join(lines)


def of_reasons(what: str, why: str, reasons: dict[str, str]) -> str:
    lines = [f"| {what} | {why} |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {reason} |" for name, reason in sorted(reasons.items()))])


PARTS: dict[str, Callable[[], str]] = {
    "tables": of_tables,
    "widened": lambda: of_reasons("rule", "does it still say the same", WIDENED),
    "serial": lambda: of_reasons("table", "what hangs on the number", SERIAL),
}


def test_the_document_tells_of_every_table_and_rule() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    told = text
    for name, part in PARTS.items():
        told = re.sub(
            rf"(<!-- {name} -->\n).*?(\n<!-- end -->)",
            lambda found, part=part: f"{found[1]}\n{part()}\n{found[2]}",  # type: ignore[misc]
            told,
            flags=re.DOTALL,
        )
    if os.environ.get("PACTA_WRITE_GOLDEN"):
        DOCUMENT.write_text(told, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == told


def test_every_table_and_rule_is_decided_upon() -> None:
    found = tables()
    ours = {name for name, model in found.items() if model._meta.app_label == "agreements"}
    assert {*SPREAD, *WITH, *COPIED} <= ours
    assert found.keys() - ours >= COPIED_OF_LIBRARIES
    assert {rule for name, model in found.items() for rule in narrow(name, model)} == set(WIDENED)
    serial = {name for name in ours if isinstance(found[name]._meta.pk, models.AutoField)}
    assert serial == set(SERIAL)


def test_no_table_leans_on_what_engines_that_spread_it_lack() -> None:
    for name, model in tables().items():
        kinds = {type(rule) for rule in model._meta.constraints}
        assert kinds <= {models.CheckConstraint, models.UniqueConstraint}, name
        assert not [rule for rule in model._meta.constraints if getattr(rule, "deferrable", None)], name
        assert not [field for field in model._meta.local_concrete_fields if isinstance(field, models.GeneratedField)]


def test_rows_of_an_agreement_refer_to_nothing_that_stands_on_one_machine() -> None:
    serial = {name for name, model in tables().items() if isinstance(model._meta.pk, models.AutoField)}
    for name, model in tables().items():
        to = {short(field.related_model) for field in model._meta.local_concrete_fields if field.is_relation}
        assert to & serial & {*SPREAD, *WITH} == set(), name
        if place(name) != "one":
            assert {table for table in to if place(table) == "one"} == set(), name


# ---- what is asked of the database ----
_FORBIDDEN = re.compile(
    r"\b(LISTEN|NOTIFY|UNLISTEN)\s+\w|pg_(try_)?advisory|\b(nextval|currval|setval)\(|\bEXCLUDE USING\b|CREATE TEMP|"
    r"\bLOCK TABLE\b",
)


def _sources() -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "agreements").rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")


def test_nothing_is_asked_that_only_one_server_can_do() -> None:
    assert [str(path) for path, text in _sources() if _FORBIDDEN.search(text)] == []


#: Which tables a statement reads or writes, and whether it names one agreement, or a few, by a value.
_SPREAD_IN = re.compile(r'(?:FROM|JOIN|UPDATE|INTO) "agreements_(\w+)"')
_OF_ONE = re.compile(
    r"""("agreements_agreement"\."(id|reference)"|"agreement_id"|"subject") (=|IN) \(?('|%s)|^(\d+ times: )?INSERT"""
)


def unrouted(act: Callable[[], Any]) -> set[str]:
    """Return the spread tables that statements of an act ask for rows of without saying of which agreement."""
    with CaptureQueriesContext(connection) as queries:
        act()
    found = set()
    for query in queries.captured_queries:
        named = set(_SPREAD_IN.findall(query["sql"])) & {*SPREAD, *WITH}
        if named and not _OF_ONE.search(query["sql"]):
            found |= named
    return found


@pytest.mark.django_db
def test_what_is_done_to_one_agreement_asks_one_machine(
    make_agreement: Callable[..., Agreement], officer: User
) -> None:
    agreement, client = make_agreement(), Api(officer)
    address = f"agreements/{agreement.reference}/"
    note = {"kind": "note", "what": "Talks", "on": "2024-12-20"}
    step = {"transition": "authorise", "on": "2024-12-20", "evidence": "decision"}
    done = {}

    def asked(name: str, act: Callable[[], Any], status: int) -> None:
        def run() -> None:
            assert act().status_code == status

        done[name] = unrouted(run)

    asked("read", lambda: client.get(address), 200)
    asked("journal", lambda: client.get(f"{address}journal/"), 200)
    asked("note", lambda: client.post(f"{address}journal/", note), 201)
    asked("step", lambda: client.post(f"{address}transitions/", step), 201)
    # The columns that a step moves are updated from a list of rows (`agreements.models.updating`), of one or of many.
    assert done == {"read": set(), "journal": set(), "note": set(), "step": {"agreement"}}
    assert "agreement" in unrouted(lambda: client.get("agreements/"))  # a list asks them all
