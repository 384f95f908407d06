"""The code of the tutorial, block after block."""
import pathlib
import re

import hxtorch


def test_all_code_of_the_tutorial(monkeypatch, capsys):
    monkeypatch.setenv("HX_TARGET", "twin:")
    page = pathlib.Path(__file__).resolve().parents[3] / "docs/python-tutorial.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 5
    names = {}
    try:
        for number, block in enumerate(blocks):
            exec(compile(block, f"block {number + 1} of the tutorial", "exec"), names)
    finally:
        hxtorch.release_hardware()
    printed = capsys.readouterr().out.splitlines()
    assert float(printed[0].split()[0]) >= 1 and float(printed[1].split()[0]) >= 1
    assert names["losses"][-1] < 0.7 * names["losses"][0]
    assert any("256" in line for line in printed)
    assert printed[-1] == "torch.Size([20, 1, 2])"
