from importlib import import_module

from django.apps import AppConfig


class OcppGatewayConfig(AppConfig):
    name = "ocpp_gateway"

    def ready(self) -> None:
        import_module("ocpp_gateway.receivers")
