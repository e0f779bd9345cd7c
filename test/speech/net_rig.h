/*
 * test/speech/net_rig.h - recognisers over the network, in a loop of the test
 */
#pragma once

#include "base/cfg.h"
#include "base/work.h"
#include "fakes/fake.h"
#include "speech/asr.h"

enum {
	NET_FAKES = 2,
	NET_TEXT_SIZE = 512,
};

struct net_rig {
	struct work_pool *pool;
	struct httpc *http;
	struct cfg *cfg;
	struct asr *asr;
	struct asr_usage *usage;
	struct fake *fakev[NET_FAKES];
	const char *kindv[NET_FAKES];
	char fault[CFG_FAULT_SIZE];
	const char *lang;     /* of the phrases; NULL: "en" */
	const char *hot_word; /* of the script; NULL: none */
	bool is_open;
	uint32_t every_ms; /* a piece of 100 ms is spoken; at first 10 */
};

/* The credentials that the fakes want and services are configured with. */
#define NET_KEY    "s3cret-key"
#define NET_SECRET "s3cret-half"

/* What came of a phrase. */
struct net_heard {
	char text[NET_TEXT_SIZE];
	char partial[NET_TEXT_SIZE]; /* the last */
	char service[ASR_NAME_SIZE];
	char why[NET_TEXT_SIZE];
	unsigned partials;
	unsigned phrases;
	unsigned score;
	uint32_t begin_ms, end_ms;
	int err;
	bool is_closed;
	uint32_t answer_ms; /* from its end to its text */
};

/* What the fakes understand. */
extern const char *const net_textv[];
extern const unsigned net_textc;

/* Opens a loop and one or two fakes (the second kind may be NULL); close it
 * even when this fails. */
int net_open(struct net_rig *rig, const char *kind, const char *second);
void net_close(struct net_rig *rig);

/* The same with one fake, whose certificate and key are in that file. */
int net_open_secure(struct net_rig *rig, const char *kind,
                    const char *certificate);

/* Configures a service that leads to the fake, with its credentials and all
 * patience, and one more key of it. */
int net_service(struct net_rig *rig, const char *name, size_t fake,
                const char *key, const char *value);
int net_set(struct net_rig *rig, const char *name, const char *key,
            const char *value);
int net_asr(struct net_rig *rig, const char *names);

/* A service has a minute for each of its steps: where a limit is not what is
 * tested, a machine that stands still for a while must not reach it. */
int net_patience(struct net_rig *rig, const char *name);

/* Speaks the i-th text for so long in real time, ten times as fast. */
int net_say(struct net_rig *rig, struct net_heard *heard, unsigned i,
            uint32_t ms);
void net_run_ms(struct net_rig *rig, uint64_t ms);

/* Until a fake has counted so many, for a minute and a half at most; returns
 * whether it has. */
bool net_wait(struct net_rig *rig, const unsigned *count, unsigned n);

/* What is on its way between the two sides of a connection arrives. */
void net_settle(struct net_rig *rig);
