"""The registry: the first hands that a matter comes to.

Its inbox holds pending matters, the oldest first, each with the clock of two working days and the
unit that is proposed for it, with the reason in words (`routing.py`). The registry gives a case
number and a unit, or transfers what is not the city's, leaves spam without handling, joins
duplicates and splits what asks for two things (`joining.py`). A number that was typed wrong it
corrects in public, and what left by mistake it brings back.

Start reading in `services.py`, then `joining.py`.
"""
