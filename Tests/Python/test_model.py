import ctypes
import gc
import os
import re
import sys
import threading
import unittest

import numpy
import onnx2mobile
from onnx2mobile import Error, ModelError
from onnx2mobile import _errors, _library
from support import BOXES, DIGITS, ROOT, TYPES, Case, ints, model, stored


def resident():
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class ModelTests(Case):
    def test_gives_what_was_stored(self):
        for bundle in (self.digits, self.installed, self.digits.read_bytes(), self.installed.read_bytes()):
            with onnx2mobile.load(bundle) as digits:
                for index in range(10):
                    x, y = (stored(DIGITS / f"test_data_set_{index}/{kind}_0.pb") for kind in ("input", "output"))
                    found = digits.run({"image": x})["logits"]
                    self.assertEqual((found.dtype, found.shape), (y.dtype, y.shape))
                    # What rounding the weights to 8 bits costs here; `verify --data` prints 3.2e-2.
                    self.assertLess(numpy.abs(found - y).max(), 0.05)
                    numpy.testing.assert_array_equal(digits.run(x), found)

    def test_gives_the_bits_of_the_command(self):
        x = stored(DIGITS / "test_data_set_0/input_0.pb")
        numpy.save(self.folder / "x.npy", x)
        onnx2mobile._command._run(["run", str(self.digits), "--input", str(self.folder / "x.npy"), "--output-dir", str(self.folder)])
        numpy.testing.assert_array_equal(onnx2mobile.load(self.digits).run(x), numpy.load(self.folder / "logits.npy"))

    def test_describes_its_ports(self):
        digits = onnx2mobile.load(self.installed)
        self.assertEqual(digits.inputs, (("image", numpy.float32, (1, 1, 16, 16)),))
        self.assertEqual(digits.outputs, (("logits", numpy.float32, (1, 10)),))
        self.assertEqual(digits.labels[:3], ("zero", "one", "two"))
        self.assertGreater(digits.arena_bytes, 1024)
        self.assertIn("'image', float32 [1, 1, 16, 16]", repr(digits))

    def test_takes_every_element_type(self):
        seed = numpy.random.default_rng(1)
        self.assertEqual(sorted(TYPES.values()), sorted(onnx2mobile._model.DTYPES))
        for name, shape in [(name, shape) for name in TYPES for shape in ((2, 3), (5, 1), (0, 3))]:
            path = self.folder / f"{name}.onnx"
            path.write_bytes(model("Transpose", [("x", name, shape)], [("y", name, shape[::-1])], ints("perm", [1, 0])))
            onnx2mobile.convert(path, self.folder / "types.o2m", precision="float32", options=["--no-verify"])
            x = numpy.frombuffer(seed.bytes(8 * shape[0] * shape[1]), "uint64")
            x = (x % 2 == 1) if name == "bool" else x.view(name)[: x.size] if not name.startswith("float") else (x % 4096).astype(name)
            x = x.reshape(shape)
            with onnx2mobile.load(self.folder / "types.o2m") as transposes, self.subTest(name, shape=shape):
                self.assertEqual(transposes.inputs[0].dtype, x.dtype)
                y = transposes.run({"x": x})["y"]
                self.assertEqual(y.dtype, x.dtype)
                numpy.testing.assert_array_equal(y, x.T)
                # Neither gaps nor the order of bytes matter.
                numpy.testing.assert_array_equal(transposes.run(numpy.repeat(x, 2, axis=1)[:, ::2]), x.T)
                numpy.testing.assert_array_equal(transposes.run(x.astype(x.dtype.newbyteorder(">"))), x.T)

    def test_outputs_are_the_callers(self):
        digits = onnx2mobile.load(self.installed)
        first = digits.run(numpy.zeros((1, 1, 16, 16), "float32"))
        kept = first.copy()
        digits.run(numpy.ones((1, 1, 16, 16), "float32"))
        numpy.testing.assert_array_equal(first, kept)
        first[0, 0] = 7

    def test_tests_itself(self):
        test = onnx2mobile.load(self.digits).self_test()
        self.assertGreaterEqual(test.cases, 1)
        self.assertGreater(test.sqnr_db, 20)
        self.assertLessEqual(test.share, 1)
        plain = self.folder / "plain.o2m"
        onnx2mobile.convert(DIGITS / "model.onnx", plain, options=["--no-verify"])
        self.refuses(ModelError, "no certificate", onnx2mobile.load(plain).self_test, code=14)


class ShapeTests(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.halves = cls.folder / "halves.o2m"
        open_sides = [word for side in ("height", "width") for word in ("--symbol", f"{side}=4..64/2", "--typical", f"{side}=16")]
        onnx2mobile.convert(
            BOXES / "halves.onnx", cls.halves, precision="float32", preprocess="resize=16x16,scale=1/255", task="segment",
            options=open_sides)

    def test_shapes_follow_the_arrays(self):
        halves, pixels = onnx2mobile.load(self.halves), numpy.arange(3 * 256, dtype="uint8").reshape(16, 16, 3)
        self.assertEqual(halves.extents, {"image": (range(1, 2), range(3, 4), range(4, 65, 2), range(4, 65, 2))})
        self.assertEqual((halves.inputs[0].shape, halves.outputs[0].shape), ((1, 3, 16, 16), (1, 3, 8, 8)))
        expected = halves.segment(pixels)
        for height, width in [(16, 16), (4, 64), (64, 64), (10, 4), (18, 22), (16, 16)]:
            x = numpy.random.default_rng(height).random((1, 3, height, width), "float32")
            y = halves.run(x)
            self.assertEqual(y.shape, (1, 3, height // 2, width // 2))
            numpy.testing.assert_allclose(y, x.reshape(1, 3, height // 2, 2, width // 2, 2).mean((3, 5)), rtol=0, atol=1e-6)
            numpy.testing.assert_array_equal(halves.segment(pixels), expected)

    def test_refuses_other_shapes(self):
        halves, x = onnx2mobile.load(self.halves), numpy.ones((1, 3, 8, 8), "float32")
        expected = halves.run(x)
        for shape, pattern in [
            ((1, 3, 8, 7), "input 'image': axis 3 is 4 to 64 in steps of 2, not 7"), ((1, 3, 66, 8), "axis 2 is 4 to 64 in .*, not 66"),
            ((1, 4, 8, 8), "axis 1 is 3, not 4"), ((3, 8, 8), "has 4 axes, not 3"),
        ]:
            failure = self.refuses(ModelError, pattern, halves.run, numpy.ones(shape, "float32"), code=20)
            self.assertEqual(failure.reason, "shape")
            numpy.testing.assert_array_equal(halves.run(x), expected)
        self.refuses(ModelError, "an argument is 9", halves.run, numpy.ones((1,) * 8 + (3,), "float32"), code=10)

    def test_threads_have_shapes_of_their_own(self):
        halves, wrong = onnx2mobile.load(self.halves), []

        def work(side):
            for _ in range(200):
                if halves.run(numpy.ones((1, 3, side, side), "float32")).shape != (1, 3, side // 2, side // 2):
                    wrong.append(side)

        workers = [threading.Thread(target=work, args=(side,)) for side in (4, 8, 16)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(wrong, [])


class StateTests(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = ROOT / "Fixtures/streaming/voice"
        cls.voice = cls.folder / "voice.o2m"
        onnx2mobile.convert(cls.source / "model.onnx", cls.voice, precision="float32", state={"h": "hn", "c": "cn"})
        cls.chunks = [stored(cls.source / f"test_data_set_{number}/input_0.pb") for number in range(8)]
        cls.expected = [stored(cls.source / f"test_data_set_{number}/output_0.pb") for number in range(8)]

    def test_a_stream_keeps_its_state(self):
        voice = onnx2mobile.load(self.voice)
        self.assertEqual(voice.state, {"h": "hn", "c": "cn"})
        with voice.stream() as stream, voice.stream() as other:
            for _ in range(2):
                for chunk, expected in zip(self.chunks, self.expected):
                    # Streams and runs beside it are none of its business.
                    other.run(numpy.ones((1, 256), "float32"))
                    voice.run(chunk)
                    numpy.testing.assert_allclose(stream.run(chunk), expected, rtol=0, atol=1e-5)
                stream.reset()

    def test_a_run_alone_is_a_first_chunk_or_begins_as_told(self):
        voice, state = onnx2mobile.load(self.voice), {}
        numpy.testing.assert_array_equal(voice.run(self.chunks[3]), voice.stream().run(self.chunks[3]))
        for chunk, expected in zip(self.chunks, self.expected):
            outputs = voice.run({"audio": chunk, **state})
            numpy.testing.assert_allclose(outputs["voice"], expected, rtol=0, atol=1e-5)
            state = {"h": outputs["hn"], "c": outputs["cn"]}

    def test_saved_state_goes_on(self):
        voice = onnx2mobile.load(self.voice)
        stream = voice.stream()
        for chunk in self.chunks[:3]:
            stream.run(chunk)
        saved = stream.save()
        following = [stream.run(chunk) for chunk in self.chunks[3:]]
        other = onnx2mobile.load(self.voice.read_bytes()).stream()
        other.restore(saved)
        for chunk, expected in zip(self.chunks[3:], following):
            numpy.testing.assert_array_equal(other.run(chunk), expected)
        before = other.save()
        for wrong in (b"", saved[:-1], saved[:40] + b"x" + saved[41:]):
            self.assertEqual(self.refuses(ModelError, "no state that a session saved", other.restore, wrong, code=21).reason, "state")
        digits = onnx2mobile.load(self.digits).stream()
        self.refuses(ModelError, "of another model", digits.restore, saved, code=21)
        self.assertEqual(other.save(), before)
        other.close()
        other.close()
        self.refuses(ModelError, "this stream was given up", other.run, self.chunks[0], code=10)


class ErrorTests(Case):
    def test_reasons_and_structures_are_those_of_the_header(self):
        header = (ROOT / "Sources/O2MRuntime/include/o2m.h").read_text()
        codes = re.findall(r"O2M_(?:ERROR_)?(\w+) = (\d+),\s+//", header[: header.index("typedef struct o2m_error {")])
        found = ["ok", *(name.lower().replace("_", "-") for name, _ in codes)]
        self.assertEqual(found, list(_errors.REASONS))
        self.assertEqual([int(number) for _, number in codes], list(range(1, len(found))))
        kinds = (_library.CError, _library.CTensor, _library.CSelfTest, _library.CClass, _library.CBox, _library.CRange)
        self.assertEqual([ctypes.sizeof(kind) for kind in kinds], [40, 88, 40, 8, 24, 24])
        tasks = re.findall(r"O2M_TASK_(\w+) = (\d+),", header)
        self.assertEqual([(name.lower(), int(number)) for name, number in tasks], list(zip(onnx2mobile._model.TASKS, range(4))))
        self.assertEqual(onnx2mobile.__version__, onnx2mobile._command._version())

    def test_refuses_what_is_no_bundle(self):
        missing = self.refuses(ModelError, r"gone\.o2m: cannot be opened: No such file", onnx2mobile.load, self.folder / "gone.o2m", code=1)
        self.assertEqual((missing.reason, missing.system), ("open", 2))
        self.refuses(ModelError, "", onnx2mobile.load, DIGITS / "labels.txt", code=6)
        self.refuses(ModelError, "", onnx2mobile.load, b"", code=4)
        for name in sorted((ROOT / "Fixtures/broken").glob("*.o2m")):
            with self.subTest(name.name), self.assertRaises(ModelError) as caught:
                onnx2mobile.load(name).close()
            self.assertIn(caught.exception.code, range(3, 10), str(caught.exception))
            with self.subTest(name.name), self.assertRaises(ModelError):
                onnx2mobile.load(name.read_bytes())
        self.refuses(ModelError, "threads is -1", onnx2mobile.load, self.digits, code=10, threads=-1)

    def test_refuses_what_is_no_input(self):
        digits, zeros = onnx2mobile.load(self.digits), numpy.zeros((1, 1, 16, 16), "float32")
        wanted = r"'image', float32 \[1, 1, 16, 16\]"
        for given, pattern in [
            ({}, wanted + " is missing"), ({"img": zeros, "image": zeros}, "there is no input 'img'; the model has 'image'"),
            (zeros.astype("float64"), wanted + " is given as float64: convert"), (zeros.tolist(), "is given as float64"),
            ({"image": None}, "is given as object"),
        ]:
            self.refuses(ModelError, pattern, digits.run, given, code=10)
        self.refuses(ModelError, "input 'image' has 4 axes, not 3", digits.run, zeros[0], code=20)
        self.refuses(ModelError, "input 'image': axis 2 is 16, not 15", digits.run, zeros[:, :, 1:], code=20)

    def test_names_the_node_that_refused(self):
        ports = [("x", "float32", (4,)), ("i", "int64", (2,))]
        (self.folder / "gather.onnx").write_bytes(model("Gather", ports, [("y", "float32", (2,))]))
        onnx2mobile.convert(self.folder / "gather.onnx", self.folder / "gather.o2m")
        gather, x = onnx2mobile.load(self.folder / "gather.o2m"), numpy.arange(4, dtype="float32")
        numpy.testing.assert_array_equal(gather.run({"x": x, "i": numpy.array([3, 1])})["y"], [3, 1])
        failure = self.refuses(ModelError, "Gather, which gives 'y'", gather.run, {"x": x, "i": numpy.array([0, 9])}, code=12)
        self.assertEqual((failure.node, failure.detail, failure.expected), (("Gather", "y"), 9, 4))
        self.refuses(ModelError, "2 inputs: give a dictionary with 'x', 'i'", gather.run, x, code=10)
        numpy.testing.assert_array_equal(gather.run({"x": x, "i": numpy.array([0, 0])})["y"], [0, 0])

    def test_stays_closed(self):
        with onnx2mobile.load(self.digits) as digits:
            digits.run(numpy.zeros((1, 1, 16, 16), "float32"))
        digits.close()
        for call in (digits.self_test, lambda: digits.arena_bytes, lambda: digits.run(numpy.zeros((1, 1, 16, 16), "float32"))):
            self.refuses(ModelError, "given up", call, code=10)
        digits.cancel()


class MemoryTests(Case):
    def test_runs_leave_nothing_behind(self):
        digits, x = onnx2mobile.load(self.installed), stored(DIGITS / "test_data_set_0/input_0.pb")
        pixels = numpy.zeros((40, 30, 3), "uint8")

        def some(count):
            for _ in range(count):
                digits.run(x)
                digits.classify(pixels)
                with self.assertRaises(Error):
                    digits.run({})

        some(500)
        before = resident()
        some(10_000)
        self.assertLess(resident() - before, 1 << 20)

    def test_models_leave_nothing_behind(self):
        x = numpy.zeros((1, 1, 16, 16), "float32")

        def some(count):
            for index in range(count):
                digits = onnx2mobile.load((self.digits, self.installed, self.installed.read_bytes())[index % 3], threads=1 + index % 2)
                digits.run(x)
                if index % 2:
                    digits.close()

        some(150)
        gc.collect()
        before = resident()
        some(1500)
        gc.collect()
        # A session alone has an arena of some KB, its threads stacks of some MB.
        self.assertLess(resident() - before, 2 << 20)


class ThreadTests(Case):
    def test_threads_share_a_model(self):
        for threads in (1, 2):
            digits = onnx2mobile.load(self.installed, threads=threads)
            inputs = [stored(DIGITS / f"test_data_set_{index}/input_0.pb") for index in range(10)]
            expected, wrong = [digits.run(x) for x in inputs], []

            def work(offset):
                for index in range(400):
                    which = (index + offset) % 10
                    if not numpy.array_equal(digits.run(inputs[which]), expected[which]):
                        wrong.append(which)

            workers = [threading.Thread(target=work, args=(offset,)) for offset in (0, 3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            self.assertEqual(wrong, [])

    def test_cancels_the_run_of_another_thread(self):
        digits, x, caught = onnx2mobile.load(self.installed), numpy.zeros((1, 1, 16, 16), "float32"), []

        def work():
            for _ in range(1_000_000):
                try:
                    digits.run(x)
                except ModelError as failure:
                    caught.append(failure)
                    return

        worker = threading.Thread(target=work)
        worker.start()
        while worker.is_alive():
            digits.cancel()
        worker.join()
        self.assertEqual([(failure.reason, failure.code) for failure in caught], [("cancelled", 17)])
        digits.cancel()
        for _ in range(10):
            digits.run(x)

    @unittest.skipIf(sys.version_info >= (3, 12), "Python warns of every fork of a process with threads")
    def test_goes_on_in_the_child_of_a_fork(self):
        digits, x = onnx2mobile.load(self.installed, threads=2), numpy.zeros((1, 1, 16, 16), "float32")
        expected, child = digits.run(x), os.fork()
        if child == 0:
            os._exit(0 if numpy.array_equal(digits.run(x), expected) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_closes_while_another_runs(self):
        x = numpy.zeros((1, 1, 16, 16), "float32")
        for _ in range(50):
            digits, ended = onnx2mobile.load(self.installed.read_bytes()), []

            def work():
                try:
                    while True:
                        digits.run(x)
                except ModelError as failure:
                    ended.append(failure.reason)

            worker = threading.Thread(target=work)
            worker.start()
            digits.run(x)
            digits.close()
            worker.join()
            self.assertEqual(ended, ["argument"])
