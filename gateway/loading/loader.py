"""Texts → the next `Generation`, built aside; the running one is never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from graphql import GraphQLSchema

from gateway.cache.base import ReplyCache
from gateway.deployment import Deployment, load_deployment
from gateway.errors import Problem, Problems, ProfileError
from gateway.execution.upstream import Upstreams
from gateway.generation import Generation, Lease
from gateway.loading.admission import admission_of, limits_of
from gateway.loading.caching import open_no_cache
from gateway.loading.cataloguing import Cataloguing
from gateway.loading.declaring import declared_by
from gateway.loading.examining import Examined
from gateway.loading.flagging import FlagPool, check_provider
from gateway.loading.foreseeing import with_foreseen
from gateway.loading.identifying import IdentityPool, check_auth
from gateway.loading.limiting import LimitPool
from gateway.loading.objectives import objectives_of
from gateway.loading.protection import protection_of
from gateway.loading.reading import all_of
from gateway.loading.resolving import resolver_of
from gateway.loading.safelisting import Against, Manifests, all_problems, require_whole
from gateway.loading.subscriptions import rules_of
from gateway.loading.written import Choosing, OfFolders, Written, written_in_folders
from gateway.profile.model import UNPROTECTED
from gateway.record import Struct, field, replace
from gateway.response.model import Showing
from gateway.saved.model import Saved
from gateway.schema.build import build_schema, schema_digest
from gateway.schema.pruning import Views
from gateway.schema.representations import representations
from gateway.schema.shapes import shapes_of
from gateway.values import digest

Opening = Callable[[Deployment], tuple[Upstreams, Callable[[], None]]]
"""Opens a deployment's sources; gives them, and what gives them back."""
Dressing = Callable[[Generation, Deployment], Generation]
"""Makes another generation of one, such as one without its systems."""
CacheOpening = Callable[[Deployment], tuple[ReplyCache, Callable[[], None]]]
"""The same for the store of replies that a deployment names."""


class Loader(Struct):
    """Loads one deployment again and again. Not thread-safe: one load at a time.

    With ``remember`` the last good texts are kept on disk too, where the deployment
    says so: for the process that serves, not for one that only looks.
    """

    config: Sequence[Path]
    environ: Mapping[str, str]
    open_sources: Opening
    dev: bool = False
    remember: bool = False
    deployment: Deployment | None = None
    number: int = 0
    open_cache: CacheOpening = open_no_cache
    flags: FlagPool = field(default_factory=FlagPool)
    identity: IdentityPool = field(default_factory=IdentityPool)
    limiting: LimitPool = field(default_factory=LimitPool)
    dress: Dressing | None = None
    """What is made of each generation before it serves."""
    choosing: Choosing = field(default_factory=OfFolders)
    """What is loaded: the files here, where nothing else is said."""
    _manifests: Manifests = field(default_factory=Manifests)
    _schemas: dict[str, GraphQLSchema] = field(default_factory=dict)
    _texts: Cataloguing = field(default_factory=Cataloguing)

    def __post_init__(self) -> None:
        self._texts.remember = self.remember

    def load(self) -> Generation:
        """The next generation from the files or the release as they are now.

        Raises:
            ProfileError: no generation can be made: the deployment file or the SDL is
                wrong, or the profiles do not make one schema.
        """
        problems = Problems()
        deployment = load_deployment(self.config, self.environ, problems)
        if deployment is None:
            raise ProfileError(tuple(problems.found))
        first: ProfileError | None = None
        for written in self.choosing.choices(deployment):
            found = Problems([*problems.found, *written.problems])
            try:
                made = self._generation(deployment, written, found)
            except ProfileError as error:
                self.choosing.reject(written, error)
                first = first or error
            else:
                self.choosing.taken(written)
                return made
        raise first or ProfileError(tuple(problems.found))

    def _generation(
        self, deployment: Deployment, written: Written, problems: Problems
    ) -> Generation:
        sdl, world, catalog, offer = self._texts.catalog(deployment, written, problems)
        if catalog.outdone and self.number:
            # A change elsewhere (the schema, a source) breaks profiles that nobody
            # touched: that change is what is wrong, and what serves goes on serving.
            raise ProfileError(tuple(sorted({*problems.found, *catalog.problems})))
        found = Problems()
        made = declared_by(deployment, sdl, catalog, found)
        problems.extend(found.found)
        if found.errors:
            raise ProfileError(tuple(sorted({*problems.found, *catalog.problems})))
        key = schema_digest(sdl, made.text)
        schema = self._schemas.get(key) or build_schema(sdl, made.text, problems)
        if schema is None:
            raise ProfileError(tuple(problems.found))
        shapes = shapes_of(schema, key)
        protection = protection_of(deployment, sdl, shapes, problems).sound()
        saved = self._texts.saved(deployment, written, schema)
        told = tuple(sorted({*problems.found, *catalog.problems, *saved.problems}))
        if saved.outdone and self.number:
            raise ProfileError(tuple(sorted({*problems.found, *saved.problems})))
        against = Against(schema, limits_of(deployment), key)
        persisted = self._manifests.take(deployment, written, against)
        require_whole(written, told, persisted)
        subgraph, common = made.subgraph, catalog.audience
        if subgraph is not None:
            common = subgraph.audience(common, partial(representations, schema))
        common = common.protected(protection.rules)
        resolver = resolver_of(common, catalog.families, shapes)
        audience = resolver.unmatched if resolver else common
        whole = resolver.whole if resolver else common
        unasked = Problems()
        flags, give_back = self.flags.open(deployment, offer, unasked)
        judges, forget = self.identity.open(deployment, unasked, dev=self.dev)
        limiting, origins = self.limiting.open(deployment, unasked)
        unasked.raise_if_any()
        upstreams, release = self.open_sources(deployment)
        # A store costs a fifth of a second and 15 MB, which most projects need not pay.
        keeps = whole.keeps or persisted.shared
        opening = self.open_cache if keeps else open_no_cache
        cache, release_cache = opening(deployment)
        self.deployment, self._schemas = deployment, {key: schema}
        if written.release is None:
            self._texts.good(deployment, {**catalog.good, **saved.good})
        self.number += 1
        admission = replace(
            admission_of(deployment, dev=self.dev, keyed=whole.keyed),
            flags=flags,
            prover=judges.main.prover,
            origins=origins,
        )
        made_of = Generation(
            number=self.number,
            digest=digest(
                world.digest, key, common.digest, saved.digest, *persisted.digests
            ),
            schema=schema,
            schema_digest=key,
            shapes=shapes,
            audience=audience,
            resolver=resolver,
            views=Views(schema),
            auditing=protection.auditing,
            trees=catalog.trees,
            texts=catalog.good,
            upstreams=upstreams,
            admission=admission,
            doors=judges.at_doors(admission),
            limits=against.limits,
            persisted=persisted,
            limiting=limiting,
            subscriptions=rules_of(deployment.subscriptions),
            completeness=Showing(deployment.completeness),
            deferral=deployment.deferral,
            objectives=objectives_of(deployment),
            problems=all_problems(told, persisted),
            stale=tuple(sorted({*catalog.stale, *saved.stale})),
            subgraph=subgraph.sdl if subgraph else None,
            cache=cache,
            saved=saved.operations,
            unsaved=saved.missing,
            release=written.release,
            lease=Lease(all_of(release, release_cache, give_back, forget)),
        )
        return self.dress(made_of, deployment) if self.dress else made_of

    def check(self) -> tuple[Problem, ...]:
        """Every problem of the files as they are now; opens and keeps nothing."""
        return self.examine_files().problems

    def examine_files(self) -> Examined:
        """What the files as they are now come to; opens and keeps nothing."""
        problems = Problems()
        deployment = load_deployment(self.config, self.environ, problems)
        if deployment is None:
            return Examined(tuple(sorted(set(problems.found))), Deployment())
        written = written_in_folders(deployment)
        return self.examine(deployment, written, problems)

    def check_written(
        self, deployment: Deployment, written: Written, problems: Problems
    ) -> tuple[Problem, ...]:
        """The same of other texts, such as a release's, under a deployment."""
        return self.examine(deployment, written, problems).problems

    def examine(
        self, deployment: Deployment, written: Written, problems: Problems
    ) -> Examined:
        """What texts come to, for those who judge or compare; opens and keeps nothing.

        ``problems`` are those of the deployment.
        """
        problems.extend(written.problems)
        try:
            read = self._texts.catalog(deployment, written, problems, fresh=True)
            sdl, world, catalog, offer = read
        except ProfileError as error:
            told = tuple(sorted({*problems.found, *error.problems}))
            return Examined(told, deployment)
        check_provider(deployment, offer, problems)
        check_auth(deployment, problems)
        made = declared_by(deployment, sdl, catalog, problems)
        schema = build_schema(sdl, made.text, problems)
        saved, protection = Saved(), UNPROTECTED
        if schema is not None:
            shapes = shapes_of(schema, sdl.digest)
            protection = protection_of(deployment, sdl, shapes, problems).rules
            saved = self._texts.saved(deployment, written, schema, fresh=True)
            against = Against(
                schema, limits_of(deployment), schema_digest(sdl, made.text)
            )
            persisted = self._manifests.take(deployment, written, against)
            problems.extend(persisted.problems)
        told = tuple(sorted({*problems.found, *catalog.problems, *saved.problems}))
        made_of = Examined(
            told,
            deployment,
            world,
            catalog.audience,
            schema,
            written.profiles,
            catalog.families,
            protection,
            saved.operations,
        )
        return with_foreseen(made_of, self._manifests, limits_of(deployment))
