"""The files of saved operations → those that serve: each at its newest good version.

In charge of the language's rule 11 for them: a file that breaks keeps its own last
good version while the others advance. No I/O: texts are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import FragmentDefinitionNode, GraphQLSchema

from gateway.errors import Problem, Problems, Severity
from gateway.policy.limits import Limits
from gateway.record import Struct, field
from gateway.saved.model import Saved, SavedOperation
from gateway.saved.parsing import Parsed, parse_file, place
from gateway.saved.validating import Fragments, saved_operation

Texts = Mapping[str, str | None]
"""Files by name; None stands for one that is there and cannot be read."""


def take_saved(
    texts: Texts,
    last_good: Mapping[str, str],
    schema: GraphQLSchema,
    limits: Limits,
) -> Saved:
    """Every operation that the texts hold, valid for the schema.

    ``last_good`` are texts that did once, by file; other files may be among them.
    """
    older = {file: last_good[file] for file in texts if file in last_good}
    taking = _Taking(texts, older, schema, limits)
    taking.take_all()
    return taking.saved()


class _Taking(Struct):
    """The state of one load."""

    texts: Texts
    older: Mapping[str, str]
    schema: GraphQLSchema
    limits: Limits
    operations: dict[str, SavedOperation] = field(default_factory=dict)
    good: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    missing: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    outdone: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    fragments: Fragments = field(default_factory=dict)
    older_fragments: Fragments = field(default_factory=dict)
    parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    held_back: bool = False
    """Whether the newest fragments do not do for someone who uses them."""

    def take_all(self) -> None:
        """Take every file; those that served before come first."""
        self.fragments = self._shared(self.texts)
        self.older_fragments = self._shared(self.older)
        for file in sorted(self.texts, key=lambda one: (one not in self.older, one)):
            self._file(file, self.texts[file])
        for file, text in self.texts.items():
            shared = self._fragments_of(file, text)
            if shared is not None:
                self.good.setdefault(file, shared)

    def _fragments_of(self, file: str, text: str | None) -> str | None:
        """The text to keep of a file of fragments."""
        older = self.older.get(file)
        versions = (older, text) if self.held_back else (text, older)
        known = (one for one in versions if one is not None)
        return next((one for one in known if self._parse(file, one).is_shared), None)

    def _parse(self, file: str, text: str) -> Parsed:
        key = file, text
        if key not in self.parsed:
            self.parsed[key] = parse_file(file, text, self.limits.tokens)
        return self.parsed[key]

    def _shared(self, texts: Texts) -> Fragments:
        """The fragments of files that hold nothing else."""
        made: dict[str, FragmentDefinitionNode] = {}
        for file, text in sorted(texts.items()):
            parsed = self._parse(file, text) if text is not None else None
            if parsed is None or not parsed.is_shared:
                continue
            for name, node in parsed.fragments.items():
                before = made.setdefault(name, node)
                if before is not node and texts is self.texts:
                    first = place(before, file)
                    self.problems.add(
                        place(node, file),
                        f"there are two fragments {name!r}, the first at {first}",
                        hint="rename one of them",
                    )
        return made

    def _file(self, file: str, text: str | None) -> None:
        """Take the newest version of a file that does."""
        first: list[Problem] = []
        for number, (one, fragments) in enumerate(self._versions(file, text)):
            parsed = self._parse(file, one)
            if parsed.is_shared:
                return
            problems = Problems()
            made = saved_operation(
                parsed, fragments, self.schema, self.limits, problems
            )
            if number == 0 and one == text:
                first = problems.found
                self.problems.extend(problems.found)
            if made is not None:
                self.held_back |= fragments is self.older_fragments
                self._take(made, one, stale=number > 0 or one != text)
                return
        if text is not None:
            self._lost(file, text, first)

    def _versions(self, file: str, text: str | None) -> Iterator[tuple[str, Fragments]]:
        """The versions to try, newest first."""
        older = self.older.get(file)
        for one in dict.fromkeys(t for t in (text, older) if t is not None):
            yield one, self.fragments
            if self.older_fragments.keys():
                yield one, self.older_fragments

    def _take(self, made: SavedOperation, text: str, *, stale: bool) -> None:
        before = self.operations.get(made.name)
        if before is not None:
            operation = self._parse(made.file, text).operation
            assert operation is not None, "it was made of one"  # noqa: S101
            self.problems.add(
                place(operation, made.file),
                f"the operation {made.name!r} is there twice, first in {before.file}",
                hint="rename one of them",
            )
            return
        self.operations[made.name] = made
        self.good[made.file] = text
        if stale:
            self.stale.append(made.name)

    def _lost(self, file: str, text: str, problems: list[Problem]) -> None:
        """No version of a file does: its operation has nothing to serve it."""
        name = self._parse(file, text).name
        wrong = tuple(p for p in problems if p.severity is Severity.ERROR)
        self.missing[name] = wrong
        if self.older.get(file) == text:
            self.outdone.append(name)

    def saved(self) -> Saved:
        """What the files taken come to."""
        taken = self.operations
        return Saved(
            operations={name: taken[name] for name in sorted(taken)},
            good=self.good,
            stale=tuple(sorted(self.stale)),
            missing={n: why for n, why in self.missing.items() if n not in taken},
            outdone=tuple(self.outdone),
            problems=tuple(sorted(set(self.problems.found))),
        )
