"""Subprocesses whose output goes to a log and is shown only when they fail."""

import ctypes
import shutil
import signal
import subprocess

from .errors import SetupError
from .paths import LOG

PR_SET_PDEATHSIG = 1

NETWORK_SIGNS = (
    "could not resolve",
    "failed to resolve",
    "temporary failure",
    "name or service not known",
    "network is unreachable",
    "connection refused",
    "connection timed out",
    "could not connect",
    "failed to establish a new connection",
    "newconnectionerror",
    "max retries exceeded",
    "proxyerror",
    "read timed out",
)


class CommandFailed(SetupError):
    """A command of the set-up that ended with an error, with the end of its output."""

    def __init__(self, sentence, output):
        super().__init__(sentence)
        self.output = output

    def looks_offline(self):
        """Tell whether the output speaks of an unreachable network."""
        text = self.output.lower()
        return any(sign in text for sign in NETWORK_SIGNS)


def logged(command, log, sentence, stdin=subprocess.DEVNULL, **options):
    """Run the command with its output in .cache/log; raise the sentence if it fails."""
    LOG.mkdir(parents=True, exist_ok=True)
    path = LOG / log
    with open(path, "wb") as file:
        code = subprocess.call(
            [str(part) for part in command],
            stdin=stdin,
            stdout=file,
            stderr=subprocess.STDOUT,
            **options,
        )
    if code:
        output = path.read_text(errors="replace")
        said = output.strip().splitlines() or ["no reason given"]
        raise CommandFailed(f"{sentence}: {said[-1].rstrip('.')} (see {path}).", output)
    return path


def die_with_parent():
    """Let the kernel stop this child when the command that started it is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def started(command, **options):
    """Start the command, which ends with this process; return it."""
    options.setdefault("preexec_fn", die_with_parent)
    return subprocess.Popen([str(part) for part in command], **options)


def attached(command, **options):
    """Run the command on this terminal and return its exit code.

    Ctrl-C reaches it too: it is given time to end well. When only this process is
    told to stop, the command is told as well.
    """
    process = started(command, **options)
    try:
        return process.wait()
    except KeyboardInterrupt as interrupt:
        if getattr(interrupt, "only_here", False):
            process.send_signal(signal.SIGINT)
        end(process)
        raise


def end(process, seconds=20):
    """Wait for the process, then ask it to stop, then stop it by force."""
    for stop in (process.terminate, process.kill):
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            stop()
    return process.wait()


def tail(path, lines=25):
    """Return the last lines of a log file."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def need_tool(name, sentence):
    """Return the path of a program, or raise the sentence."""
    path = shutil.which(name)
    if not path:
        raise SetupError(sentence)
    return path
