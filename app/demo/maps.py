"""Maps that residents of the demonstration attach: invented streets, woods and a marked place."""

import io
import random

from PIL import Image, ImageDraw

from app.attachments import services as attachments
from app.attachments.sent import accept
from app.core.access import Actor
from app.proposals.models import Matter

WIDTH, HEIGHT = 1200, 800
LAND, HOUSES, WOOD, WATER = "#f2efe9", "#dcd3c6", "#c9dfb8", "#a8cfdd"
EDGE, ROAD, PATH, MARK = "#b9b2a6", "#ffffff", "#8a5a2b", "#c01830"
WORDS = {
    "fi": "Kartta, jossa paikka on merkitty punaisella pisteellä kadun ja metsäpolun risteykseen",
    "sv": "En karta där platsen är en röd punkt i korsningen av gatan och skogsstigen",
    "en": "A map with the place as a red dot where the street and the forest path meet",
}

Point = tuple[float, float]


def attach_map(author: Actor, draft: Matter) -> None:
    """Attach a map to a draft; which one follows from the draft's title."""
    sent = accept(draw(random.Random(draft.title)), "kartta.png")
    attachments.attach(author, draft, sent, WORDS[draft.language])


def draw(rng: random.Random) -> bytes:
    """A map as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), LAND)
    pen = ImageDraw.Draw(image)
    pen.polygon(_shore(rng), fill=WATER)
    middle = (rng.uniform(500, 700), rng.uniform(340, 460))
    pen.ellipse((middle[0] - 60, 60, middle[0] + 480, middle[1] + 160), fill=WOOD)
    _draw_houses(pen, rng)
    street = [(0, middle[1] + rng.uniform(-60, 60)), middle, (WIDTH, middle[1] + 90)]
    for line in (street, [(middle[0] - 260, 0), (middle[0] - 220, HEIGHT)]):
        pen.line(line, fill=EDGE, width=34, joint="curve")
    for line in (street, [(middle[0] - 260, 0), (middle[0] - 220, HEIGHT)]):
        pen.line(line, fill=ROAD, width=26, joint="curve")
    _draw_path(pen, middle, (middle[0] + 260, 40))
    x, y = middle
    pen.ellipse((x - 22, y - 22, x + 22, y + 22), fill=MARK, outline=ROAD, width=6)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _shore(rng: random.Random) -> list[Point]:
    edge = [(x, HEIGHT - 90 - rng.uniform(0, 70)) for x in range(0, WIDTH + 1, 100)]
    return [(0, HEIGHT), *edge, (WIDTH, HEIGHT)]


def _draw_houses(pen: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for x in range(30, 330, 95):
        for y in range(50, 640, 110):
            wide, tall = rng.randint(40, 70), rng.randint(40, 75)
            pen.rectangle((x, y, x + wide, y + tall), fill=HOUSES, outline=EDGE, width=2)


def _draw_path(pen: ImageDraw.ImageDraw, start: Point, end: Point) -> None:
    """A dashed line."""
    for step in range(0, 20, 2):
        a, b = step / 20, (step + 1) / 20
        points = [
            (start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t) for t in (a, b)
        ]
        pen.line(points, fill=PATH, width=8)
