"""An identity provider on this machine that speaks OpenID Connect: discovery, keys, code for token with PKCE.

Its answers can be bent one by one. It is written from the standard (OIDC Core 1.0, RFC 7636) and
shares nothing with the product but the library that signs.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "vitrine", "a client secret"


class IdentityProvider:
    """`claims`: what the ID token says beside the usual; `bend`: what is wrong with the next answer."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims: dict[str, Any] = {}
        self.bend = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, url: str) -> dict[str, str]:
        """What a person's log-in there leads back with: code and state of an authorization request."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint: the client, the code, its redirect address and the verifier must all fit."""
        basic = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if authorization != f"Basic {basic}" or asked is None:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (asked.get("code_challenge_method"), asked.get("code_challenge")) != ("S256", challenge):
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}
        if self.bend == "no token":
            del answer["id_token"]
        return 200, answer

    def _id_token(self, nonce: str) -> str:
        at = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": nonce,
            **self.claims,
        }
        match self.bend:
            case "nonce":
                claims["nonce"] = "another"
            case "no nonce":
                del claims["nonce"]
            case "aud":
                claims["aud"] = "another client"
            case "two aud":
                claims["aud"] = [CLIENT, "another client"]
            case "azp":
                claims |= {"aud": [CLIENT, "another"], "azp": "another"}
            case "iss":
                claims["iss"] = "http://127.0.0.1:1"
            case "expired":
                claims |= {"iat": at - 900, "exp": at - 600}
            case "no sub":
                del claims["sub"]
            case "alg none":
                head = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
                body = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
                return f"{head}.{body}."
            case "hmac":  # signed with the public key as if it were a shared secret
                public = OctKey.import_key(self.key.as_pem(private=False))
                return jwt.encode({"alg": "HS256"}, claims, public, algorithms=["HS256"])
            case "other key":
                other = RSAKey.generate_key(2048, parameters={"kid": "one"})
                return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other)
            case "new key":
                self.key = RSAKey.generate_key(2048, parameters={"kid": "two", "use": "sig", "alg": "RS256"})
                return jwt.encode({"alg": "RS256", "kid": "two"}, claims, self.key)
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                issuer = provider.issuer if provider.bend != "discovery" else "http://127.0.0.1:1"
                at = provider.issuer
                self._send(
                    200,
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{at}/authorize",
                        "token_endpoint": f"{at}/token",
                        "jwks_uri": f"{at}/keys",
                    },
                )
            elif self.path == "/keys":
                self._send(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._send(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.token(form, self.headers.get("Authorization", "")))

        def _send(self, status: int, document: dict[str, Any]) -> None:
            raw = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler
