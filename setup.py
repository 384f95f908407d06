"""``pip install .``: the package of ``python/`` with its extension module, which Bazel builds.

The packages of ``tools/setup/packages.txt`` have to be there (``./hx setup``). Without access to a package
index: ``pip install --no-build-isolation --no-deps .``
"""
import pathlib
import shutil
import subprocess

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent


class BuildWithBazel(build_ext):
    """Builds ``hxtorch/_native.so`` and puts it where setuptools wants the extension."""

    def build_extension(self, ext: Extension) -> None:
        """Build and copy one extension; there is only one."""
        subprocess.run(["bazel", "build", "//python:hxtorch"], cwd=ROOT, check=True)
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        built = ROOT / "bazel-bin" / "python" / "hxtorch" / "_native.so"
        target.unlink(missing_ok=True)
        shutil.copyfile(built, target)


setup(
    package_dir={"": "python"},
    packages=find_packages("python", include=["hxtorch", "hxtorch.*"]),
    py_modules=sorted(path.stem for path in (ROOT / "python").glob("_hxtorch_*.py")),
    ext_modules=[Extension("hxtorch._native", sources=[])],
    cmdclass={"build_ext": BuildWithBazel},
)
