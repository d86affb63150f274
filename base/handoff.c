#include "base/handoff.h"

#include "base/patience.h"

#include <pthread.h>

struct Handoff {
    pthread_mutex_t lock;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    guint capacity;
    bool closed;
    GQueue values;
};

Handoff *handoff_new(guint capacity) {
    Handoff *handoff = g_new0(Handoff, 1);
    pthread_mutex_init(&handoff->lock, NULL);
    patience_init(&handoff->not_empty);
    patience_init(&handoff->not_full);
    handoff->capacity = capacity;
    g_queue_init(&handoff->values);
    return handoff;
}

void handoff_free(Handoff *handoff) {
    if (handoff == NULL) {
        return;
    }
    g_queue_clear(&handoff->values);
    pthread_cond_destroy(&handoff->not_full);
    pthread_cond_destroy(&handoff->not_empty);
    pthread_mutex_destroy(&handoff->lock);
    g_free(handoff);
}

static bool handoff_add(Handoff *handoff, gpointer value) {
    if (handoff->closed || handoff->values.length >= handoff->capacity) {
        return false;
    }
    g_queue_push_tail(&handoff->values, value);
    return true;
}

/* The one who is woken finds the lock free. */
static bool handoff_unlock(Handoff *handoff, bool added) {
    pthread_mutex_unlock(&handoff->lock);
    if (added) {
        pthread_cond_signal(&handoff->not_empty);
    }
    return added;
}

bool handoff_push(Handoff *handoff, gpointer value) {
    pthread_mutex_lock(&handoff->lock);
    while (!handoff->closed && handoff->values.length >= handoff->capacity) {
        pthread_cond_wait(&handoff->not_full, &handoff->lock);
    }
    return handoff_unlock(handoff, handoff_add(handoff, value));
}

bool handoff_try_push(Handoff *handoff, gpointer value) {
    pthread_mutex_lock(&handoff->lock);
    return handoff_unlock(handoff, handoff_add(handoff, value));
}

gpointer handoff_pop(Handoff *handoff, int timeout_ms) {
    int64_t until_us = g_get_monotonic_time() + MAX(timeout_ms, 0) * INT64_C(1000);
    bool patient = true;
    pthread_mutex_lock(&handoff->lock);
    while (handoff->values.length == 0 && !handoff->closed && patient) {
        if (timeout_ms < 0) {
            pthread_cond_wait(&handoff->not_empty, &handoff->lock);
        } else {
            patient = patience_wait(&handoff->not_empty, &handoff->lock, until_us);
        }
    }
    gpointer value = g_queue_pop_head(&handoff->values);
    if (value != NULL) {
        pthread_cond_signal(&handoff->not_full);
    }
    pthread_mutex_unlock(&handoff->lock);
    return value;
}

guint handoff_length(Handoff *handoff) {
    pthread_mutex_lock(&handoff->lock);
    guint length = handoff->values.length;
    pthread_mutex_unlock(&handoff->lock);
    return length;
}

void handoff_close(Handoff *handoff) {
    pthread_mutex_lock(&handoff->lock);
    handoff->closed = true;
    pthread_cond_broadcast(&handoff->not_empty);
    pthread_cond_broadcast(&handoff->not_full);
    pthread_mutex_unlock(&handoff->lock);
}

bool handoff_is_closed(Handoff *handoff) {
    pthread_mutex_lock(&handoff->lock);
    bool closed = handoff->closed;
    pthread_mutex_unlock(&handoff->lock);
    return closed;
}
