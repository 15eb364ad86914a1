from django.apps import AppConfig


class ChargeportsConfig(AppConfig):
    name = "chargeports"
