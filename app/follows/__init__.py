"""Who follows which matter.

The author follows from publishing on, by a consequence of the journal's entry; everybody else with
a confirmed address follows by choice. Whoever follows gets mail at the steps of the matter (see
notifications). Every such mail has an address that ends the following without signing in.

Start reading in `services.py`.
"""
