"""Pictures: what is accepted, what is refused, and what is left of the file that was sent."""

import io
import struct
import time
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from app.core import pictures
from app.core.errors import Invalid


def encoded(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """A small picture, or the given one, as a file."""
    written = io.BytesIO()
    (image or Image.new("RGB", (60, 40), "green")).save(written, kind, **options)
    return written.getvalue()


def opened(picture: pictures.Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    return image


def head_of_png(width: int, height: int) -> bytes:
    """A PNG whose head promises so many pixels, and which has none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_plain_jpeg(kind: str) -> None:
    picture = pictures.accept(encoded(kind))
    image = opened(picture)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))
    assert (picture.width, picture.height) == (60, 40)
    assert len(picture.digest) == 64


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_all_colours_are_read(mode: str) -> None:
    assert pictures.accept(encoded("PNG", Image.new(mode, (30, 20)))).width == 30


def test_sixteen_bits_of_grey_stay_grey() -> None:
    picture = pictures.accept(encoded("PNG", Image.new("I;16", (8, 8), 32768)))
    assert abs(opened(picture).getpixel((4, 4))[0] - 128) < 4


def test_what_can_be_seen_through_stands_on_white() -> None:
    picture = pictures.accept(encoded("PNG", Image.new("RGBA", (8, 8), (255, 0, 0, 0))))
    assert min(opened(picture).getpixel((4, 4))) > 250


def test_a_large_picture_is_made_smaller_in_its_shape() -> None:
    picture = pictures.accept(encoded("JPEG", Image.new("RGB", (3200, 800))))
    assert (picture.width, picture.height) == (1600, 400)


def test_a_picture_is_turned_upright_before_its_metadata_goes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    image = Image.new("RGB", (60, 40), "blue")
    image.paste("red", (0, 0, 30, 40))
    picture = pictures.accept(encoded("JPEG", image, exif=exif))
    assert (picture.width, picture.height) == (40, 60)
    red, _, blue = opened(picture).getpixel((20, 10))
    assert red > 200 > 60 > blue


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_says_where_a_picture_was_taken(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Kanariavarpunen"
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 10.0, 30.0), 3: "E", 4: (24.0, 44.0, 0.0)})
    sent = encoded(kind, exif=exif)
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    assert b"Kanariavarpunen" in sent
    picture = pictures.accept(sent)
    assert b"Kanariavarpunen" not in picture.data
    assert not opened(picture).getexif()
    assert b"Exif" not in picture.data


def test_comments_and_profiles_do_not_live_on() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sent = encoded("JPEG", comment=b"Kanariavarpunen", icc_profile=profile)
    picture = pictures.accept(sent + b"<script>Kanariavarpunen</script>")
    assert b"Kanariavarpunen" not in picture.data
    assert not {"comment", "icc_profile", "exif", "xmp"} & opened(picture).info.keys()


def test_a_profile_that_is_nonsense_does_not_spoil_a_picture() -> None:
    assert pictures.accept(encoded("JPEG", icc_profile=b"nonsense" * 20)).width == 60


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    sent = encoded("WEBP", frames[0], save_all=True, append_images=frames[1:], duration=100)
    red, _, blue = opened(pictures.accept(sent)).getpixel((10, 10))
    assert red > 200 > 60 > blue


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        encoded("GIF"),
        encoded("BMP"),
        encoded("TIFF"),
    ],
)
def test_what_is_no_picture_of_these_kinds_is_refused_whatever_its_name(sent: bytes) -> None:
    with pytest.raises(Invalid, match="picture_kind"):
        pictures.accept(sent)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_refused(kind: str) -> None:
    whole = encoded(kind, Image.effect_noise((200, 200), 80).convert("RGB"))
    with pytest.raises(Invalid, match="picture_broken"):
        pictures.accept(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"]
)
def test_a_page_behind_the_start_of_a_picture_is_refused(start: bytes) -> None:
    with pytest.raises(Invalid, match="picture_broken"):
        pictures.accept(start + b"<script>alert(1)</script>" * 20)


@pytest.mark.parametrize("side", [6500, 12000, 60000])
def test_a_bomb_is_refused_by_its_head(side: int) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid, match="picture_too_large"):
        pictures.accept(head_of_png(side, side))
    assert time.monotonic() - began < 1


def test_a_bomb_that_unfolds_is_refused_before_it_does() -> None:
    sent = encoded("PNG", Image.new("1", (8000, 8000)))
    assert len(sent) < 100_000
    began = time.monotonic()
    with pytest.raises(Invalid, match="picture_too_large"):
        pictures.accept(sent)
    assert time.monotonic() - began < 1


def test_a_file_of_more_than_ten_megabytes_is_refused() -> None:
    with pytest.raises(Invalid, match="picture_too_large") as refused:
        pictures.accept(encoded("JPEG") + bytes(pictures.MOST_BYTES))
    assert refused.value.facts == {"megabytes": 10, "megapixels": 40}


@pytest.mark.parametrize("size", [(60, 40), (1600, 400), (1, 900)])
def test_a_small_picture_has_the_same_shape(size: tuple[int, int]) -> None:
    small = pictures.thumbnail(pictures.accept(encoded("JPEG", Image.new("RGB", size, "green"))))
    image = opened(small)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (small.width, small.height))
    share = min(1, pictures.THUMBNAIL_SIDE / max(size))
    assert (small.width, small.height) == tuple(max(round(side * share), 1) for side in size)
