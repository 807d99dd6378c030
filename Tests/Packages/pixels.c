// pixels FILE: a JPEG or PNG file as a binary pixmap on stdout, gray where a PNG is.
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static int fail(const char *what) {
  fprintf(stderr, "pixels: %s\n", what);
  return 1;
}

static int write_pixels(int channels, int width, int height, const unsigned char *pixels) {
  printf("P%d\n%d %d\n255\n", channels == 1 ? 5 : 6, width, height);
  const size_t count = (size_t)channels * (size_t)width * (size_t)height;
  return fwrite(pixels, 1, count, stdout) == count ? 0 : fail("stdout");
}

static int from_png(const char *path) {
  png_image image = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_file(&image, path)) return fail(image.message);
  image.format = image.format & PNG_FORMAT_FLAG_COLOR ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
  if (!pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) return fail(image.message);
  const int result = write_pixels((int)PNG_IMAGE_PIXEL_CHANNELS(image.format), (int)image.width, (int)image.height, pixels);
  free(pixels);
  return result;
}

static int from_jpeg(unsigned char *bytes, unsigned long size) {
  int width, height, sampling, colours;
  tjhandle decoder = tjInitDecompress();
  if (tjDecompressHeader3(decoder, bytes, size, &width, &height, &sampling, &colours)) return fail(tjGetErrorStr2(decoder));
  unsigned char *pixels = malloc(3 * (size_t)width * (size_t)height);
  if (!pixels || tjDecompress2(decoder, bytes, size, pixels, width, 0, height, TJPF_RGB, 0)) return fail(tjGetErrorStr2(decoder));
  const int result = write_pixels(3, width, height, pixels);
  free(pixels);
  tjDestroy(decoder);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 2) return fail("one file");
  FILE *file = fopen(argv[1], "rb");
  if (!file) return fail(argv[1]);
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  unsigned char *bytes = malloc((size_t)size + 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) return fail(argv[1]);
  fclose(file);
  const int result = size > 2 && !memcmp(bytes, "\xFF\xD8", 2) ? from_jpeg(bytes, (unsigned long)size) : from_png(argv[1]);
  free(bytes);
  return result;
}
