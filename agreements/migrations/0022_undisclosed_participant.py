"""Undisclosed participants, and chains of the journal about them."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from agreements.migrating import AddCheckInUse


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0025_subscriptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='UndisclosedParticipant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False, verbose_name='version')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='last change')),
                ('role', models.CharField(choices=[('negotiating', 'Negotiating'), ('signatory', 'Signatory'), ('party', 'Party'), ('depositary', 'Depositary'), ('observer', 'Observer')], default='negotiating', max_length=12, verbose_name='role')),
                ('level', models.CharField(choices=[('public', 'Public'), ('internal', 'Internal'), ('restricted', 'Restricted'), ('secret', 'Secret')], default='secret', max_length=12, verbose_name='level of confidentiality')),
                ('remark', models.CharField(max_length=400, verbose_name='why it is not disclosed')),
                ('state', models.CharField(choices=[('undisclosed', 'not disclosed'), ('disclosed', 'disclosed'), ('withdrawn', 'withdrawn')], default='undisclosed', editable=False, max_length=12, verbose_name='state')),
                ('ended_on', models.DateField(blank=True, editable=False, null=True, verbose_name='disclosed or withdrawn on')),
            ],
            options={
                'verbose_name': 'undisclosed participant',
                'verbose_name_plural': 'undisclosed participants',
                'ordering': ['agreement', 'party__name_en', 'pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('role__in', ['negotiating', 'signatory', 'party', 'depositary', 'observer'])), name='undisclosed_role_known'),
                    models.CheckConstraint(condition=models.Q(('level__in', ['public', 'internal', 'restricted', 'secret'])), name='undisclosed_level_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['undisclosed', 'disclosed', 'withdrawn'])), name='undisclosed_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_on__isnull', True), ('state', 'undisclosed')), models.Q(models.Q(('state', 'undisclosed'), _negated=True), ('ended_on__isnull', False)), _connector='OR'), name='undisclosed_until_a_day'),
                ],
                'indexes': [
                    models.Index(fields=['-changed_at', 'id'], name='undisclosed_changed'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='entry_subject_kind_known',
        ),
        migrations.AlterField(
            model_name='entry',
            name='subject_kind',
            field=models.CharField(choices=[('agreement', 'Agreement'), ('party', 'Party'), ('meeting', 'Meeting'), ('indicator', 'Indicator'), ('commitment', 'Commitment'), ('undisclosed', 'Undisclosed participant')], max_length=12, verbose_name='subject'),
        ),
        AddCheckInUse(
            "entry",
            models.CheckConstraint(condition=models.Q(('subject_kind__in', ['agreement', 'party', 'meeting', 'indicator', 'commitment', 'undisclosed'])), name='entry_subject_kind_known'),
        ),
        migrations.AddField(
            model_name='undisclosedparticipant',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='undisclosed_participants', to='agreements.agreement', verbose_name='agreement'),
        ),
        migrations.AddField(
            model_name='undisclosedparticipant',
            name='party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.party', verbose_name='party'),
        ),
        migrations.AddConstraint(
            model_name='undisclosedparticipant',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'undisclosed')), fields=('agreement', 'party', 'level'), name='undisclosed_once', violation_error_message='This party is named there as undisclosed already.'),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='subject_kind',
            field=models.CharField(blank=True, choices=[('agreement', 'Agreement'), ('party', 'Party'), ('meeting', 'Meeting'), ('indicator', 'Indicator'), ('commitment', 'Commitment'), ('undisclosed', 'Undisclosed participant'), ('task', 'Task')], max_length=12, verbose_name='subject'),
        ),
    ]
