"""Full text search over matters in Finnish, Swedish and English.

Our own code makes the tokens, so both databases only compare them: each word of a text becomes its
surface form and, by language, its Finnish base form with compound parts or its Snowball stem. The
tokens are stored in `SearchDocument`; SQLite indexes it with FTS5, PostgreSQL with GIN.

A document is a matter with its parts (its text, its answer, its case number). Every word of a query
has to be in the matter, each in any of its parts and in any of the three languages: the hits do not
depend on the language of the interface. `language` is "fi", "sv" or "en"; anything else means
unknown or mixed. Documents keep the tokens of the day they were written, so index every matter
again when Voikko is installed or taken away.

Start reading in `tokens.py`; `queries.is_among` and `queries.rank` are the ways in for readers.
"""
