"""Key files: their modes, what is made when, and that the private key can be destroyed."""

import stat
from pathlib import Path

import pytest
from flask import Flask

from app.core.errors import WrongState
from app.voting import keys, sealing
from tests import rounds

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def _folder(app: Flask) -> Path:
    return Path(app.config["INSTANCE"]) / "keys"


def test_publishing_makes_the_keys_for_their_owner_only(context: Flask) -> None:
    assert not _folder(context).exists()
    round = rounds.make_round()
    files = sorted(path.name for path in _folder(context).iterdir())
    assert files == ["identity.key", f"round-{round.id}.key", f"round-{round.id}.private"]
    for path in _folder(context).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size == 32
    assert stat.S_IMODE(_folder(context).stat().st_mode) == 0o700


def test_a_voter_has_another_key_in_every_round(context: Flask) -> None:
    first, second = rounds.make_round(), rounds.make_round()
    found = {keys.voter_key(person, r.id) for person in (1, 2) for r in (first, second)}
    assert len(found) == 4
    assert keys.voter_key(1, first.id) == keys.voter_key(1, first.id)
    assert all(len(key) == 64 for key in found)


def test_making_keys_again_keeps_those_there_are(context: Flask) -> None:
    round = rounds.make_round()
    public = sealing.public_key_of(keys.read_private(round.id))
    before = keys.voter_key(1, round.id)
    assert keys.make_round_keys(round.id) == public
    assert keys.voter_key(1, round.id) == before


def test_a_lost_identity_key_stops_voting_instead_of_being_made_anew(context: Flask) -> None:
    round = rounds.make_round()
    (_folder(context) / "identity.key").unlink()
    with pytest.raises(WrongState, match="no_keys"):
        keys.voter_key(1, round.id)


def test_a_destroyed_private_key_is_gone(context: Flask) -> None:
    round = rounds.make_round()
    keys.destroy_private(round.id)
    keys.destroy_private(round.id)
    with pytest.raises(WrongState, match="no_keys"):
        keys.read_private(round.id)
    assert not list(_folder(context).glob("*.private*"))
