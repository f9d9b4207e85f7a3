"""A project from Apollo Connectors: what `@connect` says, as steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import Severity
from gateway.importing.connectors.selection import Item, read_selection
from gateway.importing.connectors.selection import Path as Reads
from gateway.testing.runner import run_profile_tests
from tests.cli.conftest import write
from tests.importing.conftest import DESCRIBED, Import, problems, texts

BLOG = DESCRIBED / "blog.graphql"


@pytest.fixture
def blog(run: Import, tmp_path: Path) -> Path:
    """The project that the fixture makes."""
    result = run("connectors", BLOG, "--into", tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    return tmp_path


def test_connectors_become_steps(blog: Path) -> None:
    """Of roots profiles, of fields and types entity files; the SDL without them."""
    files = texts(blog)
    assert [p for p in problems(blog) if p.severity is Severity.ERROR] == []
    assert files["headwater.yaml"] == (
        "sources:\n"
        "  blog_api:\n"
        "    url: https://blog.example.com/v1\n"
        '    headers: { Authorization: "Bearer ${BLOG_TOKEN:-unset}" }\n'
        "    forward_headers: [accept-language]\n"
    )
    assert files["profiles/blog_api/authors.yaml"] == (
        "language: 1\n"
        "operation: authors\n"
        "steps:\n"
        "  - name: authors\n"
        "    source: blog_api\n"
        "    endpoint: /authors\n"
        "    query: { ids: \"${ ids.join(',') }\" }\n"
        "    select: response.body.results\n"
    )
    assert files["profiles/blog/types/Post.yaml"] == (
        "language: 1\n"
        "entity: Post\n"
        "steps:\n"
        "  - name: postByKey\n"
        "    source: blog_api\n"
        "    method: POST\n"
        "    endpoint: /posts/likes\n"
        '    batch: { key: "${ self.id }", body: { ids: "${ keys }" }, by: id }\n'
        "    provides: [likes]\n"
        'fields: { Post.body: "self.?content.?html.orValue(null)" }\n'
    )
    assert "@connect" not in files["schema/blog.graphql"]
    assert "plain" not in files["schema/blog.graphql"]


def test_they_ask_and_map_as_they_did(blog: Path) -> None:
    """Aliases, paths, arguments of fields, batches by key, bodies made of parts."""
    write(
        blog / "profiles/blog.test.yaml",
        """
        operation: author
        cases:
          - name: an alias, a path, a field with arguments, a batch
            query: '{ author(id: "7") { name city posts(first: 2) { body likes } } }'
            replies:
              author: { body: { id: "7", full_name: Ada, address: { city: Kyiv } } }
              posts: { body: { items: [{ id: p, content: { html: hi } }, { id: q }] } }
              postByKey: { body: [{ id: q, likes: 3 }, { id: p, likes: 2 }] }
            expect:
              requests:
                posts: [{ url: "/authors/7/posts?limit=2" }]
                postByKey: [{ method: POST, url: /posts/likes, body: { ids: [p, q] } }]
              data:
                author:
                  name: Ada
                  city: Kyiv
                  posts: [{ body: hi, likes: 2 }, { body: null, likes: 3 }]
        """,
    )
    write(
        blog / "profiles/add.test.yaml",
        """
        operation: addPost
        cases:
          - name: a body of parts
            query: 'mutation { addPost(author: "7", input: { title: "T" }) { id } }'
            replies: { addPost: { body: { id: p } } }
            expect:
              requests:
                addPost:
                  - method: POST
                    url: /authors/7/posts
                    body: { title: T, tags: null, by: "7", draft: true }
              data: { addPost: { id: p } }
        """,
    )
    report = run_profile_tests((), [blog / "headwater.yaml"], {})
    assert str(report).splitlines()[-1] == "2 passed, 0 failed", str(report)


def test_the_mapping_language_is_read() -> None:
    """Names, aliases, paths, literals; what is not known is marked, never guessed."""
    read = read_selection("""
        id name: full_name   # a comment
        $.user { mail: "e-mail" } kind: $("x") first: tags->first(1)
        ... $->match(['a', 1])
        z
    """)
    assert read == (
        Item("id", Reads("", ("id",))),
        Item("name", Reads("", ("full_name",))),
        Item("", Reads("$", ("user",)), below=(Item("mail", literal="e-mail"),)),
        Item("kind", literal="x"),
        Item("first", Reads("", ("tags",), "first", ())),
        Item("", unknown="... $->match(['a',1])z"),
    )


BAD = {
    "no SDL": ("type Query {", ":1:13: this is no SDL: Syntax Error"),
    "none": ("type Query { a: Int }", ":1:1: no field has '@connect'"),
    "nothing left": (
        'type Query { a: Int @connect(http: { GET: "http://a/c" }, selection: "a") }',
        "Query.a: no step can say an address of its own",
    ),
    "a bad selection": (
        """
        extend schema @source(name: "s", http: { baseURL: "https://a.b" })
        type Query { a: Int @connect(source: "s", http: { PUT: "/{$config.x}" }) }
        """,
        "no step can say $config in what it sends",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    text: str, said: str, run: Import, tmp_path: Path
) -> None:
    """What is wrong, and where; no file is there afterwards."""
    file = tmp_path / "api.graphql"
    file.write_text(text)
    result = run("connectors", file, "--into", tmp_path / "out")
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert not (tmp_path / "out").exists()
