from django.apps import AppConfig


class ChargeportsConfig(AppConfig):
    name = "chargeports"

    def ready(self) -> None:
        from chargeports.receivers import cancel_commands_of_decommissioned, follow_life_cycle  # noqa: PLC0415 - needs the models
        from stations.signals import station_changed  # noqa: PLC0415

        station_changed.connect(cancel_commands_of_decommissioned)
        station_changed.connect(follow_life_cycle)
