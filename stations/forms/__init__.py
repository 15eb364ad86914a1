"""Forms of the stations app. They check each value by itself; what belongs together the services check."""

from stations.forms.confirming import DeleteForm
from stations.forms.contacts import ChooseGroupForm, ContactForm, GroupForm
from stations.forms.free_fields import FieldTemplateForm, FreeFieldForm
from stations.forms.history import HistoryForm
from stations.forms.packages import BookPackageForm, PackageForm
from stations.forms.stations import (
    ASSIGNMENTS,
    SECTIONS,
    CloneForm,
    ImportForm,
    LifeCycleForm,
    NewStationForm,
    StationForm,
)

__all__ = [
    "ASSIGNMENTS",
    "SECTIONS",
    "BookPackageForm",
    "ChooseGroupForm",
    "CloneForm",
    "ContactForm",
    "DeleteForm",
    "FieldTemplateForm",
    "FreeFieldForm",
    "GroupForm",
    "HistoryForm",
    "ImportForm",
    "LifeCycleForm",
    "NewStationForm",
    "PackageForm",
    "StationForm",
]
