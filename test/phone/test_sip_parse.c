/*
 * test/phone/test_sip_parse.c - the pure parts: outcomes, headers, bodies
 */
#include "phone/sip/info.h"
#include "phone/sip/leg_state.h"
#include "phone/sip/offer.h"
#include "phone/sip/reason.h"
#include "phone/sip/session_timer.h"
#include "test_phone.h"

int test_sip_parse_outcome(void)
{
	/* clang-format off */
	static const struct {
		unsigned code, q850;
		const char *name;
		bool is_our_fault;
	} rowv[] = {
		{200, 0,  "answered",        false},
		{200, 16, "answered",        false},
		{301, 0,  "redirected",      false},
		{401, 17, "line_auth",       true},
		{407, 0,  "line_auth",       true},
		{402, 0,  "rejected",        false},
		{403, 0,  "rejected",        false},
		{403, 21, "rejected",        false},
		{403, 1,  "bad_number",      false},
		{404, 0,  "bad_number",      false},
		{408, 0,  "network_timeout", false},
		{410, 0,  "bad_number",      false},
		{484, 0,  "bad_number",      false},
		{486, 0,  "busy",            false},
		{600, 0,  "busy",            false},
		{480, 0,  "unreachable",     false},
		{480, 18, "no_answer",       false},
		{480, 20, "unreachable",     false},
		{480, 21, "declined",        false},
		{480, 31, "unreachable",     false},
		{487, 0,  "cancelled",       false},
		{499, 0,  "rejected",        false},
		{500, 17, "busy",            false},
		{502, 0,  "line_failed",     true},
		{503, 0,  "line_congested",  true},
		{504, 0,  "network_timeout", false},
		{603, 0,  "declined",        false},
		{603, 21, "declined",        false},
		{603, 19, "no_answer",       false},
		{604, 0,  "bad_number",      false},
		{607, 0,  "unwanted",        false},
		{608, 0,  "blocked",         false},
		{608, 21, "blocked",         false},
		{699, 0,  "declined",        false},
		{428, 0,  "identity_failed", true},
		{437, 0,  "identity_failed", true},
		{438, 0,  "identity_failed", true},
		{429, 0,  "line_congested",  true},
		{488, 0,  "media_mismatch",  true},
		{606, 0,  "media_mismatch",  true},
		{0,   0,  "network_timeout", false},
		{0,   17, "network_timeout", false},
	};
	/* clang-format on */
	enum outcome outcome;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		outcome = outcome_of_sip(rowv[i].code, rowv[i].q850);
		if (strcmp(rowv[i].name, outcome_name(outcome)))
			fprintf(stderr, "code %u cause %u\n", rowv[i].code,
			        rowv[i].q850);
		CHECK_STR(rowv[i].name, outcome_name(outcome));
		CHECK(outcome_is_our_fault(outcome) == rowv[i].is_our_fault);
	}

	/* Names are what lists and reports keep: each reads back. */
	for (unsigned i = 0; i < OUTCOMES; i++) {
		CHECK(outcome_parse(&outcome, outcome_name((enum outcome)i)));
		CHECK_U64(i, outcome);
	}
	CHECK(!outcome_parse(&outcome, "nonsense"));

out:
	return err;
}

int test_sip_parse_reason(void)
{
	/* clang-format off */
	static const struct {
		const char *why, *value;
		unsigned cause;
	} rowv[] = {
		{"plain", "Q.850;cause=17", 17},
		{"with text", "Q.850 ;cause=19 ;text=\"a;cause=1\"", 19},
		{"any case, blanks", "  q.850; Cause=3", 3},
		{"after another", "SIP;cause=200;text=\"x, y\",Q.850;cause=16",
		 16},
		{"a cause inside the text is no cause",
		 "Q.850;text=\";cause=5\"", 0},
		{"another protocol", "SIP;cause=486", 0},
		{"a longer name is another protocol", "Q.85", 0},
		{"causes have 7 bits", "Q.850;cause=128", 0},
		{"a huge number", "Q.850;cause=99999999999999999999", 0},
		{"nothing", "", 0},
		{"an open quote", "Q.850;text=\"", 0},
		{"no number", "Q.850;cause=", 0},
	};
	/* clang-format on */
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned cause =
			reason_q850(rowv[i].value, strlen(rowv[i].value));

		if (cause != rowv[i].cause)
			fprintf(stderr, "row: %s\n", rowv[i].why);
		CHECK_U64(rowv[i].cause, cause);
	}
	CHECK_U64(120, reason_retry_after_s("120;duration=60", 15));
	CHECK_U64(18, reason_retry_after_s("18 (soon)", 9));
	CHECK_U64(REASON_RETRY_MAX_S, reason_retry_after_s("99999999999", 11));
	CHECK_U64(0, reason_retry_after_s("soon", 4));

out:
	return err;
}

int test_sip_parse_info(void)
{
	/* clang-format off */
	static const struct {
		const char *body;
		bool is_relay;
		char key;
		uint32_t ms;
	} rowv[] = {
		{"Signal=5\r\nDuration=160\r\n", true, '5', 160},
		{"Signal= *\nDuration= 80", true, '*', 80},
		{"SIGNAL = 11\r\n", true, '#', INFO_DURATION_MS},
		{"Duration=999999999999\r\nSignal=d", true, 'D',
		 INFO_DURATION_MAX_MS},
		{"Signal=\r\n", true, 0, 0},
		{"Signal=x\r\n", true, 0, 0},
		{"", true, 0, 0},
		{"=5", true, 0, 0},
		{"7", false, '7', INFO_DURATION_MS},
		{" 10\r\n", false, '*', INFO_DURATION_MS},
		{"", false, 0, 0},
		{"   ", false, 0, 0},
	};
	/* clang-format on */
	char body[INFO_BODY_SIZE];
	struct info_key key;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_key = info_parse(&key, rowv[i].is_relay, rowv[i].body,
		                         strlen(rowv[i].body));

		if (is_key != (rowv[i].key != 0))
			fprintf(stderr, "row: %s\n", rowv[i].body);
		CHECK(is_key == (rowv[i].key != 0));
		if (!is_key)
			continue;
		CHECK_U64((unsigned char)rowv[i].key, (unsigned char)key.key);
		CHECK_U64(rowv[i].ms, key.duration_ms);
	}

	/* What we write we can read. */
	for (const char *keys = "0123456789*#ABCD"; *keys; keys++) {
		const struct info_key out = {*keys, 100};
		size_t len = info_write(body, &out);

		CHECK(info_parse(&key, true, body, len));
		CHECK(key.key == *keys && key.duration_ms == 100);
	}

out:
	return err;
}

int test_sip_parse_timer(void)
{
	struct session_expires expires, said;
	struct session_timer timer;
	int err = 0;

	CHECK(session_expires_parse(&expires, "1800;refresher=uas", 18));
	CHECK_U64(1800, expires.interval_s);
	CHECK_U64(SESSION_REFRESHER_UAS, expires.refresher);
	CHECK(session_expires_parse(&expires, "90", 2));
	CHECK_U64(SESSION_REFRESHER_ANY, expires.refresher);
	CHECK(session_expires_parse(&expires, "90;refresher=uacx", 17));
	CHECK_U64(SESSION_REFRESHER_ANY, expires.refresher);
	CHECK(session_expires_parse(&expires, "99999999999999", 14));
	CHECK_U64(SESSION_TIMER_MAX_S, expires.interval_s);
	CHECK(!session_expires_parse(&expires, "", 0));
	CHECK(!session_expires_parse(&expires, "soon", 4));

	/* Ours to refresh at half time; theirs to be missed near the end. */
	timer = (struct session_timer){1800, true};
	CHECK_U64(900000, session_timer_wait_ms(&timer));
	timer.is_mine = false;
	CHECK_U64(1768000, session_timer_wait_ms(&timer));
	timer.interval_s = 30;
	CHECK_U64(20000, session_timer_wait_ms(&timer));

	/* A caller without timers cannot be asked to refresh. */
	said = session_timer_accept(&timer, NULL, false, 1800);
	CHECK_U64(SESSION_REFRESHER_UAS, said.refresher);
	CHECK(timer.is_mine);
	expires = (struct session_expires){600, SESSION_REFRESHER_ANY};
	said = session_timer_accept(&timer, &expires, true, 1800);
	CHECK_U64(600, said.interval_s);
	CHECK_U64(SESSION_REFRESHER_UAC, said.refresher);
	CHECK(!timer.is_mine);
	session_timer_answered(&timer, NULL);
	CHECK_U64(0, timer.interval_s);

out:
	return err;
}

/* Whatever comes in whatever order: a leg that is gone stays so, and hanging
 * up leads to the end from everywhere. */
int test_sip_parse_states(void)
{
	int err = 0;

	for (unsigned event = 0; event < LEG_EVENTS; event++)
		CHECK_U64(LEG_GONE,
		          leg_state_next(LEG_GONE, (enum leg_event)event));

	CHECK_U64(LEG_CLOSING, leg_state_next(LEG_CANCELLED, LEG_EV_ACCEPT));
	CHECK_U64(LEG_UP, leg_state_next(LEG_UP, LEG_EV_ACCEPT));
	CHECK_U64(LEG_CLOSING, leg_state_next(LEG_CLOSING, LEG_EV_LEAVE));
	CHECK_U64(LEG_GONE, leg_state_next(LEG_OFFERED, LEG_EV_LEAVE));

out:
	return err;
}

/* --- SDP ----------------------------------------------------------------- */

static int read_text(struct offer *offer, const char *text, bool is_offer)
{
	struct mbuf *mb = mbuf_alloc(1024);
	int err;

	if (!mb)
		return ENOMEM;
	(void)mbuf_write_str(mb, text);
	mb->pos = 0;
	err = offer_read(offer, mb, is_offer);
	mem_deref(mb);

	return err;
}

#define SDP_HEAD                                                               \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\n"

int test_sip_parse_offer(void)
{
	/* clang-format off */
	static const struct {
		const char *why, *sdp;
		bool is_common, is_held, may_send, may_receive;
		const char *codec;
		int pt_event;
	} rowv[] = {
		{"their order counts",
		 SDP_HEAD "m=audio 4000 RTP/AVP 0 8 97\r\n"
		 "a=rtpmap:97 telephone-event/8000\r\n",
		 true, false, true, true, "PCMU", 97},
		{"held by sendonly", SDP_HEAD "m=audio 4000 RTP/AVP 8\r\n"
		 "a=sendonly\r\n", true, true, false, true, "PCMA", -1},
		{"held by inactive", SDP_HEAD "m=audio 4000 RTP/AVP 8\r\n"
		 "a=inactive\r\n", true, true, false, false, "PCMA", -1},
		{"they only listen", SDP_HEAD "m=audio 4000 RTP/AVP 8\r\n"
		 "a=recvonly\r\n", true, false, true, false, "PCMA", -1},
		{"held the old way", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"
		 "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n",
		 true, true, false, true, "PCMA", -1},
		{"a codec nobody has", SDP_HEAD "m=audio 4000 RTP/AVP 3\r\n",
		 false, false, false, false, NULL, -1},
		{"no audio", SDP_HEAD "m=video 4000 RTP/AVP 31\r\n",
		 false, false, false, false, NULL, -1},
		{"audio refused", SDP_HEAD "m=audio 0 RTP/AVP 8\r\n",
		 false, false, false, false, NULL, -1},
		{"a number that no packet can bear",
		 SDP_HEAD "m=audio 4000 RTP/AVP 300\r\n"
		 "a=rtpmap:300 PCMA/8000\r\n",
		 false, false, false, false, NULL, -1},
		{"video beside audio is no trouble",
		 SDP_HEAD "m=video 4002 RTP/AVP 31\r\n"
		 "m=audio 4000 RTP/AVP 8\r\n",
		 true, false, true, true, "PCMA", -1},
	};
	/* clang-format on */
	const struct codec *codecv[] = {codec_by_pt(8), codec_by_pt(0)};
	struct offer *offer = NULL;
	struct stream_remote remote;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_common;

		err = offer_alloc(&offer, codecv, 2, 5000);
		CHECK_ERR(0, err);
		err = read_text(offer, rowv[i].sdp, true);
		CHECK_ERR(0, err);
		is_common = offer_remote(offer, &remote);
		if (is_common != rowv[i].is_common ||
		    (is_common && strcmp(rowv[i].codec, remote.codec->name)))
			fprintf(stderr, "row: %s\n", rowv[i].why);
		CHECK(is_common == rowv[i].is_common);
		if (is_common) {
			CHECK_STR(rowv[i].codec, remote.codec->name);
			CHECK(offer_is_held(offer) == rowv[i].is_held);
			CHECK(remote.may_send == rowv[i].may_send);
			CHECK(remote.may_receive == rowv[i].may_receive);
			CHECK_I64(rowv[i].pt_event, remote.pt_event);
		}
		offer = mem_deref(offer);
	}

	err = offer_alloc(&offer, codecv, 2, 5000);
	CHECK_ERR(0, err);
	CHECK_ERR(EBADMSG, read_text(offer, "", true));
	CHECK_ERR(EBADMSG, read_text(offer, "hello\r\n", true));

out:
	mem_deref(offer);

	return err;
}
