import dataclasses
import sys
import unittest
import unittest.mock

import numpy
import onnx2mobile
from onnx2mobile import ModelError
from PIL import Image
from support import BOXES, DIGITS, MODELS, PICTURES, ROOT, Case


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

    def test_reads_files_as_the_command(self):
        digits, levels = onnx2mobile.load(self.digits), numpy.asarray(Image.open(PICTURES[0]).convert("L"))
        deep = levels.astype("uint16") * 251 + numpy.arange(levels.size, dtype="uint16").reshape(levels.shape) % 7
        images = {
            "deep": Image.fromarray(deep), "gray": Image.fromarray(levels), "bits": Image.fromarray(levels > 90),
            "alpha": Image.fromarray(numpy.dstack([levels, levels, levels, 255 - levels])),
            "palette": Image.fromarray(levels).convert("P"), "gray with alpha": Image.fromarray(numpy.dstack([levels, levels // 2]), "LA"),
        }
        for name, image in images.items():
            with self.subTest(name):
                image.save(self.folder / f"{name}.png")
                self.same(digits.classify(self.folder / f"{name}.png"), self.folder / f"{name}.png", self.digits)
        for name in ("CMYK", "F", "I"):
            with self.subTest(name):
                image = images["gray"].convert("RGB").convert("CMYK") if name == "CMYK" else images["gray"].convert(name)
                self.refuses(ModelError, name, digits.classify, image, code=10)

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


class TaskTests(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, preprocess in (("detector", "resize=letterbox:64x64,scale=1/255"), ("segmentation", "resize=16x16,scale=1/255")):
            task = "detect" if name == "detector" else "segment"
            onnx2mobile.convert(BOXES / f"{name}.onnx", cls.folder / f"{name}.o2m", preprocess=preprocess, task=task)

    def same(self, found, picture, bundle):
        """That the boxes are those that the command prints."""
        boxes = onnx2mobile._command._run(["run", str(bundle), "--input", str(picture), "--json"]).results[0].boxes
        self.assertEqual([(box.index, box.label) for box in found], [(box["class"], box.label or str(box["class"])) for box in boxes])
        for box, other in zip(found, boxes):
            for key in ("score", "x", "y", "width", "height"):
                self.assertEqual(numpy.float32(getattr(box, key)), numpy.float32(other[key]))

    def test_boxes_are_those_of_the_command(self):
        bundle = self.folder / "detector.o2m"
        detector = onnx2mobile.load(bundle)
        self.assertEqual(detector.task, "detect")
        found = detector.detect(PICTURES[0])
        self.assertEqual(len(found), 2)
        self.same(found, PICTURES[0], bundle)
        pixels = numpy.asarray(Image.open(PICTURES[0]).convert("RGB"))
        self.assertEqual(detector.detect(pixels), found)
        self.assertEqual(detector.detect(pixels, most=1), found[:1])
        self.assertEqual(len(detector.detect(pixels, score=0.1, overlap=1)), 3)
        self.assertEqual(detector.detect(pixels), found)
        for keywords, pattern in [({"most": 0}, "most is 0"), ({"score": 2}, "score is 2: it is 0 to 1"), ({"overlap": -1}, "overlap is -1")]:
            self.refuses(ModelError, pattern, detector.detect, pixels, code=10, **keywords)
        self.refuses(ModelError, "--task segment", detector.segment, pixels, code=19)
        self.refuses(ModelError, "--task detect", onnx2mobile.load(self.digits).detect, pixels, code=19)

    def test_maps_show_the_picture(self):
        maps = onnx2mobile.load(self.folder / "segmentation.o2m")
        self.assertEqual(maps.task, "segment")
        pixels = numpy.zeros((24, 40, 3), "uint8")
        pixels[:12, :, 0] = pixels[12:, :, 2] = 255  # red, and below it blue
        expected = numpy.repeat(numpy.array([[0], [2]], "uint8"), 12, axis=0).repeat(40, axis=1)
        numpy.testing.assert_array_equal(maps.segment(pixels), expected)
        numpy.testing.assert_array_equal(maps.segment(Image.fromarray(pixels)), expected)
        numpy.testing.assert_array_equal(maps.segment(pixels, size=(4, 2)), [[0] * 4, [2] * 4])
        cut = maps.segment(pixels, crop=(10, 0, 40, 24))
        numpy.testing.assert_array_equal(cut[:, :10], 255)
        numpy.testing.assert_array_equal(cut[:, 10:], expected[:, 10:])
        for size in ((0, 3), (3, 8193), (2.0, 2)):
            self.refuses(ModelError, "size is .*1 to 8192 each", maps.segment, pixels, size=size, code=10)

    def test_files_need_pillow(self):
        detector = onnx2mobile.load(self.folder / "detector.o2m")
        with unittest.mock.patch.dict(sys.modules, {"PIL": None}):
            self.refuses(ModelError, "needs Pillow: python -m pip install pillow", detector.detect, PICTURES[0], code=10)
            self.assertEqual(len(detector.detect(numpy.zeros((64, 64, 3), "uint8"))), 2)

    @unittest.skipUnless(MODELS, "O2M_MODELS is not set")
    def test_a_trained_detector_sees_what_the_command_sees(self):
        bundle, labels = self.folder / "faces.o2m", self.folder / "labels.txt"
        labels.write_text("face\n")
        onnx2mobile.convert(
            MODELS / "ultraface_rfb_320/model.onnx", bundle, labels=labels, preprocess="resize=320x240,scale=1/128,mean=0.9921875",
            task="detect")
        faces = onnx2mobile.load(bundle)
        for photo in ("detect_faces.jpg", "detect_grace_hopper.jpg"):
            found = faces.detect(MODELS / "photos" / photo)
            self.assertTrue(found and all(box.label == "face" for box in found))
            # Two decoders of JPEG differ by a level here and there, which moves a box by less than half a pixel.
            boxes = onnx2mobile._command._run(["run", str(bundle), "--input", str(MODELS / "photos" / photo), "--json"]).results[0].boxes
            self.assertEqual(len(found), len(boxes))
            for box, other in zip(found, boxes):
                self.assertLess(max(abs(getattr(box, key) - other[key]) for key in ("x", "y", "width", "height")), 0.5)
