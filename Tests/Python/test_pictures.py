import dataclasses
import sys
import unittest
import unittest.mock

import numpy
import onnx2mobile
from onnx2mobile import ModelError
from PIL import Image
from support import DIGITS, MODELS, PICTURES, ROOT, Case


class PictureTests(Case):
    def same(self, found, picture, bundle):
        """That the classes are those that the command prints."""
        report = onnx2mobile._command._run(["run", str(bundle), "--input", str(picture), "--top", "5", "--json"])
        best = report.results[0].outputs[0].top
        self.assertEqual([(item.label or str(item["class"]), item["class"]) for item in best], [(item.label, item.index) for item in found])
        numpy.testing.assert_array_equal(numpy.float32([item.share for item in best]), numpy.float32([item.probability for item in found]))

    def test_classifies_as_the_command(self):
        digits = onnx2mobile.load(self.digits)
        for picture in PICTURES[:20]:
            found = digits.classify(picture)
            self.same(found, picture, self.digits)
            self.assertEqual(str(found[0].index), picture.stem[-1])

    def test_every_form_of_a_picture_is_the_same(self):
        digits, picture = onnx2mobile.load(self.digits), PICTURES[0]
        expected, image = digits.classify(picture), Image.open(picture)
        rgb = numpy.asarray(image.convert("RGB"))
        wide = numpy.zeros((rgb.shape[0], rgb.shape[1] + 9, 3), "uint8")
        wide[:, : rgb.shape[1]] = rgb
        forms = {
            "text": str(picture), "bytes": picture.read_bytes(), "image": image, "rgb": rgb, "rgba": numpy.dstack([rgb, rgb[:, :, 0]]),
            "gray": rgb[:, :, 0], "gray of one channel": rgb[:, :, :1], "rows with gaps": wide[:, : rgb.shape[1]],
            "planes": numpy.ascontiguousarray(rgb.transpose(2, 0, 1)).transpose(1, 2, 0), "turned over": rgb[::-1].copy()[::-1],
        }
        for name, form in forms.items():
            with self.subTest(name):
                self.assertEqual(digits.classify(form), expected)
        self.assertEqual(digits.classify(numpy.rot90(rgb), rotation=90), expected)
        self.assertEqual(digits.classify(rgb[:, ::-1], mirror=True), expected)
        height, width = rgb.shape[:2]
        self.assertEqual(digits.classify(numpy.pad(rgb, ((3, 1), (2, 5), (0, 0))), crop=(2, 3, 2 + width, 3 + height)), expected)
        self.assertEqual(digits.classify(picture, top=2), expected[:2])
        self.assertEqual(len(digits.classify(picture, top=10**6)), 10)

    def test_reads_files_without_pillow(self):
        for source in (self.digits, self.digits.read_bytes()):
            digits = onnx2mobile.load(source)
            pictures = (PICTURES[0], str(PICTURES[1]), PICTURES[2].read_bytes())
            expected = [digits.classify(picture) for picture in pictures]
            with unittest.mock.patch.dict(sys.modules, {"PIL": None}):
                for picture, best in zip(pictures, expected):
                    found = digits.classify(picture)
                    # The command prints more digits than a float32 has.
                    self.assertEqual([dataclasses.replace(item, probability=numpy.float32(item.probability)) for item in found], best)
                self.refuses(ModelError, "need Pillow", digits.classify, PICTURES[0], rotation=90, code=10)
                self.refuses(onnx2mobile.CommandError, "labels.txt: ", digits.classify, DIGITS / "labels.txt", code=65)

    def test_turns_as_exif_says(self):
        upright = self.folder / "pictures.o2m"
        onnx2mobile.convert(DIGITS / "model.onnx", upright, preprocess=str(DIGITS / "preprocess.json"))
        model = onnx2mobile.load(upright)
        for picture in sorted((ROOT / "Fixtures/cases/pictures").glob("*.*g")):
            with self.subTest(picture.name):
                self.same(model.classify(picture), picture, upright)

    def test_refuses_what_is_no_picture(self):
        digits = onnx2mobile.load(self.digits)
        for given, pattern in [
            (numpy.zeros((4, 4, 3), "float32"), r"it is float32 \[4, 4, 3\]"), (numpy.zeros((4, 4, 2), "uint8"), "array of uint8"),
            (numpy.zeros((0, 4, 3), "uint8"), "array of uint8"), (None, "it is object"), (DIGITS / "labels.txt", "labels.txt: no kind"),
            (PICTURES[0].read_bytes()[:90], "damaged|no kind"),
        ]:
            self.refuses(ModelError, pattern, digits.classify, given, code=10)
        self.refuses(ModelError, "cannot be opened: No such file", digits.classify, "gone.jpg", code=1)
        self.refuses(ModelError, "top is 0", digits.classify, PICTURES[0], 0, code=10)
        self.refuses(ModelError, "rotation is 45", digits.classify, PICTURES[0], rotation=45, code=10)
        self.refuses(ModelError, r"the crop \(0, 0, 99, 4\)", digits.classify, PICTURES[0], crop=(0, 0, 99, 4), code=10)
        onnx2mobile.convert(DIGITS / "model.onnx", self.folder / "plain.o2m")
        self.refuses(ModelError, "--preprocess", onnx2mobile.load(self.folder / "plain.o2m").classify, PICTURES[0], code=15)

    @unittest.skipUnless(MODELS, "O2M_MODELS is not set")
    def test_classifies_photos_as_the_command(self):
        bundle = self.folder / "squeezenet.o2m"
        labels = MODELS / "imagenet_labels.txt"
        onnx2mobile.convert(MODELS / "squeezenet1_1/model.onnx", bundle, preprocess="imagenet", labels=labels)
        squeezenet, photos = onnx2mobile.load(bundle, threads=2), sorted((MODELS / "photos").glob("*.jpg"))
        self.assertGreater(len(photos), 3)
        for photo in photos:
            self.same(squeezenet.classify(photo), photo, bundle)
        self.assertEqual(squeezenet.classify(MODELS / "photos/goldfish.jpg")[0].label, "n01443537 goldfish, Carassius auratus")
