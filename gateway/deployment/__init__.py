"""`headwater.yaml`: where things are, and how the gateway is run.

In charge of finding, merging, filling and checking deployment files. Must never open
a source, listen, or show a value that came from the environment.
"""

from gateway.deployment.auth import AuthSettings
from gateway.deployment.find import find_config, is_loopback, unsafe
from gateway.deployment.load import load_deployment
from gateway.deployment.model import Deployment, DeploymentDocument
from gateway.deployment.schema import json_schema
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.rest import RestSource

__all__ = [
    "AnySource",
    "AuthSettings",
    "Deployment",
    "DeploymentDocument",
    "RestSource",
    "find_config",
    "is_loopback",
    "json_schema",
    "load_deployment",
    "unsafe",
]
