"""The index of parts of words of agreements goes: every step had to keep it, and the index of whole words is at hand."""

from django.db import migrations


def drop(apps, schema_editor):
    """Drop it; the extension stays, as documents and tasks have such indexes, too."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS agreement_words")


def build(apps, schema_editor):
    """Build it again, where the extension is there."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            cursor.execute(
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS agreement_words"
                " ON agreements_agreement USING gin (search_text gin_trgm_ops)"
            )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0036_words_of_agreements'),
    ]

    operations = [
        migrations.RunPython(drop, build),
    ]
