import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import onnx2mobile
from onnx2mobile import CommandError, VerdictError
from support import BOXES, DIGITS, PICTURES, ROOT, Case, model


class CommandTests(Case):
    def test_is_one_program_without_swift(self):
        path = onnx2mobile.executable()
        self.assertEqual(path, shutil.which("onnx2mobile"))
        self.assertEqual(pathlib.Path(path).read_bytes()[:4], b"\x7fELF")
        needed = re.findall(r"=> (\S+)", subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout)
        self.assertEqual({pathlib.Path(library).name for library in needed} - {"libc.so.6", "libm.so.6"}, set())
        for command in ([path], [sys.executable, "-m", "onnx2mobile"]):
            done = subprocess.run([*command, "--version"], env={}, capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout.strip(), onnx2mobile.__version__)

    def test_converts_and_verifies(self):
        out = self.folder / "converted.o2m"
        report = onnx2mobile.convert(DIGITS / "model.onnx", out, precision="float16", input_shape={"image": [1, 1, 16, 16]}, seed=3)
        self.assertEqual((report.bundle, report["precision"], report.parity.verdict), (str(out), "float16", "pass"))
        self.assertEqual(report.bundle_bytes, out.stat().st_size)
        self.assertGreater(report.parity.outputs[0].sqnr_db, 40)
        report = onnx2mobile.verify(DIGITS / "model.onnx", out, data=DIGITS)
        self.assertEqual((report.verdict, report.outputs[0].cases), ("pass", 10))
        self.assertEqual(onnx2mobile.verify(out).verdict, "pass")
        with self.assertRaisesRegex(AttributeError, "the report has no 'verdikt'; it has "):
            report.verdikt
        # Without a name the bundle lies beside the model.
        shutil.copy(DIGITS / "model.onnx", self.folder / "named.onnx")
        self.assertEqual(onnx2mobile.convert(self.folder / "named.onnx").bundle, str(self.folder / "named.o2m"))

    def test_a_failed_verdict_is_an_exception(self):
        out = self.folder / "failed.o2m"
        failure = self.refuses(VerdictError, "does not agree", onnx2mobile.convert, DIGITS / "model.onnx", out, min_sqnr=150, code=1)
        self.assertFalse(out.exists())
        self.assertEqual(failure.report.parity.verdict, "fail")
        failure = self.refuses(VerdictError, "", onnx2mobile.verify, DIGITS / "model.onnx", self.digits, min_sqnr=150, code=1)
        self.assertEqual(failure.report.verdict, "fail")
        report = onnx2mobile.verify(DIGITS / "model.onnx", self.digits, min_sqnr=150, check=False)
        self.assertEqual(report.verdict, "fail")

    def test_errors_have_their_sentence_and_code(self):
        (self.folder / "odd.onnx").write_bytes(model("Quux", [("x", "float32", (1,))], [("y", "float32", (1,))]))
        (self.folder / "-dash.onnx").write_bytes(b"")
        for code, pattern, given in [
            (64, "", {"model": DIGITS / "model.onnx", "precision": "int3"}), (65, "labels.txt: ", {"model": DIGITS / "labels.txt"}),
            (66, "gone.onnx: ", {"model": "gone.onnx"}), (69, "odd.onnx: .*Quux", {"model": self.folder / "odd.onnx"}),
            (73, "", {"model": DIGITS / "model.onnx", "out": "/proc/o.o2m"}), (65, "-dash.onnx: ", {"model": self.folder / "-dash.onnx"}),
        ]:
            with self.subTest(given):
                failure = self.refuses(CommandError, pattern, onnx2mobile.convert, code=code, **given)
                self.assertTrue(failure.message)
                self.assertEqual(str(failure), failure.message + (f"\n  help: {failure.help}" if failure.help else ""))
                self.assertNotIsInstance(failure, VerdictError)


class DocumentationTests(Case):
    maxDiff = None

    def test_the_pages_code_runs(self):
        page = (ROOT / "Sources/onnx2mobile/Documentation.docc/InPython.md").read_text()
        for source in (*DIGITS.glob("*.txt"), *DIGITS.glob("*.json"), *DIGITS.glob("test_data_set_0")):
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.folder / source.name)
        shutil.copy(DIGITS / "model.onnx", self.folder / "digits.onnx")
        shutil.copy(PICTURES[0], self.folder / "two.png")
        shutil.copytree(BOXES, self.folder / "boxes")
        blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 4)
        self.assertLessEqual(len(blocks[0].splitlines()), 10)
        script = self.folder / "page.py"
        script.write_text("\n".join(blocks))
        done = subprocess.run([sys.executable, "-W", "error", script], cwd=self.folder, env=os.environ, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^two 0\.9\d+\n")


if __name__ == "__main__":
    unittest.main()
