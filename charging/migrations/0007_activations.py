import django.db.models.deletion
from django.db import migrations, models

import common.partitions
from common.partitions import create_sql, drop_sql

ACTIVATION_SQL = create_sql(
    "charging_activation",
    "received_at timestamptz NOT NULL, organisation_id bigint NOT NULL, station_id bigint NOT NULL,"
    " port_number smallint, occasion varchar(8) NOT NULL, method varchar(8) NOT NULL, id_tag varchar(255) NOT NULL,"
    " token_id bigint, contract_id bigint, voucher_id bigint, session_id integer, person varchar(200) NOT NULL,"
    " outcome varchar(12) NOT NULL, reason varchar(24) NOT NULL",
) + (
    "CREATE INDEX charging_activation_all ON charging_activation (organisation_id, received_at, id);"
    "CREATE INDEX charging_activation_station ON charging_activation (station_id, received_at, id);"
)


class Migration(migrations.Migration):
    dependencies = [("charging", "0006_portal_starts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ACTIVATION_SQL, drop_sql("charging_activation"))],
            state_operations=[
                migrations.CreateModel(
                    name="Activation",
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
                                db_default=common.partitions.NextValue("charging_activation_id_seq")
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("port_number", models.PositiveSmallIntegerField(null=True)),
                        (
                            "occasion",
                            models.CharField(
                                choices=[
                                    ("reader", "At the reader"),
                                    ("start", "At the start of a session"),
                                    ("portal", "From the portal"),
                                ],
                                max_length=8,
                            ),
                        ),
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
                            ),
                        ),
                        ("id_tag", models.CharField(blank=True, max_length=255)),
                        ("session_id", models.IntegerField(null=True)),
                        ("person", models.CharField(blank=True, max_length=200)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("Accepted", "Accepted"),
                                    ("Blocked", "Blocked"),
                                    ("Expired", "Expired"),
                                    ("Invalid", "Invalid"),
                                    ("ConcurrentTx", "Charging elsewhere"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unknown", "The token is not known"),
                                    ("blocked", "The token is blocked"),
                                    ("expired", "The token has expired"),
                                    ("contract_blocked", "The contract is blocked"),
                                    ("contract_expired", "The contract has ended"),
                                    ("contract_not_begun", "The contract is not valid yet"),
                                    ("not_admitted", "The token is in no group that may charge at this station"),
                                    ("locked", "The charge port is locked"),
                                    ("charging_elsewhere", "The token charges elsewhere already"),
                                    ("wrong_password", "EMAID and password do not belong together"),
                                    ("too_many_attempts", "Too many wrong passwords"),
                                    ("voucher_unknown", "There is no such voucher"),
                                    ("voucher_redeemed", "The voucher is redeemed already"),
                                    ("voucher_revoked", "The voucher is revoked"),
                                    ("voucher_expired", "The voucher has expired"),
                                    ("voucher_not_begun", "The voucher is not valid yet"),
                                    ("voucher_elsewhere", "The voucher is not good at this charge port"),
                                    ("not_asked", "The station could not be asked"),
                                ],
                                max_length=24,
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="charging.contract",
                            ),
                        ),
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
                        (
                            "token",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="charging.idtoken",
                            ),
                        ),
                        (
                            "voucher",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="charging.voucher",
                            ),
                        ),
                    ],
                    options={
                        "default_permissions": (),
                    },
                ),
            ],
        )
    ]
