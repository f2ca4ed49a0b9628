from pathlib import Path

import jwt
import psycopg
import pytest
from argon2 import PasswordHasher

from data.migrate import newest_revision
from tests.command import switchboard

NEWEST = newest_revision()


@pytest.fixture
def given(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A migrated, empty database."""
    return {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data")}


def test_the_schema_goes_back_and_forward_to_any_revision(
    given: dict[str, str], tmp_path: Path
) -> None:
    back = switchboard("migrate", "--down", "0003", "--yes", folder=tmp_path, given=given)
    assert back.stderr.startswith(f"The schema went from {NEWEST} to 0003; the newest is {NEWEST}.")
    some = switchboard("migrate", "--to", "0004", folder=tmp_path, given=given)
    assert some.stderr.startswith("The schema went from 0003 to 0004")
    rest = switchboard("migrate", folder=tmp_path, given=given)
    assert rest.stderr.startswith(f"The schema went from 0004 to {NEWEST}")
    again = switchboard("migrate", folder=tmp_path, given=given)
    assert again.stderr.startswith(f"The schema is at {NEWEST}")
    assert not any(each.returncode for each in (back, some, rest, again))


def test_going_back_asks_first_and_changes_nothing_on_a_no(
    given: dict[str, str], tmp_path: Path
) -> None:
    shown = switchboard("migrate", "--down", "base", folder=tmp_path, given=given, typed="n\n")
    assert shown.returncode == 1
    assert "drop what came after it?" in shown.stdout
    with psycopg.connect(given["DATABASE_URL"]) as db:
        assert db.execute("SELECT version_num FROM ops.alembic_version").fetchone() == (NEWEST,)


def test_an_unknown_revision_is_named_in_a_sentence(given: dict[str, str], tmp_path: Path) -> None:
    shown = switchboard("migrate", "--to", "9999", folder=tmp_path, given=given)
    assert shown.returncode == 1
    assert shown.stderr == (
        f"Revision: Can't locate revision identified by '9999'; the newest is {NEWEST}.\n"
    )


def test_a_server_outside_dev_refuses_a_database_of_an_older_version(
    given: dict[str, str], tmp_path: Path
) -> None:
    switchboard("migrate", "--down", "0005", "--yes", folder=tmp_path, given=given)
    production = {**given, "ENV": "prod", "JWT_SECRET_KEY": "k" * 32, "API_KEYS": "sk" * 10}
    shown = switchboard("serve", "--port", "18411", folder=tmp_path, given=production)
    assert shown.returncode == 1
    assert shown.stderr == (
        f"The database is at revision 0005, this Switchboard needs {NEWEST};"
        " run `switchboard migrate`.\n"
    )


def test_a_key_for_a_tenant_that_there_is_not_stops_the_server(
    given: dict[str, str], tmp_path: Path
) -> None:
    production = {**given, "ENV": "prod", "JWT_SECRET_KEY": "k" * 32, "API_KEYS": "sk" * 10}
    shown = switchboard("serve", "--port", "18412", folder=tmp_path, given=production)
    assert shown.returncode == 1
    assert shown.stderr == "API_KEYS: there is no tenant 'demo' to give a key to.\n"


def test_seeding_an_unknown_company_names_those_there_are(
    given: dict[str, str], tmp_path: Path
) -> None:
    shown = switchboard("seed", "--tenant", "acme", folder=tmp_path, given=given)
    assert (shown.returncode, shown.stderr) == (1, "Tenant: must be one of demo, ridgeline.\n")


def test_a_company_is_seeded_alone_and_again_without_a_change(
    given: dict[str, str], data_dir: Path, tmp_path: Path
) -> None:
    given = {**given, "DATA_DIR": str(data_dir)}
    first = switchboard("seed", "--tenant", "ridgeline", folder=tmp_path, given=given)
    before = rows_of(given["DATABASE_URL"])
    again = switchboard("seed", "--tenant", "ridgeline", folder=tmp_path, given=given)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "ridgeline: intent examples" in first.stderr
    assert again.stderr.endswith("Loaded: ridgeline.\n")
    assert rows_of(given["DATABASE_URL"]) == before
    assert before["tenants"] == 1
    assert before["passages"] > 12


def test_a_token_says_who_the_customer_is_for_as_long_as_asked(
    seeded_url: str, tmp_path: Path
) -> None:
    given = {"DATABASE_URL": seeded_url, "DATA_DIR": str(tmp_path)}
    shown = switchboard("token", "--customer", "2", "--minutes", "5", folder=tmp_path, given=given)
    claims = jwt.decode(shown.stdout.strip(), options={"verify_signature": False})
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["iat"]) == ("demo", "2", 300)


def test_a_hosts_own_token_is_signed_with_the_secret_that_is_shown(
    seeded_url: str, tmp_path: Path
) -> None:
    given = {"DATABASE_URL": seeded_url, "DATA_DIR": str(tmp_path)}
    secret = switchboard("token", "--secret", folder=tmp_path, given=given).stdout.strip()
    made = switchboard("token", "--customer", "1", folder=tmp_path, given=given).stdout.strip()
    claims = jwt.decode(made, secret, ["HS256"], audience="switchboard:customer")
    assert claims["sub"] == "1"
    both = switchboard("token", "--secret", "--customer", "1", folder=tmp_path, given=given)
    assert both.returncode == 2
    assert "give either --customer or --secret" in both.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--customer", "999"), "Customer '999' not found.\n"),
        (("--customer", "1", "--tenant", "acme"), "Tenant 'acme' not found.\n"),
    ],
)
def test_a_token_for_nobody_is_refused_in_a_sentence(
    words: tuple[str, ...], sentence: str, seeded_url: str, tmp_path: Path
) -> None:
    given = {"DATABASE_URL": seeded_url, "DATA_DIR": str(tmp_path)}
    shown = switchboard("token", *words, folder=tmp_path, given=given)
    assert (shown.returncode, shown.stdout, shown.stderr) == (1, "", sentence)


def test_an_operator_is_added_and_later_given_another_password(
    seeded_url: str, tmp_path: Path
) -> None:
    given = {"DATABASE_URL": seeded_url, "DATA_DIR": str(tmp_path), "PASSWORD_HASH_COST": "1"}
    words = ("operator", "Ada@example.com", "--role", "admin")
    hashes = []
    for password in ("a long password", "another password"):
        shown = switchboard(*words, folder=tmp_path, given=given, typed=f"{password}\n")
        assert (shown.returncode, shown.stdout) == (0, ""), shown.stderr
        assert shown.stderr == "ada@example.com may sign in as admin of demo.\n"
        with psycopg.connect(seeded_url) as db:
            row = db.execute(
                "SELECT role, password_hash FROM operators WHERE email = 'ada@example.com'"
            ).fetchone()
        assert row is not None
        assert row[0] == "admin"
        assert PasswordHasher().verify(row[1], password)
        hashes.append(row[1])
    assert len(set(hashes)) == 2


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (("ada@example.com",), "short\n", "at least 10 characters"),
        (("ada",), "a long password\n", "give an e-mail address"),
        (("a@b.example", "--tenant", "acme"), "a long password\n", "Tenant 'acme' not found."),
    ],
)
def test_an_operator_that_cannot_be_is_refused_in_a_sentence(
    words: tuple[str, ...], typed: str, sentence: str, seeded_url: str, tmp_path: Path
) -> None:
    given = {"DATABASE_URL": seeded_url, "DATA_DIR": str(tmp_path), "PASSWORD_HASH_COST": "1"}
    shown = switchboard("operator", *words, folder=tmp_path, given=given, typed=typed)
    assert shown.returncode in {1, 2}
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr


def rows_of(url: str) -> dict[str, int]:
    """How many rows some tables have, over all tenants."""
    tables = {"tenants": "ops.tenants", "customers": "customers", "passages": "passages"}
    with psycopg.connect(url) as db:
        return {
            name: int(db.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()[0])  # type: ignore[index]
            for name, table in tables.items()
        }
