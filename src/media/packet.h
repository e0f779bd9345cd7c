/*
 * media/packet.h - RTP packets (RFC 3550 section 5.1)
 *
 * Pure. Named so because rtp_ belongs to libre.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PACKET_HEADER_SIZE = 12,
	PACKET_SIZE_MAX = 1500, /* an Ethernet frame's worth */
};

struct packet {
	uint8_t pt;
	bool has_marker;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	const uint8_t *payload; /* points into the bytes parsed */
	size_t len;
};

/* Contributing sources, header extension and padding are skipped. Returns
 * EBADMSG for everything that is not a whole RTP packet of version 2; the
 * packet is untouched then. */
int packet_parse(struct packet *packet, const uint8_t *bytes, size_t size);

/* Writes the fixed header; payload and len are not looked at. */
void packet_build(uint8_t header[PACKET_HEADER_SIZE],
                  const struct packet *packet);
