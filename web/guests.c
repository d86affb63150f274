#include "web/guests.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/patience.h"

enum { LOOK_EVERY_S = 1, FILES_OF_OUR_OWN = 256 };

/* After so many at once have gone, their memory is given back. */
enum { CROWD = 1000 };

struct Guest {
    int fd;
    Network network;
    bool counted;          /* with its network */
    atomic_llong until_us; /* monotonic; 0: no limit */
    Guest *before;
    Guest *after;
};

struct Guests {
    guint max;
    guint per_network;
    const Proxies *proxies;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
    guint count;
    guint most; /* at once, since memory was given back */
    Guest *first;
    GHashTable *by_network; /* Network * -> how many */
};

static guint network_hash(gconstpointer key) {
    const Network *network = key;
    guint hash = 5381;
    for (guint i = 0; i < sizeof network->bytes; i++) {
        hash = hash * 33 + network->bytes[i];
    }
    return hash;
}

static gboolean network_equal(gconstpointer a, gconstpointer b) {
    return memcmp(a, b, sizeof(Network)) == 0;
}

static void guests_look(Guests *guests) {
    int64_t now_us = g_get_monotonic_time();
    guint late = 0;
    for (Guest *guest = guests->first; guest; guest = guest->after) {
        int64_t until_us = atomic_load(&guest->until_us);
        if (until_us != 0 && until_us < now_us) {
            shutdown(guest->fd, SHUT_RDWR);
            atomic_store(&guest->until_us, 0);
            late++;
        }
    }
    if (late > 0) {
        log_event(LOG_DEBUG, "web.too_slow", "connections=%u", late);
    }
}

static void *guests_loop(void *data) {
    Guests *guests = data;
    pthread_mutex_lock(&guests->lock);
    while (!guests->stopping) {
        int64_t until_us = g_get_monotonic_time() + LOOK_EVERY_S * G_USEC_PER_SEC;
        patience_wait(&guests->stop, &guests->lock, until_us);
        guests_look(guests);
        if (guests->most > CROWD && guests->count < guests->most / 4) {
            guests->most = guests->count;
            pthread_mutex_unlock(&guests->lock);
            malloc_trim(0);
            pthread_mutex_lock(&guests->lock);
        }
    }
    pthread_mutex_unlock(&guests->lock);
    return NULL;
}

/* How many connections the process may have. */
static guint files_allow(guint wanted) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return wanted;
    }
    rlim_t needed = (rlim_t)wanted + FILES_OF_OUR_OWN;
    if (files.rlim_cur < needed) {
        files.rlim_cur = MIN(needed, files.rlim_max);
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= needed) {
        return wanted;
    }
    guint fewer = files.rlim_cur > 2 * (rlim_t)FILES_OF_OUR_OWN
                      ? (guint)files.rlim_cur - FILES_OF_OUR_OWN
                      : (guint)files.rlim_cur / 2;
    log_event(LOG_WARNING, "web.few_files", "wanted=%u connections=%u", wanted, fewer);
    return fewer;
}

Guests *guests_new(guint max, guint per_network, const Proxies *proxies) {
    Guests *guests = g_new0(Guests, 1);
    guests->max = files_allow(max);
    guests->per_network = per_network;
    guests->proxies = proxies;
    guests->by_network = g_hash_table_new_full(network_hash, network_equal, g_free, NULL);
    pthread_mutex_init(&guests->lock, NULL);
    patience_init(&guests->stop);
    int status = pthread_create(&guests->thread, NULL, guests_loop, guests);
    g_assert(status == 0);
    pthread_setname_np(guests->thread, "guests");
    return guests;
}

void guests_free(Guests *guests) {
    if (!guests) {
        return;
    }
    pthread_mutex_lock(&guests->lock);
    guests->stopping = true;
    pthread_cond_signal(&guests->stop);
    pthread_mutex_unlock(&guests->lock);
    pthread_join(guests->thread, NULL);
    g_assert(guests->count == 0);
    g_hash_table_unref(guests->by_network);
    pthread_cond_destroy(&guests->stop);
    pthread_mutex_destroy(&guests->lock);
    g_free(guests);
}

/* Behind some addresses is everybody. */
static bool is_counted(const Guests *guests, const Network *network) {
    return !network_is_loopback(network) && !proxies_hold(guests->proxies, network);
}

bool guests_admit(Guests *guests, const struct sockaddr *address) {
    Network network;
    network_from_socket(address, &network);
    Network site = network_site(&network);
    pthread_mutex_lock(&guests->lock);
    guint same = GPOINTER_TO_UINT(g_hash_table_lookup(guests->by_network, &site));
    bool room = guests->count < guests->max && same < guests->per_network;
    pthread_mutex_unlock(&guests->lock);
    return room;
}

/* `by` is 1 or -1. */
static void network_count(Guests *guests, const Network *network, int by) {
    guint now = GPOINTER_TO_UINT(g_hash_table_lookup(guests->by_network, network)) + (guint)by;
    if (now == 0) {
        g_hash_table_remove(guests->by_network, network);
    } else {
        g_hash_table_insert(guests->by_network, g_memdup2(network, sizeof *network),
                            GUINT_TO_POINTER(now));
    }
}

Guest *guests_enter(Guests *guests, int fd, const struct sockaddr *address, guint seconds) {
    Guest *guest = g_new0(Guest, 1);
    Network network;
    network_from_socket(address, &network);
    guest->fd = fd;
    guest->network = network_site(&network);
    guest->counted = is_counted(guests, &network);
    guest_give(guest, seconds);
    pthread_mutex_lock(&guests->lock);
    guests->count++;
    guests->most = MAX(guests->most, guests->count);
    if (guest->counted) {
        network_count(guests, &guest->network, 1);
    }
    guest->after = guests->first;
    if (guest->after) {
        guest->after->before = guest;
    }
    guests->first = guest;
    pthread_mutex_unlock(&guests->lock);
    return guest;
}

void guests_leave(Guests *guests, Guest *guest) {
    pthread_mutex_lock(&guests->lock);
    guests->count--;
    if (guest->counted) {
        network_count(guests, &guest->network, -1);
    }
    if (guest->after) {
        guest->after->before = guest->before;
    }
    if (guest->before) {
        guest->before->after = guest->after;
    } else {
        guests->first = guest->after;
    }
    pthread_mutex_unlock(&guests->lock);
    g_free(guest);
}

void guest_give(Guest *guest, guint seconds) {
    int64_t until_us = seconds > 0 ? g_get_monotonic_time() + seconds * G_USEC_PER_SEC : 0;
    atomic_store(&guest->until_us, until_us);
}

guint guests_count(Guests *guests) {
    pthread_mutex_lock(&guests->lock);
    guint count = guests->count;
    pthread_mutex_unlock(&guests->lock);
    return count;
}
