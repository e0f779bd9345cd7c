/*
 * speech/proto.c - pure: the wire format of Protocol Buffers
 */
#include "speech/proto.h"

enum {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_LEN = 2,
	WIRE_32 = 5,
	VARINT_MAX = 10, /* bytes of 64 bits */
	LEN_BYTES = 4,   /* kept free for the length of a message within */
	NUMBER_MAX = (1 << 29) - 1,
};

static size_t varint_put(uint8_t buf[VARINT_MAX], uint64_t value)
{
	size_t n = 0;

	do {
		buf[n++] = (uint8_t)(value & 0x7f) |
		           (uint8_t)(value > 0x7f ? 0x80 : 0);
		value >>= 7;
	} while (value);

	return n;
}

static int varint_write(struct mbuf *mb, uint64_t value)
{
	uint8_t buf[VARINT_MAX];

	return mbuf_write_mem(mb, buf, varint_put(buf, value));
}

static int head_write(struct mbuf *mb, unsigned number, unsigned wire)
{
	return varint_write(mb, (uint64_t)number << 3 | wire);
}

int proto_uint(struct mbuf *mb, unsigned number, uint64_t value)
{
	int err = head_write(mb, number, WIRE_VARINT);

	return err ? err : varint_write(mb, value);
}

int proto_double(struct mbuf *mb, unsigned number, double value)
{
	uint8_t buf[sizeof(uint64_t)];
	uint64_t bits;
	int err;

	memcpy(&bits, &value, sizeof(bits));
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(bits >> 8 * i);
	err = head_write(mb, number, WIRE_64);

	return err ? err : mbuf_write_mem(mb, buf, sizeof(buf));
}

int proto_bytes(struct mbuf *mb, unsigned number, const void *data, size_t n)
{
	int err = head_write(mb, number, WIRE_LEN);

	if (!err)
		err = varint_write(mb, n);

	return err || !n ? err : mbuf_write_mem(mb, data, n);
}

int proto_text(struct mbuf *mb, unsigned number, const char *text)
{
	return proto_bytes(mb, number, text, strlen(text));
}

/* Its length is not known yet: room for it, which a longer form than needed
 * fills. */
int proto_begin(struct mbuf *mb, unsigned number, size_t *markp)
{
	static const uint8_t room[LEN_BYTES];
	int err = head_write(mb, number, WIRE_LEN);

	*markp = mb->pos;

	return err ? err : mbuf_write_mem(mb, room, sizeof(room));
}

int proto_end(struct mbuf *mb, size_t mark)
{
	size_t n = mb->pos - mark - LEN_BYTES;

	if (n >> 7 * LEN_BYTES)
		return EMSGSIZE;

	for (size_t i = 0; i < LEN_BYTES; i++)
		mb->buf[mark + i] = (uint8_t)(n >> 7 * i & 0x7f) |
		                    (uint8_t)(i + 1 < LEN_BYTES ? 0x80 : 0);

	return 0;
}

static bool varint_read(struct proto *proto, uint64_t *valuep)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_MAX && i < proto->left; i++) {
		value |= (uint64_t)(proto->at[i] & 0x7f) << 7 * i;
		if (proto->at[i] & 0x80)
			continue;
		proto->at += i + 1;
		proto->left -= i + 1;
		*valuep = value;
		return true;
	}

	return false;
}

static bool fixed_read(struct proto *proto, struct proto_field *field, size_t n)
{
	if (proto->left < n)
		return false;

	field->value = 0;
	for (size_t i = 0; i < n; i++)
		field->value |= (uint64_t)proto->at[i] << 8 * i;
	proto->at += n;
	proto->left -= n;

	return true;
}

static bool bytes_read(struct proto *proto, struct proto_field *field)
{
	uint64_t n;

	if (!varint_read(proto, &n) || n > proto->left)
		return false;

	field->bytes.at = proto->at;
	field->bytes.left = (size_t)n;
	proto->at += n;
	proto->left -= (size_t)n;

	return true;
}

static bool field_read(struct proto *proto, struct proto_field *field)
{
	uint64_t head;

	*field = (struct proto_field){.number = 0};
	if (!varint_read(proto, &head) || !(head >> 3) ||
	    head >> 3 > NUMBER_MAX)
		return false;

	field->number = (unsigned)(head >> 3);
	switch (head & 7) {
	case WIRE_VARINT:
		field->kind = PROTO_UINT;
		return varint_read(proto, &field->value);
	case WIRE_64:
		field->kind = PROTO_64;
		return fixed_read(proto, field, sizeof(uint64_t));
	case WIRE_LEN:
		field->kind = PROTO_BYTES;
		return bytes_read(proto, field);
	case WIRE_32:
		field->kind = PROTO_32;
		return fixed_read(proto, field, sizeof(uint32_t));
	default:
		return false;
	}
}

bool proto_next(struct proto *proto, struct proto_field *field)
{
	struct proto before = *proto;

	if (!proto->left)
		return false;
	if (field_read(proto, field))
		return true;

	*proto = before;

	return false;
}

double proto_as_double(const struct proto_field *field)
{
	double value;

	memcpy(&value, &field->value, sizeof(value));

	return value;
}
