/*
 * test/phone/test_sip_auth.c - challenges, and lines that register
 *
 * The fake server checks MD5 digests by libre's own server side, SHA-256 by
 * the formula of RFC 7616.
 */
#include <openssl/evp.h>
#include "fake_server.h"
#include "sip_rig.h"
#include "test_phone.h"
#include <re_httpauth.h>
#include <re_md5.h>

enum {
	RTP_PORT = 40000,
};

/* How the server behaves; the counters are the test's. */
struct guard {
	const char *password;
	const char *challenge; /* header lines of the 401 */
	unsigned code;         /* 401 or 407 */
	bool is_never_happy;
	unsigned accepted, refused;
	unsigned registered_s; /* told to the phone */
};

static int sha_print(char hex[65], const char *format, ...)
{
	uint8_t hash[32];
	char *text = NULL;
	va_list ap;
	int err;

	va_start(ap, format);
	err = re_vsdprintf(&text, format, ap);
	va_end(ap);
	if (err)
		return err;

	if (!EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) ||
	    re_snprintf(hex, 65, "%w", hash, sizeof(hash)) < 0)
		err = EINVAL;
	mem_deref(text);

	return err;
}

static bool is_right(const struct sip_msg *msg, const char *password)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
	struct httpauth_digest_resp response;
	uint8_t ha1[MD5_SIZE];

	if (!header)
		header = sip_msg_hdr(msg, SIP_HDR_PROXY_AUTHORIZATION);
	if (!header || httpauth_digest_response_decode(&response, &header->val))
		return false;
	if (md5_printf(ha1, "100:%r:%s", &response.realm, password))
		return false;

	return !httpauth_digest_response_auth(&response, &msg->met, ha1);
}

/* The response that RFC 7616 asks for, for what the header says. */
static int sha_response(char *hex, const struct httpauth_digest_resp *resp,
                        const struct pl *method, const char *password)
{
	char a1[65], a2[65];
	int err = sha_print(a1, "%r:%r:%s", &resp->username, &resp->realm,
	                    password);

	if (!err)
		err = sha_print(a2, "%r:%r", method, &resp->uri);
	if (!err)
		err = sha_print(hex, "%s:%r:%r:%r:%r:%s", a1, &resp->nonce,
		                &resp->nc, &resp->cnonce, &resp->qop, a2);

	return err;
}

static bool is_right_sha(const struct sip_msg *msg, const char *password)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
	struct httpauth_digest_resp resp;
	char hex[65];

	return header &&
	       !httpauth_digest_response_decode(&resp, &header->val) &&
	       !sha_response(hex, &resp, &msg->met, password) &&
	       !pl_strcmp(&resp.response, hex);
}

static void guard_handler(struct fake *fake, const struct sip_msg *msg)
{
	struct guard *guard = fake->arg;
	char expires[64];

	if (!msg->req || !pl_strcmp(&msg->met, "ACK"))
		return;
	if (!pl_strcmp(&msg->met, "BYE")) {
		fake_reply(fake, msg, 200, "OK", "", 0);
		return;
	}
	if (guard->is_never_happy || (!is_right(msg, guard->password) &&
	                              !is_right_sha(msg, guard->password))) {
		guard->refused++;
		fake_reply(fake, msg, guard->code, "Who Are You",
		           guard->challenge, 0);
		return;
	}

	guard->accepted++;
	(void)re_snprintf(expires, sizeof(expires), "Expires: %u\r\n",
	                  guard->registered_s);
	fake_reply(fake, msg, 200, "OK", guard->registered_s ? expires : "",
	           pl_strcmp(&msg->met, "INVITE") ? 0 : RTP_PORT);
}

static const char www[] = "WWW-Authenticate: Digest realm=\"lab\", "
			  "nonce=\"n1\", qop=\"auth,auth-int\", "
			  "opaque=\"o\", algorithm=MD5\r\n";
static const char proxy[] = "Proxy-Authenticate: Digest realm=\"lab\", "
			    "nonce=\"n2\"\r\n";
static const char two[] =
	"WWW-Authenticate: Digest realm=\"lab\", nonce=\"n3\", "
	"algorithm=SHA-512-256\r\n"
	"WWW-Authenticate: Digest realm=\"lab\", nonce=\"n3\", "
	"algorithm=MD5, qop=\"auth\"\r\n";

static const char better[] =
	"WWW-Authenticate: Digest realm=\"lab\", nonce=\"n4\", "
	"algorithm=MD5, qop=\"auth\"\r\n"
	"WWW-Authenticate: Digest realm=\"lab\", nonce=\"n4\", "
	"algorithm=SHA-256, qop=\"auth\"\r\n";

int test_sip_auth_invite(void)
{
	static const struct {
		const char *why;
		const char *password;
		const char *challenge;
		unsigned code;
		bool is_never_happy;
		enum outcome outcome; /* OUTCOME_ANSWERED: goes through */
		unsigned invites;
	} rowv[] = {
		/* clang-format off */
		{"the server asks", "secret", www, 401, false,
		 OUTCOME_ANSWERED, 2},
		{"a proxy asks, the old way", "secret", proxy, 407, false,
		 OUTCOME_ANSWERED, 2},
		{"an unknown algorithm beside MD5", "secret", two, 401, false,
		 OUTCOME_ANSWERED, 2},
		{"SHA-256 beside MD5 is the better one", "secret", better,
		 401, false, OUTCOME_ANSWERED, 2},
		{"our password is wrong: once is enough", "other", www, 401,
		 false, OUTCOME_LINE_AUTH, 2},
		{"a challenge nobody understands", "secret",
		 "WWW-Authenticate: Basic realm=\"x\"\r\n", 401, false,
		 OUTCOME_LINE_AUTH, 1},
		{"always a stale nonce: not for ever", "secret",
		 "WWW-Authenticate: Digest realm=\"lab\", nonce=\"x\", "
		 "stale=true\r\n", 401, true, OUTCOME_LINE_AUTH, 6},
		/* clang-format on */
	};
	struct sip_rig rig;
	struct fake fake;
	struct guard guard;
	unsigned seen;
	int err;

	err = sip_rig_open_to(&rig, &fake, guard_handler);
	CHECK_ERR(0, err);
	fake.arg = &guard;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const bool is_through = rowv[i].outcome == OUTCOME_ANSWERED;

		memset(&guard, 0, sizeof(guard));
		guard.password = rowv[i].password;
		guard.challenge = rowv[i].challenge;
		guard.code = rowv[i].code;
		guard.is_never_happy = rowv[i].is_never_happy;
		memset(&rig.out, 0, sizeof(rig.out));
		seen = fake.invites;

		err = sip_rig_dial(&rig, "101", "same-id", 0);
		CHECK_ERR(0, err);
		err = sip_rig_until(
			is_through ? &rig.out.answered : &rig.out.ended, 1);
		if (!err && is_through) {
			phone_leg_hangup(rig.out.leg);
			err = sip_rig_until(&rig.out.ended, 1);
		}
		if (err || rowv[i].invites != fake.invites - seen)
			fprintf(stderr, "row: %s\n", rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_STR(outcome_name(rowv[i].outcome),
		          outcome_name(rig.out.end.outcome));
		CHECK_U64(rowv[i].invites, fake.invites - seen);
		CHECK_STR("same-id", fake.call_id);
		CHECK(rowv[i].challenge != better ||
		      strstr(fake.invite, "algorithm=SHA-256"));
		rig.out.leg = mem_deref(rig.out.leg);
		/* Its ticks are over before the next row begins. */
		err = sip_rig_until(&rig.out.detached, 1);
		CHECK_ERR(0, err);
	}

out:
	sip_rig_close(&rig);

	return err;
}

/* --- registering --------------------------------------------------------- */

static const struct phone_line_prm member = {
	.name = "member",
	.user = "100",
	.password = "secret",
	.has_registration = true,
	.expires_s = 60,
};

static int member_add(struct sip_rig *rig, const struct fake *fake,
                      const char *password)
{
	struct phone_line_prm prm = member;

	prm.password = password;

	return sip_rig_line(rig, &prm, sa_port(&fake->addr));
}

int test_sip_auth_register(void)
{
	struct sip_rig rig;
	struct fake fake;
	struct guard guard = {.password = "secret",
	                      .challenge = www,
	                      .code = 401,
	                      .registered_s = 2};
	const char *reason;
	unsigned closed_at;
	int err;

	err = sip_rig_open_to(&rig, &fake, guard_handler);
	CHECK_ERR(0, err);
	fake.arg = &guard;

	err = member_add(&rig, &fake, "secret");
	CHECK_ERR(0, err);
	CHECK_U64(PHONE_LINE_REGISTERING, phone_line_state(rig.line, NULL));
	err = sip_rig_until(&guard.accepted, 1);
	CHECK_ERR(0, err);
	sip_rig_run(50);
	CHECK_U64(PHONE_LINE_READY, phone_line_state(rig.line, &reason));
	CHECK(strstr(reason, "line member: registered") != NULL);

	/* Granted for two seconds: asked again before that. */
	err = sip_rig_until(&guard.accepted, 2);
	CHECK_ERR(0, err);

	/* The registration is taken back at the end. */
	closed_at = guard.accepted;
	sip_rig_close_phones(&rig);
	CHECK(guard.accepted > closed_at);
	CHECK(fake_has_line(fake.last, "Expires: 0"));

out:
	sip_rig_close(&rig);

	return err;
}

/* A router between us and the server would forget us within a registration;
 * nothing is sent any more once the line has ended. */
int test_sip_auth_keepalive(void)
{
	struct sip_rig rig;
	struct fake fake;
	struct guard guard = {.password = "secret",
	                      .challenge = www,
	                      .code = 401,
	                      .registered_s = 60};
	struct phone_line_prm prm = member;
	unsigned closed_at;
	int err;

	err = sip_rig_open_to(&rig, &fake, guard_handler);
	CHECK_ERR(0, err);
	fake.arg = &guard;
	prm.keepalive_s = 1;

	err = sip_rig_line(&rig, &prm, sa_port(&fake.addr));
	CHECK_ERR(0, err);
	err = sip_rig_until(&fake.keepalives, 2);
	CHECK_ERR(0, err);
	CHECK_U64(1, guard.accepted);

	sip_rig_close_phones(&rig);
	closed_at = fake.keepalives;
	sip_rig_run(1500);
	CHECK_U64(closed_at, fake.keepalives);

out:
	sip_rig_close(&rig);

	return err;
}

static void note_words(int err, const char *words, void *arg)
{
	char *noted = arg;

	(void)re_snprintf(noted, 256, "%d %s", err, words);
}

int test_sip_auth_register_refused(void)
{
	struct sip_rig rig;
	struct fake fake;
	struct guard guard = {
		.password = "secret", .challenge = www, .code = 401};
	const struct phone_dial_prm dial = {.number = "101"};
	struct phone_leg_sink sink;
	char words[256] = "";
	const char *reason;
	int err;

	err = sip_rig_open_to(&rig, &fake, guard_handler);
	CHECK_ERR(0, err);
	fake.arg = &guard;

	err = member_add(&rig, &fake, "wrong");
	CHECK_ERR(0, err);
	err = phone_line_probe(rig.line, note_words, words);
	CHECK_ERR(0, err);
	CHECK_ERR(EBUSY, phone_line_probe(rig.line, note_words, words));
	err = sip_rig_until(&guard.refused, 2);
	CHECK_ERR(0, err);
	sip_rig_run(300);
	CHECK_U64(PHONE_LINE_REFUSED, phone_line_state(rig.line, &reason));
	CHECK_STR("line member: 401 Who Are You for user 100: the password "
	          "is not accepted, check user and password",
	          reason);
	CHECK(strstr(words, reason) != NULL);
	CHECK_U64(2, guard.refused);

	sink = sip_side_sink(&rig.out);
	CHECK_ERR(ENOENT, phone_dial(&rig.out.leg, rig.line, &dial, &sink));

out:
	sip_rig_close(&rig);

	return err;
}

static void shy_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (fake->registers < 2)
		fake_reply(fake, msg, 503, "Busy", "Retry-After: 1\r\n", 0);
	else if (fake->registers < 3)
		fake_reply(fake, msg, 423, "Too Brief", "Min-Expires: 77\r\n",
		           0);
	else
		fake_reply(fake, msg, 200, "OK", "", 0);
}

int test_sip_auth_register_again(void)
{
	struct sip_rig rig;
	struct fake fake;
	const char *reason;
	int err;

	err = sip_rig_open_to(&rig, &fake, shy_handler);
	CHECK_ERR(0, err);

	err = member_add(&rig, &fake, "secret");
	CHECK_ERR(0, err);
	err = sip_rig_until(&fake.registers, 1);
	CHECK_ERR(0, err);
	sip_rig_run(50);
	CHECK_U64(PHONE_LINE_UNREACHABLE, phone_line_state(rig.line, &reason));
	CHECK(strstr(reason, "overloaded") != NULL);

	err = sip_rig_until(&fake.registers, 3);
	CHECK_ERR(0, err);
	CHECK(fake_has_line(fake.last, "Expires: 77"));
	sip_rig_run(50);
	CHECK_U64(PHONE_LINE_READY, phone_line_state(rig.line, NULL));

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_auth_probe(void)
{
	struct sip_rig rig;
	struct fake fake;
	char words[256] = "";
	int err;

	err = sip_rig_open_to(&rig, &fake, shy_handler);
	CHECK_ERR(0, err);

	fake.registers = 10;
	err = phone_line_probe(rig.line, note_words, words);
	CHECK_ERR(0, err);
	err = sip_rig_until(&fake.others, 1);
	CHECK_ERR(0, err);
	sip_rig_run(50);
	CHECK(!strncmp(words, "0 line main: server 127.0.0.1", 29));

out:
	sip_rig_close(&rig);

	return err;
}
