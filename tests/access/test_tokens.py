"""Tokens: random or derived, stored as fingerprints, sealed where we must read them again."""

from __future__ import annotations

import pytest

from dashapp.access import tokens
from dashapp.errors import BadSetting

KEY = "an app secret of forty-one characters, say"


def test_ten_thousand_tokens_do_not_repeat_and_look_like_tokens() -> None:
    made = {tokens.random_token() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(tokens.looks_like_token(token) for token in made)


def test_a_derived_token_depends_on_everything_it_is_of() -> None:
    token = tokens.derive(KEY, "share", 7, "nonce")
    assert token == tokens.derive(KEY, "share", 7, "nonce")
    assert len(token) == tokens.TOKEN_LENGTH
    others = {
        tokens.derive(KEY + "x", "share", 7, "nonce"),
        tokens.derive(KEY, "source", 7, "nonce"),
        tokens.derive(KEY, "share", 8, "nonce"),
        tokens.derive(KEY, "share", 7, "other"),
    }
    assert token not in others
    assert len(others) == 4


def test_a_fingerprint_is_the_sha256() -> None:
    # sha256("abc"), from FIPS 180-2
    assert tokens.fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":token",
        "*",
        "null",
        "0",
        "x" * 42,
        "x" * 44,
        "x" * 10_000,
        "\0" * 43,
        "é" * 43,
        None,
        7,
        ["x" * 43],
    ],
)
def test_what_cannot_be_a_token_never_reaches_the_database(value: object) -> None:
    assert not tokens.looks_like_token(value)


def test_sealing_hides_and_another_key_cannot_read() -> None:
    sealed = tokens.seal(KEY, "what SendGrid signs with")
    assert "SendGrid" not in sealed
    assert tokens.unseal(KEY, sealed) == "what SendGrid signs with"
    with pytest.raises(BadSetting, match="VITRINE_SECRET_KEY"):
        tokens.unseal(KEY + "x", sealed)


def test_a_signature_is_for_one_use_and_one_message() -> None:
    signature = tokens.sign(KEY, "pass", "1:1")
    assert tokens.signed(KEY, "pass", "1:1", signature)
    assert not tokens.signed(KEY, "pass", "1:2", signature)
    assert not tokens.signed(KEY, "visitor", "1:1", signature)
    assert not tokens.signed(KEY, "pass", "1:1", "é" * 43)
