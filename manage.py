#!/usr/bin/env python
"""Django's command line for the portal, on the servers that `make run` runs here or on ones of its own."""

import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from cpms.embedded.process import ServiceError
from cpms.embedded.services import available_services

ROOT = Path(__file__).resolve().parent
NEED_NO_SERVER = {"collectstatic", "help", "messages", "simulate"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
    environ.Env.read_env(ROOT / ".env")
    if set(sys.argv[1:2]) <= NEED_NO_SERVER:
        execute_from_command_line(sys.argv)
        return
    with available_services(ROOT / "var") as services:
        os.environ.update(services)
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except (ServiceError, ImproperlyConfigured) as error:
        sys.exit(str(error))
