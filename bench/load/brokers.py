"""The brokers that a bench starts: our own, and Debian's Mosquitto, which is unpacked and never installed."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

# What Mosquitto is compared with: all in memory, and no bound that would drop a message.
MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 0
max_queued_messages 0
max_queued_bytes 0
set_tcp_nodelay true
log_type error
log_type warning
user {user}
"""
START_LIMIT_S = 60


class Broker:
    """A broker as a child process that listens on `port` of the loopback interface; killed at the end."""

    def __init__(self, command, **popen):
        # It dies with the bench, however that ends.
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def peak_bytes(self):
        """The highest resident size that it ever had."""
        return self._status_bytes("VmHWM")

    def resident_bytes(self):
        return self._status_bytes("VmRSS")

    def _status_bytes(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


class Tallymqd(Broker):
    """A tallymqd on a free port, with its store in folder `store`."""

    def __init__(self, tallymqd, store, *arguments):
        super().__init__([tallymqd, "--listen", "127.0.0.1:0", "--store", str(store), *arguments],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log = []
        for line in self.process.stdout:
            log.append(line)
            if match := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                self.port = int(match[1])
                # What it says later is read as well: it must not wait for a full pipe.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise RuntimeError("tallymqd did not start:\n" + "".join(log))


class Mosquitto(Broker):
    """A mosquitto as it was unpacked into folder `unpacked`; its configuration is written to `folder`."""

    def __init__(self, unpacked, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        conf = folder / "mosquitto.conf"
        user = "root" if os.geteuid() == 0 else "nobody"  # of no meaning unless it is root
        conf.write_text(MOSQUITTO_CONF.format(port=self.port, user=user), encoding="ascii")
        log = folder / "mosquitto.log"
        with log.open("wb") as out:
            super().__init__([str(mosquitto_program(unpacked)), "-c", str(conf)], env=library_path(unpacked),
                             stdout=out, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_LIMIT_S
        while self.process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        self.__exit__()
        raise RuntimeError("mosquitto did not start:\n" + log.read_text(encoding="utf-8", errors="replace"))


def mosquitto_program(unpacked):
    return unpacked / "usr/sbin/mosquitto"


def library_path(unpacked):
    """The environment in which a program finds what was unpacked with it."""
    folders = [str(folder) for top in ("usr/lib", "lib") for folder in sorted((unpacked / top).glob("*-linux-gnu*"))]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)}


def package_of(library):
    """Debian's package of a shared library, by the rule that names both: libwrap.so.0 is in libwrap0."""
    name, _, version = library.partition(".so.")
    return name.replace("_", "-").lower() + ("-" if name[-1].isdigit() else "") + version


def unpack(package, folder):
    """Downloads Debian's `package` and unpacks it into `folder`; nothing of it is installed or run."""
    if not shutil.which("apt-get"):
        raise RuntimeError(f"Debian's package {package} is needed, and there is no apt-get here")
    packages = folder.with_name(folder.name + "-packages")
    packages.mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "download", "-qq", package]
    got = subprocess.run(command, cwd=packages, capture_output=True, text=True)
    if got.returncode != 0 and os.geteuid() == 0:  # the lists of a fresh machine are empty
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True)
        got = subprocess.run(command, cwd=packages, capture_output=True, text=True)
    found = sorted(packages.glob(f"{package}_*.deb"))
    if not found:
        raise RuntimeError(f"{' '.join(command)}:\n{got.stderr}")
    subprocess.run(["dpkg-deb", "-x", str(found[-1]), str(folder)], check=True)


def fetch_mosquitto(folder):
    """Makes sure that Mosquitto is unpacked in `folder`, with what it needs that this machine does not have.
    Returns its version."""
    if not mosquitto_program(folder).exists():
        unpack("mosquitto", folder)
    tried = set()
    while True:
        linked = subprocess.run(["ldd", str(mosquitto_program(folder))], env=library_path(folder), check=True,
                                capture_output=True, text=True).stdout
        missing = {package_of(library) for library in re.findall(r"(\S+) => not found", linked)}
        if not missing:
            break
        if missing <= tried:
            raise RuntimeError("mosquitto needs " + ", ".join(sorted(missing)))
        for package in missing:
            unpack(package, folder)
        tried |= missing
    said = subprocess.run([str(mosquitto_program(folder)), "-h"], env=library_path(folder), capture_output=True,
                          text=True).stdout
    return re.search(r"version (\S+)", said)[1]
