"""Prove that every entry of the journal is about a known kind of subject."""

from django.db import migrations

from agreements.migrating import ProveCheckInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("agreements", "0022_undisclosed_participant")]

    operations = [ProveCheckInUse("entry", "entry_subject_kind_known")]
