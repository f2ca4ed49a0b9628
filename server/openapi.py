"""The OpenAPI document beyond what FastAPI finds out by itself.

Who may call an operation (`x-permission`, `x-roles`, `security`) comes from the very dependency
that checks it, so document and check cannot disagree. LangServe's operations get what it leaves
out: errors, examples, and what a stream looks like.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from data.scope import Role
from server.access import permissions_of
from server.auth.authenticator import API_KEY, VISITOR
from server.auth.permissions import FOR_NEWCOMERS, Permission, roles_with
from server.errors import PROBLEM_JSON, PROBLEM_RESPONSES
from server.support_examples import SUPPORT_OPERATIONS

SCHEMES: dict[str, dict[str, Any]] = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": API_KEY,
        "description": "A back end's key; the start prints the demo tenant's.",
    },
    "CustomerToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A customer's short-lived token, signed with the tenant's secret.",
    },
    "OperatorToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An operator's or admin's, from `POST /v1/auth/token`; good for 15 minutes.",
    },
    "ConversationToken": {
        "type": "apiKey",
        "in": "header",
        "name": VISITOR,
        "description": "An anonymous visitor's, from the first answer they got.",
    },
}

# Addresses that ask nobody who they are. Every other one declares a permission.
PUBLIC = frozenset(
    {
        "/healthz",
        "/readyz",
        "/v1/health",
        "/metrics",
        "/v1/auth/token",
        "/v1/auth/refresh",
        "/v1/auth/logout",
        "/v1/auth/invitation",
        "/v1/auth/oidc/login",
        "/v1/auth/oidc/callback",
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
    }
)


SOCKET = "WS"  # where other routes have their methods


@dataclass(frozen=True, slots=True)
class Served:
    """A route as it is served; any one of its `permissions` lets a caller in."""

    path: str
    methods: frozenset[str]
    permissions: tuple[Permission, ...]


def routes_of(app: FastAPI) -> Iterator[Served]:
    """Every route of the application, whether the document shows it or not."""
    for route in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(route, "dependant", None)
        permissions = permissions_of(dependant) if dependant else ()
        methods = frozenset(route.methods or {SOCKET})
        yield Served(str(route.path), methods, permissions)


def install_openapi(app: FastAPI) -> None:
    """Complete the document when it is asked for the first time."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            complete(document, app)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def complete(document: dict[str, Any], app: FastAPI) -> None:
    """Add credentials, permissions, and LangServe's missing parts."""
    components = document["components"]
    components["securitySchemes"] = SCHEMES
    for schema in components["schemas"].values():
        for example in schema.get("examples", ()):
            _put_nulls_back(example, schema, components["schemas"])
    for route in routes_of(app):
        for method in route.methods:
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                _show_permission(operation, route.permissions)
    for path, added in SUPPORT_OPERATIONS.items():
        for operation in document["paths"].get(path, {}).values():
            _complete_support(operation, added)


def _show_permission(operation: dict[str, Any], permissions: tuple[Permission, ...]) -> None:
    if not permissions:
        operation["security"] = []
        return
    roles = roles_with(*permissions)
    operation["x-permission"] = list(map(str, permissions))
    operation["x-roles"] = list(map(str, roles))
    accepted: list[dict[str, list[str]]] = [{"ApiKey": []}]
    if Role.CUSTOMER in roles:
        accepted += [{"CustomerToken": []}, {"ConversationToken": []}]
    if not {Role.OPERATOR, Role.ADMIN}.isdisjoint(roles):
        accepted.append({"OperatorToken": []})
    if FOR_NEWCOMERS.intersection(permissions):
        accepted.append({})
    operation["security"] = accepted


def _put_nulls_back(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """FastAPI drops every null of its document, in examples too, where they are values."""
    options = [schema, *schema.get("anyOf", ())]
    named = next((option["$ref"] for option in options if "$ref" in option), "")
    schema = schemas.get(named.rpartition("/")[2], schema)
    if isinstance(example, list):
        for item in example:
            _put_nulls_back(item, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name in schema.get("required", ()):
            example.setdefault(name, None)
        for name, value in example.items():
            _put_nulls_back(value, schema.get("properties", {}).get(name, {}), schemas)


def _complete_support(operation: dict[str, Any], added: dict[str, Any]) -> None:
    # it belongs to addresses that we don't serve
    kept = [p for p in operation.get("parameters", []) if p["name"] != "config_hash"]
    operation.pop("parameters", None)
    if kept:
        operation["parameters"] = kept
    operation |= {key: added[key] for key in ("summary", "description")}
    if "request" in added:
        operation["requestBody"]["content"]["application/json"]["example"] = added["request"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    content = {"schema": added.get("answer", answer), "example": added["response"]}
    operation["responses"] = {
        "200": {
            "description": "Successful Response",
            "content": {added.get("media_type", "application/json"): content},
        },
        **_problems(),
    }


def _problems() -> dict[str, Any]:
    return {
        str(status): {
            "description": response["description"],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, response in PROBLEM_RESPONSES.items()
    }
