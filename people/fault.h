/* What is wrong with a staff file, so that whoever exported it can mend it without asking. */
#pragma once

#include <glib.h>

typedef struct {
    guint line;   /* of the file, from 1 */
    char *column; /* the column's own name in the file; "" when the whole row is meant */
    char *value;  /* as it stands there, shortened */
    char *what;   /* what is wrong */
    char *remedy; /* what to do */
} Fault;

/* The first LIMIT_FAULTS faults, and how many there were. */
typedef struct {
    GPtrArray *list; /* Fault* */
    guint count;
} FaultList;

FaultList *fault_list_new(void);
void fault_list_free(FaultList *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FaultList, fault_list_free)
void fault_add(FaultList *faults, guint line, const char *column, const char *value,
               const char *remedy, const char *format, ...) G_GNUC_PRINTF(6, 7);
void fault_list_append(FaultList *to, const FaultList *from);

/* By line; those of one line as they were added. */
void fault_list_sort(FaultList *faults);
