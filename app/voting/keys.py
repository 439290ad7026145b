"""Key files of the instance, and the keys under which voters stand on the roll.

`keys/identity.key` belongs to the installation, `keys/round-<id>.key` and `keys/round-<id>.private`
to a round. All are made here, mode 0600 in a folder of mode 0700, never named in the environment
and never part of a backup that this tool makes. Losing the private key before the ballots are
opened loses the vote.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from flask import current_app

from app.core.errors import WrongState
from app.voting import sealing

LENGTH = 32


def voter_key(person_id: int, round_id: int) -> str:
    """The key of a voter on the roll of one round, 64 hexadecimal digits.

    The person key is made of the account for now, so somebody with two accounts could vote
    twice; with strong identification it will be made of the personal identity code or the
    provider's subject, in memory only. Raises WrongState "no_keys".
    """
    person = _hmac(_read("identity.key"), f"account:{person_id}".encode())
    return _hmac(_read(f"round-{round_id}.key"), person).hex()


def make_round_keys(round_id: int) -> bytes:
    """Make the keys of a round; returns the public one. What is there already is kept.

    Ends with a rehearsal: a test ballot is sealed and opened with the key read from its file.
    """
    _made("identity.key")
    _made(f"round-{round_id}.key")
    made = _made(f"round-{round_id}.private", sealing.new_private_key())
    public = sealing.public_key_of(made)
    sealed = sealing.seal(public, sealing.pack([1]), b"rehearsal")
    opened = sealing.open_sealed(read_private(round_id), sealed, b"rehearsal")
    if sealing.unpack(opened) != [1]:
        raise WrongState("no_keys")
    return public


def read_private(round_id: int) -> bytes:
    """The private key of a round. Raises WrongState "no_keys" when it is not here (any more)."""
    return _read(f"round-{round_id}.private")


def destroy_private(round_id: int) -> None:
    """Overwrite and remove the private key of a round; nothing happens when it is gone."""
    path = _folder() / f"round-{round_id}.private"
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(LENGTH))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync_folder()


def bound_to(contest_id: int, key: str) -> bytes:
    """What a sealed ballot is bound to: its contest and its voter's key."""
    return f"{contest_id}:{key}".encode()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _folder() -> Path:
    folder = Path(current_app.config["INSTANCE"]) / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _read(name: str) -> bytes:
    try:
        return (_folder() / name).read_bytes()
    except FileNotFoundError:
        raise WrongState("no_keys") from None


def _made(name: str, content: bytes | None = None) -> bytes:
    """The key in a file, made if it is not there: whole or not at all, and on disk."""
    path = _folder() / name
    if not path.exists():
        draft = path.with_name(f"{name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content or secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        _take_place(draft, path)
    return path.read_bytes()


def _take_place(draft: Path, path: Path) -> None:
    """Give a draft its name unless another process was quicker: then that one stands."""
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder()


def _sync_folder() -> None:
    folder = os.open(_folder(), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
