/* What the tables and JSON of several commands have in common. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdint.h>

/* Pads to `width` characters (printf would count bytes), and two blanks. */
void print_cell(GString *out, const char *text, glong width);

/* The instant in UTC; nothing for 0. */
void print_json_time(cJSON *object, const char *name, int64_t at_us);

/* The tree as text and a line break; the tree is freed. */
void print_json(GString *out, cJSON *take_tree);
