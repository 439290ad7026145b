"""Mail about the steps of matters: a reader over the journal that fills the outbox.

`readers.read_new` takes the entries after its cursor and keeps those that are to be told (`News`);
then it writes the mails of each step, two hundred in one command together with the place in the
list of people, so that a crash loses nothing and repeats nothing, however many follow. A step whose
mails cannot be written is tried again later, stops no other and is shown to administrators.

Mail goes to whoever follows the matter (its author does from publishing on), each in the own
language, but never to the person who made the step. Some steps go to the author in any case: the
receipt, the city's question, a transfer, hiding. While a matter is hidden only its author hears of
it. `audience.py` lists for every kind of entry who hears of it, or why nobody does.

Start reading in `readers.py`; the words stand in `messages.py`.
"""
