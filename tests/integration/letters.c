/* letters FOLDER: what a mailbox holds, a line a message, tab-separated: address, name, Message-ID,
 * link. */
#include "tests/integration/inbox.h"

#include <gmime/gmime.h>
#include <stdio.h>

int main(int argc, char **argv) {
    g_assert_cmpint(argc, ==, 2);
    g_mime_init();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) letters = inbox_read(argv[1], seen);
    for (guint i = 0; i < letters->len; i++) {
        const Letter *letter = g_ptr_array_index(letters, i);
        printf("%s\t%s\t%s\t%s\n", letter->to, letter->to_name, letter->message_id, letter->link);
    }
    g_mime_shutdown();
    return 0;
}
