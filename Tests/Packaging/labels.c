// What a C program does with an installed library: opens a bundle, classifies a gray picture, prints the best labels.
#include <o2m.h>
#include <stdio.h>

int main(int count, char **arguments) {
  if (count != 2 || o2m_version() != O2M_VERSION) return 64;
  o2m_error error;
  o2m_model *model = o2m_model_open(arguments[1], 0, &error);
  o2m_session *session = o2m_session_create(model, 1, &error);
  unsigned char pixels[16 * 16];
  for (unsigned i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i % 16 > 6 && i % 16 < 9 ? 255 : 0);
  const o2m_image image = {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .planes = {pixels}};
  o2m_class classes[3];
  uint32_t found = 0;
  if (o2m_session_classify(session, &image, 3, classes, &found, &error) != O2M_OK) {
    char text[256];
    o2m_error_text(&error, text, sizeof text);
    fprintf(stderr, "error: %s\n", text);
    return 1;
  }
  for (uint32_t i = 0; i < found; i++) {
    char label[64];
    o2m_model_label(model, classes[i].label, label, sizeof label);
    printf("%5.1f %%  %s\n", 100 * classes[i].probability, label);
  }
  o2m_session_destroy(session);
  o2m_model_close(model);
  return found == 3 ? 0 : 1;
}
