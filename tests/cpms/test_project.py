"""What the project promises about itself: documented settings, contracts over every app, locks without address."""

import re
import ssl
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTING = re.compile(r"""env(?:\.\w+)?\(\s*["']([A-Z_]+)["']""")


def test_the_example_environment_names_every_setting_and_no_other():
    read = set(SETTING.findall((ROOT / "cpms" / "settings.py").read_text()))
    documented = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert len(read) > 20
    assert documented - read <= {"HOST", "CHROMIUM"}
    assert read - documented == set()


def test_T28_Q20_the_proxy_speaks_old_tls_on_one_port_and_the_suites_that_chargers_must_be_offered():
    configuration = (ROOT / "deploy" / "nginx.conf").read_text()
    servers = re.findall(r"listen (\d+) ssl;.*?ssl_protocols ([^;]+);", configuration, re.S)
    assert dict(servers) == {"443": "TLSv1.2 TLSv1.3", "8443": "TLSv1.2 TLSv1.3", "8444": "TLSv1 TLSv1.1"}
    assert "proxy_set_header X-TLS-Version $ssl_protocol;" in configuration
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(re.findall(r"ssl_ciphers ([^;]+);", configuration)[0])
    assert {suite["name"] for suite in context.get_ciphers()} >= {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    }


def test_import_contracts_see_every_app():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert len(apps) > 5
    assert set(contracts["root_packages"]) == apps


@pytest.mark.parametrize("name", ["bootstrap", "embedded", "run", "dev"])
def test_every_locked_package_has_a_hash_and_no_address(name):
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    packages = re.findall(r"^[a-z0-9][^#\n]*==[^\n]*(?:\n    --hash=sha256:[0-9a-f]{64})?", lock, re.M)
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in lock


def test_the_npm_lock_holds_no_address_either():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
