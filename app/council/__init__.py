"""The councillor's desk: what needs attention in the field of the own bodies. Reads only.

The field of a body is the units that work under it or under a body below it, with the matters of
their services that have no holder yet and those that wait at the body itself. A member of the
council sees the whole city, since the council answers for all of it.

Start reading in `desk.py`.
"""
