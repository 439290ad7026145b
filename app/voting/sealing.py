"""Packing and sealing of choices: pure functions over bytes.

A sealed ballot is an ephemeral X25519 public key and a ChaCha20-Poly1305 ciphertext under a key
that HKDF-SHA-256 derives from the shared secret and both public keys. The key is used once, so
the nonce is zero. `bound` is authenticated with the ballot: a ciphertext moved to another voter or
contest does not open. All ciphertexts have one length, whatever was chosen.
"""

import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PACKED = 1024
KEY = 32
TAG = 16
SEALED = KEY + PACKED + TAG
PURPOSE = b"kuuluu ballot 1"
NONCE = bytes(12)


class SealBroken(Exception):
    """A ciphertext that this key does not open, or that does not hold what it should."""


def new_private_key() -> bytes:
    """A new private key, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key_of(private: bytes) -> bytes:
    """The public half of a private key, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def pack(choices: list[int]) -> bytes:
    """Project ids as JSON, filled with spaces to PACKED bytes. Raises ValueError if too many."""
    text = json.dumps(choices, separators=(",", ":")).encode()
    if len(text) > PACKED:
        raise ValueError("too many choices to pack")
    return text.ljust(PACKED)


def unpack(packed: bytes) -> list[int]:
    """The project ids again. Raises SealBroken when the bytes are no list of ids."""
    try:
        choices = json.loads(packed)
    except ValueError:
        raise SealBroken from None
    if not isinstance(choices, list) or not all(type(choice) is int for choice in choices):
        raise SealBroken
    return choices


def seal(public: bytes, packed: bytes, bound: bytes) -> bytes:
    """Packed choices sealed to a public key: SEALED bytes that only the private key opens."""
    ephemeral = X25519PrivateKey.generate()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    own = ephemeral.public_key().public_bytes_raw()
    return own + _cipher(shared, own, public).encrypt(NONCE, packed, bound)


def open_sealed(private: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The packed choices of a sealed ballot. Raises SealBroken."""
    key = X25519PrivateKey.from_private_bytes(private)
    own, ciphertext = sealed[:KEY], sealed[KEY:]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(own))
        public = key.public_key().public_bytes_raw()
        return _cipher(shared, own, public).decrypt(NONCE, ciphertext, bound)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def _cipher(shared: bytes, own: bytes, public: bytes) -> ChaCha20Poly1305:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE + own + public)
    return ChaCha20Poly1305(derived.derive(shared))
