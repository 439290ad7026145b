"""Sealing: what a sealed ballot tells (nothing), and when it opens (with its key, in its place)."""

import pytest

from app.voting import sealing
from app.voting.sealing import SealBroken

PRIVATE = sealing.new_private_key()
PUBLIC = sealing.public_key_of(PRIVATE)


@pytest.mark.parametrize("choices", [[], [7], [1, 2, 3], [2**31 - n for n in range(50)]])
def test_what_was_sealed_is_what_opens_and_its_length_tells_nothing(choices: list[int]) -> None:
    sealed = sealing.seal(PUBLIC, sealing.pack(choices), b"1:a")
    assert len(sealed) == sealing.SEALED
    assert sealing.unpack(sealing.open_sealed(PRIVATE, sealed, b"1:a")) == choices


def test_the_same_choices_never_look_the_same() -> None:
    packed = sealing.pack([1, 2])
    sealed = {sealing.seal(PUBLIC, packed, b"1:a") for _ in range(50)}
    assert len(sealed) == 50
    assert len({one[:16] for one in sealed}) == 50


def test_a_ballot_moved_to_another_voter_or_contest_does_not_open() -> None:
    sealed = sealing.seal(PUBLIC, sealing.pack([1]), b"1:a")
    for bound in (b"1:b", b"2:a", b""):
        with pytest.raises(SealBroken):
            sealing.open_sealed(PRIVATE, sealed, bound)


def test_another_key_does_not_open_it() -> None:
    sealed = sealing.seal(PUBLIC, sealing.pack([1]), b"1:a")
    with pytest.raises(SealBroken):
        sealing.open_sealed(sealing.new_private_key(), sealed, b"1:a")


@pytest.mark.parametrize("place", [0, 31, 32, sealing.SEALED - 1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(sealing.seal(PUBLIC, sealing.pack([1]), b"1:a"))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        sealing.open_sealed(PRIVATE, bytes(sealed), b"1:a")


@pytest.mark.parametrize("content", [b"", b"{}", b'["1"]', b"[true]", b"[1", b"\xff"])
def test_what_is_no_list_of_ids_is_refused(content: bytes) -> None:
    with pytest.raises(SealBroken):
        sealing.unpack(content)


def test_too_many_choices_do_not_fit() -> None:
    with pytest.raises(ValueError, match="too many"):
        sealing.pack([2**31] * 100)
