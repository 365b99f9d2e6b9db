"""Named steps that are done once, shown while they run and resumed when cut short."""

import contextlib
import os
import shutil
import time

from . import locks
from .errors import SetupError
from .paths import CACHE, ROOT

FREE_BYTES = 3 * 1024**3


def say(text):
    """Print one line at once."""
    print(text, flush=True)


@contextlib.contextmanager
def shown(title):
    """Print the title, and the seconds that the body took when it ends."""
    started = time.monotonic()
    print(f"{title} ... ", end="", flush=True)
    try:
        yield
    except BaseException as error:
        say("stopped" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    say(f"{time.monotonic() - started:.0f} s")


class Step:
    """A part of the set-up whose result stays valid while its key is the same."""

    def __init__(self, name, title, key):
        self.title = title
        self.key = key
        self.stamp = CACHE / "stamps" / name

    def is_done(self):
        """Tell whether the step ended once with this key."""
        return self.stamp.is_file() and self.stamp.read_text() == self.key

    def run(self, action):
        """Call the action unless the step is done; stamp it only when it ended."""
        if self.is_done():
            return False
        self.stamp.unlink(missing_ok=True)
        check_free_space()
        with shown(self.title):
            action()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.key)
        return True


def check_free_space(needed=FREE_BYTES):
    """Raise unless the disk of the repository has the bytes that a set-up takes."""
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise SetupError(
            f"The disk of {ROOT} has {free / 1024**3:.1f} GB left and the set-up needs"
            f" {needed / 1024**3:.0f} GB: free some space and run this again."
        )


def make_cache():
    """Create the cache folder, or say why it cannot be written."""
    try:
        CACHE.mkdir(exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{CACHE} cannot be created ({error.strerror}): give this user the right to"
            " write there."
        ) from error
    if not os.access(CACHE, os.W_OK) or CACHE.stat().st_uid != os.geteuid():
        raise SetupError(
            f"{CACHE} belongs to another user: remove it or run this as that user."
        )


@contextlib.contextmanager
def only_one():
    """Let one set-up of this repository run at a time; the others wait."""
    make_cache()
    waiting = "Waiting for another set-up of this folder to end."
    with locks.exclusive(CACHE / "setup.lock", lambda: say(waiting)):
        yield
