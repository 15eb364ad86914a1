"""Secret values on their way to a station: encrypted in the row until the command is sent, then gone."""

from typing import Any

from common.sealing import seal, unseal

SECRET = "secret"  # noqa: S105 - the name under which it lies
_PURPOSE = "command values"


def hidden(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they may be stored: `value` encrypted under the name `secret`."""
    stored = {name: entry for name, entry in parameters.items() if name != "value"}
    return stored | {SECRET: seal(_PURPOSE, parameters["value"])}


def revealed(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they are sent; unchanged where nothing in them is secret."""
    if SECRET not in parameters:
        return parameters
    clear = {name: entry for name, entry in parameters.items() if name != SECRET}
    return clear | {"value": unseal(_PURPOSE, parameters[SECRET])}
