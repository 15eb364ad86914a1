from django.urls import path

from tickets.views import settings, tickets, troubleshooting

urlpatterns = [
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/board/", tickets.board, name="ticket-board"),
    path("tickets/new/", tickets.create, name="ticket-create"),
    path("tickets/<int:number>/", tickets.ticket, name="ticket"),
    path("tickets/<int:number>/edit/", tickets.edit, name="ticket-edit"),
    path("tickets/<int:number>/comment/", tickets.comment, name="ticket-comment"),
    path("tickets/<int:number>/move/", tickets.move, name="ticket-move"),
    path("tickets/<int:number>/take/", tickets.take, name="ticket-take"),
    path("tickets/<int:number>/watch/", tickets.watch, name="ticket-watch"),
    path("troubleshooting/<str:identity>/<int:number>/", troubleshooting.troubleshooting, name="troubleshooting"),
    path("ticket-teams/", settings.teams, name="ticket-teams"),
    path("ticket-teams/new/", settings.create_team, name="ticket-team-create"),
    path("ticket-teams/<int:pk>/", settings.edit_team, name="ticket-team-edit"),
    path("ticket-teams/<int:pk>/delete/", settings.delete_team, name="ticket-team-delete"),
    path("ticket-categories/", settings.categories, name="ticket-categories"),
    path("ticket-categories/new/", settings.create_category, name="ticket-category-create"),
    path("ticket-categories/<int:pk>/", settings.rename_category, name="ticket-category-rename"),
    path("ticket-categories/<int:pk>/delete/", settings.delete_category, name="ticket-category-delete"),
    path("escalation-rules/", settings.rules, name="escalation-rules"),
    path("escalation-rules/new/", settings.create_rule, name="escalation-rule-create"),
    path("escalation-rules/<int:pk>/", settings.edit_rule, name="escalation-rule-edit"),
    path("escalation-rules/<int:pk>/delete/", settings.delete_rule, name="escalation-rule-delete"),
]
