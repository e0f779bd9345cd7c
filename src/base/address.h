/*
 * base/address.h - pure: whether an address is of the public internet
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* False for loopback, private, link-local, shared, multicast, documentation
 * and other special networks (IANA's special-purpose registries, RFC 6890), of
 * IPv4 also inside IPv6, and for all that is neither. */
bool address_is_public(const struct sockaddr *address);
