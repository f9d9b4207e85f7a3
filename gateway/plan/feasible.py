"""Whether an operation can be done by its deadline, as written. Load time only.

In charge of warnings about times that cannot hold together: nothing here keeps a
profile from being served. Must never warn of times that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.errors import Problems
from gateway.plan.below import Below
from gateway.plan.chain import Chain, Link, link_of, longest
from gateway.plan.longest import Counting, Roots
from gateway.profile.model import Entity, Profile, Role, Step
from gateway.record import replace
from gateway.shape import Shapes
from gateway.units import spelt


def check_times(
    profile: Profile,
    entities: Mapping[str, Entity],
    shapes: Shapes,
    problems: Problems,
) -> None:
    """Warn of a chain of steps, and of single steps, that outlast the deadline.

    `entities` are the entity files', by type. The profile has no cycles. A deadline
    that nobody wrote is held against such timeouts only that somebody wrote.
    """
    chain = longest_chain(profile, entities, shapes)
    told: frozenset[str] = frozenset()
    if chain.seconds > profile.deadline and chain.attempts > 1:
        told = frozenset(link.name for link in chain.links)
        _outlasts(chain, profile, problems)
    for step in profile.steps.values():
        if step.name not in told:
            _waits_too_long(step, profile, problems)


def longest_chain(
    profile: Profile, entities: Mapping[str, Entity], shapes: Shapes
) -> Chain:
    """The chain of steps that decides how long the operation can take."""
    roots = Roots(profile, _counting(profile))
    below = Below(profile, entities, shapes, roots)
    return longest((*map(roots.settled, roots.awake), *below.ends()))


def slowest_chain(
    profile: Profile, entities: Mapping[str, Entity], shapes: Shapes
) -> Chain:
    """The same with every timeout counted, whoever said it: for those who compare."""
    roots = Roots(profile, _counted)
    below = Below(profile, entities, shapes, roots)
    return longest((*map(roots.settled, roots.awake), *below.ends()))


def _counted(step: Step, instead: str | None) -> Link:
    link = link_of(step, instead)
    if step.source is None:
        return replace(link, timeout=0.0, attempts=0, pauses=0.0)
    return link


def _counting(profile: Profile) -> Counting:
    def count(step: Step, instead: str | None) -> Link:
        link = link_of(step, instead)
        unsaid = profile.deadline_span is None and not step.timed
        # Of a step that is left out when it is late somebody said what happens then.
        if step.source is None or unsaid or step.skips_late:
            return replace(link, timeout=0.0, attempts=0, pauses=0.0)
        return link

    return count


def _outlasts(chain: Chain, profile: Profile, problems: Problems) -> None:
    links = [link for link in chain.links if link.seconds]
    way = " > ".join(map(_told, links))
    default = "" if profile.deadline_span else ", which is the default"
    problems.warn(
        profile.deadline_span or profile.span,
        f"{way} can take {spelt(chain.seconds)}, and the deadline is "
        f"{spelt(profile.deadline)}{default}: what is not done by then has failed",
        hint=f"{_shorter(links)}, or write 'deadline: {spelt(chain.seconds)}'",
    )


def _told(link: Link) -> str:
    """`limits (2 x 500ms + 50ms)`."""
    return f"{link.name} ({', '.join(_details(link))})"


def _details(link: Link) -> Iterator[str]:
    times = f"{link.attempts} x " if link.attempts > 1 else ""
    pauses = f" + {spelt(link.pauses)}" if link.pauses else ""
    yield f"{times}{spelt(link.timeout)}{pauses}"
    if not link.timed:
        yield "the default"
    if link.instead:
        yield f"when {link.instead} has failed"


def _shorter(links: list[Link]) -> str:
    """What to change first: the step that takes the most."""
    most = max(links, key=lambda link: link.seconds)
    timeout = (
        "shorten the timeout of" if most.timed else "write a shorter 'timeout' for"
    )
    fewer = ", or make fewer attempts" if most.attempts > 1 else ""
    return f"{timeout} {most.name!r}{fewer}"


def _waits_too_long(step: Step, profile: Profile, problems: Problems) -> None:
    """A step that the whole answer hangs on is not given the time it was promised."""
    if not step.timed or step.source is None or step.timeout <= profile.deadline:
        return
    if step.always:
        what, then = "is a gate", "the answer waits for it until then"
    elif step.role is Role.REQUIRED:
        what, then = "is required", "the operation fails then"
    else:
        return
    default = "" if profile.deadline_span else ", which is the default"
    problems.warn(
        step.span,
        f"step {step.name!r} {what} and has {spelt(step.timeout)}, but the deadline is "
        f"{spelt(profile.deadline)}{default}: {then}",
        hint=f"shorten its timeout, or write 'deadline: {spelt(step.timeout)}'",
    )
