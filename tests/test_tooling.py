"""The set-up fails with one sentence that helps, and cleans up after itself."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from workbench import (
    addons,
    apt_sources,
    demo,
    locks,
    logcheck,
    odoo_source,
    packages,
    postgres,
    run,
    steps,
    system,
    testing,
)
from workbench.errors import SetupError
from workbench.paths import ROOT


def assert_is_one_sentence(error, *words):
    """Assert that the user reads one line that names these words."""
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    for word in words:
        assert word in text


# What may be wrong with the machine


@pytest.mark.parametrize("version", [(3, 9), (3, 14)])
def test_unsupported_python_names_the_supported_ones(version):
    with pytest.raises(SetupError) as error:
        packages.check_python(version)
    assert_is_one_sentence(error, "3.10 to 3.13")


@pytest.mark.parametrize("version", [(3, 10), (3, 11, 2), (3, 13)])
def test_supported_python_passes(version):
    packages.check_python(version)


def test_missing_venv_module_names_the_package():
    with pytest.raises(SetupError) as error:
        packages.check_venv(["no_such_module"])
    assert_is_one_sentence(error, "python3-venv")


def test_full_disk_says_how_much_is_needed():
    with pytest.raises(SetupError) as error:
        steps.check_free_space(10**18)
    assert_is_one_sentence(error, "free some space")


def test_taken_port_names_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError) as error:
            demo.check_port(port)
    assert_is_one_sentence(error, str(port), "--port")


def test_pip_without_network_says_so(tmp_path, monkeypatch):
    offline = "NewConnectionError: Failed to establish a new connection"
    monkeypatch.setattr(run, "LOG", tmp_path)
    monkeypatch.setattr(packages, "PYTHON", fake_program(tmp_path, offline, 1))
    with pytest.raises(SetupError) as error:
        packages.pip_install("anything")
    assert_is_one_sentence(error, "check the network")


def test_missing_programs_are_named_to_a_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError) as error:
        system.install_packages(["chromium"])
    assert_is_one_sentence(error, "apt-get install chromium")


@pytest.mark.parametrize("arguments", [[], ["--story", "no-such-file.toml"]])
def test_commands_print_the_sentence_without_a_traceback(arguments, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = ["--port", str(taken.getsockname()[1])]
        result = subprocess.run(
            [sys.executable, ROOT / "bin" / "demo", *port, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


# Where Odoo comes from


def fake_program(folder, output, code):
    """Write a program that prints something and ends with a code."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def fake_apt(tmp_path, monkeypatch):
    """Return a function that puts an apt-get on PATH whose download fails so."""
    monkeypatch.setattr(odoo_source, "APT", tmp_path / "apt")
    monkeypatch.setattr(run, "LOG", tmp_path / "log")

    def make(output):
        folder = tmp_path / "bin"
        folder.mkdir()
        path = folder / "apt-get"
        path.write_text(f"""#!/bin/sh
test "$1" = update && exit 0
cat <<'END'
{output}
END
exit 100
""")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return make


def test_odoo_gone_from_the_mirror_leads_to_odoo_path(fake_apt):
    fake_apt("E: Unable to locate package odoo-19")
    with pytest.raises(SetupError) as error:
        odoo_source.download(apt_sources.Source("http://mirror.example/debian"))
    assert_is_one_sentence(error, "no package odoo-19 any more", "ODOO_PATH", "docker/")


def test_unreachable_mirror_speaks_of_the_network(fake_apt):
    fake_apt("E: Failed to fetch http://mirror.example/debian: Connection refused")
    with pytest.raises(SetupError) as error:
        odoo_source.download(apt_sources.Source("http://mirror.example/debian"))
    assert_is_one_sentence(error, "check the network", "ODOO_PATH")


def test_no_apt_leads_to_odoo_path(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SetupError) as error:
        odoo_source.unpack()
    assert_is_one_sentence(error, "apt-get", "ODOO_PATH", "docker/")


def test_odoo_path_without_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_PATH", str(tmp_path))
    with pytest.raises(SetupError) as error:
        odoo_source.install()
    assert_is_one_sentence(error, "holds no Odoo")


def test_odoo_path_of_another_series_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    with pytest.raises(SetupError) as error:
        odoo_source.OdooSource(tmp_path)
    assert_is_one_sentence(error, "18.0", "19.0")


@pytest.mark.parametrize("inside", ["odoo/addons", "addons"])
def test_odoo_path_may_be_a_checkout_or_an_installed_package(tmp_path, inside):
    (tmp_path / "odoo").mkdir()
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    web = tmp_path / inside / "web"
    web.mkdir(parents=True)
    (web / "__manifest__.py").write_text("{}")
    for path in (tmp_path, tmp_path / "odoo"):
        source = odoo_source.OdooSource(path)
        assert source.path == tmp_path
        assert source.addons_path == tmp_path / inside


DEB822 = """\
Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
INLINE_KEY = """\
Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb
URIs: http://on.example/debian
Suites: trixie
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""
ONE_LINE = """\
# deb http://old.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/other.gpg] http://other.example/apt other main
deb-src http://mirror.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/some/key.gpg] http://mirror.example/debian bookworm main
"""


def test_deb822_sources_are_read():
    found = list(apt_sources.parse_deb822(DEB822))
    assert [source.uri for source in found] == ["http://mirror.example/debian"]
    assert found[0].signed_by == "/usr/share/keyrings/some.gpg"


def test_deb822_sources_switched_off_are_passed_over_and_inline_keys_kept():
    (found,) = apt_sources.parse_deb822(INLINE_KEY)
    assert found.uri == "http://on.example/debian"
    assert " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc" in found.stanza("sid")
    assert next(apt_sources.parse_deb822(found.stanza("sid"))) == found


def test_one_line_sources_are_read():
    (found,) = apt_sources.parse_one_line(ONE_LINE)
    assert found == apt_sources.Source("http://mirror.example/debian", "/some/key.gpg")


def test_the_mirror_is_found_in_either_format(tmp_path):
    assert apt_sources.find_mirror(tmp_path) is None
    (tmp_path / "sources.list").write_text(ONE_LINE)
    assert apt_sources.find_mirror(tmp_path).signed_by == "/some/key.gpg"
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert apt_sources.find_mirror(tmp_path).signed_by == "/usr/share/keyrings/some.gpg"


# Steps and locks


@pytest.fixture
def step(tmp_path, monkeypatch):
    """Return a function that makes a step with a key."""
    monkeypatch.setattr(steps, "CACHE", tmp_path)
    return lambda key: steps.Step("name", "Title", key)


def test_a_step_runs_once_for_each_key(step):
    calls = []
    assert step("1").run(lambda: calls.append(1))
    assert not step("1").run(lambda: calls.append(2))
    assert step("2").run(lambda: calls.append(3))
    assert calls == [1, 3]


def test_a_step_cut_short_runs_again(step):
    def fail():
        raise KeyboardInterrupt

    step("1").run(lambda: None)
    with pytest.raises(KeyboardInterrupt):
        step("2").run(fail)
    assert not step("1").is_done()
    assert not step("2").is_done()


def test_the_last_holder_of_a_shared_lock_is_alone(tmp_path):
    with locks.SharedLock(tmp_path / "lock") as first:
        with locks.SharedLock(tmp_path / "lock"), first.alone() as alone:
            assert not alone
        with first.alone() as alone:
            assert alone


class CountedServer(postgres.OwnServer):
    """A server that only counts its starts and stops."""

    running = False
    log = ()

    def check_binaries(self):
        pass

    def is_running(self):
        return CountedServer.running

    def start(self):
        CountedServer.running = True
        CountedServer.log += ("start",)

    def stop(self):
        CountedServer.running = False
        CountedServer.log += ("stop",)


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """Return a function that enters a counted server as one more command would."""
    monkeypatch.setattr(postgres, "FOLDER", tmp_path)
    monkeypatch.setattr(CountedServer, "running", False)
    monkeypatch.setattr(CountedServer, "log", ())

    def enter():
        users = locks.SharedLock(tmp_path / "users.lock").__enter__()
        server = CountedServer(users).__enter__()

        def leave():
            server.__exit__()
            users.__exit__()

        return leave

    return enter


def test_postgres_is_stopped_by_the_last_command_that_uses_it(counted):
    leave_first = counted()
    leave_second = counted()
    leave_first()
    assert CountedServer.log == ("start",)
    leave_second()
    assert CountedServer.log == ("start", "stop")


def test_a_server_left_running_is_used_and_then_stopped(counted):
    CountedServer.running = True  # by a command that was killed
    counted()()
    assert CountedServer.log == ("stop",)


def test_a_long_path_gets_a_short_socket_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "FOLDER", tmp_path / ("x" * 100))
    assert len(str(postgres.socket_folder())) < postgres.SOCKET_PATH_LIMIT


def test_a_command_told_to_stop_ends_its_child_well(tmp_path):
    script = f"""
import sys
sys.path.insert(0, {str(ROOT / "bin")!r})
from workbench import commands, run
child = "import time, sys\\ntry:\\n print('up', flush=True)\\n time.sleep(60)\\n"
child += "except KeyboardInterrupt:\\n print('ended well', flush=True)"
commands.run(lambda arguments: run.attached([sys.executable, "-c", child]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "ended well\n"
    assert process.returncode == 130


def test_being_told_twice_to_stop_still_cleans_up():
    script = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "bin")!r})
from workbench import commands
def main(arguments):
    try:
        print("up", flush=True)
        time.sleep(60)
    finally:
        print("cleaning", flush=True)
        time.sleep(1)
        print("clean", flush=True)
commands.run(main)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "clean\n"
    assert process.returncode == 130


# Addons, logs and the choice of tests


def test_only_files_that_an_installation_reads_change_the_hash(tmp_path):
    path = tmp_path / "some_addon"
    for name in ("tests/test_a.py", "readme/USAGE.md", "models/a.py", "i18n/es.po"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("1")
    addon = addons.Addon(path, {})
    before = addon.key()
    (path / "tests/test_a.py").write_text("2")
    (path / "readme/USAGE.md").write_text("2")
    assert addon.key() == before
    (path / "models/a.py").write_text("2")
    assert addon.key() != before


def test_only_warnings_that_name_our_addons_count():
    lines = """\
2026-01-01 10:00:00,000 7 INFO db odoo.addons.some_addon.models: fine
2026-01-01 10:00:00,000 7 WARNING db odoo.addons.other.models: not ours
2026-01-01 10:00:00,000 7 WARNING db odoo.addons.some_addon_glue: another one
2026-01-01 10:00:00,000 7 WARNING db odoo.addons.some_addon.models: ours
2026-01-01 10:00:00,000 7 ERROR db odoo.sql_db: bad query
Traceback (most recent call last):
  File "addons/some_addon/models/a.py", line 1, in <module>
2026-01-01 10:00:00,000 7 WARNING db py.warnings: other.py:1: UserWarning: old
  File "addons/some_addon/tests/test_a.py", line 1, in <module>
    other.call()
  File "other.py", line 1, in <module>
2026-01-01 10:00:00,000 7 INFO db odoo.modules: done
""".splitlines(keepends=True)
    found = logcheck.complaints(lines, {"some_addon"})
    assert len(found) == 2
    assert "ours" in found[0]
    assert "a.py" in found[1]


def test_each_folder_is_a_run_and_glue_has_its_own_database(monkeypatch, tmp_path):
    addons, tests = tmp_path / "addons", tmp_path / "tests"
    monkeypatch.setattr(testing, "ADDONS", addons)
    monkeypatch.setattr(testing, "TESTS", tests)
    glue, small = addons / "glue" / "tests", addons / "small" / "tests"
    for folder, size in [(glue, 10), (small, 20), (tests, 30)]:
        folder.mkdir(parents=True)
        (folder / "test_a.py").write_text("#" * size)
    monkeypatch.chdir(tmp_path)
    plan = testing.plan
    assert list(plan(["-q"], ["glue"])) == [
        (False, ["-q", str(tests)]),
        (False, ["-q", str(small)]),
        (True, ["-q", str(glue)]),
    ]
    assert list(plan(["addons/glue/tests", "-k", "glue"], ["glue"])) == [
        (True, ["-k", "glue", str(glue)])
    ]
    runs = plan(["addons/glue/tests/test_a.py::a", "tests", "-x"], ["glue"])
    assert [(on_joined, testing.to_name(own)) for on_joined, own in runs] == [
        (False, "tests"),
        (True, "glue"),
    ]


def test_runs_side_by_side_say_all_and_fail_together(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(testing, "LOG", tmp_path)
    monkeypatch.setattr(testing, "ADDONS", tmp_path)
    code = {"a": 0, "b": 3, "c": 0}

    def to_command(name, _own):
        script = f"print('said by {name}'); raise SystemExit({code[name]})"
        return [sys.executable, "-c", script]

    monkeypatch.setattr(testing, "to_command", to_command)
    runs = [(name, [str(tmp_path / name / "tests")]) for name in code]
    assert sorted(testing.run_all(runs, dict(os.environ), [])) == [0, 0, 3]
    said = capsys.readouterr().out
    assert "Tests of b: FAILED" in said
    for name in code:
        assert f"said by {name}" in said
        assert (tmp_path / f"test-{name}.out").exists()


def test_a_failure_in_either_run_fails_the_whole():
    assert testing.worst([0, 0]) == 0
    assert testing.worst([0, testing.NO_TESTS]) == 0
    assert testing.worst([testing.NO_TESTS]) == testing.NO_TESTS
    assert testing.worst([0, 1]) == 1
    assert testing.worst([2, 0]) == 2
