"""The app: validates the procedures and calendars at start, keeps triggers and roles in place after every migration."""

import gc
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from agreements import calendars, leads, procedures, reminders
from agreements.access import PERMISSIONS, ROLES

#: After so many objects more than were let go, Python looks for those that only refer to each other; its own number is
#: 700. A page of a large register reads some 10,000 rows, and a third of its time went into looking through them.
_OBJECTS_UNTIL_LOOKED_THROUGH = 50_000


class AgreementsConfig(AppConfig):
    """International agreements and their life."""

    name = "agreements"
    verbose_name = _("Agreements")

    def ready(self) -> None:
        """Stop the start when a file of rules is broken; connect what follows a migration."""
        from agreements import metrics
        from agreements.entrance.watching import watch
        from agreements.models import marks
        from agreements.models.triggers import install_after_migrate
        from agreements.models.wordindex import mend_after_migrate

        gc.set_threshold(_OBJECTS_UNTIL_LOOKED_THROUGH)
        try:
            procedures.load(settings.PROCEDURES_DIR)
            calendars.load(settings.CALENDARS_DIR)
            reminders.load(settings.REMINDERS_FILE)
        except (procedures.BadProcedure, calendars.BadCalendar, reminders.BadReminders) as error:
            raise ImproperlyConfigured(str(error)) from error
        metrics.watch()
        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="journal-triggers")
        post_migrate.connect(mend_after_migrate, sender=self, dispatch_uid="index-of-words")
        post_migrate.connect(marks.mend_after_migrate, sender=self, dispatch_uid="marks")
        post_migrate.connect(grant_roles, sender=self, dispatch_uid="roles")
        watch()
        checks.register(check_database, checks.Tags.database)
        checks.register(check_migrations, checks.Tags.database, deploy=True)
        checks.register(check_surroundings)
        checks.register(check_before_serving, deploy=True)
        checks.register(check_storage)
        checks.register(check_calendars)
        checks.register(check_reminders)


def grant_roles(sender: Any, using: str, **_kwargs: Any) -> None:
    """Give each role its group with its permissions; connected to `post_migrate`."""
    from django.contrib.auth.models import Group, Permission

    if using != "default" or not Permission.objects.filter(codename=PERMISSIONS["step"]).exists():
        return
    for role, rights in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        codenames = [PERMISSIONS[right] for right in rights]
        group.permissions.set(Permission.objects.filter(content_type__app_label="agreements", codename__in=codenames))


def check_database(app_configs: Any, databases: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report triggers of the journal that are missing from a database, and clocks that differ."""
    from agreements import readiness

    faults: list[checks.CheckMessage] = []
    for alias in databases or ():
        hint = "Run manage.py migrate, which installs the triggers again."
        faults += [checks.Error(told, hint=hint, id="agreements.E001") for told in readiness.of_triggers(alias)]
        if readiness.waiting(alias):
            continue
        hint = "Set the clock by a time server, such as by chrony."
        faults += [checks.Error(told, hint=hint, id="agreements.E005") for told in readiness.of_clock(alias)]
    return faults


def check_migrations(app_configs: Any, databases: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report migrations that wait; only for `check --deploy`, as `migrate` itself asks the others."""
    from agreements import readiness

    told, hint = "Migrations are not applied.", "Run manage.py migrate."
    waiting = [alias for alias in databases or () if readiness.waiting(alias)]
    return [checks.Error(told, hint=hint, id="agreements.E004") for _alias in waiting]


def check_surroundings(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report folders, data of time zones, fonts and catalogues that are missing or cannot be used."""
    from agreements import readiness

    asked = (
        (readiness.of_folders, "Give them to the account under which Pacta runs.", "agreements.E006"),
        (readiness.of_time_zones, "Install tzdata.", "agreements.E007"),
        (readiness.of_fonts, "Install Pacta anew: they come with it.", "agreements.E008"),
        (readiness.of_translations, "Run scripts/messages.py compile.", "agreements.E009"),
    )
    return [checks.Error(told, hint=hint, id=key) for question, hint, key in asked for told in question()]


def check_before_serving(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report templates that cannot be compiled and a cache that cannot be used; only for `check --deploy`."""
    from agreements import readiness

    asked = (
        (readiness.of_templates, "Mend the template.", "agreements.E010"),
        (readiness.of_cache, "See CACHE_URL; after dbcache:// run manage.py createcachetable.", "agreements.E011"),
    )
    return [checks.Error(told, hint=hint, id=key) for question, hint, key in asked for told in question()]


def check_storage(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report a storage of documents that cannot be used, and what to install for it."""
    from django.core.files.storage import InvalidStorageError, storages

    try:
        storages["documents"]
    except (ImportError, InvalidStorageError) as error:
        return [
            checks.Error(
                f"The storage that DOCUMENTS_STORAGE asks for cannot be used: {error}.",
                hint="For a bucket install what speaks to it: pip install -r requirements/s3.txt",
                id="agreements.E002",
            )
        ]
    return []


def check_calendars(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report periods of procedures whose calendar is not there, or has days of another kind."""
    known = calendars.load(settings.CALENDARS_DIR)
    return [
        checks.Error(f"{fault.file}: {fault.key}: {fault.problem}", hint=fault.remedy, id="agreements.E003")
        for code, rules in procedures.load(settings.PROCEDURES_DIR).items()
        for fault in leads.faults(rules, known, f"{code}.toml")
    ]


def check_reminders(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report steps of reminders that name procedures which are not there."""
    known = procedures.load(settings.PROCEDURES_DIR)
    steps = reminders.load(settings.REMINDERS_FILE).steps
    strangers = sorted({name for step in steps for name in step.procedures if name not in known})
    hint = f"Known are: {', '.join(sorted(known))}."
    return [
        checks.Error(f"REMINDERS_FILE: there is no procedure {name!r}.", hint=hint, id="agreements.E012")
        for name in strangers
    ]
