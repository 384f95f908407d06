"""Installs the package: `pip install ./python`. The extension module is built by Bazel."""
import pathlib
import shutil
import subprocess

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent.parent


class BazelBuild(build_ext):
    """Takes the module that `bazel build //python:hxtorch` makes."""

    def build_extension(self, ext: Extension) -> None:
        """Builds and copies."""
        subprocess.run(["bazel", "build", "-c", "opt", "//python:hxtorch"], cwd=ROOT, check=True)
        built = ROOT / "bazel-bin/python/hxtorch/_native.so"
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(built, target)


setup(
    name="hxtorch",
    version="0.4.0",
    description="Spiking neural networks on the OpenHX chip and its models, with gradients",
    python_requires=">=3.11",
    install_requires=["torch>=1.13", "numpy>=1.24", "networkx"],
    extras_require={"calibration": ["quantities"], "plot": ["matplotlib"]},
    packages=find_packages(include=["hxtorch", "hxtorch.*"]),
    py_modules=["_hxtorch_core", "_hxtorch_spiking"],
    ext_modules=[Extension("hxtorch._native", sources=[])],
    cmdclass={"build_ext": BazelBuild},
)
