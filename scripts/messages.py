"""The catalogues of translations, without the gettext programs: `python scripts/messages.py extract|compile|check`.

    extract   merge the messages of the code and the templates into locale/*/LC_MESSAGES/django.po
    compile   write django.mo beside every django.po
    check     fail when a catalogue is behind the code, a translation is missing or doubtful, or a .mo is not fresh

The same sources always give the same files: no dates, no line numbers, messages in alphabetical order.

Messages of Django and of Django REST framework that Pacta words itself, because the library has no translation or a
poor one, are listed in locale/<language>/django.pot, and those of the scripts of the admin in djangojs.pot beside it.
"""

import argparse
import ast
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
FOLDERS = ("agreements", "tracker", "templates")
LIBRARIES = ("django", "rest_framework")
PLURALS = {
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "kk": "nplurals=2; plural=(n != 1);",
}
#: The arguments of each function of `django.utils.translation`: c is the context, s the singular, p the plural.
KEYWORDS = {
    "gettext": "s",
    "gettext_lazy": "s",
    "gettext_noop": "s",
    "pgettext": "cs",
    "pgettext_lazy": "cs",
    "ngettext": "sp",
    "ngettext_lazy": "sp",
    "npgettext": "csp",
    "npgettext_lazy": "csp",
}
_LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"(?<![\w.])(n?p?gettext|_)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]|\{(\w*)\}|(%[sd])")


@dataclass
class Message:
    """A text to be translated and the files that use it."""

    context: str | None
    singular: str
    plural: str = ""
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others: the text and the context."""
        return self.singular, self.context or ""


# ---- extracting ----
def extract() -> dict[tuple[str, str], Message]:
    """Return every message of the code and the templates. Raises SystemExit when a text has two plurals."""
    found: dict[tuple[str, str], Message] = {}
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")):
        if "migrations" in path.parts or path.suffix not in (".py", ".html", ".txt", ".svg", ".xml"):
            continue
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        for message in from_python(text, name) if path.suffix == ".py" else from_template(text, name):
            kept = found.setdefault(message.key, message)
            if kept.plural and message.plural and kept.plural != message.plural:
                raise SystemExit(f"{name}: “{message.singular}” has another plural elsewhere: give one a context.")
            kept.plural = kept.plural or message.plural
            kept.files.add(name)
    return dict(sorted(found.items()))


def from_python(text: str, name: str) -> Iterator[Message]:
    """Find the calls of gettext and its kin, under whatever names the module imports them."""
    tree = ast.parse(text, name)
    names, modules = dict[str, str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {
                alias.asname or alias.name: KEYWORDS[alias.name] for alias in node.names if alias.name in KEYWORDS
            }
        elif isinstance(node, ast.ImportFrom) and node.module == "django.utils":
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "translation"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called, shape = node.func, None
        if isinstance(called, ast.Name):
            shape = names.get(called.id)
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in modules:
            shape = KEYWORDS.get(called.attr)
        if not shape:
            continue
        given = node.args[: len(shape)]
        texts = [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if len(texts) == len(shape):
            yield _message(shape, texts)
        elif any(isinstance(part, ast.JoinedStr) for part in given):
            raise SystemExit(f"{name}:{node.lineno}: an f-string cannot be translated; use %(name)s.")


def from_template(text: str, name: str) -> Iterator[Message]:
    """Find what the tags and `_()` of a template translate."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = templatize(text, origin=name)
    for match in _CALL.finditer(code):
        texts = list(ast.literal_eval(f"[{match[2]}]"))
        if match[1] == "_":
            # As Django looks the text up: `_("50%")` is asked for as "50%%".
            yield _message("s", [texts[0].replace("%", "%%")])
        else:
            yield _message(KEYWORDS[match[1]], texts)


def _message(shape: str, texts: list[str]) -> Message:
    parts = dict(zip(shape, texts, strict=False))
    return Message(parts.get("c"), parts["s"], parts.get("p", ""))


# ---- messages of libraries ----
def borrowed(path: Path) -> dict[tuple[str, str], Message]:
    """Return the messages of libraries that a list names; none where there is no list."""
    if not path.exists():
        return {}
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    listed = polib.pofile(str(path))
    found = [Message(entry.msgctxt, entry.msgid, entry.msgid_plural or "", {name}) for entry in listed]
    return {message.key: message for message in found}


def offered(domain: str) -> set[tuple[str, str]]:
    """Return the keys of every message of the libraries."""
    keys: set[tuple[str, str]] = set()
    for library in LIBRARIES:
        spec = find_spec(library)
        for folder in spec.submodule_search_locations or () if spec else ():
            for path in Path(folder).glob(f"**/locale/en/LC_MESSAGES/{domain}.[mp]o"):
                keys |= {_key(entry) for entry in (polib.mofile if path.suffix == ".mo" else polib.pofile)(str(path))}
    return keys


# ---- catalogues ----
@dataclass(frozen=True)
class Catalogue:
    """A catalogue, the list of messages of libraries for it, and every message that belongs into it."""

    language: str
    path: Path
    listed: Path
    found: dict[tuple[str, str], Message]

    @property
    def name(self) -> str:
        """What it is called in reports: the language, and the domain where that is not the usual one."""
        return self.language if self.path.stem == "django" else f"{self.language}, {self.path.stem}"


def catalogues() -> Iterator[Catalogue]:
    """Return the catalogues, by language and domain; one for scripts only where messages are listed for it."""
    code = extract()
    for language in (code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE):
        for domain in ("django", "djangojs"):
            folder = ROOT / "locale" / language
            listed = folder / f"{domain}.pot"
            found = dict(code if domain == "django" else {})
            for key, message in borrowed(listed).items():
                found.setdefault(key, message)
            if found:
                yield Catalogue(language, folder / "LC_MESSAGES" / f"{domain}.po", listed, dict(sorted(found.items())))


def read(path: Path, language: str) -> polib.POFile:
    """Return a catalogue; an empty one where there is none yet."""
    catalogue = polib.pofile(str(path), wrapwidth=WIDTH) if path.exists() else polib.POFile(wrapwidth=WIDTH)
    catalogue.metadata = header(language)
    return catalogue


def header(language: str) -> dict[str, str]:
    """Return the head of a catalogue; it names no dates and no people, so that it never changes by itself."""
    return {
        "Project-Id-Version": "Pacta",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }


def merge(kept: polib.POFile, found: Iterable[Message], language: str) -> polib.POFile:
    """Return a catalogue of exactly the messages found, with the translations and comments there are."""
    before = {_key(entry): entry for entry in kept if not entry.obsolete}
    forms = int(re.findall(r"nplurals=(\d+)", PLURALS[language])[0])
    merged = polib.POFile(wrapwidth=WIDTH)
    merged.metadata = header(language)
    for message in found:
        entry, old = polib.POEntry(msgid=message.singular, msgctxt=message.context), before.get(message.key)
        entry.occurrences = [(name, "") for name in sorted(message.files)]
        entry.flags = ["python-format"] if re.search(r"%\(\w+\)[sdf]|%[sd]", message.singular + message.plural) else []
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = dict.fromkeys(range(forms), "")
        if old:
            entry.tcomment, entry.comment = old.tcomment, old.comment
            if message.plural:
                entry.msgstr_plural |= {n: text for n, text in old.msgstr_plural.items() if n < forms}
            else:
                entry.msgstr = old.msgstr
            entry.flags += [flag for flag in old.flags if flag == "fuzzy"]
        merged.append(entry)
    return merged


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgid, entry.msgctxt or ""


# ---- checking ----
def faults(language: str, path: Path, found: dict[tuple[str, str], Message]) -> Iterator[str]:
    """Say everything that is wrong with one catalogue."""
    if not path.exists():
        yield "there is no catalogue: run make translations"
        return
    catalogue = read(path, language)
    present = {_key(entry): entry for entry in catalogue if not entry.obsolete}
    yield from (f"not in the catalogue: {_shown(key)}" for key in found if key not in present)
    yield from (f"no longer used: {_shown(key)}" for key in present if key not in found)
    for key, entry in present.items():
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy:
            yield f"doubtful (fuzzy): {_shown(key)}"
        if not texts or not all(texts):
            yield f"not translated: {_shown(key)}"
        elif key in found and bool(found[key].plural) != bool(entry.msgid_plural):
            yield f"its plural is not that of the code: {_shown(key)}"
        elif wrong := [text for text in texts if not _same_frame(entry, text)]:
            yield f"placeholders or ends of lines differ: {_shown(key)}: “{wrong[0]}”"
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
        yield f"{compiled.name} is not fresh"


def _same_frame(entry: polib.POEntry, text: str) -> bool:
    """Whether a translation has the placeholders of its message, and begins and ends a line where it does."""
    originals = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
    wanted = [set(_PLACEHOLDER.findall(original)) for original in originals]
    has = set(_PLACEHOLDER.findall(text))
    edges = all(
        original.startswith("\n") == text.startswith("\n") and original.endswith("\n") == text.endswith("\n")
        for original in originals
    )
    return edges and set.intersection(*wanted) <= has <= set.union(*wanted)


def _shown(key: tuple[str, str]) -> str:
    return f"“{key[0]}”" + (f" ({key[1]})" if key[1] else "")


# ---- the three commands ----
def run_extract() -> int:
    """Merge what the sources say into the catalogues."""
    for each in catalogues():
        merged = merge(read(each.path, each.language), each.found.values(), each.language)
        each.path.parent.mkdir(parents=True, exist_ok=True)
        merged.save(str(each.path))
        print(f"{each.name}: {len(merged)} messages, {len(merged.untranslated_entries())} to be translated")
    return 0


def run_compile() -> int:
    """Write the binary catalogues that Django reads."""
    for each in catalogues():
        if each.path.exists():
            each.path.with_suffix(".mo").write_bytes(read(each.path, each.language).to_binary())
    return 0


def run_check() -> int:
    """Report every fault; return 1 when there is one."""
    kept = list(catalogues())
    told = [f"{each.name}: {fault}" for each in kept for fault in faults(each.language, each.path, each.found)]
    for each in kept:
        known = offered(each.path.stem)
        told += [f"{each.name}: no library has: {_shown(key)}" for key in borrowed(each.listed) if key not in known]
    print("\n".join(told or (f"{each.name}: {len(each.found)} messages, all translated" for each in kept)))
    return 1 if told else 0


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["extract", "compile", "check"])
    command = parser.parse_args(arguments).command
    return {"extract": run_extract, "compile": run_compile, "check": run_check}[command]()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    sys.exit(main())
