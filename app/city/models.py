"""Tables of the municipality. Names are mappings from language code to text."""

import enum
from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import enum_column
from app.extensions import Model


class Municipality(Model):
    """The one municipality of this installation; `settings` is the seed file's block, edited."""

    __tablename__ = "municipality"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_demo: Mapped[bool] = mapped_column(default=False)


class Area(Model):
    """A major area: population, label point and simplified outline (GeoJSON geometry)."""

    __tablename__ = "area"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    population: Mapped[int] = mapped_column(Integer)
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    outline: Mapped[dict[str, Any]] = mapped_column(JSON)


class District(Model):
    """A part of an area, as residents know it."""

    __tablename__ = "district"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    area: Mapped[str] = mapped_column(ForeignKey("area.key"))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)


class PlaceKind(enum.StrEnum):
    """What a name stands for: an address or street, or a place that people know by name."""

    ADDRESS = "address"
    PLACE = "place"


class Place(Model):
    """A name that leads to a point; `search` is the name as `geography.search_key` writes it.

    Loaded from the municipality's own file. A place with names in two languages has two rows.
    """

    __tablename__ = "place"
    __table_args__ = (
        # For beginnings: PostgreSQL's usual order of letters knows no prefixes.
        Index(
            "ix_place_search",
            "search",
            "kind",
            "language",
            unique=True,
            postgresql_ops={"search": "varchar_pattern_ops"},
        ),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="point"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    search: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind))
    language: Mapped[str] = mapped_column(String(2))
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)


class Body(Model):
    """A council, board, committee, section or advisory council."""

    __tablename__ = "body"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(20))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    parent: Mapped[str | None] = mapped_column(ForeignKey("body.key"))


class UnitKind(enum.StrEnum):
    """Place in the tree of the organisation."""

    SECTOR = "sector"
    UNIT = "unit"
    TEAM = "team"


class Unit(Model):
    """A sector, unit or team of the organisation, working under a body.

    From the day `closed_at` on it takes no matters any more; its name stays for history.

    With `second_eyes` a colleague approves each of its answers before it is published.
    """

    __tablename__ = "unit"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[UnitKind] = mapped_column(enum_column(UnitKind))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    parent: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
    body: Mapped[str | None] = mapped_column(ForeignKey("body.key"))
    second_eyes: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[date | None] = mapped_column(Date)


class Theme(Model):
    """What a matter is about, in a word."""

    __tablename__ = "theme"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)


class Service(Model):
    """A service of the city, with the unit that answers for it."""

    __tablename__ = "service"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    theme: Mapped[str] = mapped_column(ForeignKey("theme.key"))
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))


class Authority(Model):
    """Another authority to which matters that are not the city's are transferred."""

    __tablename__ = "authority"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    matters: Mapped[dict[str, str]] = mapped_column(JSON)
