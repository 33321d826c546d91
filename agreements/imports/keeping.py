"""From the upload of a table to the moment before anything is recorded: file, layout, columns, decisions, dry run."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock
from agreements.choices import Level
from agreements.documents import files as documents
from agreements.documents.storage import CHUNK
from agreements.documents.storage import files as storage
from agreements.guards import Reason, Refused
from agreements.import_choices import ImportState, TableKind
from agreements.imports import mapping as mappings
from agreements.imports.mapping import Mapped
from agreements.imports.planning import Questions, plan, table_of
from agreements.imports.taking import Planned, count
from agreements.models import ImportMapping, ImportRow, ImportRun, User
from agreements.models.inserting import insert
from agreements.registers import NOT_PERMITTED, spelling
from agreements.tabular.layout import MAX_BYTES, Layout, Unreadable
from agreements.tabular.reading import Table, open_table
from agreements.words import active_language

#: Of what becomes of a row, in the order in which `keep_rows` gives them.
_COLUMNS = ("run_id", "number", "outcome", "label", "code", "told", "subject_kind", "subject", "entries", "digest",
            "key", "live")  # fmt: skip

NO_FILE = Reason("file-missing", _("Choose a file."), asked="file", firm=True)
TOO_LARGE = Reason(
    "file-too-large", _("The file is too large: at most %(size)s MB."), {"size": MAX_BYTES // 1024 // 1024},
    asked="file", firm=True,
)  # fmt: skip
NO_SOURCE = Reason("source-missing", _("Say where the table is from: it is kept with every entry."), asked="source")
NO_KIND = Reason("kind-unknown", _("Say what the rows of the table are."), asked="kind", firm=True)
LEVEL_TOO_HIGH = Reason(
    "level-too-high", _("The level of confidentiality is above your own."), asked="level", firm=True
)
NOT_YOURS = Reason("import-not-yours", _("Only who uploaded the table goes on with it."), firm=True)
NOT_OPEN = Reason("import-not-open", _("The import has begun: its columns and decisions stand."), firm=True)
BUSY = Reason("import-busy", _("The table is being worked on. Wait until that is done."))
NO_NAME = Reason("name-missing", _("Give the mapping a name."), asked="name", firm=True)


def upload(
    file: File, *, by: User, kind: str, source: str, level: str = Level.INTERNAL, language: str = "", sheet: str = ""
) -> ImportRun:
    """Keep the file of a table, find out its layout and what its columns probably mean. Raises Refused."""
    name = documents.clean(file.name or "").text[-200:]
    reasons = list(spelling({"source": source}))
    if not access.may(by, "import"):
        reasons.append(NOT_PERMITTED)
    if kind not in TableKind.values:
        reasons.append(NO_KIND)
    if level not in Level.values or not access.sees(by, level):
        reasons.append(LEVEL_TOO_HIGH)
    if not source.strip():
        reasons.append(NO_SOURCE)
    if not file.size:
        reasons.append(NO_FILE)
    elif file.size > MAX_BYTES:
        reasons.append(TOO_LARGE)
    if reasons:
        raise Refused(*reasons)
    try:
        file.open("rb")
        table = open_table(file, name=name, sheet=sheet)  # type: ignore[arg-type]
        run = ImportRun(
            owner=by,
            kind=kind,
            name=name,
            size=file.size or 0,
            level=level,
            source=" ".join(source.split())[:200],
            language=language or active_language(),
            layout=table.layout.as_data(),
            created_at=clock.now(),
            changed_at=clock.now(),
        )
        # Every row is read for it: a file that breaks off is refused before anything is kept.
        run.mapping = _first_mapping(run, table).as_data()
        for _row in table.rows():
            pass
    except Unreadable as error:
        raise Refused(Reason("unreadable", str(error), asked="file", firm=True)) from error
    _keep(run, file)
    return run


def _first_mapping(run: ImportRun, table: Table) -> Mapped:
    """Return the mapping that was saved for tables with these headers, or what they suggest."""
    signature = mappings.signature(run.kind, table.columns)
    saved = ImportMapping.objects.for_user(run.owner).filter(kind=run.kind, signature=signature)
    kept = saved.order_by("-changed_at", "pk").first()
    mapped = Mapped.of_data(kept.mapping) if kept else mappings.suggested(run.kind, table)
    return mappings.with_formats(run.kind, table, mapped)


def _keep(run: ImportRun, file: File) -> None:
    """Put the file into place, then its row; a file without a row is removed by `check_documents`."""
    run.stored = f"{secrets.token_hex(1)}/{secrets.token_hex(20)}"
    file.seek(0)
    digest = hashlib.sha256()
    for piece in file.chunks(CHUNK):
        digest.update(piece)
    run.sha256 = digest.hexdigest()
    file.seek(0)
    storage().save(run.stored, file)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except BaseException:
        storage().delete(run.stored)
        raise


def settle(run: ImportRun, mapped: Mapped, *, by: User, layout: Layout | None = None) -> ImportRun:
    """Set what the columns mean, and the layout if it is another. Raises Refused."""
    with transaction.atomic():
        fresh = locked(run, by)
        table = opened(fresh, layout)
        kept = Mapped({name: field for name, field in mapped.columns.items() if field}, mapped.dates, mapped.values)
        kept = mappings.with_formats(fresh.kind, table, kept)
        if reasons := mappings.objections(fresh.kind, kept, table.columns):
            raise Refused(*reasons)
        fresh.layout, fresh.mapping = table.layout.as_data(), kept.as_data()
        _reset(fresh, ImportState.MAPPED)
    return fresh


def relay(run: ImportRun, layout: Layout, *, by: User) -> ImportRun:
    """Read the file by another layout; what its columns mean is suggested anew. Raises Refused."""
    with transaction.atomic():
        fresh = locked(run, by)
        table = opened(fresh, layout)
        fresh.layout = table.layout.as_data()
        fresh.mapping = _first_mapping(fresh, table).as_data()
        _reset(fresh, ImportState.UPLOADED)
    return fresh


def decide(run: ImportRun, decisions: Mapping[str, Mapping[str, str]], *, by: User) -> ImportRun:
    """Add decisions about what is doubtful; an empty one takes back what was decided. Raises Refused."""
    with transaction.atomic():
        fresh = locked(run, by)
        kept = {kind: dict(answers) for kind, answers in fresh.decisions.items()}
        for kind, answers in decisions.items():
            for key, answer in answers.items():
                if answer:
                    kept.setdefault(kind, {})[key] = answer.strip()
                else:
                    kept.get(kind, {}).pop(key, None)
        fresh.decisions = {kind: answers for kind, answers in kept.items() if answers}
        values = {**fresh.mapping.get("values", {}), **fresh.decisions.pop("value", {})}
        ended = values.pop("ended", "")
        if ended:
            fresh.decisions["value"] = {"ended": ended}
        fresh.mapping = {**fresh.mapping, "values": values}
        _reset(fresh, ImportState.MAPPED)
    return fresh


def save_mapping(run: ImportRun, name: str, *, by: User) -> ImportMapping:
    """Keep what the columns of a table mean for the next table of the same form. Raises Refused."""
    if not access.may(by, "import"):
        raise Refused(NOT_PERMITTED)
    title = " ".join(name.split())[:80]
    if not title:
        raise Refused(NO_NAME)
    table = opened(run, None)
    kept, _created = ImportMapping.objects.update_or_create(
        owner=by,
        name=title,
        defaults={
            "kind": run.kind,
            "signature": mappings.signature(run.kind, table.columns),
            "mapping": run.mapping,
            "changed_at": clock.now(),
        },
    )
    return kept


def discard(run: ImportRun, *, by: User) -> None:
    """Let go of a table of which nothing was recorded: its file, its columns, its dry run. Raises Refused."""
    with transaction.atomic():
        fresh = locked(run, by)
        stored = fresh.stored
        fresh.rows.all().delete()
        fresh.delete()
        transaction.on_commit(lambda: storage().delete(stored))


def check(run: ImportRun, *, by: User) -> ImportRun:
    """Try an import: keep what would become of every row, and what is to be decided. Raises Refused.

    A file that breaks off is told in `problem`; then nothing of it can be recorded.
    """
    with transaction.atomic():
        fresh = locked(run, by)
        _reset(fresh, ImportState.MAPPED)
        fresh.rows.all().delete()
    questions, counts, problem = Questions(), Counter[str](), ""
    done = 0
    try:
        for planned in plan(fresh, by=by):
            questions.take(planned)
            counts += count(planned)
            done += len(planned)
            keep_rows(fresh, planned)
            ImportRun.objects.filter(pk=fresh.pk).update(done=done, changed_at=clock.now())
    except Unreadable as error:
        problem = str(error)
    with transaction.atomic():
        fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        fresh.questions, fresh.counts, fresh.total, fresh.done = questions.as_data(), dict(counts), done, 0
        fresh.problem, fresh.state = problem[:500], ImportState.MAPPED if problem else ImportState.CHECKED
        fresh.trying, fresh.changed_at, fresh.next_attempt_at = False, clock.now(), None
        fresh.save()
    return fresh


def keep_rows(run: ImportRun, planned: Sequence[Planned], *, live: bool = False) -> None:
    """Keep what became of rows, or what would; `live`: it is written in this transaction."""
    rows = (
        (
            run.pk,
            one.number,
            one.outcome,
            one.given.label,
            one.why.code if one.why else "",
            dict(one.why.told) if one.why else {},
            one.subject_kind,
            one.subject if live or not one.written else None,
            list(one.entries) if live else [],
            one.given.digest,
            one.key,
            live and one.written,
        )
        for one in planned
    )
    insert(ImportRow, _COLUMNS, rows)


def opened(run: ImportRun, layout: Layout | None) -> Table:
    """Open the table of an import. Raises Refused where it cannot be read."""
    try:
        return table_of(run, layout)
    except Unreadable as error:
        raise Refused(Reason("unreadable", str(error), asked="layout", firm=True)) from error


def locked(run: ImportRun, by: User) -> ImportRun:
    """Lock an import of which nothing is recorded yet. Raises Refused for anybody but its owner."""
    fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not access.may(by, "import") or not access.sees(by, fresh.level):
        raise Refused(NOT_PERMITTED)
    if fresh.owner_id != by.pk:
        raise Refused(NOT_YOURS)
    if not ImportState(fresh.state).is_open:
        raise Refused(NOT_OPEN)
    return fresh


def _reset(run: ImportRun, state: ImportState) -> None:
    """Save an import of which a dry run no longer says what would be."""
    run.state, run.problem, run.changed_at = state, "", clock.now()
    run.counts, run.total, run.done = {}, None, 0
    run.save()


def data_of(run: ImportRun) -> dict[str, Any]:
    """Return an import as plain values, for programs."""
    return {
        "id": str(run.pk),
        "kind": run.kind,
        "file": run.name,
        "sha256": run.sha256,
        "state": run.state,
        "rows": run.total,
        "counts": run.counts,
        "problem": run.problem,
        "questions": run.questions,
    }
