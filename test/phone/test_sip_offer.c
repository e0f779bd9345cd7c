/*
 * test/phone/test_sip_offer.c - codecs and their numbers in offer and answer
 *
 * RFC 3264; RFC 3551 for G.722's clock; RFC 7587 for Opus; RFC 4733 for the
 * clock of telephone-event; RFC 3389 for comfort noise.
 */
#include "harness.h"
#include "phone/sip/offer.h"
#include "test_phone.h"

enum {
	TEXT_SIZE = 1024,
	PORT = 5000,
};

#define HEAD                                                                   \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\nm=audio 4000 RTP/AVP "
#define EVENTS(pt)      "a=rtpmap:" pt " telephone-event/8000\r\n"
#define EVENTS_WIDE(pt) "a=rtpmap:" pt " telephone-event/48000\r\n"
#define OPUS(pt)        "a=rtpmap:" pt " opus/48000/2\r\n"

static int sdp_read(struct offer *offer, const char *text, bool is_offer)
{
	struct mbuf *mb = mbuf_alloc(TEXT_SIZE);
	int err;

	if (!mb)
		return ENOMEM;
	(void)mbuf_write_str(mb, text);
	mb->pos = 0;
	err = offer_read(offer, mb, is_offer);
	mem_deref(mb);

	return err;
}

/* All that follows the address. */
static int sdp_write(char text[TEXT_SIZE], struct offer *offer, bool is_offer)
{
	struct mbuf *mb = NULL;
	struct sa self;
	int err;

	(void)sa_set_str(&self, "192.0.2.1", PORT);
	err = offer_write(&mb, offer, &self, is_offer);
	if (err)
		return err;
	(void)snprintf(text, TEXT_SIZE, "%.*s", (int)mb->end,
	               (const char *)mb->buf);
	mem_deref(mb);

	return 0;
}

static int offer_of(struct offer **offerp, const char *names)
{
	const struct codec *codecv[CODECS_MAX];
	size_t codecc;
	int err;

	err = codec_list(codecv, &codecc, names);

	return err ? err : offer_alloc(offerp, codecv, codecc, PORT);
}

struct agreed {
	const char *codec;
	unsigned pt, pt_in;
	int pt_event;
	uint32_t event_hz;
};

static int check_agreed(const struct offer *offer, const struct agreed *wanted)
{
	struct stream_remote remote;
	int err = 0;

	CHECK(offer_remote(offer, &remote));
	CHECK_STR(wanted->codec, remote.codec->name);
	CHECK_U64(wanted->pt, remote.pt);
	CHECK_U64(wanted->pt_in, remote.pt_in);
	CHECK_I64(wanted->pt_event, remote.pt_event);
	CHECK_U64(wanted->event_hz, remote.event_hz);

out:
	return err;
}

/* What we answer to offers: the line `m=` and what must not be in it. */
int test_sip_offer_theirs(void)
{
	static const struct {
		const char *why, *codecs, *sdp;
		struct agreed agreed;
		const char *m, *absent;
	} rowv[] = {
		/* clang-format off */
		{"their first that we have, alone, with their numbers", "",
		 HEAD "111 9 0 8 106 105\r\n" OPUS("111") EVENTS("105")
		 EVENTS_WIDE("106"),
		 {"opus", 111, 111, 106, 48000},
		 "m=audio 5000 RTP/AVP 111 106\r\n", "telephone-event/8000"},
		{"their order counts, not the line's", "opus,g722,pcma",
		 HEAD "8 9 96\r\n" EVENTS("96"),
		 {"PCMA", 8, 8, 96, 8000},
		 "m=audio 5000 RTP/AVP 8 96\r\n", "G722"},
		{"a line without Opus", "g722,pcma",
		 HEAD "111 9 8 101\r\n" OPUS("111") EVENTS("101"),
		 {"G722", 9, 9, 101, 8000},
		 "m=audio 5000 RTP/AVP 9 101\r\n", "opus"},
		{"G.722 by its number alone", "g722", HEAD "9\r\n",
		 {"G722", 9, 9, -1, 0},
		 "m=audio 5000 RTP/AVP 9\r\n", "telephone-event"},
		{"Opus of one channel is none (RFC 7587, 7)", "opus,pcmu",
		 HEAD "98 0\r\na=rtpmap:98 opus/48000\r\n",
		 {"PCMU", 0, 0, -1, 0},
		 "m=audio 5000 RTP/AVP 0\r\n", "opus"},
		{"Opus with keys of the old clock", "opus",
		 HEAD "107 101\r\n" OPUS("107") EVENTS("101"),
		 {"opus", 107, 107, 101, 8000},
		 "m=audio 5000 RTP/AVP 107 101\r\n", "48000\r\n"},
		{"comfort noise where it is offered", "pcmu",
		 HEAD "0 13\r\na=rtpmap:13 CN/8000\r\n",
		 {"PCMU", 0, 0, -1, 0},
		 "m=audio 5000 RTP/AVP 0 13\r\n", "PCMA"},
		{"and by its number alone", "g722", HEAD "9 13\r\n",
		 {"G722", 9, 9, -1, 0},
		 "m=audio 5000 RTP/AVP 9 13\r\n", "PCMA"},
		{"but not with Opus, which has its own", "opus",
		 HEAD "96 13\r\n" OPUS("96"),
		 {"opus", 96, 96, -1, 0},
		 "m=audio 5000 RTP/AVP 96\r\n", "CN/8000"},
		/* clang-format on */
	};
	struct offer *offer = NULL;
	char text[TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = offer_of(&offer, rowv[i].codecs);
		CHECK_ERR(0, err);
		err = sdp_read(offer, rowv[i].sdp, true);
		CHECK_ERR(0, err);
		err = check_agreed(offer, &rowv[i].agreed);
		if (!err)
			err = sdp_write(text, offer, false);
		if (err || !strstr(text, rowv[i].m) ||
		    strstr(text, rowv[i].absent))
			CHECK_FAIL("row: %s\n%s", rowv[i].why, text);
		offer = mem_deref(offer);
	}

out:
	mem_deref(offer);

	return err;
}

/* What we offer, and what answers to it mean. */
int test_sip_offer_ours(void)
{
	static const struct {
		const char *why, *codecs, *m, *answer;
		struct agreed agreed;
	} rowv[] = {
		/* clang-format off */
		{"all, the old ones first; no comfort noise is asked for", "",
		 "m=audio 5000 RTP/AVP 8 0 9 96 101 102\r\n",
		 HEAD "96 102\r\n" OPUS("96") EVENTS_WIDE("102"),
		 {"opus", 96, 96, 102, 48000}},
		{"the line's order", "opus,g722",
		 "m=audio 5000 RTP/AVP 96 9 101 102\r\n",
		 HEAD "9 101\r\n" EVENTS("101"),
		 {"G722", 9, 9, 101, 8000}},
		{"each sends with the other's number", "opus",
		 "m=audio 5000 RTP/AVP 96 101 102\r\n",
		 HEAD "120 121\r\n" OPUS("120") EVENTS_WIDE("121"),
		 {"opus", 120, 96, 121, 48000}},
		{"only old codecs: one clock for keys", "pcmu",
		 "m=audio 5000 RTP/AVP 0 101\r\n",
		 HEAD "0\r\n",
		 {"PCMU", 0, 0, -1, 0}},
		{"the first of an answer with several", "pcma,pcmu,g722",
		 "m=audio 5000 RTP/AVP 8 0 9 101\r\n",
		 HEAD "0 8 101\r\n" EVENTS("101"),
		 {"PCMU", 0, 0, 101, 8000}},
		/* clang-format on */
	};
	struct offer *offer = NULL;
	char text[TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = offer_of(&offer, rowv[i].codecs);
		CHECK_ERR(0, err);
		err = sdp_write(text, offer, true);
		CHECK_ERR(0, err);
		if (!strstr(text, rowv[i].m))
			CHECK_FAIL("row: %s\n%s", rowv[i].why, text);
		if (strstr(rowv[i].m, "96"))
			CHECK(strstr(text, "a=rtpmap:96 opus/48000/2\r\n"
			                   "a=fmtp:96 maxplaybackrate=16000;"));
		if (strstr(rowv[i].m, " 9 "))
			CHECK(strstr(text, "a=rtpmap:9 G722/8000\r\n"));
		err = sdp_read(offer, rowv[i].answer, false);
		CHECK_ERR(0, err);
		err = check_agreed(offer, &rowv[i].agreed);
		if (err)
			CHECK_FAIL("row: %s", rowv[i].why);
		offer = mem_deref(offer);
	}

out:
	mem_deref(offer);

	return err;
}

/* A later offer of ours: numbers that the other side gave mean the same, and
 * none has two meanings. */
int test_sip_offer_numbers_stay(void)
{
	static const struct agreed opus = {"opus", 101, 101, 96, 48000};
	static const struct agreed narrow = {"PCMA", 8, 8, 99, 8000};
	struct stream_remote remote;
	struct offer *offer = NULL;
	char text[TEXT_SIZE];
	int err;

	err = offer_of(&offer, "pcma,opus");
	CHECK_ERR(0, err);

	/* Where we have telephone-event, they have Opus, and the reverse. */
	err = sdp_read(offer,
	               HEAD "101 96\r\n" OPUS("101") EVENTS_WIDE(
			       "96") "a=fmtp:101 "
	                             "useinbandfec=1;maxplaybackrate=8000\r\n",
	               true);
	CHECK_ERR(0, err);
	err = check_agreed(offer, &opus);
	CHECK_ERR(0, err);
	CHECK(offer_remote(offer, &remote));
	CHECK(remote.want.has_fec && remote.want.rate_hz == 8000);
	err = sdp_write(text, offer, false);
	CHECK_ERR(0, err);

	err = sdp_write(text, offer, true);
	CHECK_ERR(0, err);
	CHECK(strstr(text, "a=rtpmap:101 opus/48000/2\r\n"));
	CHECK(strstr(text, "a=rtpmap:96 telephone-event/48000\r\n"));
	CHECK(strstr(text, "m=audio 5000 RTP/AVP 101 96\r\n"));

	/* In the middle of a call they want something else. */
	err = sdp_read(offer, HEAD "8 99\r\n" EVENTS("99"), true);
	CHECK_ERR(0, err);
	err = check_agreed(offer, &narrow);
	CHECK_ERR(0, err);
	err = sdp_write(text, offer, false);
	CHECK_ERR(0, err);
	CHECK(strstr(text, "m=audio 5000 RTP/AVP 8 99\r\n"));

	/* Something that we do not have: refused, and all we can is offered
	 * the next time. */
	err = sdp_read(offer, HEAD "3 100\r\n" OPUS("100"), true);
	CHECK_ERR(0, err);
	err = sdp_read(offer, HEAD "3\r\n", true);
	CHECK_ERR(0, err);
	CHECK(!offer_remote(offer, &remote));
	err = sdp_write(text, offer, true);
	CHECK_ERR(0, err);
	CHECK(strstr(text, "a=rtpmap:100 opus/48000/2\r\n"));
	CHECK(strstr(text, "a=rtpmap:99 telephone-event/8000\r\n"));
	CHECK(strstr(text, "a=rtpmap:96 telephone-event/48000\r\n"));

out:
	mem_deref(offer);

	return err;
}
