"""``python -m tests.fuzzing [TARGET ...] --seconds 600``: what breaks a promise?

Coverage-guided, by Atheris. It begins with `corpus/TARGET`, says every few seconds how
far it is, and stops at the first finding, whose input is written to
``.headwater/fuzz/TARGET/found-...``: mend what is wrong, and keep the input in
`corpus/TARGET` under a name that says what it was. What it learned on the way stays in
``.headwater/fuzz/TARGET`` for the next run. `make fuzz SECONDS=600` calls it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import atheris

from tests.fuzzing.targets import CORPUS, HERE, TARGETS, Target, module_of

ROOT = HERE.parents[1]
LEARNED = ROOT / ".headwater" / "fuzz"
_SLOWEST = 10
"""Seconds that one input may take: more is a finding."""


def fuzzed(name: str, given: argparse.Namespace) -> None:
    """Fuzz one target in this process, which ends with it."""
    target = TARGETS[name]
    with atheris.instrument_imports(include=["gateway"], exclude=_unwatched(target)):
        module = module_of(name)
    learned = Path(given.learned) / name
    learned.mkdir(parents=True, exist_ok=True)
    words = learned.with_suffix(".dict")
    words.write_text("".join(map(_entry, module.TOKENS)))
    seeds = learned.with_suffix(".seeds")
    seeds.mkdir(exist_ok=True)
    usual = list(module.seeds())
    for number, seed in enumerate(usual):
        (seeds / f"{number:04}").write_bytes(seed)
    runs = given.runs if given.runs < 0 else given.runs + len(usual)
    options = [
        f"-artifact_prefix={learned}/found-",
        f"-dict={words}",
        f"-max_len={target.longest}",
        f"-timeout={_SLOWEST}",
        f"-seed={given.seed}",
        f"-runs={runs}",
        f"-max_total_time={given.seconds}",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
    ]
    folders = [str(learned), str(CORPUS / name), str(seeds)]
    atheris.Setup([sys.argv[0], *options, *folders], module.try_one)
    atheris.Fuzz()


def _unwatched(target: Target) -> list[str]:
    """The other modules: to watch all of them takes half a minute to begin with."""
    names = (
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "gateway").rglob("*.py")
    )
    modules = [name.removesuffix(".__init__") for name in names]
    return [name for name in modules if not f"{name}.".startswith(target.watched)]


def _entry(token: str) -> str:
    """A token as libFuzzer's dictionaries have it."""
    escaped = "".join(f"\\x{byte:02x}" for byte in token.encode())
    return f'"{escaped}"\n'


def main() -> int:
    """Fuzz one target here, or several one after another, each in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=0, help="in all; 0 for ever")
    parser.add_argument("--runs", type=int, default=-1, help="inputs of each; -1: any")
    parser.add_argument("--seed", type=int, default=0, help="0 for one by chance")
    parser.add_argument(
        "--learned", default=str(LEARNED), help="folder of what it learns"
    )
    given = parser.parse_args()
    if unknown := set(given.targets) - set(TARGETS):
        parser.error(
            f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}"
        )
    if len(given.targets) == 1:
        fuzzed(given.targets[0], given)
    share = given.seconds // len(given.targets)
    if given.seconds and not share:
        parser.error("each target needs a second")
    options = [f"--seconds={share}", f"--runs={given.runs}", f"--seed={given.seed}"]
    options.append(f"--learned={given.learned}")
    for name in given.targets:
        print(f"== {name}: {share or 'any number of'} seconds", flush=True)
        command = [sys.executable, "-m", "tests.fuzzing", name, *options]
        if status := subprocess.run(command, check=False).returncode:
            print(f"== {name}: found something, see above", flush=True)
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
