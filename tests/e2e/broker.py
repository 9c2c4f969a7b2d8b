"""The real broker for tests in Python: started on a free port, killed, started again on the same store."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

# Generous: a machine may be busy and a sanitizer slow. No passing test waits for it.
LIMIT_S = 30


class Broker:
    """One tallymqd with a store of its own, and, with `users`, names and their passwords, a password file. `port` is
    another one after each start."""

    def __init__(self, users=None):
        self._folder = tempfile.TemporaryDirectory(prefix="tallymq-test-")
        self._arguments = []
        if users is not None:
            self._arguments = ["--password-file", f"{self._folder.name}/users"]
            for user, password in users.items():
                subprocess.run([os.environ["TALLYCTL"], "passwd", self._arguments[1], user, "--stdin"],
                               input=password + "\n", text=True, check=True, stdout=subprocess.DEVNULL)
        self._log = pathlib.Path(self._folder.name) / "log"
        self._process = None
        self.port = None
        self.start()

    def start(self):
        read_end, write_end = os.pipe()
        command = [os.environ["TALLYMQD"], "--listen", "127.0.0.1:0", "--store", f"{self._folder.name}/store",
                   *self._arguments]
        # `tee` keeps the log, so that the broker never waits for a reader, and passes it on for the port.
        self._process = subprocess.Popen(command, stdout=write_end, stderr=write_end, preexec_fn=_die_with_parent)
        os.close(write_end)
        self._tee = subprocess.Popen(["tee", "-a", str(self._log)], stdin=read_end, stdout=subprocess.PIPE, text=True)
        os.close(read_end)
        for line in self._tee.stdout:
            match = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
            if match:
                self.port = int(match[1])
                return
        raise AssertionError("the broker does not start:\n" + self._log.read_text())

    def kill(self):
        """As a crash: SIGKILL."""
        self._end(signal.SIGKILL)

    def kill_and_start(self):
        self.kill()
        self.start()

    def stop(self):
        """In order; returns the exit code."""
        return self._end(signal.SIGTERM)

    def close(self):
        if self._process is not None:
            self.kill()
        self._folder.cleanup()

    def _end(self, number):
        self._process.send_signal(number)
        code = self._process.wait(LIMIT_S)
        self._process = None
        self._tee.stdout.close()
        self._tee.wait(LIMIT_S)
        return code


def _die_with_parent():
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class BrokerTest(unittest.TestCase):
    """Each test has a broker, which must end in order when the test is over. `users` as for `Broker`."""

    users = None

    def setUp(self):
        self.broker = Broker(self.users)
        self.addCleanup(self.broker.close)

    def tearDown(self):
        self.assertEqual(self.broker.stop(), 0, "exit code of the broker")


def main():
    """Runs the test that the only argument names, Class.test_name, or all without one."""
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
