"""Asset management: articles, and the components made of them that are installed at stations or lie in stock."""

from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel
from stations.choices import ArticleKind, ComponentState, MoveKind
from stations.models.stations import Station


class ArticleGroup(TenantModel):
    """Articles of one sort. `fields` are the names of what is asked of each of its articles besides."""

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=ArticleKind, default=ArticleKind.OTHER)
    fields = models.JSONField(_("form fields"), default=list, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="article_group_name_unique")]

    def __str__(self) -> str:
        return self.name


class Article(TenantModel):
    """A product that can be installed. `values` are the answers to the fields of its group, by the field's name."""

    group = models.ForeignKey(ArticleGroup, on_delete=models.PROTECT, related_name="articles", verbose_name=_("group"))
    name = models.CharField(_("name"), max_length=120)
    article_number = models.CharField(_("article number"), max_length=60, blank=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=60, blank=True)
    warranty_months = models.PositiveSmallIntegerField(_("warranty in months"), null=True, blank=True)
    values = models.JSONField(default=dict, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("article_number"),
                condition=~models.Q(article_number=""),
                name="article_number_unique",
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.manufacturer, self.name]))


class Component(TenantModel):
    """One piece of an article: at a station, in stock, or out of use. What happened to it are its `moves`."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="components", verbose_name=_("article"))
    serial_number = models.CharField(_("serial number"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ComponentState, default=ComponentState.STOCK)
    station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.SET_NULL, related_name="components", verbose_name=_("station")
    )
    port_number = models.PositiveSmallIntegerField(_("charge port"), null=True, blank=True)
    installation_number = models.CharField(_("installation number"), max_length=60, blank=True)
    installed_by = models.CharField(_("installed by"), max_length=120, blank=True)
    installed_on = models.DateField(_("installed on"), null=True, blank=True)
    warranty_until = models.DateField(_("warranty until"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    changed_at = models.DateTimeField(_("last update"), auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ("article__name", "id")
        constraints = [
            models.UniqueConstraint(
                "article", Upper("serial_number"), condition=~models.Q(serial_number=""), name="component_serial_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(state="installed") | models.Q(station=None), name="component_station_where_installed"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "id"], name="component_by_state"),
            models.Index("organisation", Upper("serial_number"), name="component_by_serial"),
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [str(self.article), self.serial_number]))


class ComponentMove(TenantModel):
    """A component came to a station, left it, or went elsewhere."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=10, choices=MoveKind)
    station = models.ForeignKey(Station, null=True, on_delete=models.SET_NULL, related_name="component_moves")
    other = models.ForeignKey(Component, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    actor_label = models.CharField(max_length=200)
    note = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["station", "-at", "-id"], name="component_move_by_station")]
