/* A campaign: what is asked of whom and when, from draft to closed.
 *
 *   draft -> scheduled (launch.h) -> running (the runner, when it starts) -> closed
 *                  \-> paused -> resumed ->/       (the runner at the closing date, or
 * campaign_close)
 *
 * The definition is JSON, see definition.h. A paused campaign sends nothing and its links say so;
 * resuming moves no date. A closed one stays closed. */
#pragma once

#include "base/lang.h"
#include "store/db.h"

typedef enum {
    CAMPAIGN_TRAINING,
    CAMPAIGN_KNOWLEDGE,
    CAMPAIGN_APPLICATION,
    CAMPAIGN_OBSTACLES,
} CampaignKind;
typedef enum { PROMISE_IDENTIFIED, PROMISE_CONFIDENTIAL, PROMISE_ANONYMOUS } Promise;
typedef enum {
    CAMPAIGN_DRAFT,
    CAMPAIGN_SCHEDULED,
    CAMPAIGN_RUNNING,
    CAMPAIGN_PAUSED,
    CAMPAIGN_CLOSED,
} CampaignState;

/* The words of schema and definition: "training"... Parsing aborts on others: the schema has none.
 */
const char *campaign_kind_code(CampaignKind kind);
const char *campaign_state_code(CampaignState state);
const char *promise_code(Promise promise);
CampaignKind campaign_kind_parse(const char *code);
CampaignState campaign_state_parse(const char *code);
Promise promise_parse(const char *code);

typedef struct {
    int64_t id;
    char *name;
    char *title[LANG_MAX];
    CampaignKind kind;
    Promise promise;
    bool announced;
    CampaignState state;
    char *definition; /* JSON */
    char *control_phrase;
    char *note;             /* why the runner put it back to draft, "" otherwise */
    int64_t follows_id;     /* 0: none */
    int64_t form_id;        /* 0 before launch */
    int64_t starts_at_us;   /* 0 before launch */
    int64_t closes_at_us;   /* 0 before launch */
    int64_t launched_at_us; /* 0: not */
    int64_t closed_at_us;   /* 0: not */
    int64_t round_id;       /* 0 until it has opened */
    int64_t opened_at_us;
    guint promised_k; /* smallest group that its people are told of (promised.h); from launch on */
    bool has_seal;    /* anonymous: the round has a key for ballots */
    bool unsealed;    /* closed, and no more ballots will be opened */
    int64_t invited;  /* people so far, and how many of them started, answered a part, completed */
    int64_t started;
    int64_t partial;
    int64_t complete;
    int64_t undeliverable; /* that could not be delivered, of those who have not started */
} Campaign;

void campaign_free(Campaign *campaign);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Campaign, campaign_free)

/* Checks the definition and stores a draft. INPUT names the field and the remedy, also of content
 * that the pack lacks or that this promise may not ask; CONFLICT if the name is taken; NOT_FOUND if
 * there is no campaign to follow. The pack itself may come later. */
bool campaign_create(DbTx *tx, const char *json, gsize length, int64_t now_us, int64_t *out_id,
                     GError **error);

/* NOT_FOUND if there is none of that name; CONFLICT if its state does not allow it. */
bool campaign_pause(DbTx *tx, const char *name, GError **error);
bool campaign_resume(DbTx *tx, const char *name, int64_t now_us, GError **error);

/* Answers are refused from now on; queued mail is held at once and cancelled by the runner. */
bool campaign_close(DbTx *tx, const char *name, int64_t now_us, GError **error);

/* NOT_FOUND if there is none of that name. */
Campaign *campaign_find(Db *db, const char *name, GError **error);

/* That NOT_FOUND, with the name that may have been meant; returns false. */
bool campaign_unknown(Db *db, const char *name, GError **error);

/* All, newest first: GPtrArray of Campaign. */
GPtrArray *campaign_list(Db *db, GError **error);

/* Those that are neither drafts nor done with, oldest first, without counts. */
GPtrArray *campaign_list_live(Db *db, GError **error);
