"""The recipe of docs/slurm.md on this computer: slurmctld, slurmd and munged of Debian, two served boards, jobs that get one each.

Needs root and the packages slurmctld, slurmd, slurm-client and munge; skipped elsewhere."""
import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest

os.environ["PATH"] += ":/usr/sbin:/sbin"
PROGRAM = os.path.abspath(os.environ["HX_PROGRAM"])
PROLOG = os.path.abspath(os.environ["HX_TASK_PROLOG"])
NEEDED = ("slurmctld", "slurmd", "munged", "srun", "scontrol")

pytestmark = pytest.mark.skipif(os.getuid() != 0 or any(shutil.which(name) is None for name in NEEDED), reason="needs root and Slurm")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(name="cluster")
def _cluster(tmp_path_factory):
    """Environment for Slurm's commands and the boards' addresses; all processes end with it."""
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(folder, 0o755)
    for parent in list(folder.parents)[:3]:
        if str(parent).startswith("/tmp/"):
            os.chmod(parent, 0o755)
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "HX_RUNTIME_DIR": str(folder / "runtime")}
    processes = []

    def start(*command: str, **options) -> subprocess.Popen:
        log = open(folder / (os.path.basename(command[0]) + ".log"), "w", encoding="utf-8")
        processes.append(subprocess.Popen(command, stderr=log, env=environment, **({"stdout": log} | options)))
        return processes[-1]

    served = start(PROGRAM, "serve", "--udp", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--target", "twin:", stdout=subprocess.PIPE, text=True)
    boards = [served.stdout.readline().strip().removeprefix("serving udp:") for _ in range(2)]
    (folder / "boards").write_text("\n".join(boards) + "\n")
    prolog = folder / "prolog.sh"
    prolog.write_text(f"#!/bin/sh\nexport HX_BOARD_LIST={folder}/boards SLURM_CONF={folder}/slurm.conf PATH=/usr/sbin:/usr/bin:/bin\n"
                      f"exec {PROLOG}\n")
    prolog.chmod(0o755)
    munge = folder / "munge"
    munge.mkdir()
    (munge / "key").write_bytes(os.urandom(128))
    (munge / "key").chmod(0o400)
    user = pwd.getpwnam("munge")
    for path in (munge, munge / "key"):
        os.chown(path, user.pw_uid, user.pw_gid)
    os.chmod(munge, 0o755)
    start("munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
          f"--log-file={munge}/log", f"--seed-file={munge}/seed", user="munge", group="munge")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host = socket.gethostname()
    for k in range(2):
        (folder / f"fpga{k}").touch()
    (folder / "gres.conf").write_text(f"Name=fpga File={folder}/fpga[0-1]\n")
    (folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthInfo=socket={munge}/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
TaskProlog={prolog}
GresTypes=fpga
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} Gres=fpga:2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
    start("slurmctld", "-D")
    start("slurmd", "-D")
    until = time.time() + 60
    while time.time() < until:
        state = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, env=environment, check=False).stdout
        if "idle" in state:
            break
        time.sleep(0.5)
    else:
        pytest.fail("no node came up:\n" + "\n".join((folder / f"{name}.log").read_text()[-2000:] for name in ("slurmctld", "slurmd", "munged")))
    yield environment, boards
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        process.wait(timeout=30)


def srun(environment: dict, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["srun", "-I30", *arguments], capture_output=True, text=True, env=environment, check=False, timeout=120)


def test_jobs_get_the_boards_that_slurm_gives_them(cluster) -> None:
    environment, boards = cluster
    one = srun(environment, "--gres=fpga:1", "printenv", "SLURM_FPGA_IPS")
    assert one.stdout.strip() in boards, one
    both = srun(environment, "--gres=fpga:2", "printenv", "SLURM_FPGA_IPS")
    assert sorted(both.stdout.strip().split(",")) == sorted(boards), both
    listed = srun(environment, "--gres=fpga:1", PROGRAM, "list")
    assert "configured in SLURM_FPGA_IPS" in listed.stdout, listed
    none = srun(environment, "printenv", "SLURM_FPGA_IPS")
    assert none.returncode != 0 and none.stdout == "", none
    many = srun(environment, "--gres=fpga:3", "true")
    assert many.returncode != 0, many


def test_two_jobs_at_once_get_different_boards(cluster) -> None:
    environment, boards = cluster
    command = ["srun", "--gres=fpga:1", "--overlap", "sh", "-c", 'echo "$SLURM_FPGA_IPS"; sleep 3']
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    found = [job.communicate(timeout=120)[0].strip() for job in jobs]
    assert sorted(found) == sorted(boards)
