/*
 * media/packet.c - RTP packets (RFC 3550 section 5.1)
 */
#include <errno.h>
#include "media/packet.h"

enum {
	VERSION = 2,
	WORD = 4, /* bytes */
};

static uint32_t read_u16(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t read_u32(const uint8_t *bytes)
{
	return read_u16(bytes) << 16 | read_u16(bytes + 2);
}

static void write_u32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

int packet_parse(struct packet *packet, const uint8_t *bytes, size_t size)
{
	size_t begin, end = size;

	if (size < PACKET_HEADER_SIZE || bytes[0] >> 6 != VERSION)
		return EBADMSG;

	begin = PACKET_HEADER_SIZE + WORD * (size_t)(bytes[0] & 0x0f);

	if (bytes[0] & 0x10) {
		if (begin + WORD > size)
			return EBADMSG;
		begin += WORD + WORD * (size_t)read_u16(&bytes[begin + 2]);
	}

	/* The last byte of padding counts all of it, itself included. */
	if (bytes[0] & 0x20) {
		if (!bytes[size - 1] || bytes[size - 1] > size)
			return EBADMSG;
		end -= bytes[size - 1];
	}

	if (begin > end)
		return EBADMSG;

	*packet = (struct packet){
		.has_marker = bytes[1] & 0x80,
		.pt = bytes[1] & 0x7f,
		.seq = (uint16_t)read_u16(&bytes[2]),
		.ts = read_u32(&bytes[4]),
		.ssrc = read_u32(&bytes[8]),
		.payload = &bytes[begin],
		.len = end - begin,
	};

	return 0;
}

void packet_build(uint8_t header[PACKET_HEADER_SIZE],
                  const struct packet *packet)
{
	header[0] = VERSION << 6;
	header[1] = (uint8_t)((packet->has_marker ? 0x80 : 0) |
	                      (packet->pt & 0x7f));
	header[2] = (uint8_t)(packet->seq >> 8);
	header[3] = (uint8_t)packet->seq;
	write_u32(&header[4], packet->ts);
	write_u32(&header[8], packet->ssrc);
}
