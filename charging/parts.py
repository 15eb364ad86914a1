"""What goes along with a station: who may charge there; and with its commands: the sessions that run."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargeports.choices import CommandKind
from charging.admission_columns import ADMISSION
from charging.models import StationAdmission
from charging.selectors import running_sessions
from charging.services import follow_commands, follow_lists
from common.rights import Text
from stations.companions import StationPart
from stations.models import Station

_CONCERNING = (CommandKind.RESET, CommandKind.CHANGE_AVAILABILITY, CommandKind.UNLOCK)


def sessions_concerned(station: Station, kind: CommandKind, port_number: int | None) -> Sequence[Text]:
    """What a restart, a lock or a released plug does to the sessions that run."""
    running = sorted(running_sessions(station)) if kind in _CONCERNING else []
    if kind == CommandKind.UNLOCK:
        return _released(running, port_number)
    if kind == CommandKind.CHANGE_AVAILABILITY and port_number:
        running = [number for number in running if number == port_number]
    return (_words(kind, running),) if running else ()


def _released(running: list[int], port_number: int | None) -> Sequence[Text]:
    """What a released plug ends, also while it is not chosen yet which."""
    if port_number is None and running:
        told = _("Where a session is running, releasing the plug ends it (charge port %(ports)s).")
        return (told % {"ports": ", ".join(map(str, running))},)
    told = _("A session is running at this charge port: releasing the plug ends it.")
    return (told,) if port_number in running else ()


def _words(kind: CommandKind, ports: list[int]) -> str:
    if kind == CommandKind.RESET:
        words = ngettext(
            "Soft or hard, this ends %(count)d running session (charge port %(ports)s).",
            "Soft or hard, this ends %(count)d running sessions (charge ports %(ports)s).",
            len(ports),
        )
    else:
        words = ngettext(
            "%(count)d session is running (charge port %(ports)s): a lock takes effect when it has ended.",
            "%(count)d sessions are running (charge ports %(ports)s): a lock takes effect when they have ended.",
            len(ports),
        )
    return words % {"count": len(ports), "ports": ", ".join(map(str, ports))}


COMMAND_CONSEQUENCES = (sessions_concerned,)


def clone_admission(source: Station, copy: Station) -> None:
    """Where only some groups of tokens may charge, only they may at the clone too."""
    admission = StationAdmission.objects.filter(station=source).first()
    if admission:
        made = StationAdmission.objects.create(organisation_id=copy.organisation_id, station=copy)
        made.groups.set(admission.groups.all())


STATION_PARTS = (StationPart(clone=clone_admission), ADMISSION.part)

COMMAND_FOLLOWERS = (follow_commands, follow_lists)
