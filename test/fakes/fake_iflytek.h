/*
 * test/fakes/fake_iflytek.h - how iFlytek wants its addresses signed, checked
 */
#pragma once

struct fake_iflytek_signed {
	const char *path;
	const char *authorization; /* of the query */
	const char *asked;         /* the host of the query */
	const char *host;          /* and of the request */
	const char *date;
};

/* 101, 401 for a wrong signature, 403 for a wrong host or an old date. */
unsigned fake_iflytek_hello(const struct fake_iflytek_signed *what,
                            const char *key, const char *secret);
