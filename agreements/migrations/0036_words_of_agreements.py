"""An index of whole words of agreements on PostgreSQL, in a table of its own; nobody waits for it but for a moment."""

from django.db import migrations

from agreements.models import wordindex


def install(apps, schema_editor):
    """Put it in place."""
    if schema_editor.connection.vendor == "postgresql":
        wordindex.install(schema_editor.connection)


def remove(apps, schema_editor):
    """Take it away."""
    if schema_editor.connection.vendor == "postgresql":
        wordindex.remove(schema_editor.connection)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0035_marks'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
