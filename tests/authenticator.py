"""A passkey in software: makes and signs as a security key does, with whatever lie a test wants."""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def raw(given: str) -> bytes:
    """The bytes again."""
    return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))


@dataclass
class Authenticator:
    """One credential on one device; `sign_count` grows with each use."""

    origin: str = "http://testserver"
    rp_id: str = "testserver"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    sign_count: int = 0
    flags: int = PRESENT | VERIFIED

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to options for a new passkey, as the page sends it."""
        point = self.key.public_key().public_numbers()
        cose = (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"
            + point.x.to_bytes(32, "big")
            + b"\x22\x58\x20"
            + point.y.to_bytes(32, "big")
        )
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(self.flags | ATTESTED) + attested + cose
        statement = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59" + struct.pack(
            ">H", len(data)
        )
        response = {
            "clientDataJSON": text(self._client("webauthn.create", options, **lies)),
            "attestationObject": text(statement + data),
            "transports": ["internal", "nonsense"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to options for a passkey in use."""
        self.sign_count += 1
        client = self._client("webauthn.get", options, **lies)
        data = self._data(self.flags)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(signed),
        }
        return self._answer(response)

    def _data(self, flags: int) -> bytes:
        party = hashlib.sha256(self.rp_id.encode()).digest()
        return party + bytes([flags]) + struct.pack(">I", self.sign_count)

    def _client(self, kind: str, options: dict[str, Any], **lies: Any) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, **lies}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": text(self.credential_id),
                "rawId": text(self.credential_id),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
