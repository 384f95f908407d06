"""The Wireshark dissector on the recordings and on captures of hx, through tshark. Skipped where there is no tshark."""
import glob
import gzip
import json
import os
import shutil
import struct
import subprocess

import pytest

DISSECTOR = os.environ["HX_DISSECTOR"]
RECORDINGS = os.environ["HX_RECORDINGS"].split()
PROGRAM = os.environ["HX_PROGRAM"]
EXPERIMENT = os.environ["HX_EXPERIMENT"]
HOST, BOARD = "10.0.0.1", "10.0.0.2"

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def to_pcapng(frames: list, path: str) -> None:
    """A recording as pcapng with packets that begin with the IP header; written here, apart from the code under test."""
    with open(path, "wb") as out:
        out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        out.write(block(1, struct.pack("<HHI", 228, 0, 0)))
        for frame in frames:
            payload = bytes.fromhex(frame["udp_payload"])
            ends = (HOST, BOARD) if frame["direction"] == "host_to_fpga" else (BOARD, HOST)
            udp = struct.pack(">HHHH", frame["src_port"], frame["dst_port"], 8 + len(payload), 0) + payload
            packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0)
            packet += address(ends[0]) + address(ends[1]) + udp
            time = int(frame["t_us"])
            out.write(block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(packet), len(packet))
                            + packet))


def tshark(path: str, *arguments: str) -> str:
    done = subprocess.run(["tshark", "-r", path, "-X", "lua_script:" + DISSECTOR, *arguments],
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Lua" not in done.stderr and "lua" not in done.stderr, done.stderr
    return done.stdout


def fields(path: str, *names: str) -> list:
    """Rows of columns, an empty text where a packet has none."""
    columns = [option for name in names for option in ("-e", name)]
    return [line.split("\t") for line in tshark(path, "-T", "fields", *columns).splitlines()]


def recordings() -> list:
    return sorted(RECORDINGS)


def load(path: str) -> list:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)["frames"]


@pytest.mark.parametrize("path", recordings(), ids=os.path.basename)
def test_frames_of_the_recordings(path: str, tmp_path) -> None:
    frames = load(path)
    capture = str(tmp_path / "recording.pcapng")
    to_pcapng(frames, capture)
    rows = fields(capture, "hxarq.kind", "hxarq.ack", "hxarq.seq", "hxarq.len", "hxarq.repeated")
    assert len(rows) == len(frames)
    for number, (frame, row) in enumerate(zip(frames, rows)):
        kind = {"reset": "RESET", "ack_only": "ACK", "ack": "ACK"}.get(frame["kind"], frame.get("ptype_name"))
        assert row[0] == kind, (number, frame)
        if frame["kind"] != "reset":
            assert row[1] == str(frame["ack"]), (number, frame)
        if frame["kind"] == "data":
            assert row[2:4] == [str(frame["seq"]), str(frame["len_words"])], (number, frame)
            assert (row[4] == "1") == frame["repeat"], (number, frame)


def test_retransmissions_point_at_the_first_frame(tmp_path) -> None:
    path = next(p for p in RECORDINGS if "retransmit_host" in p)
    frames = load(path)
    capture = str(tmp_path / "recording.pcapng")
    to_pcapng(frames, capture)
    rows = fields(capture, "hxarq.retransmission")
    marked = [(number, int(row[0])) for number, row in enumerate(rows) if row[0]]
    assert marked
    for number, first in marked:
        assert frames[first - 1]["udp_payload"][8:] == frames[number]["udp_payload"][8:]


def test_damaged_datagrams_are_named(tmp_path) -> None:
    frame = {"t_us": 0, "direction": "host_to_fpga", "src_port": 40000, "dst_port": 1234}
    capture = str(tmp_path / "damaged.pcapng")
    bad = ["00", "0000000000", "000000ff0000000000100002" + "00" * 8, "000000ff00000000001000000000"]
    to_pcapng([frame | {"udp_payload": text} for text in bad], capture)
    rows = fields(capture, "_ws.expert.message")
    assert all("Length does not match" in row[0] for row in rows), rows


def test_registers_and_pairs_of_a_run(tmp_path) -> None:
    capture = str(tmp_path / "run.pcapng")
    done = subprocess.run([PROGRAM, "run", EXPERIMENT, "--target", "twin:?capture=" + capture],
                          capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    text = tshark(capture, "-2", "-V")
    assert "Unknown header code" not in text
    assert "Answer without a request" not in text
    assert "OmnibusData write NeuronConfig (hemisphere 0, side 0, column 0)" in text
    assert "enable_fire = " in text
    assert "SystemLoopback tag=halt" in text
    assert "Answer in: " in text and "Request in: " in text
