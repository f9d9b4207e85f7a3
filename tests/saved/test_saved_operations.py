"""Operations that people wrote down: what is read of a file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import ProfileError
from gateway.loading.loader import Loader
from gateway.request.model import OperationKind
from gateway.saved.model import SavedOperation, Variable
from gateway.values import digest
from tests.project import write

FILES = {
    "headwater.yaml": "schema: ./schema\nprofiles: ./profiles\noperations: ./saved\n",
    "schema/s.graphql": """
      type Query { account("The account's number." id: ID!, first: Int): Account }
      type Mutation { close(id: ID!): Account }
      type Account { id: ID! name: String }
    """,
    "profiles/account.yaml": """
language: 1
operation: account
steps: [{ name: body, type: value, value: { id: "1", name: Ada } }]
""",
    "profiles/close.yaml": """
language: 1
operation: close
kind: mutation
steps: [{ name: done, type: value, value: { id: "1", name: Ada } }]
""",
}
GOOD = "query Screen($id: ID!) { account(id: $id) { name } }\n"


class Project:
    """A folder of files, and the loader of it."""

    def __init__(self, folder: Path, saved: dict[str, str]) -> None:
        self.folder = folder
        files = {f"saved/{name}": text for name, text in saved.items()}
        config = write(folder, {**FILES, **files})
        (folder / "saved").mkdir(exist_ok=True)
        nothing = lambda _: ({}, lambda: None)  # noqa: E731 - nothing is called
        self.loader = Loader([config], {}, nothing, remember=True)

    def save(self, name: str, text: str) -> None:
        (self.folder / "saved" / name).write_text(text, "utf-8")

    def problems(self) -> list[str]:
        """Every problem, with its file as it is known in the project."""
        return [str(one).replace(f"{self.folder}/", "") for one in self.loader.check()]


def test_a_file_is_one_operation_with_its_variables_and_what_they_say(
    tmp_path: Path,
) -> None:
    """A variable without words of its own has those of the argument it is given to."""
    text = (
        "# What the servicing\n# screen shows.\n\n"
        'query Screen($id: ID!, "How many." $first: Int = 5) {\n'
        "  account(id: $id, first: $first) { name }\n}\n"
    )
    made = Project(tmp_path, {"screen.graphql": text}).loader.load()
    assert made.saved == {
        "Screen": SavedOperation(
            name="Screen",
            kind=OperationKind.QUERY,
            document=text,
            description="What the servicing\nscreen shows.",
            variables=(
                Variable("id", "ID!", True, None, "The account's number."),
                Variable("first", "Int", False, 5, "How many."),
            ),
            digest=digest(text),
            file=str(tmp_path / "saved/screen.graphql"),
        )
    }
    assert made.problems == ()


def test_a_description_before_the_operation_is_its_description(tmp_path: Path) -> None:
    """As GraphQL writes it since 2025; the comment above is for the file's readers."""
    text = f'# Internal.\n"""The screen."""\n{GOOD}'
    made = Project(tmp_path, {"s.graphql": text}).loader.load()
    assert made.saved["Screen"].description == "The screen."


def test_fragments_of_other_files_come_along_where_they_are_spread(
    tmp_path: Path,
) -> None:
    """Each once, with those that they spread; the document can be asked as it is."""
    own = "query O { account(id: 1) { ...Key } }\nfragment Key on Account { name }\n"
    made = Project(
        tmp_path,
        {
            "_shared.graphql": "fragment Name on Account { name ...Key }\n"
            "fragment Key on Account { id }\nfragment Not on Account { id }\n",
            "s.graphql": "query S { account(id: 1) { ...Name } }\n",
            "own.graphql": own,
        },
    ).loader.load()
    assert {name: one.document for name, one in made.saved.items()} == {
        "S": "query S { account(id: 1) { ...Name } }\n\n\n"
        "fragment Name on Account { name ...Key }\n\nfragment Key on Account { id }",
        "O": own,
    }


def test_a_mutation_can_be_saved(tmp_path: Path) -> None:
    """Doors know by its kind that it writes."""
    text = "mutation Close($id: ID!) { close(id: $id) { id } }"
    made = Project(tmp_path, {"close.graphql": text}).loader.load()
    assert made.saved["Close"].kind is OperationKind.MUTATION


WRONG = {
    "no-field": (
        "query S {\n  account(id: 1) { nme }\n}",
        (
            "saved/f.graphql:2:20: Cannot query field 'nme' on type 'Account'. "
            "Did you mean 'name'?"
        ),
    ),
    "no-graphql": (
        "query S {",
        (
            "saved/f.graphql:1:10: this is no GraphQL operation: Syntax Error: "
            "Expected Name, found <EOF>."
        ),
    ),
    "empty": (
        "  \n",
        "saved/f.graphql:2:1: the file is empty — write an operation, or remove it",
    ),
    "no-name": (
        "{ account(id: 1) { id } }",
        (
            "saved/f.graphql:1:1: the operation has no name, and it is known by its "
            "name — write 'query f ...'"
        ),
    ),
    "two": (
        f"{GOOD}query T {{ account(id: 1) {{ id }} }}",
        (
            "saved/f.graphql:2:1: one file holds one operation "
            "— move this one to a file of its own"
        ),
    ),
    "types": (
        f'{GOOD}"A type."\ntype A {{ x: Int }}',
        (
            "saved/f.graphql:3:1: a file of saved operations holds an operation and "
            "fragments only — types are declared below the deployment's 'schema'"
        ),
    ),
    "twice-a-fragment": (
        f"{GOOD}fragment A on Account {{ id }} fragment A on Account {{ id }}",
        (
            "saved/f.graphql:2:30: there are two fragments 'A' in this file "
            "— remove one of them"
        ),
    ),
    "unused-variable": (
        "query S($a: Int) { account(id: 1) { id } }",
        "saved/f.graphql:1:9: Variable '$a' is never used in operation 'S'.",
    ),
    "cycle": (
        "query S { account(id: 1) { ...A } }\nfragment A on Account { ...A }",
        "saved/f.graphql:2:25: Cannot spread fragment 'A' within itself.",
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_a_file_is_said_at_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    """In the words of GraphQL where GraphQL refuses it."""
    assert Project(tmp_path, {"f.graphql": text}).problems() == [problem]


def test_nesting_without_end_is_a_problem_like_any_other(tmp_path: Path) -> None:
    """Whatever stands in the file, the load goes on."""
    deep = "query S { account(id: 1) " + "{ account " * 4_000 + "}" * 4_000 + "}"
    assert len(Project(tmp_path, {"f.graphql": deep}).problems()) == 1


def test_a_problem_in_a_shared_fragment_is_told_in_its_own_file(
    tmp_path: Path,
) -> None:
    """Once, however many operations spread it."""
    project = Project(
        tmp_path,
        {
            "_f.graphql": "fragment F on Account {\n  nme\n}\n",
            "a.graphql": "query A { account(id: 1) { ...F } }",
            "b.graphql": "query B { account(id: 1) { ...F } }",
        },
    )
    assert project.problems() == [
        (
            "saved/_f.graphql:2:3: Cannot query field 'nme' on type 'Account'. "
            "Did you mean 'name'?"
        )
    ]


def test_two_files_of_one_operation_are_told_and_the_first_serves(
    tmp_path: Path,
) -> None:
    """Files in the order of their names."""
    other = "\n  query Screen { account(id: 2) { id } }"
    project = Project(tmp_path, {"a.graphql": GOOD, "b.graphql": other})
    assert project.problems() == [
        (
            "saved/b.graphql:2:3: the operation 'Screen' is there twice, first in "
            "saved/a.graphql — rename one of them"
        )
    ]
    assert project.loader.load().saved["Screen"].document == GOOD


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Where the deployment names it; everything else is served."""
    project = Project(tmp_path, {})
    (tmp_path / "saved").rmdir()
    assert project.problems() == [
        (
            "headwater.yaml:3:13: there is no folder saved of saved operations "
            "— create it, or remove 'operations'"
        )
    ]
    assert project.loader.load().saved == {}


def test_a_broken_file_keeps_its_last_good_version_while_others_advance(
    tmp_path: Path,
) -> None:
    """The others are taken over, and the one is named."""
    other = GOOD.replace("S", "T")
    project = Project(tmp_path, {"a.graphql": GOOD, "b.graphql": other})
    project.loader.load()
    project.save("a.graphql", "query Screen {")
    project.save("b.graphql", other.replace("name", "id"))
    made = project.loader.load()
    assert made.stale == ("Screen",)
    assert {name: one.document for name, one in made.saved.items()} == {
        "Screen": GOOD,
        "Tcreen": other.replace("name", "id"),
    }
    assert len(made.problems) == 1


def test_a_broken_fragment_leaves_its_users_at_the_last_good_one(
    tmp_path: Path,
) -> None:
    """What a file spreads counts as its own, and loads after that one too."""
    fragment = "fragment F on Account { name }"
    user = "query A { account(id: 1) { ...F } }"
    project = Project(tmp_path, {"_f.graphql": fragment, "a.graphql": user})
    before = project.loader.load().saved
    project.save("_f.graphql", "fragment F on Account { nme }")
    for _ in range(2):
        made = project.loader.load()
        assert (made.saved, made.stale) == (before, ("A",))
        assert len(made.problems) == 1
    project.save("_f.graphql", "fragment F on")
    assert project.loader.load().saved == before


def test_an_operation_that_never_did_is_missing_with_why(tmp_path: Path) -> None:
    """It is known by its name, so that asking for it says so."""
    project = Project(
        tmp_path, {"a.graphql": GOOD.replace("name", "x"), "b.graphql": "query {"}
    )
    made = project.loader.load()
    assert made.saved == {}
    assert {name: len(why) for name, why in made.unsaved.items()} == {
        "Screen": 1,
        "b": 1,
    }


def test_a_schema_that_breaks_operations_nobody_touched_is_rejected(
    tmp_path: Path,
) -> None:
    """What serves goes on serving: the change elsewhere is what is wrong."""
    project = Project(tmp_path, {"a.graphql": GOOD})
    project.loader.load()
    renamed = FILES["schema/s.graphql"].replace("name: String", "nom: String")
    (tmp_path / "schema/s.graphql").write_text(renamed)
    with pytest.raises(ProfileError, match=r"a.graphql:1:.*Cannot query field 'name'"):
        project.loader.load()


def test_a_file_that_goes_takes_its_operation_along(tmp_path: Path) -> None:
    """And the generation is another one, so that a reload is seen."""
    project = Project(tmp_path, {"a.graphql": GOOD})
    before = project.loader.load()
    (tmp_path / "saved/a.graphql").unlink()
    after = project.loader.load()
    assert after.saved == {}
    assert after.digest != before.digest


def test_what_cannot_be_read_keeps_its_last_good_version(tmp_path: Path) -> None:
    """Bytes that are no text are a problem of that file alone."""
    project = Project(tmp_path, {"a.graphql": GOOD})
    project.loader.load()
    (tmp_path / "saved/a.graphql").write_bytes(b"\xff\xfe")
    made = project.loader.load()
    assert (list(made.saved), made.stale) == (["Screen"], ("Screen",))


def test_the_folder_is_watched(tmp_path: Path) -> None:
    """Like that of profiles."""
    project = Project(tmp_path, {"a.graphql": GOOD})
    project.loader.load()
    assert project.loader.deployment is not None
    assert tmp_path / "saved" in project.loader.deployment.watched
