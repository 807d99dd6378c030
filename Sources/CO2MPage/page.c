#include "page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char frame[] = {
#embed "page.html"
};
static const unsigned char style[] = {
#embed "page.css"
};
static const unsigned char layout[] = {
#embed "layout.js"
};
static const unsigned char model[] = {
#embed "model.js"
};
static const unsigned char canvas[] = {
#embed "canvas.js"
};
static const unsigned char panel[] = {
#embed "panel.js"
};
static const unsigned char charts[] = {
#embed "charts.js"
};
static const unsigned char main_[] = {
#embed "main.js"
};

static const struct o2m_page_part parts[] = {
    {"page.html", frame, sizeof frame},   {"page.css", style, sizeof style},    {"layout.js", layout, sizeof layout},
    {"model.js", model, sizeof model},    {"canvas.js", canvas, sizeof canvas}, {"panel.js", panel, sizeof panel},
    {"charts.js", charts, sizeof charts}, {"main.js", main_, sizeof main_},
};

size_t o2m_page_parts(const struct o2m_page_part **first) {
  *first = parts;
  return sizeof parts / sizeof *parts;
}
