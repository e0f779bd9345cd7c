/*
 * flow/match.h - which condition an input meets
 */
#pragma once

#include "flow/script.h"

struct flow_session;

enum hit_kind {
	HIT_NONE,
	HIT_CHILD,
	HIT_GLOBAL,
	HIT_SOURCE,
	HIT_ENTRY,
};

struct hit {
	enum hit_kind kind;
	const struct link *link;   /* all but ENTRY */
	const struct entry *entry; /* ENTRY */
	size_t depth;              /* SOURCE: how many nodes up */
	int method;                /* 2 regex, 3 full, 4 any */
	const char *condition;     /* as written */
	const char *keyword;       /* what of the input met it */
	size_t keyword_len;
};

/* What is being matched, and what may be met by it. */
struct query {
	enum cond_kind kind;
	struct subject subject;
	uint64_t at_ms;      /* for a global flow's time limit */
	uint32_t sentence;   /* for its count limit; 0: does not apply */
	bool is_blocked;     /* only flows with ignoredisablebreak */
	bool is_own_only;    /* only the node's children */
	const char *keyword; /* what the service chose; NULL: match */
};

/* Children, global flows and source children by priority (step 5). */
bool match_links(struct flow_session *sess, const struct query *query,
                 struct hit *hit);

/* Knowledge base (step 6). */
bool match_entries(struct flow_session *sess, const struct query *query,
                   struct hit *hit);

/* Child ANY; the caller has asked the gate. */
bool match_any(struct flow_session *sess, const struct query *query,
               struct hit *hit);

/* Whether a global flow's limits let it be tried at the current node. */
bool match_is_open(const struct flow_session *sess, const struct global *global,
                   const struct query *query);

/* Whether the mismatch prompt holds ANY back. */
bool match_is_gated(const struct flow_session *sess);
