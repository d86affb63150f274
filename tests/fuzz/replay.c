/* Runs a fuzz target over every file of the folders named, and over the empty input: the seeds as a
 * plain test, for builds without libFuzzer. At least one file must be there. */
#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static guint folder_replay(const char *path) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    if (folder == NULL) {
        g_error("%s", error->message);
    }
    guint count = 0;
    const char *name;
    while ((name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *data = NULL;
        gsize size;
        if (!g_file_get_contents(file, &data, &size, &error)) {
            g_error("%s", error->message);
        }
        g_print("%s\n", file);
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        count++;
    }
    return count;
}

int main(int argc, char **argv) {
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        if (folder_replay(argv[i]) == 0) {
            g_error("no seeds in %s", argv[i]);
        }
    }
    return 0;
}
