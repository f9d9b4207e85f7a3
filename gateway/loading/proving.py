"""Whether a release would serve under a deployment: loaded aside, nothing opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.deployment import load_deployment
from gateway.errors import Problems, ProfileError, Severity
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.loading.written import written_in
from gateway.release.model import SHORT, Bundle, ReleaseError

_MOST_TOLD = 20


def require_serves(
    bundle: Bundle, config: Sequence[Path], environ: Mapping[str, str]
) -> None:
    """Load a bundle under the deployment of these files, as they are now.

    Raises:
        ProfileError: the deployment itself cannot be read.
        ReleaseError: the bundle would not serve there, and why.
    """
    problems = Problems()
    deployment = load_deployment(config, environ, problems)
    if deployment is None:
        raise ProfileError(tuple(problems.found))
    loader = Loader(config, environ, open_nothing)
    found = loader.check_written(deployment, written_in(bundle, None), problems)
    wrong = [str(one) for one in found if one.severity is Severity.ERROR]
    if wrong:
        told = "\n".join(wrong[:_MOST_TOLD])
        raise ReleaseError(f"release {bundle.id[:SHORT]} would not serve here: {told}")
