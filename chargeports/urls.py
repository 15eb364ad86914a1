"""Addresses of the chargeports app. Every kind of command has one of its own, made from its declaration."""

from django.urls import path

from chargeports.forms import COMMAND_FORMS
from chargeports.views import (
    commands,
    configuration,
    error_catalogue,
    errors,
    firmware,
    labels,
    maintenance,
    pay,
    points,
    reservations,
    sheet,
)

_PORT = "charge-ports/<str:identity>/<int:number>/"

urlpatterns = [
    path("pay/<str:evse_id>/", pay.pay, name="pay"),
    path("charge-ports/", sheet.ports, name="charge-ports"),
    path("charge-ports/<str:identity>/create/", points.create_port, name="charge-port-create"),
    path(_PORT, sheet.port, name="charge-port"),
    path(f"{_PORT}edit/", points.edit_port, name="charge-port-edit"),
    path(f"{_PORT}delete/", points.delete_port, name="charge-port-delete"),
    path(f"{_PORT}<slug:slug>/", sheet.tab, name="charge-port-tab"),
    path(f"{_PORT}<slug:slug>/<slug:action>/", sheet.tab, name="charge-port-tab-action"),
    path(f"{_PORT}label.svg", labels.label_svg, name="charge-port-label-svg"),
    path(f"{_PORT}label.png", labels.label_png, name="charge-port-label-png"),
    path("charge-ports/<str:identity>/labels.pdf", labels.labels_pdf, name="charge-port-labels"),
    path("maintenance-windows/", maintenance.all_windows, name="maintenance-windows"),
    path("maintenance-windows/<str:identity>/add/", maintenance.add_window, name="maintenance-window-add"),
    path("maintenance-windows/<int:pk>/end/", maintenance.end_window, name="maintenance-window-end"),
    path("maintenance-windows/<int:pk>/remove/", maintenance.remove_window, name="maintenance-window-remove"),
    path("reservations/", reservations.all_reservations, name="reservations"),
    *commands.ask_urls(COMMAND_FORMS),
    path("commands/<int:pk>/", commands.command, name="command"),
    path("commands/<int:pk>/cancel/", commands.cancel, name="command-cancel"),
    path("firmware/", firmware.library, name="firmware"),
    path("firmware/add/", firmware.add, name="firmware-add"),
    path("firmware/<int:pk>/", firmware.change, name="firmware-change"),
    path("firmware/<int:pk>/remove/", firmware.remove, name="firmware-remove"),
    path("setting-history/<str:identity>/", configuration.setting_history, name="setting-history"),
    path("errors/", errors.errors, name="errors"),
    path("errors/<int:pk>/", errors.error, name="error"),
    path("error-catalogue/", error_catalogue.catalogue, name="error-catalogue"),
    path("error-catalogue/new/", error_catalogue.create, name="error-code-create"),
    path("error-catalogue/import/", error_catalogue.import_file, name="error-codes-import"),
    path("error-catalogue/export/", error_catalogue.export, name="error-codes-export"),
    path("error-catalogue/<int:pk>/", error_catalogue.edit, name="error-code-edit"),
    path("error-catalogue/<int:pk>/delete/", error_catalogue.delete, name="error-code-delete"),
]
