"""The list of documents goes with the release whose clients it is of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.app import Gateway, build_gateway
from gateway.cli.main import app
from gateway.comparing.changes import compare
from gateway.deployment import load_deployment
from gateway.errors import Problems
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.loading.sides import side_of
from gateway.loading.written import bundled, written_in, written_in_folders
from gateway.release.model import Bundle, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from gateway.telemetry.events import Event
from gateway.telemetry.releasing import ReleaseRefused
from tests.project import write
from tests.release.kit import ADA, FACTS, releases, texts

OLD, NEW = "query Old { v { n } }", "query New { v { m: n } }"
WEB = "documents/clients/web.json"
PERSISTED = "persisted: { manifests: [./clients], safelist: enforce }\n"


def listing(*, of: int, **documents: str) -> Bundle:
    return bundle_of({**texts(of), WEB: json.dumps(documents)}, FACTS)


@dataclass
class Bank:
    """A gateway that serves what is active in a store, and enforces its list."""

    folder: Path
    releases: Releases = field(init=False)
    gateway: Gateway = field(init=False)
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.releases = releases(open_store(str(self.folder / "store")))

    def activate(self, one: Bundle) -> None:
        self.releases.publish(one)
        self.releases.activate(one.id, ADA)

    def start(self, **files: str) -> None:
        store = f'release: {{ store: "{self.folder}/store", poll: 1h }}\n'
        made = {name.replace("__", "/"): text for name, text in files.items()}
        config = write(self.folder, {**made, "headwater.yaml": PERSISTED + store})
        said = self.heard.append
        self.gateway = build_gateway([config], {}, observe=said, remember=True)

    @property
    def lists(self) -> dict[str, bool]:
        """Which of both may be asked."""
        known = self.gateway.current.persisted
        return {text.split()[1]: known.allows(text) for text in (OLD, NEW)}


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


async def test_a_list_is_activated_and_rolled_back_with_its_release(bank: Bank) -> None:
    """Whatever stands in the files of the gateway that serves it."""
    bank.activate(listing(of=1, a=OLD))
    bank.start(**{"clients__web.json": json.dumps({"here": "{ v { n } }"})})
    assert bank.lists == {"Old": True, "New": False}
    bank.activate(listing(of=1, b=NEW))
    assert await bank.gateway.take_release()
    assert bank.lists == {"Old": False, "New": True}
    bank.releases.roll_back(ADA)
    assert await bank.gateway.take_release()
    assert bank.lists == {"Old": True, "New": False}
    assert set(bank.gateway.current.persisted.listed.by_id) >= {"a"}
    assert "here" not in bank.gateway.current.persisted.listed.by_id


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        (json.dumps({"lost": "query Lost { gone }"}), "Cannot query field 'gone'"),
    ],
)
async def test_a_release_whose_list_is_broken_is_refused_whole(
    bank: Bank, text: str, why: str
) -> None:
    """No document of another release stands in; what serves goes on."""
    bank.activate(listing(of=1, a=OLD))
    bank.start()
    bank.activate(bundle_of({**texts(2), WEB: text}, FACTS))
    assert not await bank.gateway.take_release()
    assert bank.lists == {"Old": True, "New": False}
    (refused,) = (e for e in bank.heard if isinstance(e, ReleaseRefused))
    assert why in refused.reason
    assert f"{WEB}:1:" in refused.reason


async def test_a_release_without_a_list_is_held_to_the_deployments_own(
    bank: Bank,
) -> None:
    """One that was bundled before lists were part of releases."""
    bank.activate(bundle_of(texts(1), FACTS))
    bank.start(**{"clients__web.json": json.dumps({"new": NEW})})
    assert bank.lists == {"Old": False, "New": True}


def test_manifests_have_the_same_names_in_a_bundle_wherever_they_stand(
    tmp_path: Path,
) -> None:
    """Two of one name too, and one that is hidden; what is no manifest stays out."""
    found = []
    for place in (tmp_path / "a", tmp_path / "b" / "c"):
        files = {
            "clients/web.json": json.dumps({"web": OLD}),
            "clients/notes.txt": "none",
            "more/clients/web.json": json.dumps({"app": NEW}),
            ".relay/queries": json.dumps({"relay": "{ v { n } }"}),
            "headwater.yaml": "persisted: { manifests: "
            "[./clients, ./more/clients, ./.relay/queries] }\n",
        }
        config = write(place, {**texts(1), **files})
        deployment = load_deployment([config], {}, Problems())
        assert deployment is not None
        found.append(bundled(deployment, written_in_folders(deployment)))
    assert found[0] == found[1]
    assert sorted(name for name in found[0] if name.startswith("documents/")) == [
        "documents/1-clients/web.json",
        "documents/clients/web.json",
        "documents/queries.json",
    ]


def test_diff_tells_which_listed_documents_come_and_go(tmp_path: Path) -> None:
    """One that goes breaks the clients that name it; one of another text may."""
    config = write(tmp_path, {"headwater.yaml": "sources: {}\n"})
    deployment = load_deployment([config], {}, Problems())
    assert deployment is not None
    old = listing(of=1, gone=OLD, same=OLD, other=OLD)
    new = listing(of=1, come=NEW, same=OLD, other=NEW)
    sides = []
    for one in (old, new):
        loader = Loader(deployment.files, {}, open_nothing)
        written = written_in(one, None)
        sides.append(side_of(loader.examine(deployment, written, Problems()), "", []))
    told = [(str(c.level), c.message) for c in compare(*sides).changes]
    assert told == [
        ("breaking", "listed document gone was removed: query Old"),
        ("dangerous", f"other: document {OLD} → {NEW}"),
        ("safe", "listed document come was added: query New"),
    ]


def test_what_has_a_wrong_document_is_not_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is judged as it is by `headwater check`; a sound one is in the file."""
    config = f"{PERSISTED}release: {{ store: ./store }}\n"
    wrong = json.dumps({"lost": "query Lost { gone }"})
    files = {**texts(1), "headwater.yaml": config, "clients/web.json": wrong}
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["release", "publish"])
    assert said.exit_code == 1
    assert "Cannot query field 'gone'" in said.output
    write(tmp_path, {"clients/web.json": json.dumps({"old": OLD})})
    assert CliRunner().invoke(app, ["release", "publish"]).exit_code == 0
    shown = CliRunner().invoke(app, ["release", "bundle", "--json"])
    assert WEB in json.loads(shown.output)["files"]
