"""What a picture is: a file, its bytes, an image of Pillow, an array of pixels."""

from __future__ import annotations

import io
import os
from typing import Any, Optional, Tuple, Union

import numpy

from ._errors import ModelError, wrong
from ._library import GRAY, RGB, RGBA, CImage

PictureFile = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]
Crop = Tuple[int, int, int, int]

_formats = {1: GRAY, 3: RGB, 4: RGBA}


def is_file(picture: Any) -> bool:
    """Whether it is a file that is to be decoded, or the bytes of one."""
    return isinstance(picture, (str, os.PathLike, bytes, bytearray, memoryview))


def has_pillow() -> bool:
    try:
        import PIL  # noqa: F401
    except ImportError:
        return False
    return True


def decoded(picture: PictureFile) -> Any:
    """The image of Pillow."""
    if not has_pillow():
        raise wrong("a picture in a file needs Pillow: python -m pip install pillow")
    from PIL import Image, UnidentifiedImageError

    source = os.fspath(picture) if isinstance(picture, (str, os.PathLike)) else io.BytesIO(picture)
    name = source if isinstance(source, str) else "the picture"
    try:
        image = Image.open(source)
        image.load()
        return image
    except UnidentifiedImageError:
        raise wrong(f"{name}: no kind of picture that Pillow knows") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as cause:
        if isinstance(cause, OSError) and cause.errno:
            raise ModelError("open", f"{name}: cannot be opened: {cause.strerror}", system=cause.errno) from cause
        raise wrong(f"{name}: the picture is damaged: {cause}") from cause


def pixels_of(picture: Any) -> numpy.ndarray:
    """The bytes of a picture as rows of pixels: [height, width] or [height, width, 1, 3 or 4], rows of which may have gaps."""
    if hasattr(picture, "getexif") and hasattr(picture, "convert"):
        from PIL import ImageOps

        picture = _levels(ImageOps.exif_transpose(picture) or picture, picture.format)
    array = numpy.asarray(picture)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != numpy.uint8 or array.ndim not in (2, 3) or channels not in _formats or 0 in array.shape:
        raise wrong(
            "a picture is a file, an image of Pillow, or an array of uint8 [height, width, 3], RGB; also 4 channels, RGBA, or none, gray; "
            f"it is {array.dtype} {list(array.shape)}")
    inner = array.strides[1:] if array.ndim == 3 else array.strides[1:] + (1,)
    # Pixels lie side by side, rows in any distance.
    if inner != (channels, 1) or array.strides[0] < channels * array.shape[1]:
        array = numpy.ascontiguousarray(array)
    return array


def _levels(image: Any, file: Optional[str]) -> Any:
    """The image of Pillow in levels of 0 to 255, as the command reads it."""
    if image.mode == "CMYK":
        raise wrong("CMYK pictures are not supported: save it as RGB, or give image.convert(\"RGB\")")
    # Pillow cuts what is above 255.
    if image.mode.startswith("I;16") or image.mode == "I" and file == "PNG":
        return ((numpy.asarray(image).astype(numpy.uint32) * 255 + 32895) >> 16).astype(numpy.uint8)
    if image.mode in ("I", "F"):
        raise wrong(f"the picture's mode is {image.mode}: make it one of levels of 0 to 255, as RGB or L")
    return image.convert("RGB")


def image_of(pixels: numpy.ndarray, rotation: int, mirror: bool, crop: Optional[Crop]) -> CImage:
    """The `o2m_image` that points to `pixels`, which has to outlive it."""
    if rotation not in (0, 90, 180, 270):
        raise wrong(f"rotation is {rotation}: it is 0, 90, 180 or 270")
    height, width = pixels.shape[:2]
    image = CImage()
    image.format = _formats[pixels.shape[2] if pixels.ndim == 3 else 1]
    image.width, image.height, image.rotation, image.mirror = width, height, rotation, bool(mirror)
    if crop is not None:
        left, top, right, bottom = (int(side) for side in crop)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise wrong(f"the crop {tuple(crop)} is left, top, right and bottom within {width}x{height} pixels")
        image.crop_left, image.crop_top, image.crop_width, image.crop_height = left, top, right - left, bottom - top
    image.planes[0] = pixels.ctypes.data
    image.strides[0] = pixels.strides[0]
    return image
