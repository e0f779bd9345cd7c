/*
 * phone/sip/line.h - the body of struct phone_line
 *
 * Private to phone/. line.c keeps the parameters and matches calls to lines,
 * registration.c keeps a line registered.
 *
 * Threads: control loop.
 */
#pragma once

#include "media/codec.h"
#include "phone/sip/dialog.h"
#include "phone/sip/digest.h"
#include "phone/sip/request.h"
#include "phone/sip/ua.h"

enum {
	LINE_WORDS_SIZE = 256,
	LINE_EXPIRES_S = 600,
	LINE_PROBE_MS = 8000,
};

/* What keeps a line registered. */
struct registration {
	struct dialog dialog;
	struct digest *digest;
	struct request *req;
	struct tmr tmr;
	struct tmr alive_tmr;
	struct sa server;   /* that accepted it, for signs of life */
	uint32_t expires_s; /* asked for; the server may raise it */
	unsigned failures;  /* in a row */
	bool is_registered;
	bool is_ending;
};

/* One asking whether the server answers. */
struct line_probe {
	struct dialog dialog;
	struct digest *digest;
	struct request *req;
	struct tmr tmr;
	void (*done)(int err, const char *words, void *arg);
	void *arg;
};

/* What networks say of our identity. */
struct line_trust {
	char words[LINE_WORDS_SIZE]; /* "": nothing */
	uint64_t tell_at_ms;         /* not again before */
	bool is_unsigned_told;
};

struct phone_line {
	struct le le;
	struct phone *phone;
	struct phone_line_prm prm; /* texts are owned */
	char *host;                /* of the server, without port */
	char *domain;              /* of our URIs: "[::1]", "sip.example" */
	char *server_uri;          /* "sip:host:port" */
	char *next_hop;            /* with transport */
	struct sa server_addr;     /* once known */
	const struct codec *codecv[CODECS_MAX];
	size_t codecc;
	unsigned calls; /* live legs */
	enum phone_line_state state;
	char words[LINE_WORDS_SIZE]; /* of the state */
	struct line_trust trust;
	struct registration registration;
	struct line_probe probe;
};

/* Whether an answer from that address may ask for our credentials. */
bool line_is_server(const struct phone_line *line, const struct sa *addr);

/* Learns the server's address from a request on its way there. */
void line_path_seen(struct phone_line *line, const struct dialog *dialog,
                    const struct sa *dst);

/* The line that an incoming INVITE belongs to: by source and user, by
 * source, by user; NULL: none. */
struct phone_line *line_match(struct phone *phone, const struct sip_msg *msg);

/* Writes our Contact for the path, without the end of the line. line may be
 * NULL. */
int line_write_contact(const struct phone_line *line, struct mbuf *mb,
                       const struct request_path *path);

/* What an answer to REGISTER or OPTIONS means, in words with the remedy. */
void line_words(char words[LINE_WORDS_SIZE], const struct phone_line *line,
                int err, const struct sip_msg *msg);

int registration_start(struct phone_line *line);

/* Asks now, whatever the timer says. */
int registration_again(struct phone_line *line);

/* Takes our contact back. */
void registration_end(struct phone_line *line);

/* Whether something of it is still on its way. */
bool registration_is_busy(const struct phone_line *line);

void registration_clear(struct registration *registration);
void line_probe_tell(struct phone_line *line, int err, const char *words);
