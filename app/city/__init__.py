"""The municipality: its settings, areas, units, bodies, themes, services and working days.

All of it is data, seeded from one readable file (`data/espoo.json`) and read through `get_city`,
a snapshot that lives in memory until the topic "city" changes. Other features keep the keys
(text) of areas, units and so on; history keeps old names because keys never change.
"""

from app.city.queries import City, get_city

__all__ = ["City", "get_city"]
