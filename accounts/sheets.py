"""What the accounts app adds to pages: background jobs with live progress."""

from accounts.views.jobs import fragments

FRAGMENTS = fragments()
