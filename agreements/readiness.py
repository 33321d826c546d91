"""What must be in order before anybody is served: asked at the start, by `check`, and by whoever balances the load.

Each question yields sentences that say what is wrong and what helps; none where all is well.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.loader import get_template

from agreements import clock
from agreements.models import Entry, triggers
from agreements.reports.faces import FONTS

#: The clocks of this machine and of the database may differ by so much.
APART = timedelta(minutes=1)


def waiting(alias: str = "default") -> bool:
    """Whether migrations are not applied. Raises Error where the database cannot be reached."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def of_triggers(alias: str = "default") -> Iterator[str]:
    """Say which triggers of the journal are missing."""
    if "agreements_entry" in connections[alias].introspection.table_names():
        for name in triggers.missing(connections[alias]):
            yield f"The trigger {name} is missing: the journal could be changed."


def of_folders() -> Iterator[str]:
    """Say which folder for files cannot be written to. A bucket is asked when it is used."""
    for name in ("documents", "reports"):
        location = getattr(storages[name], "location", "")
        if not location or "://" in str(location) or not Path(location).is_absolute():
            continue
        there = next(folder for folder in (Path(location), *Path(location).parents) if folder.exists())
        if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
            yield f"The folder for {name} cannot be written to: {there}."


def of_clock(alias: str = "default") -> Iterator[str]:
    """Say where the clock of this machine is not that of the database, or behind what was recorded."""
    now = clock.now()
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            apart = abs(cursor.fetchone()[0] - now)
            if apart > APART:
                yield f"The clocks of this machine and of the database differ by {apart.total_seconds():.0f} seconds."
    last = Entry.objects.using(alias).aggregate(last=Max("recorded_at"))["last"]
    if last and last - now > APART:
        yield f"The clock is behind the journal: its last entry was recorded at {last.isoformat()}."


def of_cache() -> Iterator[str]:
    """Say why nothing can be counted in the cache."""
    key, value = f"readiness-{uuid4().hex}", uuid4().hex
    try:
        cache.set(key, value, 10)
        kept = cache.get(key)
        cache.delete(key)
    except Exception as error:  # whatever a cache or its driver raises
        yield f"The cache of CACHE_URL cannot be used: {error}."
        return
    if kept != value:
        yield "The cache of CACHE_URL keeps nothing."


def of_time_zones() -> Iterator[str]:
    """Say that the data of the ministry's time zone are missing."""
    try:
        ZoneInfo(settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        yield f"There are no data of the time zone {settings.TIME_ZONE}: {error}."


def of_fonts() -> Iterator[str]:
    """Say which fonts of reports cannot be read."""
    found = sorted(FONTS.glob("*.ttf"))
    if not found:
        yield f"The fonts of reports are missing: {FONTS}."
    for font in found:
        if not os.access(font, os.R_OK):
            yield f"The font {font.name} cannot be read."


def of_translations() -> Iterator[str]:
    """Say which catalogue of a language was not compiled."""
    for folder in settings.LOCALE_PATHS:
        for language in ("ru", "kk"):
            if not (Path(folder) / language / "LC_MESSAGES" / "django.mo").is_file():
                yield f"The catalogue of the language {language} was not compiled."


def of_templates() -> Iterator[str]:
    """Say which template cannot be compiled."""
    for folder in engines["django"].dirs:
        for path in sorted(Path(folder).rglob("*.html")):
            try:
                get_template(path.relative_to(folder).as_posix())
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                yield f"The template {path.relative_to(folder)} cannot be compiled: {error}."


def unready() -> str:
    """Return what stands against serving now, in a few words; empty where nothing does."""
    try:
        if waiting():
            return "migrations are not applied"
        if any(of_triggers()):
            return "the journal is not guarded"
    except Error:
        return "the database is not reachable"
    return "a folder for files cannot be written to" if any(of_folders()) else ""
