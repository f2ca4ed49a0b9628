"""Single sign-on against a real provider: the whole way, and every way it must not go."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from data.db import Database
from data.errors import Invalid
from data.sealing import new_key
from server.routes.identity_provider import check_issuer
from server.settings import Settings
from tests.served import Served, served
from tests.server.callers import OTHER_TENANT, Callers, problem
from tests.server.forged_tokens import part
from tests.server.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    Sign,
    identity_provider,
)
from tests.server.people import bearer, invited

CALLBACK = "http://127.0.0.1:1/v1/auth/oidc/callback"
NOW = int(time.time())


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with identity_provider() as running:
        yield running


@pytest.fixture(scope="module")
async def connected(provider: Provider, seeded_url: str, data_dir: Path) -> AsyncIterator[Served]:
    given = {
        "OIDC_ISSUER": provider.url,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_REDIRECT_URL": CALLBACK,
        "ENCRYPTION_KEYS": new_key(),
    }
    async with served(seeded_url, data_dir, given) as running:
        yield running


@pytest.fixture
async def browser(connected: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=connected.url, timeout=60) as http:
        yield http


@pytest.fixture
async def email(connected: Served, provider: Provider) -> AsyncIterator[str]:
    """Somebody an admin added, and whom the provider knows."""
    async with connected.client() as admin:
        address = (await invited(admin))["email"]
    provider.usual()
    provider.user = {"sub": f"id-{address}", "email": address, "email_verified": True}
    yield address
    provider.usual()


async def begin(browser: httpx.AsyncClient, tenant: str = "demo") -> str:
    """Where the browser is sent."""
    answer = await browser.get("/v1/auth/oidc/login", params={"tenant": tenant})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def returned(url: str) -> dict[str, str]:
    """With what the provider sends the browser back."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(url)
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def finish(browser: httpx.AsyncClient, query: dict[str, str]) -> httpx.Response:
    return await browser.get("/v1/auth/oidc/callback", params=query)


async def whole_way(browser: httpx.AsyncClient, tenant: str = "demo") -> httpx.Response:
    return await finish(browser, await returned(await begin(browser, tenant)))


async def test_an_operator_comes_in_and_works(browser: httpx.AsyncClient, email: str) -> None:
    for _ in range(2):
        answer = await whole_way(browser)
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        headers = bearer(tokens["access_token"])
        assert (await browser.get("/v1/handoffs", headers=headers)).status_code == 200
        again = await browser.post(
            "/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
        )
        assert again.status_code == 200
    assert not browser.cookies


async def test_the_provider_is_asked_with_pkce_state_and_nonce_and_the_cookie_is_shut(
    browser: httpx.AsyncClient, email: str
) -> None:
    answers = [await browser.get("/v1/auth/oidc/login") for _ in range(2)]
    asked = [parse_qs(urlsplit(answer.headers["location"]).query) for answer in answers]
    for one in asked:
        assert one["code_challenge_method"] == ["S256"]
        assert one["redirect_uri"] == [CALLBACK]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 43
        assert asked[0][name] != asked[1][name]
    cookie = answers[0].headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/v1/auth/oidc" in cookie


async def test_who_is_no_operator_stays_out(
    browser: httpx.AsyncClient, email: str, provider: Provider
) -> None:
    problem(await whole_way(browser, "ridgeline"), 401)
    problem(await whole_way(browser, "nobody"), 401)
    provider.user["email"] = "stranger@example.com"
    problem(await whole_way(browser), 401)


async def test_an_address_that_passed_to_somebody_else_opens_nothing(
    browser: httpx.AsyncClient, email: str, provider: Provider
) -> None:
    assert (await whole_way(browser)).status_code == 200
    provider.changed = {"sub": "somebody else"}
    problem(await whole_way(browser), 401)


async def test_a_closed_account_stays_out(
    browser: httpx.AsyncClient, connected: Served, email: str
) -> None:
    operator_id = (await whole_way(browser)).json()["operator_id"]
    async with connected.client() as admin:
        await admin.patch(f"/v1/operators/{operator_id}", json={"active": False})
    problem(await whole_way(browser), 401)


async def test_another_browser_cannot_finish_a_login(
    browser: httpx.AsyncClient, connected: Served, email: str
) -> None:
    query = await returned(await begin(browser))
    async with httpx.AsyncClient(base_url=connected.url, timeout=60) as thief:
        problem(await finish(thief, query), 401)
        await begin(thief)
        problem(await finish(thief, query), 401)
    assert (await finish(browser, query)).status_code == 200


async def test_a_code_works_once(browser: httpx.AsyncClient, email: str) -> None:
    url = await begin(browser)
    kept = dict(browser.cookies)
    query = await returned(url)
    assert (await finish(browser, query)).status_code == 200
    browser.cookies.update(kept)
    problem(await finish(browser, query), 401)


async def test_another_logins_code_or_state_is_refused(
    browser: httpx.AsyncClient, email: str
) -> None:
    first = await returned(await begin(browser))
    second = await returned(await begin(browser))
    problem(await finish(browser, {**second, "code": first["code"]}), 401)
    problem(await finish(browser, {**second, "state": first["state"]}), 401)
    for query in ({"error": "access_denied", "state": second["state"]}, {"code": "x"}, {}):
        problem(await finish(browser, query), 401)


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "another client"},
    "an audience beside us": {"aud": [CLIENT_ID, "another client"]},
    "no audience": {"aud": None},
    "another party": {"azp": "another client"},
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 120},
    "no end": {"exp": None},
    "issued tomorrow": {"iat": NOW + 86400, "exp": NOW + 90000},
    "no issue time": {"iat": None},
    "no subject": {"sub": None},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "no address": {"email": None},
    "an address nobody verified": {"email_verified": False},
    "a verification that is a word": {"email_verified": "true"},
    "no word of verification": {"email_verified": None},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
async def test_an_id_token_with_a_wrong_claim_is_refused(
    browser: httpx.AsyncClient, email: str, provider: Provider, name: str
) -> None:
    provider.changed = WRONG_CLAIMS[name]
    problem(await whole_way(browser), 401)


def with_the_public_key_as_secret(provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, provider.jwks["keys"][0]["n"], "HS256", headers={"kid": "one"})


WRONG_SIGNATURES: dict[str, Sign] = {
    "none": lambda _, claims: f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims)}.",
    "the client's secret": lambda _, claims: jwt.encode(
        claims, CLIENT_SECRET, "HS256", headers={"kid": "one"}
    ),
    "the public key as a secret": with_the_public_key_as_secret,
    "a key of another name": lambda p, c: jwt.encode(c, p.key, "RS256", headers={"kid": "two"}),
    "another algorithm": lambda p, c: jwt.encode(c, p.key, "RS512", headers={"kid": "one"}),
    "another provider's key": lambda _, c: jwt.encode(
        c, Provider("").key, "RS256", headers={"kid": "one"}
    ),
    "no token": lambda _, __: "",
}


@pytest.mark.parametrize("name", WRONG_SIGNATURES)
async def test_an_id_token_with_a_wrong_signature_is_refused(
    browser: httpx.AsyncClient, email: str, provider: Provider, name: str
) -> None:
    provider.sign = WRONG_SIGNATURES[name]
    problem(await whole_way(browser), 401)


async def test_a_provider_that_is_gone_is_a_503(
    browser: httpx.AsyncClient, email: str, provider: Provider
) -> None:
    real, provider.url = provider.url, "http://127.0.0.1:2"  # now it says it is another
    try:
        problem(await browser.get("/v1/auth/oidc/login"), 503)
    finally:
        provider.url = real


OWN = "/v1/auth/oidc/provider"


@pytest.fixture
async def company(connected: Served, rows: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Another company's admin."""
    callers = Callers(connected, rows)
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        yield http


async def test_a_company_signs_in_through_a_provider_of_its_own(
    browser: httpx.AsyncClient, company: httpx.AsyncClient, email: str, rows: Database
) -> None:
    person = await invited(company)
    async with identity_provider() as theirs:
        theirs.user = {"sub": "7", "email": person["email"], "email_verified": True}
        given = {"issuer": theirs.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        shown = await company.put(OWN, json=given)
        expected = {"issuer": theirs.url, "client_id": CLIENT_ID, "has_secret": True, "own": True}
        assert (shown.json(), (await company.get(OWN)).json()) == (expected, expected)
        async with rows.transaction(OTHER_TENANT) as db:
            stored = await (await db.execute("SELECT c::text FROM credentials c")).fetchall()
        assert CLIENT_SECRET not in str(stored)

        assert (await begin(browser, OTHER_TENANT)).startswith(theirs.url)
        answer = await whole_way(browser, OTHER_TENANT)
        assert (answer.status_code, answer.json()["operator_id"]) == (200, person["id"])
        assert (await whole_way(browser)).status_code == 200  # the demo's is the installation's

        query = await returned(await begin(browser, OTHER_TENANT))
        assert (await company.delete(OWN)).status_code == 200
        problem(await finish(browser, query), 401)  # it was not the installation's who said so
        problem(await company.delete(OWN), 404)
        assert (await company.get(OWN)).json()["own"] is False
        assert not (await begin(browser, OTHER_TENANT)).startswith(theirs.url)


async def test_with_another_provider_people_are_known_anew_by_their_addresses(
    browser: httpx.AsyncClient, company: httpx.AsyncClient
) -> None:
    person = await invited(company)
    given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    for subject in ("before", "after"):
        async with identity_provider() as theirs:
            theirs.user = {"sub": subject, "email": person["email"], "email_verified": True}
            await company.put(OWN, json=given | {"issuer": theirs.url})
            assert (await whole_way(browser, OTHER_TENANT)).status_code == 200
    await company.delete(OWN)


@pytest.mark.parametrize("issuer", ["http://id.example", "https://127.0.0.1:2", "ftp://x", "id"])
async def test_what_is_no_provider_is_refused(company: httpx.AsyncClient, issuer: str) -> None:
    answer = await company.put(OWN, json={"issuer": issuer, "client_id": "x"})
    assert problem(answer, 422)["errors"][0]["field"] == "issuer"
    assert (await company.get(OWN)).json()["own"] is False


def test_outside_development_a_provider_on_this_machine_is_none() -> None:
    local = "http://127.0.0.1:9000"
    check_issuer(local, Settings.model_construct(env="dev"))
    with pytest.raises(Invalid):
        check_issuer(local, Settings.model_construct(env="staging"))
