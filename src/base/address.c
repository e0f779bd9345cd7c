/*
 * base/address.c - pure: whether an address is of the public internet
 */
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include "base/address.h"
#include "base/mem.h"

struct net4 {
	uint32_t net;
	unsigned bits;
};

struct net6 {
	uint8_t netv[16];
	unsigned bits;
};

/* clang-format off */
static const struct net4 net4v[] = {
	{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8},
	{0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
	{0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
	{0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24},
	{0xe0000000, 4}, {0xf0000000, 4},
};

/* Only 2000::/3 is given out, and of that these are special. */
static const struct net6 net6v[] = {
	{{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20},             /* documentation */
};
/* clang-format on */

static bool is_public4(uint32_t host)
{
	for (size_t i = 0; i < ARRAY_COUNT(net4v); i++) {
		uint32_t mask = 0xffffffffU << (32 - net4v[i].bits);

		if ((host & mask) == net4v[i].net)
			return false;
	}

	return true;
}

static uint32_t word_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static bool is_within(const uint8_t *address, const struct net6 *net)
{
	size_t whole = net->bits / 8;
	unsigned rest = net->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	if (memcmp(address, net->netv, whole) != 0)
		return false;

	return !rest || (address[whole] & mask) == (net->netv[whole] & mask);
}

static bool is_public6(const uint8_t *address)
{
	static const uint8_t mappedv[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t translatedv[12] = {0, 0x64, 0xff, 0x9b};

	if (!memcmp(address, mappedv, sizeof(mappedv)) ||
	    !memcmp(address, translatedv, sizeof(translatedv)))
		return is_public4(word_at(&address[12]));
	if (address[0] == 0x20 && address[1] == 0x02)
		return is_public4(word_at(&address[2])); /* 6to4 */
	if ((address[0] & 0xe0) != 0x20)
		return false;

	for (size_t i = 0; i < ARRAY_COUNT(net6v); i++) {
		if (is_within(address, &net6v[i]))
			return false;
	}

	return true;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		return is_public4(ntohl(in->sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		return is_public6(in6->sin6_addr.s6_addr);
	}

	return false;
}
