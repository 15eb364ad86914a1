"""Where the portal may connect to when an address comes from a customer."""

import ipaddress

import pytest

from common.errors import Refused
from common.outbound import NotFound, allowed_address, is_allowed

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2001:db8::1",
)
PUBLIC = ("93.184.215.14", "2606:4700:4700::1111", "::ffff:93.184.215.14", "64:ff9b::93.184.215.14")


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_refused_in_every_disguise(text):
    assert not is_allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_reached(text):
    assert is_allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "::1"])
def test_hosts_are_judged_by_what_they_mean(host):
    with pytest.raises(Refused):
        allowed_address(host, 80)


def test_networks_of_the_settings_are_open(settings):
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert is_allowed(ipaddress.ip_address("10.20.3.4"))
    assert is_allowed(ipaddress.ip_address("::ffff:10.20.3.4"))
    assert not is_allowed(ipaddress.ip_address("10.21.3.4"))


def test_a_name_without_an_address_is_told_apart():
    with pytest.raises(NotFound):
        allowed_address("nowhere.invalid", 443)
