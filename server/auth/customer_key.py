"""Which public keys a tenant may have its customers' tokens checked with."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from data.errors import Invalid

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192  # checking a signature gets slow above


def check_public_key(algorithm: str, pem: str) -> None:
    """Refuse what this algorithm cannot be checked with.

    Raises:
        Invalid: it is no public key in PEM, of another kind, or a weak one.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Invalid("public_key", "must be a public key in PEM") from None
    match algorithm, key:
        case "RS256", RSAPublicKey():
            if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
                bits = f"{LEAST_RSA_BITS} to {MOST_RSA_BITS}"
                raise Invalid("public_key", f"an RSA key must have {bits} bits")
        case "ES256", EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            pass
        case "EdDSA", Ed25519PublicKey():
            pass
        case _:
            wanted = {"RS256": "an RSA key", "ES256": "a P-256 key", "EdDSA": "an Ed25519 key"}
            raise Invalid("public_key", f"must be {wanted[algorithm]} for {algorithm}")
