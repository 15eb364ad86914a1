"""How a protocol version carries out a command: a generator that yields steps and is sent the charger's replies.

What the steps do is the business of `commands.Commander`; the version folders only say which come in which order.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chargeports.certificates import HashData
from chargeports.choices import CommandState
from chargeports.services import AcceptedProfile, ProfileFilter, ReportedKey, ToldSchedule
from charging.local_lists import ListPlan
from ocpp_gateway.pipe import Answered, Errored, Lost, Malformed, TimedOut
from ocpp_gateway.transfers.addresses import TransferAddress

Reply = Answered | Errored | Malformed | TimedOut | Lost


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation may depend on: whether the charger is accepted, some of its configuration, whether chargers
    like it answer only for configuration keys that are named (C02), the file or the list it is about, and what the
    charger calls its manufacturer."""

    is_accepted: bool
    configuration: Mapping[str, str | None] = field(default_factory=dict)
    names_keys_only: bool = False
    file: TransferAddress | None = None
    vendor: str = ""
    local_list: ListPlan | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Call the charger; the reply comes back. `patience` is the share of the usual time-out to wait."""

    action: str
    payload: dict[str, Any]
    patience: float = 1.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The command ends so; `outcome` is the charger's own word. Steps that follow are afterthoughts."""

    state: CommandState
    outcome: str
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Progressed:
    """So many parts of a list have been taken."""

    parts_sent: int
    parts: int


@dataclass(frozen=True, slots=True)
class CertificatesListed:
    """All root certificates that the station says it has for one use (a CertificateUse)."""

    use: str
    certificates: tuple[HashData, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """The charger reported configuration keys."""

    keys: tuple[ReportedKey, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """The charger was asked for a message of this action, and may send it before it is accepted (B04)."""

    action: str


@dataclass(frozen=True, slots=True)
class KeyProposed:
    """A new connection key is about to be sent, as it stands in AuthorizationKey."""

    wire_value: str


@dataclass(frozen=True, slots=True)
class KeySettled:
    """The charger took the new connection key, or kept the old one."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class RebootNeeded:
    """What was changed counts only after a restart."""


@dataclass(frozen=True, slots=True)
class NamesKeysOnly:
    """The charger was silent about all its configuration keys, and then answered for named ones."""


@dataclass(frozen=True, slots=True)
class ProfileInstalled:
    """The charger accepted a charging profile (P01)."""

    profile: AcceptedProfile


@dataclass(frozen=True, slots=True)
class ProfilesCleared:
    """The charger has no such charging profiles any more, or says that it never had (P05)."""

    which: ProfileFilter


@dataclass(frozen=True, slots=True)
class ScheduleTold:
    """The charger said what it will allow."""

    schedule: ToldSchedule


Step = (
    Ask
    | Ended
    | Reported
    | Expected
    | KeyProposed
    | KeySettled
    | RebootNeeded
    | NamesKeysOnly
    | ProfileInstalled
    | ProfilesCleared
    | ScheduleTold
    | Progressed
    | CertificatesListed
)
Conversation = Generator[Step, Reply | None, None]
