"""Mail about the steps of matters: a reader over the journal that fills the outbox.

`readers.read_new` takes the entries after its cursor, writes the mails and moves the cursor in one
command, so that a crash loses nothing and repeats nothing. Mail goes to whoever follows the matter
(its author does from publishing on), each in the own language, but never to the person who made
the step. The city's question goes to the author in any case, since the handling waits for the
reply. While a matter is hidden only its author hears of it.

Start reading in `readers.py`; the words stand in `messages.py`.
"""
