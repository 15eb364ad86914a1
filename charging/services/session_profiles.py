"""The charging profile of a session ends with it (OCPP 1.6 §3.13.1). Works across organisations."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from chargeports.choices import ProfilePurpose
from chargeports.models import InstalledProfile
from charging.choices import SessionState
from charging.models import ChargingSession

# The profile of a start waits so long for its session.
_WAITS = timedelta(minutes=15)


def forget_session_profiles(now: datetime) -> int:
    """Forget the profiles of sessions that run no more; how many. One statement over the few there are."""
    running = ChargingSession.objects.filter(station_id=OuterRef("station_id"), state=SessionState.RUNNING)
    itself = Exists(running.filter(pk=OuterRef("session_id")))
    here = Exists(running.filter(port_number=OuterRef("port_number")))
    profiles = InstalledProfile.objects.filter(purpose=ProfilePurpose.SESSION)
    over = Q(session_id__isnull=False) & ~itself
    never_begun = Q(session_id=None, installed_at__lt=now - _WAITS) & ~here
    return profiles.filter(over | never_begun).delete()[0]
