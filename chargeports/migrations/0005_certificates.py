import common.partitions
import django.db.models.deletion
from django.db import migrations, models
from common.partitions import create_sql, drop_sql

SECURITY_EVENT_SQL = create_sql(
    "chargeports_securityevent",
    "received_at timestamptz NOT NULL, organisation_id bigint NOT NULL, station_id bigint NOT NULL,"
    " type varchar(255) NOT NULL, at timestamptz NOT NULL, tech_info varchar(255) NOT NULL,"
    " is_critical boolean NOT NULL",
) + (
    "CREATE INDEX chargeports_securityevent_all ON chargeports_securityevent (organisation_id, received_at, id);"
    "CREATE INDEX chargeports_securityevent_station ON chargeports_securityevent (station_id, received_at, id);"
    "CREATE FUNCTION chargeports_securityevent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'Security events are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';"
    " END $$;"
    "CREATE TRIGGER securityevent_append_only BEFORE UPDATE OR DELETE ON chargeports_securityevent"
    " FOR EACH ROW EXECUTE FUNCTION chargeports_securityevent_refuse();"
)

DROP_FUNCTION = "DROP FUNCTION chargeports_securityevent_refuse();"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("chargeports", "0004_send_local_list"),
        ("stations", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(
                choices=[
                    ("start_charging", "Start charging"),
                    ("stop_charging", "Stop charging"),
                    ("unlock", "Unlock plug"),
                    ("reset", "Restart"),
                    ("change_availability", "Lock or unlock"),
                    ("read_configuration", "Read configuration"),
                    ("change_configuration", "Change configuration"),
                    ("reserve", "Reserve charge point"),
                    ("cancel_reservation", "Cancel reservation"),
                    ("clear_cache", "Clear cache"),
                    ("trigger_message", "Request a message"),
                    ("data_transfer", "Vendor message"),
                    ("extended_trigger", "Request a message (security extension)"),
                    ("get_local_list_version", "Read version of the local list"),
                    ("send_local_list", "Send the local list"),
                    ("get_diagnostics", "Get charge point diagnostics"),
                    ("get_log", "Get log"),
                    ("update_firmware", "Update firmware"),
                    ("signed_update_firmware", "Update firmware (signed)"),
                    ("set_charging_profile", "Limit charging"),
                    ("clear_charging_profile", "Clear charging profiles"),
                    ("get_composite_schedule", "Read charging schedule"),
                    ("get_installed_certificate_ids", "List installed certificates"),
                    ("install_certificate", "Install a certificate"),
                    ("delete_certificate", "Delete a certificate"),
                    ("certificate_signed", "Hand over the station's certificate"),
                ],
                max_length=30,
                verbose_name="command",
            ),
        ),
        migrations.AlterField(
            model_name="command",
            name="kind",
            field=models.CharField(
                choices=[
                    ("start_charging", "Start charging"),
                    ("stop_charging", "Stop charging"),
                    ("unlock", "Unlock plug"),
                    ("reset", "Restart"),
                    ("change_availability", "Lock or unlock"),
                    ("read_configuration", "Read configuration"),
                    ("change_configuration", "Change configuration"),
                    ("reserve", "Reserve charge point"),
                    ("cancel_reservation", "Cancel reservation"),
                    ("clear_cache", "Clear cache"),
                    ("trigger_message", "Request a message"),
                    ("data_transfer", "Vendor message"),
                    ("extended_trigger", "Request a message (security extension)"),
                    ("get_local_list_version", "Read version of the local list"),
                    ("send_local_list", "Send the local list"),
                    ("get_diagnostics", "Get charge point diagnostics"),
                    ("get_log", "Get log"),
                    ("update_firmware", "Update firmware"),
                    ("signed_update_firmware", "Update firmware (signed)"),
                    ("set_charging_profile", "Limit charging"),
                    ("clear_charging_profile", "Clear charging profiles"),
                    ("get_composite_schedule", "Read charging schedule"),
                    ("get_installed_certificate_ids", "List installed certificates"),
                    ("install_certificate", "Install a certificate"),
                    ("delete_certificate", "Delete a certificate"),
                    ("certificate_signed", "Hand over the station's certificate"),
                ],
                max_length=30,
                verbose_name="command",
            ),
        ),
        migrations.CreateModel(
            name="CertificateAuthority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certificate", models.TextField()),
                ("key", models.TextField()),
                ("not_after", models.DateTimeField(verbose_name="valid until")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                ("created_by", models.CharField(max_length=200, verbose_name="by")),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(SECURITY_EVENT_SQL, drop_sql("chargeports_securityevent") + DROP_FUNCTION)
            ],
            state_operations=[
                migrations.CreateModel(
                    name="SecurityEvent",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "received_at", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "id",
                            models.BigIntegerField(
                                db_default=common.partitions.NextValue("chargeports_securityevent_id_seq")
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received")),
                        ("type", models.CharField(max_length=255, verbose_name="event")),
                        ("at", models.DateTimeField(verbose_name="happened")),
                        ("tech_info", models.CharField(blank=True, max_length=255, verbose_name="details")),
                        ("is_critical", models.BooleanField(verbose_name="critical")),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="accounts.organisation",
                            ),
                        ),
                        (
                            "station",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="stations.station",
                            ),
                        ),
                    ],
                    options={
                        "default_permissions": (),
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="InstalledCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("central_system_root", "Root of the portal's certificate"),
                            ("manufacturer_root", "Root of the manufacturer's certificates"),
                        ],
                        max_length=20,
                        verbose_name="use",
                    ),
                ),
                ("hash_algorithm", models.CharField(max_length=8)),
                ("issuer_name_hash", models.CharField(max_length=128)),
                ("issuer_key_hash", models.CharField(max_length=128)),
                ("serial_number", models.CharField(max_length=40, verbose_name="serial number")),
                ("certificate", models.TextField(blank=True)),
                ("subject", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("not_after", models.DateTimeField(null=True, verbose_name="valid until")),
                ("told_at", models.DateTimeField(verbose_name="told")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="installed_certificates",
                        to="stations.station",
                    ),
                ),
            ],
            options={
                "ordering": ("use", "pk"),
                "abstract": False,
                "default_permissions": (),
                "indexes": [models.Index(fields=["station", "use"], name="installed_by_station")],
            },
        ),
        migrations.CreateModel(
            name="StationCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("refused", "Request refused"),
                            ("issued", "On its way to the station"),
                            ("unsent", "Did not reach the station"),
                            ("accepted", "Taken by the station"),
                            ("rejected", "Refused by the station"),
                            ("active", "In use"),
                            ("replaced", "Replaced"),
                            ("revoked", "Revoked"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=255, verbose_name="reason")),
                ("certificate", models.TextField(blank=True)),
                ("serial_number", models.CharField(blank=True, max_length=40, verbose_name="serial number")),
                ("fingerprint", models.CharField(blank=True, max_length=64, verbose_name="fingerprint")),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("not_after", models.DateTimeField(null=True, verbose_name="valid until")),
                ("used_at", models.DateTimeField(null=True, verbose_name="first used")),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("renewal_asked_at", models.DateTimeField(null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed",
                        to="chargeports.certificateauthority",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="certificates", to="stations.station"
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["station", "-id"], name="certificate_by_station"),
                    models.Index(fields=["organisation", "-id"], name="certificate_by_organisation"),
                    models.Index(
                        condition=models.Q(("state__in", ["issued", "accepted", "active"])),
                        fields=["not_after"],
                        name="certificate_to_renew",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("fingerprint", ""), _negated=True),
                        fields=("fingerprint",),
                        name="station_certificate_fingerprint",
                    )
                ],
            },
        ),
    ]
