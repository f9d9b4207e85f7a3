"""Verified claims → who asks for which tenant. Pure.

In charge of what follows from claims once they are believed. Must never read a header.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.expression import ABSENT, EvaluationError, Expression
from gateway.identity.model import Reason, Tenancy, unbelieved
from gateway.request.model import ANONYMOUS, Caller, Proof, caller_of
from gateway.values import JsonValue

_ROLES = "roles"


def proof_of(
    tenancy: Tenancy, claims: Mapping[str, JsonValue], tenant: str | None = None
) -> Proof:
    """The caller that claims make; ``tenant`` where it is known without them.

    Raises:
        NotBelievedError: the tenant is none of those that are served.
    """
    caller = caller_of(claims)
    claims = caller.claims
    scope = {"request": {"claims": claims}}
    if tenancy.roles is not None:
        roles = _value(tenancy.roles, scope)
        listed = [roles] if isinstance(roles, str) else roles
        claims = {**claims, _ROLES: listed if isinstance(listed, list) else []}
    if tenant is None and tenancy.tenant is not None:
        tenant = _tenant(_value(tenancy.tenant, scope))
    _check(tenancy, tenant)
    return Proof(Caller(caller.subject, claims), tenant)


def nobody(tenancy: Tenancy) -> Proof:
    """Who asks without credentials, where that is allowed.

    Raises:
        NotBelievedError: only tenants are served, and he is of none.
    """
    _check(tenancy, None)
    return Proof(ANONYMOUS, None)


def _check(tenancy: Tenancy, tenant: str | None) -> None:
    if tenancy.tenants is None or tenant in tenancy.tenants:
        return
    shown = "no tenant" if tenant is None else f"the tenant {tenant[:100]!r}"
    detail = f"The caller is of {shown}, which 'auth.tenants' does not list."
    raise unbelieved(Reason.TENANT, detail)


def _tenant(found: object) -> str | None:
    if found is None or isinstance(found, str):
        return found or None
    detail = "'auth.tenant' gives something else than text."
    raise unbelieved(Reason.TENANT, detail)


def _value(expression: Expression, scope: Mapping[str, object]) -> object:
    """What it gives; None where a claim that it reads is not there."""
    try:
        found = expression(scope)
    except EvaluationError:
        return None
    return None if found is ABSENT else found
