"""What customers may attach: judged by content, never by the name of the file."""

import io

# Odoo has Pillow load a few formats only: importing the plugin adds WebP to them.
from PIL import Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401

from odoo.tools.mimetypes import guess_mimetype

#: What a screenshot may be.
IMAGES = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

#: How films begin whose type libmagic, when it is there, calls something else.
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_FILMS = (
    b"\x1a\x45\xdf\xa3",
    b"FLV\x01",
    b"OggS",
    _ASF,
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
)
_STILLS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


class Refused(ValueError):
    """Raise it for a file that is not taken; ``reason`` says why.

    The reasons are empty, too_big, video and not_image.
    """

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def is_video(data):
    """Tell whether the bytes of a file are those of a film."""
    head = data[:64]
    if head[4:8] == b"ftyp":
        return head[8:12] not in _STILLS
    if head.startswith(_FILMS) or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return True
    return guess_mimetype(data, default="").startswith("video/")


def is_image(data):
    """Tell whether the bytes of a file are those of an image that browsers show."""
    try:
        with Image.open(io.BytesIO(data), formats=IMAGES) as image:
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return False
    except Image.DecompressionBombError:  # larger than any screen
        return False
    return True


def check(data, max_bytes, images_only):
    """Raise Refused unless the bytes of a file may be attached."""
    if not data:
        raise Refused("empty")
    if len(data) > max_bytes:
        raise Refused("too_big")
    if is_video(data):
        raise Refused("video")
    if images_only and not is_image(data):
        raise Refused("not_image")
