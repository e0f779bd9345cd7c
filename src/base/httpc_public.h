/*
 * base/httpc_public.h - keeps a request out of private networks
 *
 * Addresses are judged, not names, so that no name can lie about where it
 * leads; a connection that another request has made is judged too.
 */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

/* *is_privatep, which outlives the handle, tells why it failed. */
void httpc_public_set(CURL *easy, bool *is_privatep);
