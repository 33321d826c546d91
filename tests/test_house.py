"""The house itself: layers, sizes, migrations, locks, and the tests' own strictness."""

import io
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import polib
import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.template import Context, Engine, Template
from django.test import TransactionTestCase

from agreements import access
from agreements.models import Entry, Unit
from agreements.models.triggers import missing
from scripts import messages
from tests.strict import ROOT

PACKAGES = ("agreements", "tracker", "tests", "scripts", "bench")


def _sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- the rooms ----
def test_imports_go_downwards():
    lint = "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"
    run = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_state_machine_is_imported_by_its_model_only():
    importers = [
        _name(path)
        for path in _sources("agreements", "tracker")
        if "migrations" not in path.parts
        and re.search(r"^\s*(from|import) django_fsm\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert [path for path in importers if not path.startswith("agreements/lifecycle/")] == [
        "agreements/models/agreement.py"
    ]


def test_files_are_short():
    lengths = {
        _name(path): path.read_text(encoding="utf-8").count("\n")
        for path in _sources(*PACKAGES)
        if "migrations" not in path.parts
    }

    assert {path: length for path, length in lengths.items() if length > 600} == {}


# ---- the installation ----
def test_every_room_stands_in_the_table_of_rooms():
    """What Django asks for by its name is no room of its own."""
    table = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = re.findall(r"`([^`]+)`", " ".join(line.split("|")[1] for line in table))
    given = {"__init__.py", "apps.py", "admin_site.py", "urls.py", "migrations/", "templatetags/"}
    rooms = {path.name for path in (ROOT / "agreements").glob("*.py")}
    rooms |= {f"{path.parent.name}/" for path in (ROOT / "agreements").glob("*/__init__.py")}

    assert sorted(room for room in rooms - given if not any(fnmatch(room, name) for name in told)) == []
    assert [name for name in told if not any(fnmatch(room, name) for room in rooms)] == []


def test_checks_of_the_system_are_clean(db):
    call_command("check", databases=["default"], fail_level="WARNING", stdout=io.StringIO())


def test_migrations_are_up_to_date(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, stdout=io.StringIO())


@pytest.mark.parametrize("name", ["runtime", "dev", "s3", "bench", "audit"])
def test_requirements_are_locked(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)[1:]

    assert packages
    assert [
        lock for lock in packages if not re.match(r"[\w.\[\]-]+==\S+.*\\\n\s+--hash=sha256:[0-9a-f]{64}", lock)
    ] == []


def test_no_file_names_an_index_of_packages():
    files = [*(ROOT / "requirements").iterdir(), ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / ".ci" / "run"]
    hosts = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host")

    assert [_name(path) for path in files if hosts.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["dev", "bench"])
def test_every_locked_package_of_runtime_is_there_at_the_same_version(name):
    def locked(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"^([\w.\[\]-]+==[^\s;]+)", text, re.MULTILINE))

    assert locked("runtime") - locked(name) == set()


# ---- the journal between tests ----
@pytest.mark.django_db(transaction=True)
def test_the_flush_between_tests_empties_the_journal_and_leaves_it_guarded(make_agreement):
    make_agreement()

    case: Any = TransactionTestCase()
    case._fixture_teardown()

    assert not Entry.objects.exists()
    assert missing(connection) == []
    assert set(Group.objects.values_list("name", flat=True)) == set(access.ROLES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["DELETE FROM agreements_entry", "UPDATE agreements_entry SET place = 'x'"])
def test_the_journal_refuses_change(make_agreement, statement):
    make_agreement()

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_command_flush_is_refused(make_agreement):
    make_agreement()

    with pytest.raises(CommandError, match="couldn't be flushed"):
        call_command("flush", interactive=False, verbosity=0)

    assert Entry.objects.exists()
    assert missing(connection) == []


# ---- the tests' own strictness ----
def _own(text: str) -> Template:
    return Engine.get_default().from_string(text)


@pytest.mark.parametrize("text", ["{{ typo }}", "{{ known.typo }}", "{% for x in typo %}{{ x }}{% endfor %}"])
def test_an_unknown_template_variable_fails(text):
    with pytest.raises(pytest.fail.Exception, match="typo"):
        _own(text).render(Context({"known": {}}))


def test_a_question_whether_a_template_variable_is_there_is_allowed():
    assert _own("{% if typo %}yes{% else %}no{% endif %}").render(Context()) == "no"


def test_templates_of_libraries_may_use_unknown_variables():
    template = Engine.get_default().get_template("admin/404.html")

    assert "Page not found" in template.render(Context())


def test_rows_without_an_order_come_turned_around(db):
    for code in ("first", "second"):
        Unit.objects.create(code=code, name_en=code)

    assert list(Unit.objects.order_by().values_list("code", flat=True)) == ["second", "first"]
    assert list(Unit.objects.order_by("code").values_list("code", flat=True)) == ["first", "second"]


# ---- the catalogues of translations ----
def test_messages_of_code_are_found_under_any_name():
    code = """
from django.utils import translation
from django.utils.translation import gettext as _, ngettext_lazy, npgettext, pgettext as p
_("one " "text"), ngettext_lazy("%(n)d day", "%(n)d days", "n"), npgettext("c", "a", "b", 2), p("c", "word")
translation.gettext("by the module"), _(variable)
"""
    found = {(message.context, message.singular, message.plural) for message in messages.from_python(code, "x.py")}

    assert found == {
        (None, "one text", ""),
        (None, "%(n)d day", "%(n)d days"),
        ("c", "a", "b"),
        ("c", "word", ""),
        (None, "by the module", ""),
    }


def test_messages_of_templates_are_found():
    text = """{% translate "50% of" %}{% translate 'a "b"' context "c" %}{{ x|default:_("none") }}{{ _("5%") }}
{% blocktranslate trimmed count n=n %}
  it's {{ n }} day
{% plural %}
  {{ n }} days
{% endblocktranslate %}{# _("no") #}{% comment %}_("no"){% endcomment %}_("no")"""
    found = {(message.context, message.singular, message.plural) for message in messages.from_template(text, "x")}

    assert found == {
        (None, "50%% of", ""),
        ("c", 'a "b"', ""),
        (None, "none", ""),
        (None, "5%%", ""),
        (None, "it's %(n)s day", "%(n)s days"),
    }


def test_a_catalogue_keeps_translations_and_drops_what_is_gone(tmp_path):
    path = tmp_path / "django.po"
    words = {word: messages.Message(None, word) for word in ("kept %(n)s", "new")}
    before = messages.merge(messages.read(path, "ru"), [words["kept %(n)s"], messages.Message(None, "gone")], "ru")
    for entry in before:
        entry.msgstr = entry.msgid
    before.save(str(path))

    after = messages.merge(messages.read(path, "ru"), words.values(), "ru")

    assert [(entry.msgid, entry.msgstr) for entry in after] == [("kept %(n)s", "kept %(n)s"), ("new", "")]


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        ("", "not translated: “%(n)s left”"),
        ("осталось %(m)s", "placeholders or ends of lines differ: “%(n)s left”: “осталось %(m)s”"),
        ("осталось %(n)s\n", "placeholders or ends of lines differ: “%(n)s left”: “осталось %(n)s\n”"),
        ("осталось %(n)s", None),
    ],
)
def test_a_wrong_translation_is_found(tmp_path, translation, fault):
    path = tmp_path / "django.po"
    found = {("%(n)s left", ""): messages.Message(None, "%(n)s left")}
    catalogue = messages.merge(messages.read(path, "ru"), found.values(), "ru")
    catalogue[0].msgstr = translation
    catalogue.save(str(path))
    path.with_suffix(".mo").write_bytes(messages.read(path, "ru").to_binary())

    assert list(messages.faults("ru", path, found)) == ([fault] if fault else [])


def test_a_stale_catalogue_is_found(tmp_path):
    path = tmp_path / "django.po"
    catalogue = messages.merge(messages.read(path, "kk"), [messages.Message(None, "gone")], "kk")
    catalogue[0].msgstr, catalogue[0].flags = "gone", ["fuzzy"]
    catalogue.save(str(path))

    assert list(messages.faults("kk", path, {("new", ""): messages.Message(None, "new")})) == [
        "not in the catalogue: “new”",
        "no longer used: “gone”",
        "doubtful (fuzzy): “gone”",
        "django.mo is not fresh",
    ]


def test_a_date_in_a_kazakh_sentence_takes_its_case():
    bare = re.compile(r"%\((?!period|days|number)\w+\)s\s(бастап|бері|дейін|дейінгі|кейін)\b")
    catalogue = polib.pofile(str(messages.ROOT / "locale" / "kk" / "LC_MESSAGES" / "django.po"))
    told = [text for entry in catalogue for text in (entry.msgstr, *entry.msgstr_plural.values())]

    assert not [text for text in told if bare.search(text)]
