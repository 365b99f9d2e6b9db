"""File locks that end with the process that holds them."""

import contextlib
import fcntl


class SharedLock:
    """A lock that many hold at once; the last holder can find out that it is alone."""

    def __init__(self, path):
        self.path = path
        self.file = None

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_SH)
        return self

    def __exit__(self, *_error):
        self.file.close()
        return False

    @contextlib.contextmanager
    def alone(self):
        """Give whether nobody else holds the lock; if so, nobody can take it now."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            alone = False
        try:
            yield alone
        finally:
            fcntl.flock(self.file, fcntl.LOCK_SH)


@contextlib.contextmanager
def exclusive(path, when_waiting=lambda: None):
    """Hold a lock alone; call `when_waiting` first if somebody else has it."""
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            when_waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
