"""Writing a matter together and in several languages, and adding to it later.

- A **translation** is a version of the text in another language, by an author, or by the registry
  or an official who holds the matter. It knows the version of the original that it was made from
  and is stale when there is a newer one. An author's own words are changed by authors alone. The
  original is what is handled.
- A **co-author** joins by an invitation, sent to an address or handed on as a link, that works
  once and for fourteen days. Co-authors do what authors do; only who started the matter invites,
  removes, publishes and withdraws. Nothing tells whether an invited address has an account.
- An **addition** is a dated public text by an author once editing has closed. It is a note of the
  matter, whose digest is in the journal.

Start reading in `policies.py`, then `services.py`.
"""
