"""What every feature stands on: clock, commands, access, errors, types, paging, mail, page cache.

Knows no feature. Start reading in `command.py`: the transaction is the heart of the house.
"""
