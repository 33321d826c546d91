"""Fixtures that all tests share. Users are roles, agreements are those of the sample portfolio: nobody is invented."""

import copy
import gc
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, SimpleTestCase
from django.utils import translation

from agreements import lifecycle, registers
from agreements.choices import InstrumentKind, Level, PartyKind, Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Area, Entry, EntryText, EventPosition, Party, User
from tests import databases, portfolio, strict
from tests.copies import Copy

gc.disable()  # until `pytest_runtestloop`


def pytest_report_header() -> str:
    """Say on which database the tests run."""
    return f"database: {connection.vendor}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a second run, on another database, leave out what knows no database."""
    parser.addoption("--database-only", action="store_true", help="run only the tests that use the database")
    parser.addoption("--shown-too", action="store_true", help="with --database-only: also what pages and files show")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of pure rules where only those of the database are asked for."""
    if not config.getoption("--database-only"):
        return
    shown_too = config.getoption("--shown-too")
    wanted = {item for item in items if _uses_database(item) and (shown_too or not _shows(item))}
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = [item for item in items if item in wanted]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look for garbage among what the tests make only: all that is imported and collected stays to the end anyway."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


#: Of these a page, a file, a header, the form of an answer or who comes in is looked at: one database is enough, as
#: they read what is tested on both. `--shown-too` runs them on the other one, too (`make soak`).
_SHOWN = (
    *("api/test_contract.py", "api/test_schema", "api/test_shape", "api/test_problem"),
    *("pages/", "admin/", "reports/test_docx", "reports/test_formats", "reports/test_office", "reports/test_pdf"),
    *("reports/test_pictures", "reports/test_same_numbers", "reports/test_xlsx", "documents/test_preview"),
    *("api/test_client", "api/test_docs", "api/test_examples", "api/test_guide", "api/test_http.py"),
    *("entrance/", "secrecy/test_differential", "secrecy/test_matrix", "security/", "test_watching"),
    *("documents/test_marking", "meetings/test_pages", "subscriptions/test_mails"),
)
#: Of these it is how they read: every page is opened on both, and what finds, counts and sorts is tried on both.
_READING = (
    *("pages/test_board", "pages/test_deadlines", "pages/test_desk", "pages/test_list"),
    *("pages/test_markup", "pages/test_overview", "pages/test_parties", "pages/test_search", "admin/test_pages"),
    *("entrance/test_journal", "entrance/test_lockout", "entrance/test_sessions", "security/test_injected"),
)
#: The same queries are asked in every language.
_IN_OTHER_WORDS = re.compile(r"pages/test_markup.*\[(ru|kk)\]$")


def _shows(item: pytest.Item) -> bool:
    name = item.path.relative_to(Path(__file__).parent).as_posix()
    told = f"{name}::{item.name}"
    return bool(_IN_OTHER_WORDS.match(told)) or (name.startswith(_SHOWN) and not name.startswith(_READING))


def _uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser"):  # what a browser shows does not depend on the database
        return False
    fixtures = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    case = getattr(item, "cls", None)
    return bool(fixtures or item.get_closest_marker("django_db") or (case and issubclass(case, SimpleTestCase)))


@pytest.fixture(scope="session", autouse=True)
def _strict(django_test_environment: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        strict.tell_of_whole_pages(patch)
        strict.strict_loops(patch)
        strict.reverse_unordered(patch)
        strict.lift_triggers_for_the_flush(patch)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Make the database of this process from one that was migrated already, where there is one."""
    with ExitStack() as made:
        with django_db_blocker.unblock():
            made.enter_context(databases.database())
        yield
        with django_db_blocker.unblock():
            made.close()


@pytest.fixture(autouse=True)
def _no_language_left_behind() -> Iterator[None]:
    """A page asked for in Kazakh leaves Kazakh active in this thread; the next test begins afresh."""
    yield
    translation.deactivate()


# ---- people ----
def _user(role: str, group: str, level: Level = Level.INTERNAL) -> User:
    # The same key every time: what was recorded by somebody can be copied into another test.
    key = uuid.uuid5(uuid.NAMESPACE_OID, role)
    user = User.objects.create_user(role, id=key, access_level=level)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def reader(db: None) -> User:
    """Somebody who reads up to internal and writes nothing."""
    return _user("reader", "reader")


@pytest.fixture
def officer(db: None) -> User:
    """A desk officer: proposes, records and edits up to internal."""
    return _user("officer", "officer")


@pytest.fixture
def lawyer(db: None) -> User:
    """A member of the treaty department: all rights over agreements, all levels."""
    return _user("lawyer", "treaty_department", Level.SECRET)


@pytest.fixture
def csrf_client() -> Client:
    """A client that must send the token of its forms, as a browser does."""
    return Client(enforce_csrf_checks=True)


# ---- browsers ----
def signed_in(user: User) -> Client:
    """Return a client of somebody who has signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests of this process that need one."""
    from tests import browsing

    with browsing.started() as found:
        yield found


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """Chromium without a window; what a test opened in it is closed, and nothing of it is known to the next one."""
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture
def at_officer(officer: User) -> Client:
    """A desk officer's browser: up to internal."""
    return signed_in(officer)


@pytest.fixture
def at_reader(reader: User) -> Client:
    """The browser of somebody who only reads."""
    return signed_in(reader)


@pytest.fixture
def at_lawyer(lawyer: User) -> Client:
    """A browser in the treaty department: all levels."""
    return signed_in(lawyer)


# ---- records ----
#: Kazakhstan and the European Union with their chains, once they were created; one copy for a process.
_parties: list[tuple[Copy, list[Party]]] = []


@pytest.fixture
def parties(lawyer: User) -> dict[str, Party]:
    """Kazakhstan and the European Union, by code."""
    if _parties and _parties[0][0].has_been:
        _parties[0][0].insert()
        return {party.code: copy.deepcopy(party) for party in _parties[0][1]}
    both = (
        Party(code="KZ", kind=PartyKind.STATE, name_en="Kazakhstan", name_ru="Казахстан", name_kk="Қазақстан"),
        Party(
            code="EU",
            kind=PartyKind.ORGANISATION,
            name_en="European Union",
            name_ru="Европейский союз",
            name_kk="Еуропалық одақ",
        ),
    )
    created = [registers.create(party, by=lawyer) for party in both]
    if not _parties:
        entries = Entry.objects.filter(subject__in=[party.pk for party in created])
        beside = [*EntryText.objects.filter(entry__in=entries), *EventPosition.objects.filter(entry__in=entries)]
        _parties.append((Copy([*created, *entries, *beside]), copy.deepcopy(created)))
    return {party.code: party for party in created}


@pytest.fixture
def areas(db: None) -> dict[str, Area]:
    """The areas of aviation and of transport, by code."""
    both = (
        Area(code="aviation", prefix="AIR", name_en="Aviation", name_ru="Авиация", name_kk="Авиация"),
        Area(
            code="transport",
            prefix="TRA",
            name_en="Transport and logistics",
            name_ru="Транспорт и логистика",
            name_kk="Көлік және логистика",
        ),
    )
    for area in both:
        area.save()
    return {area.code: area for area in both}


@pytest.fixture
def make_agreement(lawyer: User, parties: dict[str, Party], areas: dict[str, Area]) -> Callable[..., Agreement]:
    """Return a factory of agreements. Unless told otherwise it proposes the Horizontal Aviation Agreement of 2003.

    Takes the fields of `lifecycle.Proposal`, and `by=`, `on=` and details of `lifecycle.open`.
    """

    def make(*, by: User = lawyer, on: FuzzyDate | None = None, **given: Any) -> Agreement:
        proposal: dict[str, Any] = {
            "titles": {
                "en": "Agreement between the European Union and the Government of the Republic of Kazakhstan on "
                "certain aspects of air services"
            },
            "short_titles": {"en": "Horizontal Aviation Agreement", "ru": "Горизонтальное авиационное соглашение"},
            "kind": InstrumentKind.AGREEMENT,
            "areas": [areas["aviation"], areas["transport"]],
            "participants": [(parties["KZ"], Role.NEGOTIATING), (parties["EU"], Role.NEGOTIATING)],
        }
        fields = lifecycle.Proposal.__dataclass_fields__
        proposal |= {name: value for name, value in given.items() if name in fields}
        details = {"source": "COM(2025)154"} | {name: value for name, value in given.items() if name not in fields}
        day = on or FuzzyDate.of_day(date(2003, 6, 5))
        return lifecycle.open(lifecycle.Proposal(**proposal), by=by, on=day, **details)

    return make


@pytest.fixture
def sample(db: None) -> dict[str, Agreement]:
    """The sample portfolio, by reference."""
    portfolio.load()
    return {agreement.reference: agreement for agreement in Agreement.objects.with_parties()}
