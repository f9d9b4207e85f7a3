"""Sets of fields as federation writes them: ``id brand { code }``. Pure.

In charge of their form. What a value has of such a set, `held` says.
"""

from __future__ import annotations

from graphql import (
    FieldNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from gateway.held import Fields


def fields_of(text: str) -> Fields:
    """A set of fields as a tree.

    Raises:
        ValueError: it is none: no selection, or one with arguments or aliases.
    """
    try:
        document = parse(f"{{ {text} }}")
    except GraphQLError:
        raise ValueError(f"{text!r} is no list of fields") from None
    first = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(first, OperationDefinitionNode):
        raise ValueError(f"{text!r} is no list of fields")
    return _tree(first.selection_set)


def _tree(selected: SelectionSetNode | None) -> Fields:
    found: dict[str, Fields] = {}
    for one in selected.selections if selected else ():
        match one:
            case FieldNode() if one.arguments:
                raise ValueError(f"{one.name.value!r} has arguments")
            case FieldNode() if one.alias:
                raise ValueError(f"{one.name.value!r} has an alias")
            case FieldNode():
                name = one.name.value
            case InlineFragmentNode(type_condition=on) if on is not None:
                name = f"...{on.name.value}"
            case _:
                raise ValueError("only fields and '... on Type' are read")
        found[name] = merged(found.get(name, {}), _tree(one.selection_set))
    return found


def merged(one: Fields, other: Fields) -> Fields:
    """Both sets as one."""
    both = dict(one)
    for name, below in other.items():
        both[name] = merged(both.get(name, {}), below)
    return both


def plain(fields: Fields) -> bool:
    """Whether a set names nothing of objects below."""
    return not any(fields.values())


def printed(fields: Fields) -> str:
    """A set as GraphQL writes it."""
    return " ".join(
        f"{_named(name)} {{ {printed(below)} }}" if below else name
        for name, below in fields.items()
    )


def _named(name: str) -> str:
    return f"... on {name[3:]}" if name.startswith("...") else name
