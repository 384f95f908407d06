"""One connection for all tests of this folder."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture
def hardware():
    """Opens targets: ``hardware()`` one functional model, ``hardware("twin:", 2)`` two."""
    from hxtorch import _connection, _native

    opened = []

    class Connection:
        def __init__(self, uri, count):
            self.uris = [uri] * count
            self.backends = [_native.hardware.Target(u) for u in self.uris]
            self.identifiers = [f"{uri}{i}" for i in range(count)]

    def open_targets(uri="twin:", count=1):
        connection = Connection(uri, count)
        opened.append(connection)
        patch.setattr(_connection, "require", lambda: opened[-1])
        return connection

    patch = pytest.MonkeyPatch()
    yield open_targets
    patch.undo()
