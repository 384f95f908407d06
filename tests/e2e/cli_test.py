"""The command line as a user meets it. The program under test is named by the environment variable HX_PROGRAM."""

import gzip
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

HX = str(pathlib.Path(os.environ["HX_PROGRAM"]).resolve())
ROOT = pathlib.Path.cwd()


def hx(*arguments, text=None, environment=None, cwd=None):
    """Runs hx; returns (exit code, standard output, standard error)."""
    done = subprocess.run(
        [HX, *arguments], input=text, capture_output=True, text=True, timeout=280, cwd=cwd,
        env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


class Temporary(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run_file(self, path, target):
        out = self.folder / "result.json"
        code, _, error = hx("run", str(path), "--target", target, "--out", str(out))
        self.assertEqual(code, 0, error)
        self.assertIn(f"target {target}", error)
        return json.loads(out.read_text(encoding="utf-8"))


class Examples(Temporary):
    def check(self, result, target):
        self.assertEqual(set(result), {"target", "dt", "runtime", "spikes", "cadc", "madc", "health", "times"})
        self.assertEqual(result["target"], target)
        self.assertEqual(len(result["health"]["crossbar_drops"]), 20)
        self.assertEqual(len(result["health"]["output_events"]), 12)
        self.assertEqual(set(result["times"]), {"realtime", "device", "total"})
        end = result["runtime"] * result["dt"]
        for entries in result["spikes"].values():
            for train in (train for entry in entries for train in entry):
                self.assertEqual(train, sorted(train))
                self.assertTrue(all(0 <= t < end for t in train))

    def test_psp(self):
        for target in ("mock", "twin:", "sim:"):
            result = self.run_file(ROOT / "examples/psp.yaml", target)
            self.check(result, target)
            self.assertEqual(result["spikes"]["neuron"], [[[]]])
            samples = result["cadc"]["neuron"][0][0]
            # Weight 63 at tau 10/10 us: 23.2 LSB above the leak of 80 (docs/theory.md).
            self.assertAlmostEqual(max(v for _, v in samples), 103.2, delta=1.6)
            self.assertEqual(samples[0][1], 80)

    def test_layers(self):
        for target in ("mock", "twin:", "sim:"):
            result = self.run_file(ROOT / "examples/layers.yaml", target)
            self.check(result, target)
            self.assertEqual([len(e) for e in result["spikes"]["hidden"]], [8, 8])
            self.assertEqual([len(e) for e in result["cadc"]["out"]], [2, 2])
            self.assertGreater(sum(len(t) for e in result["spikes"]["hidden"] for t in e), 0)

    def test_layers_give_the_inputs_back(self):
        result = self.run_file(ROOT / "examples/layers.yaml", "twin:")
        given = [[5e-6, 8e-6, 11e-6], [6e-6, 30e-6], [], [20e-6], [7e-6, 9e-6, 12e-6, 31e-6]]
        back = result["spikes"]["in"][0]
        self.assertEqual([len(t) for t in back], [len(t) for t in given])
        # The loop through the chip takes well below a microsecond.
        for sent, received in zip(sum(given, []), sum(back, [])):
            self.assertTrue(0 <= received - sent < 1e-6, (sent, received))

    def test_noise(self):
        for target in ("mock", "twin:", "sim:"):
            result = self.run_file(ROOT / "examples/noise.yaml", target)
            self.check(result, target)
            first, second = (sum(len(t) for t in result["spikes"][name][0]) for name in ("first", "second"))
            self.assertGreater(first, second, "the second half is inhibited")

    def test_runs_are_repeatable(self):
        one = self.run_file(ROOT / "examples/noise.yaml", "twin:")
        two = self.run_file(ROOT / "examples/noise.yaml", "sim:")
        for key in ("spikes", "cadc"):
            self.assertEqual(one[key], two[key])

    def test_madc(self):
        result = self.run_file(ROOT / "examples/madc.yaml", "twin:")
        self.check(result, "twin:")
        madc = result["madc"]["neuron"]
        self.assertEqual(madc["neurons"], [0])
        samples = madc["samples"][0][0]
        self.assertAlmostEqual(len(samples), 50e-6 * 500e6 / 17, delta=2)
        self.assertTrue(all(0 <= t < 50e-6 and 0 <= code < 1024 for t, code in samples))
        self.assertEqual(samples[0][1], 320, "the leak of 80 LSB")
        highest = max(code for _, code in samples)
        self.assertTrue(480 < highest < 501, "the threshold is 500, the neuron spikes")
        # The second neuron is on the CADC only.
        self.assertEqual(len(result["cadc"]["neuron"][0]), 2)

    def test_adaptation(self):
        for target in ("mock", "twin:"):
            spikes = self.run_file(ROOT / "examples/adaptation.yaml", target)["spikes"]
            plain, adapting, adex = (spikes[name][0][0] for name in ("plain", "adapting", "adex"))
            self.assertGreater(len(plain), 1.3 * len(adapting))
            self.assertGreater(len(plain), 1.3 * len(adex))
            self.assertAlmostEqual(plain[-1] - plain[-2], plain[1] - plain[0], delta=0.3e-6)
            self.assertGreater(adapting[-1] - adapting[-2], 1.3 * (adapting[1] - adapting[0]))

    def test_conductance(self):
        for target in ("mock", "twin:"):
            cadc = self.run_file(ROOT / "examples/conductance.yaml", target)["cadc"]
            current, conductance = ([v for _, v in cadc[name][0][0]] for name in ("current", "conductance"))
            self.assertGreater(max(current), 200)
            self.assertTrue(40 <= min(conductance) and max(conductance) <= 150, conductance)

    def test_plasticity(self):
        for target in ("mock", "twin:"):
            cadc = self.run_file(ROOT / "examples/plasticity.yaml", target)["cadc"]

            def peak(name, time):
                return max(v for t, v in cadc[name][0][0] if time <= t < time + 4e-6)

            for name, later in (("d", 0.45), ("f", 3.0), ("p", 1.0)):
                ratio = peak(name, 110e-6) / peak(name, 10e-6)
                self.assertAlmostEqual(ratio / later, 1, delta=0.35, msg=f"{target} {name} {ratio}")
            self.assertGreater(peak("d", 250e-6), 1.2 * peak("d", 110e-6), "it recovers")

    def test_large_neurons(self):
        counts = []
        for target in ("mock", "twin:"):
            spikes = self.run_file(ROOT / "examples/large_neurons.yaml", target)["spikes"]["neurons"][0]
            counts.append(sum(len(t) for t in spikes))
        self.assertGreater(counts[0], 1000)
        self.assertAlmostEqual(counts[1] / counts[0], 1, delta=0.2)
        text = (ROOT / "examples/large_neurons.yaml").read_text(encoding="utf-8")
        one = self.write("one.yaml", text.replace("circuits: 2, ", ""))
        code, _, error = hx("run", one, "--target", "twin:")
        self.assertNotEqual(code, 0)
        self.assertIn("2 circuits", error)

    def test_mismatch_makes_equal_neurons_differ(self):
        example = ROOT / "examples/mismatch.yaml"
        result = self.run_file(example, "twin:")
        self.assertEqual(result["target"], "twin:?mismatch=0.05,seed:3&cadc_noise=2")
        counts = [len(t) for t in result["spikes"]["neurons"][0]]
        self.assertGreater(len(set(counts)), 3, counts)
        for target in ("mock", "sim:"):
            code, _, error = hx("run", str(example), "--target", target)
            self.assertEqual(code, 7, error)
            self.assertIn("--target twin:", error)

    def test_recordings_as_numpy_tables(self):
        folder = self.folder / "new" / "tables"
        code, _, error = hx("run", str(ROOT / "examples/psp.yaml"), "--target", "mock", "--npy", str(folder))
        self.assertEqual(code, 0, error)
        data = (folder / "neuron.cadc.npy").read_bytes()
        self.assertEqual(data[:6], b"\x93NUMPY")
        self.assertIn(b"'shape': (100, 4)", data[:128])
        last = struct.unpack("<4d", data[-32:])
        self.assertEqual(last[:2], (0, 0))
        self.assertAlmostEqual(last[2], 99e-6)
        self.assertTrue((folder / "neuron.spikes.npy").exists())
        code, _, error = hx("run", str(ROOT / "examples/psp.yaml"), "--target", "mock", "--npy", "/dev/null/x")
        self.assertEqual(code, 1, error)
        self.assertIn("cannot make the folder", error)

    def test_explain(self):
        code, out, error = hx("explain", str(ROOT / "examples/layers.yaml"))
        self.assertEqual(code, 0, error)
        for word in ("hidden", "NeuronConfig", "SynapseDriverConfig", "wait until"):
            self.assertIn(word, out)


class CppExample(unittest.TestCase):
    def test_psp(self):
        done = subprocess.run([os.environ["PSP_EXAMPLE"]], capture_output=True, text=True, timeout=280)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("chip model, CADC codes", done.stdout)
        self.assertIn("mock equations, CADC LSB", done.stdout)


class Demonstrations(Temporary):
    def test_both(self):
        code, out, error = hx("demo", "--out-dir", str(self.folder))
        self.assertEqual(code, 0, error)
        self.assertIn("solved in entry", out)
        for row in ("1 3 | 2 4", "4 2 | 3 1", "2 4 | 1 3", "3 1 | 4 2"):
            self.assertIn(row, out)
        for name in ("neuron.png", "sudoku.png"):
            self.assertEqual((self.folder / name).read_bytes()[:4], b"\x89PNG")

    def test_sudoku_answers_clearly(self):
        code, _, error = hx("demo", "sudoku", "12")
        self.assertEqual(code, 2)
        self.assertIn("2 cells instead of 16", error)
        code, _, error = hx("demo", "sudoku", "123. ...4 .... ....")
        self.assertEqual(code, 2)
        self.assertIn("no solution", error)
        code, _, error = hx("demo", "sodoku")
        self.assertEqual(code, 2)
        self.assertIn("no demonstration 'sodoku'", error)


class BadInput(Temporary):
    def expect(self, code, word, *arguments, **more):
        got, _, error = hx(*arguments, **more)
        self.assertEqual(got, code, error)
        self.assertIn(word, error)

    def test_usage(self):
        self.expect(2, "required", "run")
        self.expect(2, "not expected", "run", "x.yaml", "--tarket", "sim:")
        self.assertNotEqual(hx()[0], 0)

    def test_files(self):
        self.expect(2, "no file", "run", "/nowhere.yaml", "--target", "mock")
        bad = self.write("bad.yaml", "runtime: 5\npopulatoins: {}\n")
        self.expect(2, "bad.yaml:2: unknown key 'populatoins'", "run", bad, "--target", "mock")

    def test_targets(self):
        example = str(ROOT / "examples/psp.yaml")
        self.expect(2, "sim", "run", example, "--target", "sin:")
        self.expect(2, "sim", "run", example, environment={"HX_TARGET": "sin:"})
        self.expect(2, "lacks the colon", "run", example, "--target", "sim")

    def test_output_that_cannot_be_written(self):
        example = str(ROOT / "examples/psp.yaml")
        self.expect(1, "cannot write", "run", example, "--target", "mock", "--out", "/nowhere/x.json")
        self.expect(1, "is a folder", "run", example, "--target", "mock", "--out", str(self.folder))

    def test_devices_and_links_are_written_through(self):
        example = str(ROOT / "examples/psp.yaml")
        # A pipe in the test's own folder: it must be written, not replaced by a file.
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
            self.expect(0, "wrote", "run", example, "--target", "mock", "--out", str(pipe))
            self.assertEqual(json.loads(reader.stdout.read())["target"], "mock")
        self.assertTrue(pipe.is_fifo())
        link, real = self.folder / "link.json", self.folder / "real.json"
        real.write_text("old", encoding="utf-8")
        link.symlink_to(real)
        self.expect(0, "wrote", "run", example, "--target", "mock", "--out", str(link))
        self.assertTrue(link.is_symlink())
        self.assertEqual(json.loads(real.read_text(encoding="utf-8"))["target"], "mock")

    def test_lost_output_is_no_success(self):
        for command in (["explain", str(ROOT / "examples/psp.yaml")], ["targets"], ["--help"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([HX, *command], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn("cannot write the standard output", done.stderr)

    def test_input_that_cannot_be_read(self):
        folder = os.open(self.folder, os.O_RDONLY)
        done = subprocess.run([HX, "ut", "encode"], stdin=folder, capture_output=True, text=True)
        os.close(folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot read the input", done.stderr)

    def test_plot_program_missing(self):
        code, _, error = hx("demo", "sudoku", "--target", "mock", "--out-dir", str(self.folder / "it's"),
                            environment={"PATH": "/nowhere"})
        self.assertEqual(code, 1, error)
        self.assertIn("setup installs gnuplot", error)

    def test_unroutable(self):
        network = self.write("full.yaml", """runtime: 10
populations:
  in: {type: spike_source, size: 257}
  out: {type: lif, size: 1}
projections:
  - {from: in, to: out, weights: {all_to_all: 1}}
""")
        self.expect(3, "256", "run", network, "--target", "sim:")
        self.expect(3, "256", "explain", network)


class JsonLines(unittest.TestCase):
    def lines(self, name):
        path = next((ROOT / "tests/vectors").rglob(name))
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_ut_encode(self):
        for direction, name in (("to-fpga", "ut_to_fpga.jsonl.gz"), ("from-fpga", "ut_from_fpga.jsonl.gz")):
            vectors = self.lines(name)
            keys = ("messages", "flush", "flush_after")
            text = "".join(json.dumps({k: v[k] for k in keys if k in v}) + "\n" for v in vectors)
            code, out, error = hx("ut", "encode", "--direction", direction, text=text)
            self.assertEqual(code, 0, error)
            answers = [json.loads(line) for line in out.splitlines()]
            self.assertEqual(len(answers), len(vectors))
            for answer, vector in zip(answers, vectors):
                self.assertEqual(answer["words"], vector["words"])

    def test_ut_decode(self):
        for direction, name in (
                ("to-fpga", "ut_to_fpga_decode.jsonl.gz"), ("from-fpga", "ut_from_fpga_decode.jsonl.gz")):
            vectors = self.lines(name)
            text = "".join(json.dumps({"words": v["words"]}) + "\n" for v in vectors)
            _, out, _ = hx("ut", "decode", "--direction", direction, text=text)
            answers = [json.loads(line) for line in out.splitlines()]
            self.assertEqual(len(answers), len(vectors))
            for answer, vector in zip(answers, vectors):
                for key in ("messages", "error", "error_at_word"):
                    self.assertEqual(answer.get(key), vector.get(key))

    def test_bad_lines_do_not_stop_the_others(self):
        text = 'no json\n{"messages": [{"name": "timing::Setup", "header": 4}], "flush": true}\n'
        code, out, _ = hx("ut", "encode", text=text)
        self.assertEqual(code, 2)
        first, second = (json.loads(line) for line in out.splitlines())
        self.assertEqual(first["line"], 1)
        self.assertEqual(second["words"], ["0x0400000000000000"])

    def test_reg(self):
        line = {"container": "CrossbarNode", "backend": "Omnibus",
                "coordinate": {"type": "CrossbarNodeOnDLS", "enum": 3},
                "fields": {"mask": 0, "target": 1, "enable_drop_counter": True}}
        code, out, error = hx("reg", "encode", text=json.dumps(line) + "\n")
        self.assertEqual(code, 0, error)
        answer = json.loads(out)
        self.assertEqual(answer["write_addresses"], ["0x0013001c"])
        self.assertEqual(answer["write_words"], ["0x80010000"])
        code, out, _ = hx("reg", "encode", text=json.dumps({**line, "container": "CrossbarNoed"}) + "\n")
        self.assertEqual(code, 2)
        self.assertIn("CrossbarNode", json.loads(out)["error"]["hint"])
