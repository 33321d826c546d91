"""An index of the words of agreements on SQLite; on PostgreSQL there has been one since 0011."""

from django.db import DatabaseError, migrations

from agreements.models import wordindex


def install(apps, schema_editor):
    """Index the words; where SQLite lacks FTS5 they are read, slower and as right."""
    if schema_editor.connection.vendor != "sqlite":
        return
    try:
        wordindex.install(schema_editor.connection)
    except DatabaseError:
        return


def remove(apps, schema_editor):
    """Drop the index."""
    if schema_editor.connection.vendor == "sqlite":
        wordindex.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0026_resumed_subscriptions'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
