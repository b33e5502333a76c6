import config.lib.secrets
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from config.lib.migrations import CreateModels


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Alert',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('kind', models.CharField(help_text='e.g. tracking.incident', max_length=60)),
                    ('key', models.CharField(help_text='What it is about, e.g. incident:7.', max_length=160)),
                    ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='customers.store')),
                    ('subject_type', models.CharField(blank=True, help_text='e.g. tracking.incident', max_length=40)),
                    ('subject_id', models.CharField(blank=True, max_length=40)),
                    ('severity', models.CharField(choices=[('INFO', 'For information'), ('WARNING', 'Look at it today'), ('URGENT', 'Look at it now')], default='WARNING', max_length=8)),
                    ('title', models.CharField(max_length=200)),
                    ('detail', models.TextField(blank=True, help_text='Plain text, no personal data.')),
                    ('state', models.CharField(choices=[('OPEN', 'Open'), ('SNOOZED', 'Snoozed'), ('ENDED', 'Ended')], default='OPEN', editable=False, max_length=8)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to=settings.AUTH_USER_MODEL)),
                    ('opened_at', models.DateTimeField()),
                    ('snoozed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('ended_why', models.CharField(blank=True, editable=False, max_length=200)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['state', '-opened_at'], name='alert_by_state')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'ENDED'), _negated=True), fields=('key',), name='alert_open_once')],
                },
            ),
            migrations.CreateModel(
                name='AlertRoute',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120)),
                    ('store', models.ForeignKey(blank=True, help_text='Empty: alerts of all stores.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alert_routes', to='customers.store')),
                    ('channel', models.CharField(choices=[('EMAIL', 'E-mail'), ('WEBHOOK', 'Webhook (Slack-compatible)')], max_length=8)),
                    ('address', config.lib.secrets.SecretField(help_text="An e-mail address, or the webhook's https address (it is a secret).")),
                    ('severity', models.CharField(choices=[('INFO', 'For information'), ('WARNING', 'Look at it today'), ('URGENT', 'Look at it now')], default='WARNING', help_text='Alerts less urgent than this are not told here.', max_length=8)),
                    ('kinds', models.JSONField(blank=True, default=list, help_text='Kinds of alerts; empty: all.')),
                    ('enabled', models.BooleanField(default=True)),
                    ('last_sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('last_error', models.TextField(blank=True, default='', editable=False)),
                ],
            ),
            migrations.CreateModel(
                name='Case',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='customers.store')),
                    ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='customers.customer')),
                    ('email', models.EmailField(blank=True, help_text='Who wrote, where no customer is known.', max_length=254)),
                    ('phone', models.CharField(blank=True, max_length=20)),
                    ('subject', models.CharField(max_length=200)),
                    ('about_type', models.CharField(blank=True, help_text='e.g. tracking.order', max_length=40)),
                    ('about_id', models.CharField(blank=True, max_length=40)),
                    ('source', models.CharField(choices=[('reply', 'Reply to a message'), ('sms', 'SMS'), ('score', 'Low score'), ('portal', 'Our pages'), ('journey', 'Journey'), ('staff', 'Staff')], max_length=8)),
                    ('key', models.CharField(blank=True, help_text='One case for this fact.', max_length=200, null=True, unique=True)),
                    ('state', models.CharField(choices=[('OPEN', 'Waits for us'), ('WAITING', 'Waits for them'), ('CLOSED', 'Closed')], default='OPEN', max_length=8)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to=settings.AUTH_USER_MODEL)),
                    ('opened_at', models.DateTimeField()),
                    ('updated_at', models.DateTimeField()),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['state', '-updated_at'], name='case_by_state'), models.Index(fields=['customer', 'state'], name='case_by_customer')],
                },
            ),
            migrations.CreateModel(
                name='CustomerMerge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kept', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='customers.customer')),
                    ('merged', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merged_by', to='customers.customer')),
                    ('source', models.CharField(help_text="Who says so, e.g. the shop's name in addresses.", max_length=120)),
                    ('merged_at', models.DateTimeField()),
                    ('undone_at', models.DateTimeField(blank=True, null=True)),
                    ('moved', models.JSONField(default=dict, editable=False, help_text='identities (ids), details and consents of the kept profile as they were before')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merged',), name='customer_merged_once')],
                },
            ),
            migrations.CreateModel(
                name='CustomerTag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='customers.customer')),
                    ('name', models.CharField(help_text='Lower case.', max_length=60)),
                    ('added_by', models.CharField(blank=True, max_length=254)),
                    ('added_at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['name', 'customer'], name='customer_tag_by_name')],
                    'constraints': [models.UniqueConstraint(fields=('customer', 'name'), name='customer_tag_once')],
                },
            ),
            migrations.CreateModel(
                name='Preference',
                fields=[
                    ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preference', serialize=False, to='customers.customer')),
                    ('channel', models.CharField(blank=True, help_text="Where to first; '' as the message says.", max_length=20)),
                    ('muted', models.JSONField(blank=True, default=list)),
                    ('updated_at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='PrivacyRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='privacy_requests', to='customers.store')),
                    ('kind', models.CharField(choices=[('DATA_REQUEST', 'A copy of their data'), ('CUSTOMER_REDACT', 'Forget a person'), ('SHOP_REDACT', 'Forget the shop')], max_length=16)),
                    ('key', models.CharField(editable=False, help_text='Digest of what was asked, and when.', max_length=64)),
                    ('reference', models.CharField(blank=True, help_text="The shop's own id of it.", max_length=64)),
                    ('customer', models.ForeignKey(blank=True, help_text='Who it is, if they are known here.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='privacy_requests', to='customers.customer')),
                    ('named', models.JSONField(default=dict)),
                    ('asked_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('state', models.CharField(choices=[('OPEN', 'To be done'), ('DONE', 'Done')], default='OPEN', editable=False, max_length=8)),
                    ('done_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['state', 'due_at'], name='privacy_by_state')],
                    'constraints': [models.UniqueConstraint(fields=('store', 'key'), name='privacy_request_once')],
                },
            ),
            migrations.CreateModel(
                name='AlertNotice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('claim', models.UUIDField(blank=True, editable=False, null=True)),
                    ('attempts', models.PositiveIntegerField(default=0, editable=False)),
                    ('last_error', models.TextField(blank=True, default='', editable=False)),
                    ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='customers.alert')),
                    ('route', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='customers.alertroute')),
                    ('what', models.CharField(default='opened', help_text='opened, woke:<time>, ended', max_length=40)),
                    ('state', models.CharField(choices=[('WAITING', 'To be sent'), ('SENT', 'Sent'), ('FAILED', 'Could not be sent'), ('DROPPED', 'Not sent: the alert had ended')], default='WAITING', editable=False, max_length=8)),
                    ('sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at', 'id'], name='alert_notice_due')],
                    'constraints': [models.UniqueConstraint(fields=('alert', 'route', 'what'), name='alert_notice_once')],
                },
            ),
            migrations.CreateModel(
                name='CaseMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='customers.case')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('direction', models.CharField(choices=[('IN', 'From them'), ('OUT', 'From us'), ('NOTE', 'Note for staff')], max_length=4)),
                    ('author', models.CharField(blank=True, max_length=254)),
                    ('body', models.TextField(help_text='Plain text.')),
                    ('external_id', models.CharField(blank=True, help_text="Message-ID, or the provider's id: once.", max_length=254, null=True, unique=True)),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['case', 'at'], name='case_message_by_case')],
                },
            ),
        ]),
        migrations.AddField(
            model_name='customer',
            name='born_on',
            field=models.DateField(blank=True, help_text='For a birthday message, where they told us.', null=True),
        ),
        migrations.AddField(
            model_name='customer',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, help_text='This profile was found to be that one; it is kept so that the merge can be undone.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='identity',
            name='removed_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='The shop deleted this account.', null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='api_error',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.AddField(
            model_name='store',
            name='api_failing_since',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='api_key',
            field=config.lib.secrets.SecretField(blank=True, default='', help_text='WooCommerce: the consumer key.'),
        ),
        migrations.AddField(
            model_name='store',
            name='api_resume_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='No calls before this: the shop asked us to wait.', null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='api_secret',
            field=config.lib.secrets.SecretField(blank=True, default='', help_text='Shopify: the access token. WooCommerce: the consumer secret.'),
        ),
        migrations.AddField(
            model_name='store',
            name='api_url',
            field=models.URLField(blank=True, help_text="The shop's own address for its API, e.g. https://example.myshopify.com."),
        ),
        migrations.AlterField(
            model_name='consent',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('push', 'Web push')], max_length=10),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='event',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='customers.event'),
        ),
        migrations.AlterField(
            model_name='event',
            name='customer',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='events', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='event',
            name='key',
            field=models.CharField(help_text='Makes the fact unique, e.g. shipment:7:delivered.', max_length=200),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('key',), name='event_once', opclasses=['varchar_pattern_ops']),
        ),
    ]
