"""What uploaded and made files are for: each app lists its purposes in `files.py` as the tuple `FILE_PURPOSES`."""

from dataclasses import dataclass

from common.declarations import declared
from common.jobs import JobKind, all_kinds
from common.rights import Right

MIB = 1024 * 1024


@dataclass(frozen=True)
class FilePurpose:
    """Files of this purpose are handed out to those in their organisation who hold `right`.

    `max_bytes` None knows no limit. `content_types` are the types allowed, judged by content; None allows any.
    `counted` False keeps them out of the organisation's quota, e.g. what the portal makes and removes by itself.
    """

    slug: str
    right: Right
    max_bytes: int | None = 50 * MIB
    content_types: tuple[str, ...] | None = None
    counted: bool = True


def all_purposes() -> tuple[FilePurpose, ...]:
    """The declared ones, and one for the results of each kind of background job."""
    return (*declared("files", "FILE_PURPOSES"), *map(result_purpose, all_kinds()))


def result_purpose(kind: JobKind) -> FilePurpose:
    """What the files are for that such jobs make."""
    return FilePurpose(f"job-{kind.slug}", kind.right, max_bytes=None, counted=False)


def find_purpose(slug: str) -> FilePurpose | None:
    """None where no version declares the purpose any more: then nobody gets the file."""
    return next((purpose for purpose in all_purposes() if purpose.slug == slug), None)
