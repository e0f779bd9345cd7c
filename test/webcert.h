/*
 * test/webcert.h - a certificate for a server of the tests
 */
#pragma once

/* Writes a key and a certificate that it signs itself, for a name or address
 * ("DNS:example.org", "IP:127.0.0.1"), valid from days ago for 2 days. */
int webcert_write(const char *path, const char *subject, int days_ago);
