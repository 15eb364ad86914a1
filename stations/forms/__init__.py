"""Forms of the stations app. They check each value by itself; what belongs together the services check."""

from stations.forms.assets import (
    ArticleForm,
    ArticleGroupForm,
    ChangeForm,
    InstallForm,
    MoveForm,
    RemoveForm,
    ReplaceForm,
    details_of,
)
from stations.forms.assignments import AssignmentsForm
from stations.forms.contacts import ChooseGroupForm, ContactForm, GroupForm
from stations.forms.devices import DeviceForm
from stations.forms.free_fields import FieldTemplateForm, FreeFieldForm
from stations.forms.history import HistoryForm
from stations.forms.packages import BookPackageForm, PackageForm
from stations.forms.stations import (
    ASSIGNMENTS,
    SECTIONS,
    CloneForm,
    LifeCycleForm,
    NewStationForm,
    StationForm,
)

__all__ = [
    "ASSIGNMENTS",
    "SECTIONS",
    "ArticleForm",
    "ArticleGroupForm",
    "AssignmentsForm",
    "BookPackageForm",
    "ChangeForm",
    "ChooseGroupForm",
    "CloneForm",
    "ContactForm",
    "DeviceForm",
    "FieldTemplateForm",
    "FreeFieldForm",
    "GroupForm",
    "HistoryForm",
    "InstallForm",
    "LifeCycleForm",
    "MoveForm",
    "NewStationForm",
    "PackageForm",
    "RemoveForm",
    "ReplaceForm",
    "StationForm",
    "details_of",
]
