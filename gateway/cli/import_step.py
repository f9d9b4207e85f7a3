"""A step's own `sample` as samples: the way from an inferred type to owned SDL.

In charge of finding the step as it is written; nothing is compiled, so a profile that
does not load yet can be imported from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError, misused
from gateway.cli.import_samples import Samples
from gateway.cli.project import config_files

if TYPE_CHECKING:
    from gateway.deployment import Deployment
    from gateway.profile.document import FileDocument, StepDocument

Steps = Mapping[str, "StepDocument"]


def sample_of(name: str, config: list[str] | None) -> Samples:
    """The sample of ``operation.step``, under the name that is inferred for it.

    Raises:
        CommandError: there is no such step, or it has no sample.
    """
    from gateway.errors import did_you_mean

    owner, dot, wanted = name.partition(".")
    if not dot:
        raise misused(f"{name!r} names no step", hint="write OPERATION.STEP")
    operations = _operations(config)
    if owner not in operations:
        hint = did_you_mean(owner, operations) or _listed(operations)
        raise misused(f"there is no operation {owner!r}", hint=hint)
    returns, steps = operations[owner]
    if wanted not in steps:
        hint = did_you_mean(wanted, steps) or _listed(steps)
        raise misused(f"{owner} has no step {wanted!r}", hint=hint)
    sample = steps[wanted].sample
    if sample is None:
        raise CommandError(
            f"step {name} has no sample",
            hint="add one, or name a file with an answer of its source",
        )
    values = sample if isinstance(sample, list | tuple) else (sample,)
    return Samples(tuple(values), _type_name(returns, steps[wanted]), f"step {name}")


def deployment_of(config: list[str] | None) -> Deployment:
    """The deployment that the command is about; nothing of it is opened.

    Raises:
        CommandError: it cannot be read; what is wrong is printed before.
    """
    from gateway.cli.problems import print_problems
    from gateway.deployment import load_deployment
    from gateway.errors import Problems

    problems = Problems()
    deployment = load_deployment(config_files(config), os.environ, problems)
    if deployment is None:
        print_problems(problems.found)
        raise CommandError("the configuration cannot be loaded")
    return deployment


def _operations(config: list[str] | None) -> Mapping[str, tuple[str, Steps]]:
    """Each operation's type and steps, those of its fragments included."""
    from gateway.profile.document import FragmentDocument, ProfileDocument
    from gateway.profile.samples import pascal

    documents = tuple(_documents(deployment_of(config)))
    fragments = {
        d.fragment: _steps(d) for d in documents if isinstance(d, FragmentDocument)
    }
    found = {}
    for each in documents:
        if isinstance(each, ProfileDocument):
            steps: dict[str, StepDocument] = {}
            for name in each.include:
                steps |= fragments.get(name, {})
            returns = (each.returns or pascal(each.operation)).strip("[]!")
            found[each.operation] = returns, {**steps, **_steps(each)}
    return found


def _steps(document: FileDocument) -> Steps:
    return {step.name: step for step in document.steps}


def _documents(deployment: Deployment) -> Iterator[FileDocument]:
    """Every file that can be read; the others are for `headwater check`."""
    from gateway.connectors.registry import step_types
    from gateway.errors import Problems
    from gateway.loading.files import profile_texts
    from gateway.profile.document import load_document
    from gateway.profile.source import read

    types = {name: each.options for name, each in step_types().items()}
    problems = Problems()
    for file, text in profile_texts(deployment.profiles.path, problems).items():
        tree = read(text, file, problems) if text else None
        document = load_document(tree, problems, types) if tree else None
        if document is not None:
            yield document


def _type_name(returns: str, step: StepDocument) -> str:
    """The name that the profile gives the type where no SDL has it."""
    from gateway.profile.inferring import filled_by
    from gateway.profile.samples import pascal

    if step.returns is not None:
        return step.returns.strip("[]!")
    return f"{returns}{pascal(filled_by(step) or step.name)}"


def _listed(names: Mapping[str, object]) -> str:
    return f"there are: {', '.join(sorted(names)) or 'none'}"
