"""Which deployment files to read, and whether it is safe to listen with them."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.deployment.auth import AuthSettings
from gateway.deployment.model import Deployment

CONFIG_NAME = "headwater.yaml"
CONFIG_VARIABLE = "HEADWATER_CONFIG"


def find_config(
    given: Sequence[str], environ: Mapping[str, str], cwd: Path
) -> list[Path]:
    """The files named by options, else by HEADWATER_CONFIG, else ./headwater.yaml.

    The variable may name several, separated as in PATH. Empty where there is none.
    """
    named = [*given] or [
        part for part in environ.get(CONFIG_VARIABLE, "").split(os.pathsep) if part
    ]
    if named:
        return [cwd / name for name in named]
    default = cwd / CONFIG_NAME
    return [default] if default.is_file() else []


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def unsafe(deployment: Deployment, host: str) -> str | None:
    """Why it must not listen on the host outside of --dev, or None."""
    if is_loopback(host):
        return None
    if deployment.auth is None:  # what is written proves something, or does not load
        return (
            f"listening on {host} without authentication: write 'auth: none' in "
            "headwater.yaml if that is meant"
        )
    for at, auth in deployment.auths.items():
        if isinstance(auth, AuthSettings) and auth.trust_headers:
            key = ".".join(map(str, (*at, "trust_headers")))
            return (
                f"'{key}' on {host} lets everybody be anybody: listen on "
                "127.0.0.1, or serve with --dev"
            )
    return None
