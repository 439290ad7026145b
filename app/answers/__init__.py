"""The official answer: written, published, corrected; and closing what it leaves nothing to do for.

An answer is published complete in every official language, or not at all (`completeness.py`). Its
versions never change: a correction is a new version with its reason and keeps the outcome; another
outcome needs the matter reopened and answered again. Publishing makes the promises of the answer.
A matter is closed only with reasons, and only when its answer leaves nothing to do: no action, or
every promise settled.

What has been typed is kept as a draft until the answer is out or the matter leaves the unit. A unit
with `second_eyes` publishes only what a colleague has approved: exactly that version of the draft,
by another official than the one who wrote it last. A draft can be published at a time: it must be
complete then and again at that moment; what is not possible any more loses its time, and the unit
sees why. A change of the draft takes back both. Corrections are not approved by a second official,
since a published mistake is mended in minutes; they keep the effect contract of the answer.

How it is read: `typed.py` makes an answer of what was typed, `schedule.py` a moment of a local
time, `translation.py` fills empty fields by a machine where one is installed (none is).

Start reading in `services.py`.
"""
