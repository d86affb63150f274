/* Addresses: RFC 5321 with RFC 6531's international letters in both parts. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* NULL if it is a mailbox address that mail can be sent to; else what is wrong with it, in the
 * process's language. Stricter than the RFC in one thing: the domain needs a dot. */
const char *email_fault(const char *address);

/* The form by which addresses are compared: lower case, and the domain in its ASCII form, so that
 * "Åsa@Sjöstad.example" is "åsa@xn--sjstad-xxa.example". The address must be valid. */
char *email_fold(const char *address);
