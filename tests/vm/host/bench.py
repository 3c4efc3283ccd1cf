# SPDX-License-Identifier: GPL-2.0
"""Runs a VM for scenarios with "boot: host", and runs the host's part of each scenario,
scenarios/NAME.host.py: actions on a VM from outside, and data that must not be in the
VM's memory.

usage: bench.py DIR QEMU ARGUMENT...

  the VM                                      the host
  eth0 10.99.0.1 52:54:00:00:00:01 ---------- Cable 10.99.0.2 52:54:00:00:00:02
  lib/host_commands.py on the virtio port "host" ----- Guest
  its memory, a file -------------------------search.c
  QEMU's monitor ---------------------------- Monitor
"""

import base64
import ctypes
import importlib.util
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from wgpeer import ipv4, udp  # pylint: disable=wrong-import-position

GUEST, HOST = ("10.99.0.1", bytes.fromhex("525400000001")), ("10.99.0.2", bytes.fromhex("525400000002"))


class Gone(Exception):
    """The VM has ended or does not answer."""


def connect(path, seconds=60):
    end = time.monotonic() + seconds
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock
        except OSError:
            sock.close()
            if time.monotonic() > end:
                raise Gone(f"no listener at {path}") from None
            time.sleep(0.1)


class Monitor:
    """A connection to QEMU's monitor, in QMP."""

    def __init__(self, path):
        self.sock = connect(path)
        self.stream = self.sock.makefile("rw")
        self.stream.readline()
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        json.dump({"execute": command, "arguments": arguments}, self.stream)
        self.stream.write("\n")
        self.stream.flush()
        for line in self.stream:
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise Gone("the monitor has closed")

    def process(self):
        return struct.unpack("3i", self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


class Memory:
    """The VM's memory. The VM is stopped while its memory is searched."""

    def __init__(self, monitor, search):
        self.monitor, self.search = monitor, search
        folder = pathlib.Path(f"/proc/{monitor.process()}/fd")
        self.path = next(str(fd) for fd in folder.iterdir()
                         if os.readlink(fd).startswith("/memfd:memory-backend-memfd"))

    def find(self, secrets):
        """Searches for {name: bytes}. Returns {name: {number of the piece: [places]}}."""
        names = list(secrets)
        self.monitor.do("stop")
        try:
            out = subprocess.run([self.search, self.path], check=True, capture_output=True, text=True,
                                 input="".join(secrets[name].hex() + "\n" for name in names)).stdout
        finally:
            self.monitor.do("cont")
        found = {name: {} for name in names}
        for line in out.splitlines():
            secret, piece, place = map(int, line.split())
            found[names[secret]].setdefault(piece, []).append(place)
        return found

    def read(self, place, size):
        with open(self.path, "rb") as f:
            f.seek(max(place, 0))
            return f.read(size)


class Guest:
    """Sends commands to lib/host_commands.py in the VM."""

    def __init__(self, path):
        self.sock = connect(path)
        self.buffer = b""

    def line(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise Gone(f"no answer from the guest within {seconds} s")
            more = self.sock.recv(65536)
            if not more:
                raise Gone("the guest is gone")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def send_request(self, what, **more):
        self.sock.sendall(json.dumps({"do": what, **more}).encode() + b"\n")

    def ask(self, what, **more):
        self.send_request(what, **more)
        return self.line(300)

    def sh(self, command):
        """Runs a shell command and returns its output. Raises if the command fails."""
        code, out = self.ask("sh", command=command)
        if code:
            raise RuntimeError(f"{command}: exit {code}: {out}")
        return out

    def set(self, payload):
        """Sends a WG_CMD_SET_DEVICE and returns the errno. The payload is masked in transit,
        so that the VM holds its keys only in the message itself, which the guest wipes."""
        mask = os.urandom(len(payload))
        masked = bytes(a ^ b for a, b in zip(payload, mask))
        return self.ask("set", masked=base64.b64encode(masked).decode(),
                        mask=base64.b64encode(mask).decode())

    def tap(self, line):
        self.ask("tap", line=line)

    def skip(self, name, why):
        self.ask("skip", name=name, why=why)

    def point(self, good, name, why=""):
        self.ask("point", good=bool(good), name=name, why=str(why))
        return good


class Cable:
    """UDP/IPv4 at the host's end of the VM's Ethernet cable."""

    def __init__(self, ours, theirs):
        self.sock, self.theirs = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), theirs
        # All UDP payloads that the VM has sent.
        self.heard = []
        self.sock.bind(ours)

    def send(self, message, source=2, destination=1):
        frame = GUEST[1] + HOST[1] + b"\x08\0" + ipv4(HOST[0], GUEST[0], udp(source, destination, message))
        self.sock.sendto(frame, self.theirs)

    def recv(self, seconds=10.0, kind=None):
        """The next datagram (of that type) from the VM's port 1, or None."""
        end = time.monotonic() + seconds
        while True:
            # A datagram in the queue is returned even if the time has passed.
            if not select.select([self.sock], [], [], max(0, end - time.monotonic()))[0]:
                return None
            frame = self.sock.recv(65536)
            if len(frame) < 43 or frame[12:15] != b"\x08\0\x45" or frame[23] != 17:
                continue
            port, _, length = struct.unpack_from(">HHH", frame, 34)
            message = frame[42:34 + length]
            self.heard.append(message)
            if port == 1 and (kind is None or message[:1] == bytes([kind])):
                return message

    def drain(self):
        while self.recv(0) is not None:
            pass


class Bench:
    def __init__(self, logs, arguments):
        self.logs, self.arguments = pathlib.Path(logs), arguments
        self.work = tempfile.mkdtemp(prefix="wireguard-vm.")
        self.search = os.path.join(self.work, "search")
        subprocess.run(["cc", "-O2", "-Wall", "-o", self.search, HERE / "search.c"], check=True)
        self.cable = Cable(self.path("b.sock"), self.path("a.sock"))
        self.process, self.generation = None, str(uuid.uuid4())
        # /dev/vdc, for scenarios that swap: as large as the memory, and empty.
        with open(self.path("swap"), "wb") as swap:
            swap.truncate(int(arguments[arguments.index("-m") + 1]) << 20)

    def path(self, name):
        return os.path.join(self.work, name)

    def start(self, *more, generation=None):
        """Boots, or resumes from what *more names. generation is the ID (vmgenid) that
        distinguishes this VM from others of the same snapshot."""
        arguments = list(self.arguments)
        memory = arguments[arguments.index("-m") + 1]
        arguments[arguments.index("-M") + 1] += ",memory-backend=ram"
        arguments += [
            "-object", f"memory-backend-memfd,id=ram,size={memory}M,share=on",
            "-qmp", f"unix:{self.path('monitor.sock')},server=on,wait=off",
            "-chardev", f"socket,id=host,path={self.path('host.sock')},server=on,wait=off",
            "-device", "virtserialport,chardev=host,name=host",
            "-netdev", f"dgram,id=wire,local.type=unix,local.path={self.path('a.sock')},"
                       f"remote.type=unix,remote.path={self.path('b.sock')}",
            "-device", f"virtio-net-pci,netdev=wire,mac={GUEST[1].hex(':')}",
            "-device", f"vmgenid,guid={generation or self.generation}",
            "-drive", f"file={self.path('swap')},format=raw,if=virtio,cache=unsafe", *more]
        for name in ("monitor.sock", "host.sock", "a.sock"):
            pathlib.Path(self.path(name)).unlink(missing_ok=True)
        parent = ctypes.CDLL(None)
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            preexec_fn=lambda: parent.prctl(1, signal.SIGKILL))
        self.monitor = Monitor(self.path("monitor.sock"))
        self.memory = Memory(self.monitor, self.search)
        self.guest = Guest(self.path("host.sock"))

    def snapshot(self):
        """Saves all of the VM but its disks to a file and ends the VM. The root is read-only
        from then on: later writes to it would be lost, except for what is in the memory."""
        self.guest.sh("mount -o remount,ro /")
        self.monitor.do("stop")
        self.monitor.do("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        self.monitor.do("migrate", uri=f"exec:cat > {self.path('snapshot')}")
        self.wait_for("query-migrate", "completed", ("failed", "cancelled"))
        self.monitor.do("quit")
        self.process.wait(60)

    def restore(self, generation=None):
        """Resumes the snapshot as a new VM. Without generation, the VM keeps the old ID and
        cannot detect that it was restored."""
        self.quit()
        self.start("-incoming", f"exec:cat {self.path('snapshot')}", generation=generation)
        self.wait_for("query-status", "paused", ("internal-error", "guest-panicked"))
        self.monitor.do("cont")

    def hibernate(self, off=lambda: None):
        """The VM writes its image to swap and ends, and a new VM resumes from the image. The
        root is read-only from then on, as with snapshot(). Calls off while no VM runs.
        Returns the exit code and output of the command that began the hibernation."""
        self.guest.sh("mount -o remount,ro / && mkswap /dev/vdc >/dev/null && swapon /dev/vdc && "
                      "echo shutdown >/sys/power/disk && echo 0 >/sys/power/image_size")
        self.guest.send_request("sh", command="echo disk >/sys/power/state")
        try:
            # An answer means that it does not hibernate.
            return self.guest.line(300)
        except (Gone, OSError):
            self.process.wait(60)
        off()
        at = self.arguments.index("-append") + 1
        booted, self.arguments[at] = self.arguments[at], self.arguments[at] + " vmresume=vdc"
        self.start()
        self.arguments[at] = booted
        return self.guest.line(300)

    def wait_for(self, question, state, failures=(), seconds=300):
        end = time.monotonic() + seconds
        while (now := self.monitor.do(question).get("status")) != state:
            if now in failures or time.monotonic() > end:
                raise RuntimeError(f"{question}: {now}, not {state}")
            time.sleep(0.1)

    def quit(self):
        if self.process.poll() is None:
            self.monitor.do("quit")
            self.process.wait(60)

    def play(self):
        """Runs the host's part of each scenario when the guest names it."""
        while True:
            try:
                name = self.guest.line(3600)
            except Gone:
                return
            part = HERE.parent / "scenarios" / f"{name}.host.py"
            spec = importlib.util.spec_from_file_location("part", part)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            try:
                module.play(self)
            except Exception as error:  # pylint: disable=broad-except
                if isinstance(error, Gone):
                    raise
                self.guest.point(False, "the host's part ran to its end", traceback.format_exc(limit=6))
            self.guest.send_request("end")

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        shutil.rmtree(self.work, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(sys.argv[1], sys.argv[2:])
    try:
        bench.start()
        bench.play()
        return bench.process.wait()
    finally:
        bench.end()


sys.exit(main())
