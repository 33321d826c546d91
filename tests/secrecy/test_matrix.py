"""Every address by every method, for every role, of things of every level: who is let in, and who learns of nothing.

An address that is new fails here until it stands among the doors.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.db import transaction
from django.test import Client

from agreements import access
from agreements.choices import Level
from agreements.models import Agreement, User
from tests.addresses import Route, routes
from tests.admin.test_pages import REGISTERS
from tests.api.conftest import V1, schema
from tests.api.contract import WRITES
from tests.api.test_contract import READS
from tests.conftest import signed_in
from tests.pages.test_doors import OPEN
from tests.pages.test_doors import VALUES as ANY
from tests.secrecy.doors import DOORS, Door
from tests.secrecy.shelves import MISSING, NOTHING, Shelves, laid_out
from tests.shared import NO_WORK

METHODS = {"get": "G", "post": "P", "put": "U", "patch": "A", "delete": "D"}
#: What the administration has of every register: who opens which stands in `tests.admin.test_pages`.
_REGISTER = re.compile(r"/admin/agreements/(\w+)/(?:add/|\{object_id\}/(?:history/|delete/|change/)?)?")
HIDDEN = (Level.RESTRICTED, Level.SECRET)


def doors() -> Iterator[tuple[Route, Door]]:
    """Yield every route that is no page of a register, once, with what is said of it."""
    seen = set()
    for route in routes():
        if not _REGISTER.fullmatch(route.address) and route.address not in seen:
            seen.add(route.address)
            yield route, DOORS[route.address]


@pytest.fixture(name="shelves")
def records_of_every_level(sample: Any, lawyer: User, settings: Any) -> Shelves:
    """The sample portfolio with a record of every kind at each level beside it."""
    settings.TASKS = NO_WORK
    return laid_out(lawyer)


def answered(client: Client, method: str, address: str) -> Any:
    """Return the answer to a request without content; what it wrote is taken back."""
    point = transaction.savepoint()
    headers = {"content_type": "application/json"} if method == "post" and address.startswith(V1) else {}
    response = getattr(client, method)(address, **headers)
    if getattr(response, "streaming", False):
        b"".join(response.streaming_content)
    transaction.savepoint_rollback(point)
    return response


def holds(role: str, right: str) -> bool:
    """Whether a role comes in by a right; what is somebody's own belongs to the treaty department here."""
    held = set(right.split("|")) & set(access.ROLES[role])
    return right == "-" or bool(held) or (right == "own" and role == "treaty_department")


# ---- every address ----
def test_every_address_is_among_the_doors() -> None:
    registers = {match[1] for route in routes() if (match := _REGISTER.fullmatch(route.address))}

    assert {route.address for route in routes() if not _REGISTER.fullmatch(route.address)} == set(DOORS)
    assert registers == set(REGISTERS)


def test_the_api_takes_what_its_contract_says_and_nothing_else() -> None:
    """So the roles of its writes are tried in `tests.api.test_contract`."""
    told: dict[str, set[str]] = {}
    for operation in [*(f"GET {path}" for path in READS), *WRITES]:
        method, _space, path = operation.partition(" ")
        told.setdefault(re.sub(r"\{\w+\}", "{}", V1 + path), set()).add(METHODS[method.lower()])
    taken = {re.sub(r"\{\w+\}", "{}", address): set(door.methods) for address, door in DOORS.items()}

    assert {path: methods for path, methods in taken.items() if path in told} == told
    assert {path for path in taken if path.startswith(V1)} - set(told) == {V1, f"{V1}schema/"}
    assert schema()["paths"]


# ---- who has not signed in ----
def test_who_has_not_signed_in_is_led_to_the_door_by_every_method(db: None) -> None:
    client, let_in = Client(), []
    for route in routes():
        address = route.address.format_map({name: ANY.get(name, "1") for name in route.parts})
        for method in METHODS:
            response = getattr(client, method)(address)
            led = response.headers.get("Location", "").startswith(("/sign-in/", "/admin/login/"))
            if response.status_code not in (401, 403, 405) and not led and address not in OPEN:
                let_in.append(f"{method} {address}: {response.status_code}")

    assert let_in == ["post /admin/logout/: 302"] or let_in == []


# ---- roles ----
def test_each_role_comes_in_where_its_rights_let_it_and_nowhere_else(shelves: Shelves) -> None:
    """By GET, of an internal thing, as a user of internal access: one who comes in, and all who do not."""
    assert not_as_told(shelves, every=False) == []


@pytest.mark.soak
def test_every_role_comes_in_where_its_rights_let_it(shelves: Shelves) -> None:
    assert not_as_told(shelves, every=True) == []


def not_as_told(shelves: Shelves, *, every: bool) -> list[str]:
    """Return where a role is answered otherwise than the doors say; all who come in are alike, unless `every` asks."""
    wrong = []
    clients = {role: _client(user) for role, user in shelves.users.items()}
    for route, door in doors():
        came_in = False
        for role, client in clients.items():
            within = holds(role, door.right)
            if route.address in _LEAVING or (within and came_in and not every):
                continue
            came_in = came_in or within
            status = answered(client, "get", shelves.address(route, Level.INTERNAL)).status_code
            refused = 404 if door.right == "own" else 403
            expected = door.status if within or door.status == 405 else refused
            if status != expected:
                wrong.append(f"{role} {route.address}: {status}, not {expected}")
    return wrong


def test_each_address_takes_its_methods_and_no_others(shelves: Shelves) -> None:
    wrong = []
    clients = {role: _client(shelves.users[role]) for role in ("treaty_department", "administrator")}
    for route, door in doors():
        if route.address in _LEAVING:
            continue
        client = clients["administrator" if door.right.startswith("accounts") else "treaty_department"]
        for method, letter in METHODS.items():
            if letter not in door.methods and door.methods != "*":
                status = answered(client, method, shelves.address(route, Level.INTERNAL)).status_code
                if status != 405:
                    wrong.append(f"{method} {route.address}: {status}")
    assert wrong == []


def test_who_lacks_the_right_posts_nothing(shelves: Shelves) -> None:
    reader, wrong = _client(shelves.users["reader"]), []
    for route, door in doors():
        if "P" in door.methods and door.right not in ("-", "own") and not route.address.startswith(V1):
            status = answered(reader, "post", shelves.address(route, Level.INTERNAL)).status_code
            if status != 403:
                wrong.append(f"{route.address}: {status}")
    assert wrong == []


# ---- levels ----
def test_what_is_above_ones_level_is_as_if_it_were_not_there(shelves: Shelves) -> None:
    """For who holds all rights: GET of each level, and POST of what is hidden."""
    assert told_apart(shelves, "treaty_department") == []


@pytest.mark.soak
@pytest.mark.parametrize("role", sorted(access.ROLES))
def test_what_is_above_ones_level_is_for_no_role(shelves: Shelves, role: str) -> None:
    assert told_apart(shelves, role) == []


def told_apart(shelves: Shelves, role: str) -> list[str]:
    """Return where what is hidden from a role is answered otherwise than what is not there."""
    wrong, client = [], _client(shelves.users[role])
    for route, door in doors():
        if door.subject != "level":
            continue
        methods = [name for name in ("get", "post") if METHODS[name] in door.methods or door.methods == "*"]
        nothing = {name: _told(client, name, shelves, route, MISSING) for name in methods}
        for method in methods:
            if nothing[method][0] not in (403, 404):
                wrong.append(f"{method} {route.address}: {nothing[method][0]} of nothing")
            for level in HIDDEN:
                if _told(client, method, shelves, route, level) != nothing[method]:
                    wrong.append(f"{method} {route.address} of {level} is not as of nothing")
        if "G" in door.methods and holds(role, door.right):
            status = answered(client, "get", shelves.address(route, Level.PUBLIC)).status_code
            if status != door.status:
                wrong.append(f"{route.address} of public: {status}, not {door.status}")
    return wrong


def _told(client: Client, method: str, shelves: Shelves, route: Route, level: str) -> tuple[Any, ...]:
    address = shelves.address(route, level)
    response = answered(client, method, address)
    body = response.content
    for value in sorted({*shelves.at[level].values(), NOTHING}, key=len, reverse=True):
        body = body.replace(value.encode(), b"KEY")
    headers = {name: value for name, value in response.headers.items() if name not in _CHANGING}
    return response.status_code, _TOKENS.sub(b"", body), headers


_CHANGING = {"X-Request-ID", "Content-Length", "Set-Cookie", "Location"}
_TOKENS = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|\b[0-9a-f]{32}\b')
_LEAVING = ("/sign-out/", "/admin/logout/", "/account/sessions/end/")


def _client(user: User) -> Client:
    user.is_staff = True
    user.save()
    return signed_in(user)


@pytest.mark.parametrize("own", Level.values)
def test_a_reader_of_each_level_sees_up_to_it(shelves: Shelves, reader: User, own: str) -> None:
    reader.access_level = own
    reader.save()
    client = signed_in(reader)
    page = client.get("/agreements/?q=agreement+at").content.decode()
    for level in Level.values:
        seen = level in Level.up_to(own)
        assert client.head(f"/agreements/{shelves.at[level]['reference']}/").status_code == (200 if seen else 404)
        assert (shelves.at[level]["reference"] in page) is seen


# ---- programs ----
def test_a_token_does_what_it_is_for_and_sees_what_its_owner_sees(shelves: Shelves) -> None:
    wrong = []
    programs = {name: Client(headers={"authorization": f"Token {shelves.secrets[name]}"}) for name in _PROGRAMS}
    elsewhere = Agreement.objects.for_user(shelves.users["treaty_department"]).exclude(areas__code="aviation")[0]
    for route, door in doors():
        if not route.address.startswith(V1) or route.address in (V1, f"{V1}schema/"):
            continue
        for method in ("get", "post"):
            if METHODS[method] not in door.methods:
                continue
            status = answered(programs["read"], method, shelves.address(route, Level.INTERNAL)).status_code
            asks = method == "get" or route.address in _ASKING
            if (status == 403) is asks:
                wrong.append(f"read-only {method} {route.address}: {status}")
        if "{reference}" in route.address and "G" in door.methods:
            address = route.address.format_map({**shelves.at[Level.PUBLIC], "reference": elsewhere.reference})
            found = [answered(programs[name], "get", address).status_code for name in ("write", "areas")]
            if found != [200, 404]:
                wrong.append(f"{address}: {found}")
    assert wrong == []
    whole, narrow = (programs[name].get(f"{V1}agreements/?page_size=200").content.decode() for name in _PROGRAMS[1:])
    assert elsewhere.reference in whole
    assert elsewhere.reference not in narrow


_PROGRAMS = ("read", "write", "areas")
#: What a program asks by POST, which writes nothing.
_ASKING = (f"{V1}agreements/{{reference}}/entry-into-force/",)


def test_a_calendar_shows_what_its_owner_sees(shelves: Shelves) -> None:
    told = Client().get(f"/calendar/{shelves.secrets['calendar']}.ics").content.decode()

    assert {level: f"Talks at {level}" in told for level in Level.values} == {
        "public": True, "internal": True, "restricted": False, "secret": False,
    }  # fmt: skip


# ---- commands ----
#: Who works on the server has the database: what a command shows of its own accord is all. These act for a user.
FOR_USERS = {"step", "report", "import_actions", "import_agreements", "import_table"}
OF_THE_SERVER = {
    "backup", "break_glass", "calendars", "check_documents", "create_token", "demo", "entry_into_force", "export_all",
    "import_all", "load_sample", "migrate", "procedures", "restore", "retention", "review_access", "seal_journal",
    "tick", "verify_journal", "work",
}  # fmt: skip


def test_every_command_is_known() -> None:
    assert {name for name, app in get_commands().items() if app == "agreements"} == FOR_USERS | OF_THE_SERVER


def test_a_command_for_a_user_knows_nothing_of_what_is_hidden_from_him(shelves: Shelves, tmp_path: Any) -> None:
    user = shelves.users["treaty_department"]
    acts = tmp_path / "acts.csv"

    def told(reference: str) -> list[str]:
        acts.write_text(f"agreement,party,act,on\n{reference},KZ,ratification,2024-12-20\n")
        found = []
        for words in (
            ["step", reference, "withdraw", "--on", "2024-12-20", "--by", user.username, "--reason", "x"],
            ["report", "agreement", "--agreement", reference, "--user", user.username],
            ["report", "participation", "--agreement", reference, "--user", user.username],
            ["import_actions", str(acts), "--by", user.username],
        ):
            with pytest.raises(CommandError) as failure:
                call_command(*words)
            found.append(str(failure.value).replace(reference, "REF"))
        return found

    assert told(shelves.at[Level.SECRET]["reference"]) == told("AIR-2222")
