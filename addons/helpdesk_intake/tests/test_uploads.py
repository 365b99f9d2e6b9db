"""Files are judged by what is in them, never by their name (R-A10)."""

from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_intake.uploads import Refused, check, is_image, is_video

from .common_intake import film, picture

#: How films of other kinds begin.
FILMS = {
    "matroska": b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23\x42\x86",
    "avi": b"RIFF\x24\x10\x00\x00AVI LIST",
    "flash": b"FLV\x01\x05\x00\x00\x00\x09",
    "windows": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "mpeg": b"\x00\x00\x01\xba\x44\x00\x04\x00",
    "quicktime": b"\x00\x00\x00\x14ftypqt  \x20\x05\x03\x00qt  ",
}


@tagged("post_install", "-at_install")
class TestUploads(BaseCase):
    def refusal(self, data, images_only=True, max_bytes=10**6):
        with self.assertRaises(Refused) as refused:
            check(data, max_bytes, images_only)
        return refused.exception.reason

    def test_images_are_taken(self):
        for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
            self.assertTrue(is_image(picture(kind=kind)), kind)
            self.assertFalse(is_video(picture(kind=kind)), kind)
            check(picture(kind=kind), 10**6, images_only=True)

    def test_films_are_refused(self):
        """R-A10: videos are refused, whatever their name; also among other files."""
        self.assertEqual(self.refusal(film()), "video")
        self.assertEqual(self.refusal(film(), images_only=False), "video")
        for kind, head in FILMS.items():
            self.assertEqual(self.refusal(head + bytes(2048)), "video", kind)

    def test_pictures_of_telephones_are_no_films(self):
        """HEIC is not shown by browsers: it is no video, and no image for us."""
        heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)
        self.assertEqual(self.refusal(heic), "not_image")

    def test_not_an_image(self):
        for data in (b"%PDF-1.4", b"Hello", b"<svg></svg>", picture()[:30]):
            self.assertEqual(self.refusal(data), "not_image")
            check(data, 10**6, images_only=False)

    def test_limits(self):
        """A file as large as the limit is taken, one byte more is not."""
        data = picture()
        check(data, len(data), images_only=True)
        self.assertEqual(self.refusal(data, max_bytes=len(data) - 1), "too_big")
        self.assertEqual(self.refusal(b""), "empty")
