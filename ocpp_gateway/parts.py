"""What the gateway keeps about a station and its pages read with it."""

SHEET_RELATED = ("credential",)
