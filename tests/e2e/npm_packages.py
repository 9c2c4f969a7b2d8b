"""What the tests take from npm: the packages of npm/package-lock.json, installed into the build folder once."""

import fcntl
import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "npm"
FOLDER = SOURCE.parents[2] / "build" / "npm"


def install():
    """Returns the folder that Node finds the packages in. Tests that want it at the same time wait for one of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
        installed = FOLDER / "installed.json"
        if not installed.is_file() or installed.read_text(encoding="utf-8") != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCE / name, FOLDER / name)
            run = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=FOLDER,
                                 capture_output=True, text=True, check=False)
            if run.returncode != 0:
                raise AssertionError(f"npm ci fails:\n{run.stdout}{run.stderr}")
            installed.write_text(wanted, encoding="utf-8")
    return FOLDER / "node_modules"


def run_node(script, *arguments, timeout):
    """Runs a script of this folder, which can require the packages."""
    environment = {**os.environ, "NODE_PATH": str(install())}
    return subprocess.run(["node", str(SOURCE.parent / script), *arguments], env=environment, capture_output=True,
                          text=True, timeout=timeout, check=False)
