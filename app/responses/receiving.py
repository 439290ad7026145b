"""To which units matters can be given: open units and teams, never sectors."""

from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import errors
from app.core.errors import Invalid

errors.explain(
    {
        "unknown_unit": _l("Choose a unit from the list."),
        "closed_unit": _l("This unit has been closed. Choose another one."),
    }
)


def require_receiver(unit: str) -> None:
    """Refuse a unit that takes no matters. Raises Invalid "unknown_unit" or "closed_unit"."""
    city = get_city()
    if unit in city.units and city.is_closed(unit):
        raise Invalid("closed_unit")
    if unit not in city.units or not city.takes_matters(unit):
        raise Invalid("unknown_unit")
