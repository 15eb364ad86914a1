"""Addresses of the stations app. Below `/stations/` there are only station ids, so that no id hides a page."""

from django.urls import path

from stations.views import contacts, editing, groups, history, lists, maps, packages, search, sheet, transfer

urlpatterns = [
    path("stations/", lists.stations, name="stations"),
    path("stations-groups/", lists.change_groups, name="stations-groups"),
    path("stations-life-cycle/", lists.change_life_cycles, name="stations-life-cycle"),
    path("station-create/", editing.create, name="station-create"),
    path("station-import/", transfer.station_import, name="station-import"),
    path("station-import/apply/", transfer.apply_import, name="station-import-apply"),
    path("station-import/problems/", transfer.import_problems, name="station-import-problems"),
    path("station-import/template/", transfer.template, name="station-import-template"),
    path("station-export/", transfer.export, name="station-export"),
    path("station-groups/", groups.groups, name="station-groups"),
    path("station-groups/create/", groups.create_group, name="station-group-create"),
    path("station-groups/<int:pk>/", groups.rename_group, name="station-group-rename"),
    path("station-groups/<int:pk>/delete/", groups.delete_group, name="station-group-delete"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/create/", contacts.create_contact, name="contact-create"),
    path("contacts/<int:pk>/", contacts.edit_contact, name="contact-edit"),
    path("contacts/<int:pk>/delete/", contacts.delete_contact, name="contact-delete"),
    path("station-history/<str:identity>/create/", history.write, name="history-create"),
    path("station-history/<int:pk>/edit/", history.edit, name="history-edit"),
    path("map/", maps.fleet, name="map"),
    path("map/points/", maps.points, name="map-points"),
    path("service-packages/<str:identity>/book/", packages.book, name="service-package-book"),
    path("service-packages/<int:pk>/", packages.change, name="service-package"),
    path("stations-packages/", packages.book_for_many, name="stations-packages"),
    path("search/", search.search, name="quick-search"),
    path("stations/<str:identity>/", sheet.station, name="station"),
    path("stations/<str:identity>/edit/", editing.edit, name="station-edit"),
    path("stations/<str:identity>/clone/", editing.clone, name="station-clone"),
    path("stations/<str:identity>/life-cycle/", editing.change_life_cycle, name="station-life-cycle"),
    path("stations/<str:identity>/<slug:slug>/", sheet.tab, name="station-tab"),
    path("stations/<str:identity>/<slug:slug>/<slug:action>/", sheet.tab, name="station-tab-action"),
]
