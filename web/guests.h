/* The open connections: how many there may be, of all and of one network, and how long each may
 * take. A client that sends a byte now and then never looks idle; here it has until an instant. */
#pragma once

#include "web/network.h"

typedef struct Guests Guests;
typedef struct Guest Guest; /* one connection */

/* At most `max` at once, and fewer where the process may not open as many files (its limit is
 * raised as far as it may be); `per_network` from one network, if that is not this machine or one
 * of the proxies, behind which everybody may be. `proxies` is borrowed. */
Guests *guests_new(guint max, guint per_network, const Proxies *proxies);

/* All have left. */
void guests_free(Guests *guests);

/* Whether one more may come from there. */
bool guests_admit(Guests *guests, const struct sockaddr *address);

/* A connection was opened: it has `seconds` for what guest_give says next. */
Guest *guests_enter(Guests *guests, int fd, const struct sockaddr *address, guint seconds);

/* It is closed now; before the descriptor is. */
void guests_leave(Guests *guests, Guest *guest);

/* From now on it has so long; 0: as long as we need ourselves. When the time is over the socket is
 * shut down, which its owner sees as the client's going away. */
void guest_give(Guest *guest, guint seconds);

guint guests_count(Guests *guests);
