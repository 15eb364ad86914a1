import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_files_and_jobs"),
        ("chargeports", "0008_scheduled_changes"),
        ("charging", "0005_faults_and_signed_values"),
        ("stations", "0013_marketing"),
    ]

    operations = [
        migrations.AddField(
            model_name="chargingsession",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("token", "Id token"),
                    ("contract", "Customer contract"),
                    ("goodwill", "Goodwill"),
                    ("voucher", "Voucher"),
                ],
                db_default="",
                max_length=8,
                verbose_name="started by",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        migrations.AddField(
            model_name="contract",
            name="password",
            field=models.CharField(blank=True, editable=False, max_length=128),
        ),
        migrations.AddField(
            model_name="contract",
            name="password_asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="idtoken",
            name="kind",
            field=models.CharField(
                choices=[
                    ("rfid", "RFID card"),
                    ("remote", "App or portal"),
                    ("vehicle", "Vehicle"),
                    ("once", "For one start"),
                ],
                default="rfid",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="PortalStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("port_number", models.PositiveSmallIntegerField(verbose_name="charge port")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("token", "Id token"),
                            ("contract", "Customer contract"),
                            ("goodwill", "Goodwill"),
                            ("voucher", "Voucher"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for the session"),
                            ("charging", "Charging"),
                            ("done", "Done"),
                            ("failed", "Not begun"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("customer", models.CharField(blank=True, max_length=200, verbose_name="customer")),
                ("problem", models.TextField(blank=True, max_length=1000, verbose_name="problem")),
                ("limit_duration_s", models.PositiveIntegerField(null=True)),
                ("limit_energy_wh", models.PositiveIntegerField(null=True)),
                ("limit_amount", models.DecimalField(decimal_places=2, max_digits=8, null=True)),
                (
                    "limit_reached",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("duration", "The longest duration was reached"),
                            ("energy", "The energy of the voucher was used up"),
                            ("amount", "The money of the voucher was used up"),
                        ],
                        max_length=8,
                    ),
                ),
                ("waits_until", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="started")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("user", "Person"),
                            ("token", "API token"),
                            ("station", "Station"),
                            ("task", "Background task"),
                            ("system", "Portal"),
                        ],
                        max_length=8,
                    ),
                ),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_label", models.CharField(max_length=200, verbose_name="by")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="reviewed")),
                ("reviewed_by", models.CharField(blank=True, max_length=200)),
                (
                    "command",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="portal_start",
                        to="chargeports.command",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="charging.contract",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="portal_start",
                        to="charging.chargingsession",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stations.station"
                    ),
                ),
                (
                    "token",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="portal_start",
                        to="charging.idtoken",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, verbose_name="code")),
                ("code_key", models.CharField(editable=False, max_length=20)),
                ("redeemed_at", models.DateTimeField(null=True, verbose_name="redeemed")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "start",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="held_voucher",
                        to="charging.portalstart",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="portalstart",
            name="voucher",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="charging.voucher"
            ),
        ),
        migrations.CreateModel(
            name="VoucherBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("valid_from", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("limit_energy_wh", models.PositiveIntegerField(blank=True, null=True)),
                ("limit_duration_s", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "limit_amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="at most (money)"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=200)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="stations.stationgroup", verbose_name="station groups"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "ports",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="chargeports.chargeport", verbose_name="charge ports"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at",),
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="voucher",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="vouchers", to="charging.voucherbatch"
            ),
        ),
        migrations.AddIndex(
            model_name="portalstart",
            index=models.Index(fields=["organisation", "method", "-created_at", "-id"], name="portal_start_by_method"),
        ),
        migrations.AddIndex(
            model_name="portalstart",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "charging"])),
                fields=["waits_until"],
                name="portal_start_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("organisation", "code_key"), name="voucher_code_unique"),
        ),
    ]
