"""The contract of every list: what each filter keeps, how each order sorts, and pages that others write between.

What a filter keeps is worked out from what the rows themselves say. A list, a filter or an order that is new fails
until it is told here what it goes by.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from agreements import clock
from agreements.models import Area, Entry, Mailing, Notification, Unit
from tests.api.conftest import V1, errors_of, schema
from tests.api.contract import WRITES
from tests.api.field import DAY, IN_FORCE, PDF, SIGNING, Field, laid_out_field  # noqa: F401

Row = dict[str, Any]
#: Parameters of lists that keep or drop no rows by what these say: the page, the form, and questions to the journal.
NOT_FILTERS = {"cursor", "page_size", "count", "fields", "format", "ordering", "expand", "as_of"}
#: Filters that bound a moment, without saying so in their name.
BOUNDS = {"known_at": "lte", "since": "gte"}
ONE = f"agreements/{IN_FORCE}/"
#: Parties of which no undisclosed participation is recorded.
MEMBERS = ("BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FR")
#: Behind every day there is.
LAST = "9999-99-99"
#: Lists of one agreement that are looked at where there is most of them.
ELSEWHERE = {
    "agreements/{reference}/tasks/": {"reference": SIGNING},
    "agreements/{reference}/attention/": {"reference": "RAW-23X4"},
}


class World:
    """What rows do not say themselves: of the agreements that they are about."""

    def __init__(self, field: Field) -> None:
        client = field.client()
        self.agreements = {row["reference"]: row for row in whole(client, "agreements/")}
        self.views = {name: field.there[name]["id"] for name in ("views", "views-of-tasks")}
        self.user = field.users["t"].username
        self.findings: dict[str, set[str]] = {}
        for row in whole(client, "attention/"):
            self.findings.setdefault(row["agreement"], set()).update((row["kind"], row["strength"]))
        self.subjects = {row["url"]: row for name in ("meetings/", "indicators/") for row in whole(client, name)}

    def parties(self, reference: str | None) -> list[str]:
        return [one["party"] for one in self.agreements[reference]["participants"]] if reference else []

    def areas(self, reference: str | None) -> list[str]:
        return self.agreements[reference]["areas"] if reference else []

    def roads(self, reference: str) -> list[str]:
        """The view of agreements that shows an agreement."""
        return [self.views["views"]] if "transport" in self.areas(reference) else []

    def parties_of_subject(self, subject: Row) -> list[str]:
        if subject["kind"] == "party":
            return [subject["url"].rstrip("/").rpartition("/")[2]]
        row = self.subjects.get(subject["url"], {})
        return [*row.get("parties", ()), *filter(None, [row.get("party")]), *self.parties(subject["agreement"])]


def words(*texts: Any) -> list[str]:
    """All words of texts, or of texts by language."""
    told = [text for one in texts for text in (one.values() if isinstance(one, dict) else [one])]
    return [word.strip("().,:;«»").casefold() for text in told for word in text.split()]


def plain(*names: str) -> dict[str, Callable[[World, Row], Any]]:
    """Filters that go by what a row says under the same name."""
    return {name: lambda _world, row, name=name: row[name] for name in names}


ABOUT_AGREEMENTS = {
    "agreement": lambda _world, row: row["agreement"],
    "party": lambda world, row: world.parties(row["agreement"]),
}
TASKS = {
    **plain("status", "side", "person", "unit", "transition", "by_procedure", "overdue", "due_by"),
    **plain("created_at", "changed_at"),
    "mine": lambda world, row: row["person"] == world.user,
    "text": lambda _world, row: words(row["title"]),
}
ENTRIES = {"known_at": lambda _world, row: row["recorded_at"], **plain("recorded_at", "on")}
DOCUMENTS = {
    **plain("kind", "level", "created_at"),
    "language": lambda _world, row: [one["language"] for one in row["versions"]],
    "text": lambda _world, row: words(row["title"], *(one["name"].replace(".", " ") for one in row["versions"])),
}
#: By what each filter of each list goes; filters of the same name and another lookup go by the same.
FILTERS: dict[str, dict[str, Callable[[World, Row], Any]]] = {
    "agreements/": {
        **plain("stage", "group", "kind", "level", "lead_unit", "officer", "ball", "on_hold", "binding"),
        **plain("since", "valid_from", "valid_until", "planned_signing", "changed_at"),
        "area": lambda _world, row: row["areas"],
        "party": lambda world, row: world.parties(row["reference"]),
        "procedure": lambda _world, row: row["procedure"]["code"],
        "attention": lambda world, row: world.findings.get(row["reference"], ()),
        "view": lambda world, row: world.roads(row["reference"]),
        "text": lambda _world, row: words(row["reference"], row["title"], row["short_title"]),
    },
    "agreements/{reference}/actions/": ENTRIES,
    "agreements/{reference}/attention/": plain("kind", "strength"),
    "agreements/{reference}/documents/": DOCUMENTS,
    "agreements/{reference}/journal/": ENTRIES | plain("kind"),
    "agreements/{reference}/tasks/": TASKS,
    "attention/": {
        **plain("kind", "strength"),
        **ABOUT_AGREEMENTS,
        "area": lambda world, row: world.areas(row["agreement"]),
        "lead_unit": lambda world, row: world.agreements[row["agreement"]]["lead_unit"],
        "officer": lambda world, row: world.agreements[row["agreement"]]["officer"],
        "view": lambda world, row: world.roads(row["agreement"]),
    },
    "delegations/": plain("absent", "deputy", "runs"),
    "commitments/": {
        **plain("agreement", "party", "state", "unit", "due", "changed_at"),
        "text": lambda _world, row: words(row["text"], row["provision"], row["body"]),
    },
    "documents/": DOCUMENTS | plain("agreement"),
    "events/": {
        "kind": lambda _world, row: row["entry"]["kind"],
        "since": lambda _world, row: row["entry"]["recorded_at"],
        "subject": lambda _world, row: row["subject"]["kind"],
        "agreement": lambda _world, row: row["subject"]["agreement"],
        "area": lambda world, row: world.areas(row["subject"]["agreement"]),
        "party": lambda world, row: world.parties_of_subject(row["subject"]),
    },
    "indicators/": plain("party", "period_until", "changed_at"),
    "meetings/": {
        **plain("status", "rank", "level", "on", "changed_at"),
        "meeting_format": lambda _world, row: row["format"],
        "party": lambda _world, row: row["parties"],
        "agreement": lambda _world, row: [item["agreement"] for item in row["agenda"]],
        "text": lambda _world, row: words(row["title"], row["format_name"], row["place"], row["counterpart"],
                                          row["counterpart_translations"]),
    },
    "parties/": {
        **plain("kind", "changed_at"),
        "member_of": lambda _world, row: [one["organisation"] for one in row["memberships"] if not one["until"]],
        "text": lambda _world, row: words(row["code"], row["name"]),
    },
    "undisclosed-participants/": plain("agreement", "party", "role", "level", "state", "changed_at"),
    "mailings/": plain("kind", "state"),
    "notifications/": plain("important") | {"unread": lambda _world, row: row["read_at"] is None},
    "shares/": plain("agreement", "user", "unit", "in_force"),
    "tasks/": TASKS | ABOUT_AGREEMENTS | {
        "view": lambda world, row: [world.views["views-of-tasks"]] if row["overdue"] else [],
    },
    "views/": plain("kind", "mine", "shared"),
    "webhooks/{id}/deliveries/": plain("state"),
}  # fmt: skip
#: By what each list goes where no order is asked for, as orders are named; what is computed is sorted otherwise.
DEFAULTS = {
    "agreements/": "-changed_at", "agreements/{reference}/actions/": "sequence",
    "agreements/{reference}/documents/": "-created_at", "agreements/{reference}/journal/": "sequence",
    "agreements/{reference}/tasks/": "due_by", "areas/": "code", "commitments/": "-changed_at",
    "delegations/": "-given_at", "shares/": "-given_at", "undisclosed-participants/": "-changed_at",
    "documents/": "-created_at", "events/": "recorded_at", "feeds/": "-created_at", "indicators/": "-period_until",
    "meetings/": "-on", "parties/": "code", "procedures/": "code", "task-templates/": "code", "tasks/": "due_by",
    "tokens/": "-created_at", "subscriptions/": "-created_at", "notifications/": "-created_at",
    "mailings/": "-created_at",
    "units/": "code", "views/": "-changed_at", "webhooks/": "-created_at",
}  # fmt: skip
#: What comes from files: nobody writes there meanwhile.
FIXED = {"procedures/"}
COMPUTED = {"attention/", "agreements/{reference}/attention/", "webhooks/{id}/deliveries/"}
#: What orders go by where rows name it otherwise.
KEYS: dict[str, Callable[[Row], Any]] = {
    "on": lambda row: row["on"]["earliest"],
    "since": lambda row: row["since"]["latest"],
    "recorded_at": lambda row: row["entry"]["recorded_at"],
}


def lists() -> dict[str, dict[str, Any]]:
    """All lists of the schema with their parameters."""
    found = {}
    for path, methods in schema()["paths"].items():
        parameters = methods.get("get", {}).get("parameters", ())
        asked = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
        if "page_size" in asked:
            found[path.removeprefix(V1)] = asked
    return found


def place(field: Field, path: str) -> str:
    return field.address(path, **ELSEWHERE.get(path, {}))


def filters_of(parameters: Iterable[str]) -> set[str]:
    return set(parameters) - NOT_FILTERS


def whole(client: Any, address: str, query: Any = ()) -> list[Row]:
    """All rows, by as few pages as can be."""
    rows, page = [], client.get(address, [("page_size", "200"), *query]).json()
    while True:
        rows += page["results"]
        if not page["next"] or page.get("more") is False:
            return rows
        page = client.get(page["next"]).json()


def key_of(row: Row) -> str:
    """What tells a row from all others."""
    return str(row.get("id") or row.get("reference") or row.get("code") or sorted(map(str, row.items())))


def test_every_list_stands_in_the_contract():
    known = lists()
    assert set(known) == {*DEFAULTS, *COMPUTED}
    for path, parameters in known.items():
        bases = {name.partition("__")[0] for name in filters_of(parameters)}
        extra = {"known_at"} if "as_of" in parameters else set()  # asked of the journal, together with the day
        assert bases - extra == set(FILTERS.get(path, ())), path


def keeps(told: Any, name: str, value: str) -> bool:
    """Whether what a row says satisfies a filter."""
    base, _, lookup = name.partition("__")
    lookup = lookup or BOUNDS.get(base, "")
    if lookup in ("gte", "lte") and isinstance(told, dict):  # a date with a precision, if it can lie there
        return (told["latest"] or LAST) >= value if lookup == "gte" else (told["earliest"] or "") <= value
    if lookup in ("gte", "lte"):
        return told is not None and (told >= value if lookup == "gte" else told <= value)
    if base == "text":
        return all(any(one.startswith(word) for one in several(told)) for word in words(value))
    return any(one in several(told) for one in (value.split(",") if lookup == "in" else [value]))


def several(told: Any) -> list[str]:
    """What a row says, as filters write it."""
    told = told["earliest"] if isinstance(told, dict) else told
    values = told if isinstance(told, list | tuple | set) else [told]
    return [str(one).lower() if isinstance(one, bool) else one for one in values]


def candidates(rows: list[Row], told: Callable[[Row], Any]) -> list[str]:
    """Every value that a row could be kept by, in order; from the middle on."""
    values = sorted({value for row in rows for value in several(told(row)) if value})
    return values[len(values) // 2 :] + values[: len(values) // 2]


def test_each_filter_keeps_exactly_the_rows_that_satisfy_it(field, subtests):
    client, world = field.client(), World(field)
    for path, parameters in lists().items():
        address, known = place(field, path), FILTERS.get(path, {})
        rows = whole(client, address)
        for name in sorted(filters_of(parameters) - ({"known_at"} if "as_of" in parameters else set())):
            with subtests.test(path, filter=name):
                told = partial(known[name.partition("__")[0]], world)
                tried, values = 0, candidates(rows, told)
                for value in values:
                    kept = [key_of(row) for row in rows if keeps(told(row), name, value)]
                    if not 0 < len(kept) < len(rows):
                        continue
                    assert Counter(key_of(row) for row in whole(client, address, [(name, value)])) == Counter(kept)
                    tried += 1
                    if tried == 2:
                        break
                assert tried, f"no value of {values} keeps some rows and drops some"
                if parameters[name].get("type") == "array":
                    wide = [key_of(row) for row in rows if any(keeps(told(row), name, one) for one in values[:2])]
                    asked = [(name, one) for one in values[:2]]
                    assert Counter(key_of(row) for row in whole(client, address, asked)) == Counter(wide)
                if name == "text":
                    continue
                nonsense, empty = client.get(address, {name: "no such thing"}), client.get(address, {name: ""})
                assert set(errors_of(nonsense)) == set(errors_of(empty)) == {name}
        assert errors_of(client.get(address, {"nope": "1"})) == {"nope": "unknown"}


def test_each_order_sorts_by_its_key_both_ways(field, subtests):
    client = field.client()
    for path, default in DEFAULTS.items():
        address, asked = place(field, path), lists()[path].get("ordering", {}).get("enum", [])
        assert {name.lstrip("-") for name in asked} == {name for name in asked if name[0] != "-"}
        assert len(asked) == 2 * len({name.lstrip("-") for name in asked})
        for order in (None, *asked):
            with subtests.test(path, order=order):
                name, falling = (order or default).lstrip("-"), (order or default).startswith("-")
                rows = whole(client, address, [("ordering", order)] if order else ())
                keys = [KEYS.get(name, lambda row, name=name: row[name])(row) for row in rows]
                # What has no value comes last in the rising order, and first in the falling one.
                assert keys == sorted(keys, key=lambda key: (key is None, key or ""), reverse=falling)
                assert len(set(keys)) > 1
                assert Counter(map(key_of, rows)) == Counter(map(key_of, whole(client, address)))


def new(field: Field, path: str, turn: int) -> None:
    """Make another row of a list."""
    title = {"en": f"The {turn}th"}
    if path in ("areas/", "units/"):
        model, more = (Area, {"prefix": f"Q{turn}Q"}) if path == "areas/" else (Unit, {})
        model.objects.create(code=f"m{turn}", name_en=title["en"], **more)
        return
    if path == "notifications/":
        entry = Entry.objects.filter(subject_kind="agreement").order_by("recorded_at", "pk")[10 + turn]
        Notification.objects.create(person=field.users["t"], entry=entry, created_at=clock.now())
        return
    if path == "mailings/":
        Mailing.objects.create(person=field.users["t"], kind="single", created_at=clock.now())
        return
    if path == "shares/":
        Unit.objects.create(code=f"s{turn}", name_en=title["en"])
    year = 2900 + turn
    bodies = {
        "shares/": ("shares/", WRITES["POST shares/"].body | {"unit": f"s{turn}"}),
        "undisclosed-participants/": (
            "undisclosed-participants/",
            WRITES["POST undisclosed-participants/"].body
            | {"party": ("BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FR")[turn % 8]},
        ),
        "delegations/": (
            "delegations/",
            {"deputy": "deputy", "starts_on": f"{year}-01-01", "ends_on": f"{year}-01-02"},
        ),
        "documents/": (f"{ONE}documents/", {"kind": "draft", "on": DAY, "language": "en", "file": PDF + b"%" * turn}),
        "events/": (f"{ONE}journal/", {"kind": "note", "on": DAY, "what": f"Note {turn}."}),
        "attention/": ("agreements/", {"title": title, "kind": "protocol"}),
        "actions/": (f"{ONE}actions/", {"party": "KZ", "act": "declaration", "on": DAY, "what": f"{turn}"}),
        "tasks/": (f"agreements/{SIGNING}/tasks/", {"title": title, "due": f"2025-{turn:02}-01"}),
        "deliveries/": (field.address("webhooks/{id}/ping/"), {}),
        "parties/": ("parties/", {"code": f"X{turn}", "kind": "organisation", "name": title}),
        "task-templates/": ("task-templates/", {"code": f"m{turn}", "name": title, "tasks": [{"title": title}]}),
        "webhooks/": ("webhooks/", {"name": f"{turn}", "address": f"https://systems.example/{turn}"}),
    }
    bodies["journal/"] = bodies["events/"]
    last = path.rstrip("/").rpartition("/")[2] + "/"
    address, body = bodies.get(last) or (path, {**WRITES[f"POST {path}"].body, **_named(path, turn)})
    field.make(address, body)


def _named(path: str, turn: int) -> dict[str, Any]:
    named = {"name": f"The {turn}th"} if path in ("feeds/", "tokens/", "views/") else {}
    return named | ({"source": f"Table {turn}"} if path == "indicators/" else {})


def touch(field: Field, path: str, turn: int = 0) -> str | None:
    """Change a row of a list, where rows can be changed; return its key."""
    one = next((name for name in WRITES if name.startswith(f"PATCH {path}{{")), None)
    if one is None:
        return None
    address = field.address(one.removeprefix("PATCH "))
    body = {"title": {"en": f"The {turn}th draft"}} if path == "documents/" else WRITES[one].body
    changed = field.client().patch(address, body)
    assert changed.status_code == 200, changed.content
    return key_of(changed.json())


@pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["by default", "in any order"]
)
def test_pages_miss_and_double_nothing_while_others_write(field, subtests, every):
    """To the end by `next`, and back by `previous`: what was there the whole time comes once, whatever others do."""
    client = field.client()
    for path, parameters in lists().items():
        if path in FIXED:
            continue
        for turn, order in enumerate((None, *(parameters.get("ordering", {}).get("enum", []) if every else ()))):
            with subtests.test(path, order=order):
                address = place(field, path)
                asked = [("ordering", order)] if order else []
                before = [key_of(row) for row in whole(client, address, asked)]
                moved = {touch(field, path)} if "changed_at" in (order or DEFAULTS.get(path, "")) else set()
                size, seen, pages = max(2, len(before) // 4), [], 0
                page = client.get(address, [("page_size", str(size)), *asked]).json()
                while True:
                    seen += [key_of(row) for row in page["results"]]
                    pages += 1
                    if not page["next"] or page.get("more") is False:
                        break
                    if pages < 3:
                        new(field, path, turn * 2 + pages)
                        touch(field, path, turn * 2 + pages)
                    page = client.get(page["next"]).json()
                assert pages > 1 or len(before) <= size
                there = Counter(key for key in seen if key in before and key not in moved)
                assert there == Counter(key for key in before if key not in moved)
                assert max(Counter(key for key in seen if key not in moved).values()) == 1
                if "previous" not in page:
                    continue
                back = [key_of(row) for row in page["results"]]
                while page["previous"]:
                    page = client.get(page["previous"]).json()
                    back = [key_of(row) for row in page["results"]] + back
                assert [key for key in back if key in there] == [key for key in seen if key in there]
