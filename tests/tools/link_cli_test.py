"""hx serve, list, lease, link and capture as a user calls them; the host of the served board is written here, from the document of the protocol."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

PROGRAM = os.environ["HX_PROGRAM"]
UT, FLUSH, LOOPBACK, CFG = 0x0010, 0x8000, 0x8001, 0x8002
TICK, HALT = 0x0A00000000000001, 0x0A00000000000000


@pytest.fixture(name="environment")
def _environment(tmp_path) -> dict:
    return {"PATH": os.environ["PATH"], "HX_RUNTIME_DIR": str(tmp_path / "runtime")}


def hx(environment: dict, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=120, env=environment)


class Served:
    """hx serve on free ports."""

    def __init__(self, environment: dict, *arguments: str, boards: int = 1) -> None:
        addresses = [option for _ in range(boards) for option in ("--udp", "127.0.0.1:0")]
        self.process = subprocess.Popen([PROGRAM, "serve", *addresses, *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        lines = [self.process.stdout.readline().strip() for _ in range(boards)]
        assert all(line.startswith("serving udp:127.0.0.1:") for line in lines), lines
        self.ports = [int(line.rsplit(":", 1)[1]) for line in lines]

    def stop(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, log
        return log


class Host:
    """One frame at a time, each acknowledged before the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.port, self.next, self.expect = port, 0, 0
        self.acknowledged = 255
        self.socket.sendto(b"\xab" * 4, ("127.0.0.1", 45054 if port == 1234 else port + 1))
        cfg = self.frame(CFG)
        assert cfg[:3] == [256, 128, 180]
        text = struct.pack(">%dQ" % (len(cfg) - 4), *cfg[4:])
        assert len(cfg) - 4 == cfg[3] and text.endswith(b"\0")
        self.information = text.rstrip(b"\0").decode()
        self.send(LOOPBACK, [0x1234567])
        assert self.frame(LOOPBACK) == [0x1234567]

    def send(self, kind: int, words: list) -> None:
        header = struct.pack(">IIHH", (self.expect + 255) % 256, self.next % 256, kind, len(words))
        self.socket.sendto(header + struct.pack(">%dQ" % len(words), *words), ("127.0.0.1", self.port))
        self.next += 1

    def frame(self, kind: int) -> list:
        """The next frame in order."""
        while True:
            data, source = self.socket.recvfrom(2000)
            assert source == ("127.0.0.1", self.port)
            self.acknowledged = struct.unpack(">I", data[:4])[0]
            if len(data) == 4:
                continue
            _, seq, found, length = struct.unpack(">IIHH", data[:12])
            assert len(data) == 12 + 8 * length
            if seq != self.expect % 256:
                continue
            assert found == kind
            self.expect += 1
            self.socket.sendto(struct.pack(">I", (self.expect + 255) % 256), ("127.0.0.1", self.port))
            return list(struct.unpack(">%dQ" % length, data[12:]))

    def close(self) -> None:
        self.send(FLUSH, [0])
        while self.acknowledged != (self.next + 255) % 256:
            self.acknowledged = struct.unpack(">I", self.socket.recv(2000)[:4])[0]
        self.socket.close()


def test_a_served_board_answers_a_host(environment: dict, tmp_path) -> None:
    capture = str(tmp_path / "served.pcapng")
    served = Served(environment, "--target", "twin:", "--capture", capture)
    host = Host(served.ports[0])
    assert "version: 1\n" in host.information and "compatible_until: 2\n" in host.information
    host.send(UT, [TICK, HALT])
    answers = []
    while len(answers) < 2:
        answers += host.frame(UT)
    assert answers == [0x0200000000000001, 0x0200000000000000]
    host.close()
    log = served.stop()
    assert "session 1 from 127.0.0.1" in log and "closed by 127.0.0.1" in log
    shown = hx(environment, "capture", "show", capture)
    assert shown.returncode == 0, shown.stderr
    assert "> SystemLoopback tag=1\n" in shown.stdout and "< Loopback tag=0\n" in shown.stdout
    replayed = hx(environment, "capture", "replay", capture, "--target", "twin:")
    assert replayed.returncode == 0, replayed.stderr
    assert hx(environment, "run", "nothing.yaml", "--target", "replay:" + capture).returncode == 2
    assert hx(environment, "capture", "diff", capture, capture).returncode == 0


def test_boards_are_listed_and_tell_their_statistics(environment: dict) -> None:
    served = Served(environment, "--target", "twin:", boards=2)
    listed = hx(environment, "list")
    for port in served.ports:
        assert f"udp:127.0.0.1:{port}  served by process {served.process.pid}, target twin:, free" in listed.stdout
    host = Host(served.ports[1])
    until = time.time() + 60
    status: dict = {}
    while status.get("sessions") != 1 and time.time() < until:
        status = json.loads(hx(environment, "link", "stats", f"127.0.0.1:{served.ports[1]}").stdout)
    assert status["sessions"] == 1 and status["window"]["frames_received"] >= 1
    assert f"in use by 127.0.0.1:{host.socket.getsockname()[1]}" in hx(environment, "list").stdout
    served.stop(signal.SIGINT)
    assert hx(environment, "list").stdout == ""
    assert hx(environment, "link", "stats", "127.0.0.1:1234").returncode == 2
    configured = hx(environment | {"SLURM_FPGA_IPS": "192.168.5.1,192.168.5.2"}, "list").stdout
    assert configured.splitlines()[1] == "udp:192.168.5.2  configured in SLURM_FPGA_IPS"


@pytest.mark.parametrize("arguments", [["--udp", "nowhere"], ["--udp", "127.0.0.1:x"], ["--fault", "drop:2"], ["--target", "nothing:"],
                                       ["--target", "twin:", "--target", "zero:"], ["--capture", "/is/not/there"]])
def test_what_cannot_be_served_is_refused(environment: dict, arguments: list) -> None:
    done = hx(environment, "serve", *arguments)
    assert done.returncode in (1, 2) and done.stderr.startswith("hx: "), done


def test_a_lease_keeps_others_out_until_it_ends(environment: dict) -> None:
    token = hx(environment, "lease", "take", "127.0.0.1", "--holder", "first", "--for", "600").stdout.strip()
    refused = hx(environment, "lease", "take", "127.0.0.1:1234", "--holder", "second")
    assert refused.returncode == 4 and "leased to first" in refused.stderr
    assert hx(environment, "lease", "take", "127.0.0.1:1235").returncode == 0
    assert "127.0.0.1_1234 until " in hx(environment, "lease", "show").stdout
    assert hx(environment, "lease", "renew", "127.0.0.1", token, "--for", "60").returncode == 0
    assert hx(environment, "lease", "release", "127.0.0.1", "wrong").returncode == 2
    assert hx(environment, "lease", "release", "127.0.0.1", token).returncode == 0
    assert hx(environment, "lease", "release", "127.0.0.1", token).returncode == 2
    assert hx(environment, "lease", "take", "127.0.0.1").returncode == 0


def test_a_lease_ends_by_itself(environment: dict) -> None:
    assert hx(environment, "lease", "take", "10.0.0.1", "--for", "1").returncode == 0
    assert hx(environment, "lease", "take", "10.0.0.1", "--wait", "60").returncode == 0


def test_a_command_runs_with_a_lease_that_dies_with_it(environment: dict) -> None:
    command = [PROGRAM, "lease", "run", "10.0.0.2", "--", sys.executable, "-c"]
    done = subprocess.run(command + ["import sys; sys.exit(7)"], env=environment, check=False, timeout=60)
    assert done.returncode == 7
    assert hx(environment, "lease", "show").stdout == ""
    with subprocess.Popen(command + ["print('up', flush=True); input()"], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout.readline() == "up\n"
        assert hx(environment, "lease", "take", "10.0.0.2").returncode == 4
        held.kill()
    assert hx(environment, "lease", "take", "10.0.0.2").returncode == 0


def test_bench_and_soak(environment: dict) -> None:
    bench = hx(environment, "link", "bench", "--target", "twin:", "--words", "10000")
    assert bench.returncode == 0 and "round trip of a halt" in bench.stdout and "10000 ticks" in bench.stdout, bench
    soak = hx(environment, "link", "soak", "--target", "twin:", "--words", "100000")
    assert soak.returncode == 0 and "every answer once and in order" in soak.stdout, soak
