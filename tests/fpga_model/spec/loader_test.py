"""The loader names file, line and reason of everything that is wrong; the generator is deterministic."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SPEC = os.path.abspath("fpga_model/spec")
sys.path.insert(0, SPEC)

from hxspec.model import load  # noqa: E402
from hxspec.registers import linear  # noqa: E402
from hxspec.text import camel, snake  # noqa: E402
from hxspec.yamlfile import SpecError  # noqa: E402


class Copy:
    """A copy of the description in which a text can be replaced."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        for name in ("geometry.yaml", "timing.yaml", "messages.yaml"):
            shutil.copy(os.path.join(SPEC, name), self.folder)
        shutil.copytree(os.path.join(SPEC, "registers"), os.path.join(self.folder, "registers"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def replace(self, name, old, new):
        """Replaces the first place; returns its line number."""
        path = os.path.join(self.folder, name)
        os.chmod(path, 0o644)
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        assert old in text, old
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text.replace(old, new, 1))
        return text[:text.index(old)].count("\n") + 1


# file, text, replacement, part of the message
MISTAKES = [
    ("registers/neuron.yaml", "{name: enable_reset_division, lsb: 1, width: 1,", "{name: enable_reset_division, lbs: 1, width: 1,",
     r"NeuronConfig.*'enable_reset_division': unknown key 'lbs' \(did you mean 'lsb'\?\)"),
    ("registers/neuron.yaml", "{name: enable_reset_division, lsb: 1,", "{name: enable_reset_division, lsb: 0,",
     "'enable_reset_division': overlaps"),
    ("registers/neuron.yaml", "{name: enable_pause, lsb: 7,", "{name: enable_pause, lsb: 8,",
     "'enable_pause': bits 8..8 are outside of the word of 8 bits"),
    ("registers/neuron.yaml", "{name: enable_pause, lsb: 7, width: 1,", "{name: enable_pause, lsb: 7, width: 65,",
     "'width' is 65, expected a number from 1 to 64"),
    ("registers/neuron.yaml", "reset_holdoff, lsb: 6, width: 2, value_lsb: 0, default: 15", "reset_holdoff, lsb: 6, width: 2, value_lsb: 0, default: 16",
     "value 'reset_holdoff': 16 is out of range 0..15"),
    ("registers/neuron.yaml", "reset_holdoff, lsb: 6, width: 2, value_lsb: 2", "reset_holdoff, lsb: 6, width: 2, value_lsb: 1",
     "value 'reset_holdoff': value bits are defined twice"),
    ("registers/neuron.yaml", "coordinate: NeuronConfigOnDLS", "coordinate: NeuronConfigOnDSL",
     r"NeuronConfig: unknown coordinate 'NeuronConfigOnDSL' \(did you mean 'NeuronConfigOnDLS'\?\)"),
    ("registers/neuron.yaml", "via: [Omnibus, OmnibusChipOverJTAG]", "via: [Omnibus, OmnibusChipOverJATG]",
     "unknown transport 'OmnibusChipOverJATG'"),
    ("registers/neuron.yaml", "access: rw", "access: x", "access 'x'"),
    ("registers/neuron.yaml", "type: bool", "type: boolean", "unknown type 'boolean'"),
    ("registers/event.yaml", "default_words: [0x0]", "default_words: [0x1]", "default_words do not agree.*0x0"),
    ("registers/capmem.yaml", "strides: [0x10000, 0x8000, 1, 32]", "strides: [0x10000, 0x8000, 1]",
     r"needs one stride per component of CapMemCellOnDLS \(4\), has 3"),
    ("registers/capmem.yaml", "base: 0x00144000", "base: 0x00142800", "belongs to"),
    ("registers/capmem.yaml", "transform: gray_to_binary", "transform: grey", "unknown transform 'grey'"),
    ("registers/capmem.yaml", "index: CapMemBlockOnDLS", "index: HemisphereOnDLS",
     "HemisphereOnDLS counts to 2, the value has 4 elements"),
    ("registers/readout.yaml", "encoding: {offset: 128}", "encoding: {ofset: 128}",
     r"unknown encoding 'ofset' \(did you mean 'offset'\?\)"),
    ("registers/synapse.yaml", "permuted: [4, 3, 2, 1, 0, 5]", "permuted: [4, 3, 2, 1, 0, 4]", "needs every bit once"),
    ("registers/board.yaml", "presets: {default_mux: {enable_channels:", "presets: {default_mux: {enable_chanels:",
     r"preset default_mux: no value 'enable_chanels' \(did you mean 'enable_channels'\?\)"),
    ("registers/composites.yaml", "{item: NeuronBackendConfig}", "{item: NeuronBackendConfg}",
     r"composite AtomicNeuron: unknown item 'NeuronBackendConfg' \(did you mean 'NeuronBackendConfig'\?\)"),
    ("registers/composites.yaml", "cells: [syn_i_bias_dac]", "cells: [syn_i_bias_dca]", "unknown cell 'syn_i_bias_dca'"),
    ("registers/common.yaml", "PADIBusOnDLS: {shape: [[hemisphere, 2], [bus, 4]]", "PADIBusOnDLS: {shape: [[hemisphere], [bus, 4]]",
     r"PADIBusOnDLS: \['hemisphere'\] is no \[component, size\]"),
    ("registers/common.yaml", "serdes_ser_send_clk: 0", "serdes_ser_send_clk: 4", "'serdes_ser_send_clk' is 4 of 4"),
    ("registers/common.yaml", "grid: [[0, 0], [4, 0]", "grid: [[0, 0], [0, 0]", "grid has not one place per number"),
    ("timing.yaml", "{name: NeuronPipe, value: 12", "{name: NeuronPipe, value: 17", "NeuronPipe is larger than Slots"),
    ("timing.yaml", "{name: PadiPorts, value: 4", "{name: PadiPorts, value: 3", r"PadiPorts is 3, possible: \[1, 4\]"),
    ("timing.yaml", "{name: LinkUp, value: 10", "{name: LinkUp, value: ten", "'value' is 'ten'"),
    ("geometry.yaml", "{name: CrossbarNodes, value: 76", "{name: CrossbarNodes, value: 75", "not the size of CrossbarNodeOnDLS"),
    ("messages.yaml", "- name: Sysdelta\n    code: 0x06", "- name: Sysdelta\n    code: 0x07",
     "Sysdelta: code 7, but it is number 6"),
    ("messages.yaml", "{name: instruction, lsb: 0, width: 7", "{name: instruction, lsb: 0, width: 8", "instruction: outside of the payload"),
]


class LoaderTest(unittest.TestCase):
    def failure(self, copy):
        with self.assertRaises(SpecError) as caught:
            load(copy.folder)
        return caught.exception.problems

    def test_the_description_is_right(self):
        spec = load(SPEC)
        self.assertEqual(len(spec.containers), 103)
        self.assertEqual(spec.containers["NeuronConfig"].locate(256 + 200, 0), 0x00178000 + 72 * 8 + 2)

    def test_every_mistake_is_named_with_its_file(self):
        for name, old, new, expected in MISTAKES:
            with self.subTest(expected), Copy() as copy:
                copy.replace(name, old, new)
                problems = self.failure(copy)
                self.assertTrue(any(re.search(expected, p) for p in problems), problems)
                self.assertTrue(all(re.match(r"(registers/)?[a-z]+\.yaml:\d+: ", p) for p in problems), problems)
                self.assertTrue(any(p.startswith(name + ":") for p in problems), problems)

    def test_the_line_is_the_line_of_the_field(self):
        with Copy() as copy:
            line = copy.replace("registers/neuron.yaml", "enable_leak_division, lsb: 4", "enable_leak_division, lsb: 44")
            self.assertTrue(self.failure(copy)[0].startswith("registers/neuron.yaml:%d: " % line))

    def test_all_mistakes_are_reported_at_once(self):
        with Copy() as copy:
            copy.replace("registers/neuron.yaml", "enable_leak_division, lsb: 4", "enable_leak_division, lsb: 44")
            copy.replace("registers/readout.yaml", "encoding: {offset: 128}", "encoding: {ofset: 128}")
            self.assertEqual(len({p.split(":")[0] for p in self.failure(copy)}), 2)

    def test_yaml_that_is_none_names_the_line(self):
        with Copy() as copy:
            line = copy.replace("registers/event.yaml", "address: {base: 0x00110000", "address: {base: [0x00110000")
            problem = self.failure(copy)[0]
            self.assertRegex(problem, r"^registers/event\.yaml:\d+: ")
            self.assertAlmostEqual(int(problem.split(":")[1]), line, delta=1)

    def test_keys_that_stand_twice_are_refused(self):
        with Copy() as copy:
            copy.replace("registers/event.yaml", "lsb: 16, width: 6,", "lsb: 16, width: 6, width: 6,")
            self.assertIn("key 'width' stands twice", self.failure(copy)[0])

    def test_containers_that_stand_twice_are_refused(self):
        with Copy() as copy:
            copy.replace("registers/neuron.yaml", "- name: NeuronReset\n", "- name: NeuronConfig\n")
            self.assertTrue(any("NeuronConfig is defined twice" in p for p in self.failure(copy)))


class GeneratorTest(unittest.TestCase):
    def generate(self, folder, seed, kinds):
        environment = dict(os.environ, PYTHONHASHSEED=str(seed))
        out = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        subprocess.run([sys.executable, "-B", os.path.join(folder, "generate.py")]
                       + ["%s=%s/%s" % (k, out, k) for k in kinds], check=True, env=environment)
        result = {}
        for kind in kinds:
            with open(os.path.join(out, kind), "rb") as stream:
                result[kind] = stream.read()
        return result

    def test_two_runs_are_byte_identical(self):
        import generate
        kinds = sorted(generate.BACK_ENDS)
        elsewhere = os.path.join(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")), "other place")
        shutil.copytree(SPEC, elsewhere)
        first, second = self.generate(SPEC, 1, kinds), self.generate(elsewhere, 2, kinds)
        for kind in kinds:
            self.assertEqual(first[kind], second[kind], kind)
            self.assertNotIn(os.path.dirname(elsewhere).encode(), second[kind], kind)

    def test_unknown_kinds_are_refused(self):
        run = subprocess.run([sys.executable, "-B", os.path.join(SPEC, "generate.py"), "nothing=x"], capture_output=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn(b"kinds:", run.stderr)

    def test_the_register_map_is_json(self):
        document = json.loads(self.generate(SPEC, 0, ["json"])["json"])
        names = [c["name"] for c in document["containers"]]
        self.assertEqual(len(names), 103)
        node = document["containers"][names.index("CrossbarNode")]
        self.assertEqual(node["address"], {"base": 0x00130019, "strides": [1]})
        self.assertEqual([v["name"] for v in node["values"]], ["mask", "target", "enable_drop_counter"])

    def test_expressions_of_transports_are_linear(self):
        self.assertEqual(linear("address | 1 << 32", []), {"": 1 << 32, "address": 1})
        self.assertEqual(linear("channel << 4 | word[11:8]", ["channel"]), {"": 0, "channel": 16, "word": (8, 4)})
        self.assertEqual(linear("0x88007002 + 2 * dac", ["dac"]), {"": 0x88007002, "dac": 2})
        with self.assertRaises(ValueError):
            linear("other + 1", ["dac"])

    def test_names_change_their_form(self):
        self.assertEqual(snake("CADCChannelConfig"), "cadc_channel_config")
        self.assertEqual(camel("v_leak"), "VLeak")


if __name__ == "__main__":
    unittest.main()
