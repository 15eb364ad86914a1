"""German dates in figures: written out, they are too wide for tables. Everything else is Django's own."""

DATE_FORMAT = "d.m.Y"
