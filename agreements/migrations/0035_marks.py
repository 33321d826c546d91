"""Marks of what is counted, and the triggers that set them; each table is locked by itself, for a moment."""

from django.db import migrations

from agreements.models import marks


def install(apps, schema_editor):
    """Put them in place."""
    marks.install(schema_editor.connection)


def remove(apps, schema_editor):
    """Take them away."""
    marks.remove(schema_editor.connection)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0034_counted_agreements'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
