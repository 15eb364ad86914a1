"""Every action that is written to the audit log has a label that people can read and filter by."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from common.declarations import declared
from common.rights import all_rights

ROOT = Path(__file__).parents[2]
APPS = ("accounts", "stations", "chargeports", "charging", "ocpp_gateway")
ACTION = re.compile(rf"({'|'.join(APPS)})\.[a-z_]+")


def test_every_recorded_action_has_a_label():
    labelled = {code for code, _label in declared("choices", "AUDIT_ACTIONS")}
    written = {code for app in APPS for path in (ROOT / app).rglob("*.py") for code in _recorded(path)}
    assert len(written) > 30
    assert written <= labelled, written - labelled


def test_no_label_stands_twice():
    codes = [code for code, _label in declared("choices", "AUDIT_ACTIONS")]
    assert len(codes) == len(set(codes))


def _recorded(path: Path) -> Iterator[str]:
    """What looks like an action in a file that writes to the audit log, in any call: services share helpers for it."""
    rights = {right.code for right in all_rights()}
    source = path.read_text()
    if not re.search(r"\b(record|audit_entry|save_changes)\(", source):
        return
    for node in ast.walk(ast.parse(source)):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and ACTION.fullmatch(value) and value not in rights:
            yield value
