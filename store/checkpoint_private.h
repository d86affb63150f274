/* The log's copying into the database beside the writer, who would otherwise stand still for it.
 *
 * A thread with its own connection copies what the log holds while the writer goes on appending to
 * it; the little that came meanwhile is the writer's, who then begins the log anew. What is durable
 * is durable in the log: a crash at any moment loses nothing by this. */
#pragma once

#include "store/db.h"

typedef struct Checkpoint Checkpoint;

/* Copies nothing beside the writer until it is allowed to; the thread is started when it is first
 * needed. */
Checkpoint *checkpoint_new(const char *path);

/* From any thread. Of all processes that have the database open one may be allowed
 * (engine_copy_log). */
void checkpoint_allow(Checkpoint *checkpoint, bool allowed);

/* Stops the thread. */
void checkpoint_free(Checkpoint *checkpoint);

/* After a commit of the writer's connection: sees to it that the log does not grow for ever. */
void checkpoint_tend(Checkpoint *checkpoint, Db *writer);
