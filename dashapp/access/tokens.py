"""Secrets in links and cookies: made from 256 bits, stored only as a fingerprint or encrypted.

Share links and source keys must be shown again, so they are derived (HMAC) from the app's secret key, the
row's id and its nonce: a stolen database holds no working link. Every use has its own key (HKDF).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashapp.errors import BadSetting

#: Characters of a token: base64url of 32 bytes, without padding.
TOKEN_LENGTH = 43


@lru_cache(maxsize=32)
def _key(secret_key: str, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"vitrine {use}".encode()).derive(
        secret_key.encode()
    )


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError for what is none."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def random_token() -> str:
    """A new token of 256 random bits, 43 characters."""
    return _text(secrets.token_bytes(32))


def new_nonce() -> str:
    """What makes a derived token new: 192 random bits, 32 characters. A new nonce is a rotation."""
    return secrets.token_urlsafe(24)


def derive(secret_key: str, kind: str, row_id: int, nonce: str) -> str:
    """The token of a row of a `kind` ("share", "source"): HMAC-SHA256 in base64url, 43 characters."""
    message = f"{kind}:{row_id}:{nonce}".encode()
    return _text(hmac.digest(_key(secret_key, "token"), message, "sha256"))


def fingerprint(token: str) -> str:
    """What is stored and looked up in a token's place: its sha256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def looks_like_token(value: object) -> bool:
    """False for what cannot be a token, so that it never reaches the database."""
    return (
        isinstance(value, str)
        and len(value) == TOKEN_LENGTH
        and value.isascii()
        and value.replace("-", "").replace("_", "").isalnum()
    )


def sign(secret_key: str, use: str, message: str) -> str:
    """A signature of `message` for one `use`, base64url."""
    return _text(
        hmac.digest(_key(secret_key, f"sign {use}"), message.encode("utf-8", "surrogatepass"), "sha256")
    )


def signed(secret_key: str, use: str, message: str, signature: str) -> bool:
    """Whether `signature` is ours; in constant time."""
    expected = sign(secret_key, use, message)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def _fernet(secret_key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(_key(secret_key, "seal")))


def seal(secret_key: str, value: str) -> str:
    """Encrypt a secret we must be able to read again (what a provider signs with)."""
    return _fernet(secret_key).encrypt(value.encode()).decode("ascii")


def unseal(secret_key: str, sealed: str) -> str:
    """Read a sealed secret. Raises BadSetting when it was sealed with another secret key."""
    try:
        return _fernet(secret_key).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise BadSetting(
            "A stored secret cannot be read: VITRINE_SECRET_KEY is not the one it was stored with."
        ) from error
