"""The councillor's desk: what needs attention in the field of the own bodies; questions to units.

The field of a body is the units that work under it or under a body below it, with the matters of
their services that have no holder yet and those that wait at the body itself. A member of the
council sees the whole city, since the council answers for all of it.

A question is public, about a matter that everybody may see, and goes to the unit that holds it (or
held it last). An official of that unit answers it in every official language. Until then its clock
runs (`duties.table`, 30 days by the city's setting), and stands still only while the unit asks the
councillor in public to make the question clearer. The clock is the question's own: answering the
matter, asking its author, or the matter's leaving change nothing in it. When the matter is handed
over, the question goes along. A councillor is named by the body only.

Start reading in `desk.py`, for questions in `services.py`.
"""
