"""Pictures that people send: looked at with suspicion and made anew.

What is kept is never what was sent. A picture is decoded and written again as a plain JPEG, so that
neither the place where it was taken nor anything hidden in the file reaches a reader. Its size
stands in the head of the file and is judged before anything is decoded, because a small file can
unfold into more memory than there is. How the files are kept is told in `files`.
"""

import hashlib
import io
import threading
from dataclasses import dataclass
from functools import cached_property

from flask_babel import lazy_gettext as _l
from PIL import Image, ImageCms, ImageOps

from app.core import errors
from app.core.errors import Invalid
from app.core.files import MOST_BYTES, MOST_MEGABYTES

MOST_MEGAPIXELS = 40
LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 480
QUALITY = 85
WHITE = (255, 255, 255)
KINDS = ("JPEG", "PNG", "WEBP")

_SRGB = ImageCms.createProfile("sRGB")
# A large picture takes some hundred megabytes while it is decoded, so one at a time.
_one_at_a_time = threading.Lock()

errors.explain(
    {
        "picture_kind": _l("The file is not a JPEG, PNG or WebP picture. Choose another one."),
        "picture_too_large": _l(
            "The picture is too large. It can have at most %(megabytes)s megabytes and "
            "%(megapixels)s megapixels."
        ),
        "picture_broken": _l("The picture cannot be read. Save it again or choose another one."),
    }
)


@dataclass(frozen=True)
class Picture:
    """A picture made anew: a JPEG in sRGB without any words about where it comes from."""

    data: bytes
    width: int
    height: int

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()


def accept(data: bytes) -> Picture:
    """Make a picture anew, upright, of its first frame, its longest side 1600 pixels at most.

    What kind of file it is says its content alone, neither a name nor a declared type. Raises
    Invalid "picture_kind", "picture_too_large" or "picture_broken".
    """
    if len(data) > MOST_BYTES:
        raise _too_large()
    if not _has_known_start(data):
        raise Invalid("picture_kind")
    with _one_at_a_time:
        try:
            return _made_anew(data)
        except Invalid:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise _too_large() from None
        except Exception as error:
            # The readers of formats raise errors of many kinds over files that are made up.
            raise Invalid("picture_broken") from error


def thumbnail(picture: Picture) -> Picture:
    """The same picture small, its longest side 480 pixels at most."""
    with Image.open(io.BytesIO(picture.data), formats=KINDS) as image:
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return _written(image)


def _too_large() -> Invalid:
    return Invalid("picture_too_large", megabytes=MOST_MEGABYTES, megapixels=MOST_MEGAPIXELS)


def _has_known_start(data: bytes) -> bool:
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or is_webp


def _made_anew(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=KINDS) as opened:  # reads the head only
        if opened.width * opened.height > MOST_MEGAPIXELS * 1_000_000:
            raise _too_large()
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG can be decoded smaller at once
        opened.load()
        image = _with_whole_colours(opened)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        image = _in_srgb(_on_white(ImageOps.exif_transpose(image)))
    # A new image has the pixels only: comments and profiles of the old one would be written again.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return _written(clean)


def _written(image: Image.Image) -> Picture:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Picture(written.getvalue(), *image.size)


def _with_whole_colours(image: Image.Image) -> Image.Image:
    """Pixels that can be mixed when the picture is made smaller: no palette, 8 bits a colour."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _on_white(image: Image.Image) -> Image.Image:
    """What can be seen through stands on white, as on the page."""
    if not image.has_transparency_data:
        return image
    whole = image.convert("RGBA")
    ground = Image.new("RGB", whole.size, WHITE)
    ground.paste(whole, mask=whole.getchannel("A"))
    if "icc_profile" in image.info:
        ground.info["icc_profile"] = image.info["icc_profile"]
    return ground


def _in_srgb(image: Image.Image) -> Image.Image:
    """The same colours for screens; a profile that does not fit the picture says nothing."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(image, io.BytesIO(profile), _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")
    return converted or image.convert("RGB")
