"""Deployment files to a `Deployment`, or to every problem in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.confided import CONFIDED
from gateway.deployment.advice import advise
from gateway.deployment.auth import AuthSettings
from gateway.deployment.confiding import secrets_in
from gateway.deployment.effect import check_effect
from gateway.deployment.environment import Environment
from gateway.deployment.layers import Layer, Layers
from gateway.deployment.model import Deployment, DeploymentDocument, deployment_of
from gateway.deployment.sources import AnySource
from gateway.deployment.sources.reading import SourceReader
from gateway.errors import Problems
from gateway.profile.source import Document, read
from gateway.record import Struct, field, replace
from gateway.unfit import Trail, Unfit
from gateway.values import SourceSpan, digest

_OF_ENUM = 4
"""Keys that lead to an enum: ``sources``, a name, ``enums``, a type."""


def load_deployment(
    paths: Sequence[Path], environ: Mapping[str, str], problems: Problems
) -> Deployment | None:
    """The deployment that the files make together, later ones overriding.

    No path: the default deployment (`./profiles`, `./schema`, no sources). None where
    an error was found; warnings leave it usable. Never raises.
    """
    before = len(problems.errors)
    loader = _Loader(Environment(environ, problems), problems)
    for path in paths:
        loader.add(path)
    made = loader.deployment(paths[0].parent if paths else Path())
    return None if len(problems.errors) > before else made


class _Loader(Struct):
    """Collects the files, then reads the whole of them."""

    environment: Environment
    problems: Problems
    layers: list[Layer] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """One more file, with the directory of sources that it may name."""
        document = self._document(path, SourceSpan(str(path)))
        if document is None:
            return
        data = dict(self.environment.fill(document))
        folder = data.get("sources")
        if isinstance(folder, str):
            del data["sources"]
        self.layers.append(Layer(document, data))
        if isinstance(folder, str):
            self._directory(path.parent / folder, document.span(("sources",)))

    def _directory(self, folder: Path, named: SourceSpan) -> None:
        if named in self.environment.spoiled:
            return
        self.files.append(folder)
        if not folder.is_dir():
            self.problems.add(
                named,
                "there is no such directory of sources",
                hint="create it with a file for each source, or write a map of sources",
            )
            return
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            document = self._document(path, named)
            if document is not None:
                base: Trail = ("sources", path.stem)
                data = self.environment.fill(document, base)
                self.layers.append(Layer(document, data, base))

    def _document(self, path: Path, named: SourceSpan) -> Document | None:
        self.files.append(path)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            reason = error.strerror or "it is no file"
            self.problems.add(
                named,
                f"the file {path} cannot be read: {reason}",
                hint="name a file that exists: -c headwater.yaml",
            )
            return None
        except UnicodeDecodeError:
            self.problems.add(
                named, f"the file {path} is no UTF-8 text", hint="save it as UTF-8"
            )
            return None
        document = read(text, str(path), self.problems)
        if document is not None:
            self.environment.spoiled |= document.spoiled
        return document

    def deployment(self, folder: Path) -> Deployment:
        layers = Layers(tuple(self.layers))
        defaults = {"profiles": {"path": str(folder / "profiles")}}
        data = layers.data()
        written = data.get("profiles")
        if written is None or (isinstance(written, dict) and "path" not in written):
            data["profiles"] = defaults["profiles"] | (written or {})
        data.setdefault("schema", str(folder / "schema"))
        check_effect(data, layers, self.problems)
        advise(data, layers, self.problems)
        sources = self._sources(data.get("sources"), layers)
        settings = self._settings(data, layers) or DeploymentDocument()
        CONFIDED.learn(secrets_in([settings, [one for one, _ in sources.values()]]))
        CONFIDED.learn(self.environment.confided)
        made = deployment_of(
            settings,
            {name: source for name, (source, _) in sources.items()},
            {name: made for name, (_, made) in sources.items()},
            tuple(dict.fromkeys((*self.files, *self.environment.read))),
        )
        return replace(made, places=_places(made, layers))

    def _settings(
        self, data: dict[str, Any], layers: Layers
    ) -> DeploymentDocument | None:
        try:
            return DeploymentDocument.model_validate(data)
        except ValidationError as error:
            self._unfit(layers).explain(error, DeploymentDocument)
            return None

    def _sources(
        self, written: Any, layers: Layers
    ) -> dict[str, tuple[AnySource, str]]:
        """Each source with its digest; every one is read for itself."""
        read_source = SourceReader(layers, self._unfit(layers), self.environment)
        made = {}
        for name, data in written.items() if isinstance(written, dict) else ():
            source = read_source(name, data)
            if source is not None:
                known = json.dumps(data, sort_keys=True)
                made[name] = source, digest(name, known, source.content)
        return made

    def _unfit(self, layers: Layers) -> Unfit:
        return Unfit(
            layers.span,
            self.problems,
            secret=self._is_secret,
            spoiled=frozenset(self.environment.spoiled),
        )

    def _is_secret(self, trail: Trail) -> bool:
        """Whether the value, or part of it, came from outside the files."""
        return any(known[: len(trail)] == trail for known in self.environment.secret)


def _places(made: Deployment, layers: Layers) -> dict[Trail, SourceSpan]:
    """Where the schema's enums and their values are named: they are checked later."""
    trails: list[Trail] = [
        ("operations",),
        ("persisted", "manifests"),
        ("flags", "path"),
        ("flags", "provider"),
        ("release",),
    ]
    for at, auth in made.auths.items():
        issuers = auth.jwt if isinstance(auth, AuthSettings) else ()
        trails += [at, (*at, "keys"), (*at, "jwt")]
        trails += [(*at, "jwt", number, "jwks") for number in range(len(issuers))]
    trails += [("policies", tag) for tag in made.policies]
    if made.slo is not None:
        trails += [("slo", "operations", name) for name in made.slo.operations]
        trails += [("slo", "steps", name) for name in made.slo.steps]
    audited = made.audit.tags if made.audit else ()
    trails += [("audit", "tags", number) for number in range(len(audited))]
    for name, source in made.sources.items():
        keys = ("url", "descriptors", "proto", "schema")
        trails += [("sources", name, key) for key in keys]
        for enum, words in source.enums.items():
            trail: Trail = ("sources", name, "enums", enum)
            trails += [trail, *((*trail, word) for word in words)]
    return {trail: layers.span(trail, key=len(trail) == _OF_ENUM) for trail in trails}
