"""Voting: roll, sealed envelopes, closing, opening, results. The double envelope of postal voting.

While voting is open a ballot is one row: voter key, contest, ciphertext. The voter key comes from
the person by two secret keys; the ciphertext is sealed to the round's public key, which can only
close. After voting the envelopes are opened, mixed and put into another table with new random
ids, then deleted and cleaned out of the files, and the private key is destroyed. From then on
nothing here joins a person to a choice. Casting takes the round's lock shared and reads the clock
under it, closing takes it exclusive.

Promised: one vote a person and contest; an acknowledged vote is on disk; after closing nothing in
the database, its log or backups links a person to choices without a destroyed key; anybody
recounts. Not promised: protection against a hacked server or device while casting, against
somebody who holds the key and the envelopes, or against coercion.

- `sealing.py`: packing and sealing of choices (pure)
- `keys.py`: key files and the keys of voters
- `models.py`: roll, envelopes, ballots, results
- `services.py`: cast, close, open, confirm; `opening.py`: the steps of opening, each resumable
- `counting.py`: profile, count, account as plain data, the file for recounting
- `pages.py`: the result page, from the stored account: `sentences.py`, `pictures.py` with the
  geometry of `flow.py` and `bars.py`, and `places.py` for the winners by area
"""
