/*
 * test/phone/test_sip_torture.c - bytes that are no calls, and bad set-ups
 */
#include <stdlib.h>
#include "base/loop.h"
#include "sip_rig.h"
#include "test_phone.h"

enum {
	MUTATIONS = 300,
};

static void ignore_handler(struct fake *fake, const struct sip_msg *msg)
{
	(void)fake;
	(void)msg;
}

#define VIA  "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
#define FROM "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
#define REST "Call-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b>\r\n"

/* After each of them the phone must still take a call. */
static const char *const tortures[] = {
	"",
	"\r\n\r\n",
	"INVITE",
	"INVITE sip:x SIP/2.0\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA "\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM "CSeq: 1 INVITE\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM "Call-ID: x\r\nCSeq: 1 BYE\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: x\r\nCSeq: 99999999999 INVITE\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: noc\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM REST
	"Content-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM REST
	"Content-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM REST
	"Require: 100rel\r\nContent-Length: 0\r\n\r\n",
	"INVITE sip:x SIP/2.0\r\n" VIA FROM REST
	"Session-Expires: -1;refresher=\r\nContent-Length: 0\r\n\r\n",
	"SUBSCRIBE sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: s\r\nCSeq: 1 SUBSCRIBE\r\nContent-Length: 0\r\n\r\n",
	"REFER sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: r\r\nCSeq: 1 REFER\r\nRefer-To: <sip:x>\r\n\r\n",
	"BYE sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: b\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
	"ACK sip:x SIP/2.0\r\n" VIA FROM "Call-ID: b\r\nCSeq: 1 ACK\r\n\r\n",
	"CANCEL sip:x SIP/2.0\r\n" VIA FROM
	"Call-ID: b\r\nCSeq: 1 CANCEL\r\n\r\n",
	"SIP/2.0 200 OK\r\n" VIA FROM "Call-ID: b\r\nCSeq: 1 INVITE\r\n\r\n",
	"SIP/2.0 999 \r\n\r\n",
};

static const char whole[] =
	"INVITE sip:101@127.0.0.1 SIP/2.0\r\n" VIA
	"Max-Forwards: 70\r\n" FROM REST
	"Session-Expires: 1800;refresher=uac\r\nSupported: timer\r\n"
	"Content-Type: application/sdp\r\nContent-Length: 108\r\n\r\n"
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
	"t=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\na=ptime:20\r\n";

/* A valid INVITE with some bytes changed, cut or doubled. */
static size_t mutate(char *text, uint32_t *seed)
{
	size_t len = sizeof(whole) - 1;

	memcpy(text, whole, len);
	for (unsigned i = 0; i < 4; i++) {
		*seed = *seed * 1664525 + 1013904223;
		text[(*seed >> 8) % len] = (char)(*seed >> 24);
	}
	*seed = *seed * 1664525 + 1013904223;
	if (*seed & 0x10000)
		len = (*seed >> 8) % len;

	return len;
}

int test_sip_torture_messages(void)
{
	const struct sip_rig_prm prm = {.transport = PHONE_UDP};
	struct sip_rig rig;
	struct fake fake;
	struct sa to;
	char text[sizeof(whole)];
	uint32_t seed = test_seed();
	int err;

	err = sip_rig_open(&rig, &prm);
	CHECK_ERR(0, err);
	rig.answer = SIP_LET_GO;
	err = fake_open(&fake, ignore_handler, NULL);
	CHECK_ERR(0, err);
	rig.fake = &fake;
	err = sa_set_str(&to, "127.0.0.1", phone_sip_port(rig.callee));
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(tortures); i++) {
		fake_send(&fake, &to, tortures[i], strlen(tortures[i]));
		sip_rig_run(5);
	}
	for (unsigned i = 0; i < MUTATIONS; i++) {
		fake_send(&fake, &to, text, mutate(text, &seed));
		if (i % 20 == 0)
			sip_rig_run(5);
	}

	rig.answer = SIP_ANSWER;
	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_torture_set_up(void)
{
	const struct sip_rig_prm rig_prm = {.transport = PHONE_UDP};
	struct sip_rig rig;
	struct phone_prm prm;
	struct phone *phone = NULL;
	char fault[CFG_FAULT_SIZE];
	int err;

	err = sip_rig_open(&rig, &rig_prm);
	CHECK_ERR(0, err);

	prm = (struct phone_prm){.bind = "127.0.0.1",
	                         .sip_port = phone_sip_port(rig.callee)};
	CHECK_ERR(EADDRINUSE, phone_alloc(&phone, &prm, fault));
	CHECK(strstr(fault, "is taken by another program: set phone.sip_port"));

	prm = (struct phone_prm){.bind = "198.51.100.1"};
	CHECK_ERR(EADDRNOTAVAIL, phone_alloc(&phone, &prm, fault));
	CHECK(strstr(fault, "198.51.100.1 is none of this machine"));

	prm = (struct phone_prm){.bind = "everywhere"};
	CHECK_ERR(EINVAL, phone_alloc(&phone, &prm, fault));
	CHECK(strstr(fault, "\"everywhere\" is no address"));

	prm = (struct phone_prm){.bind = "127.0.0.1",
	                         .tls_cert = "/nowhere/cert.pem"};
	CHECK_ERR(EINVAL, phone_alloc(&phone, &prm, fault));
	CHECK(strstr(fault, "certificate /nowhere/cert.pem cannot be read"));

	prm = (struct phone_prm){.bind = "127.0.0.1", .public_addr = "me"};
	CHECK_ERR(EINVAL, phone_alloc(&phone, &prm, fault));
	CHECK(strstr(fault, "phone.public_addr"));

out:
	mem_deref(phone);
	sip_rig_close(&rig);

	return err;
}

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

int test_sip_torture_config(void)
{
	/* clang-format off */
	static const struct {
		const char *why, *text, *fault;
	} rowv[] = {
		{"a usual trunk is five lines",
		 "[line main]\nserver = 127.0.0.1:9\nuser = 100\n"
		 "password = secret\ncaller_id = +15550100\n", NULL},
		{"a trunk that knows our address",
		 "[line main]\nserver = 127.0.0.1:9\nregister = no\n", NULL},
		{"who registers needs a user",
		 "[line main]\nserver = 127.0.0.1:9\n", "user is missing"},
		{"a header in the caller's number",
		 "[line main]\nserver = 127.0.0.1\nregister = no\n"
		 "caller_id = 1>;x=<sip:2\n", "caller_id"},
		{"a codec that nobody has",
		 "[line main]\nserver = 127.0.0.1\nregister = no\n"
		 "codecs = pcma,mp3\n", "codecs"},
		{"a server that is none",
		 "[line main]\nserver = a b\nregister = no\n", "server"},
		{"who signs needs a key",
		 "[line main]\nserver = 127.0.0.1\nregister = no\n"
		 "stir_attest = A\n", "[line main]: stir_key is missing"},
		{"who signs shows a telephone number",
		 "[line main]\nserver = 127.0.0.1\nregister = no\n"
		 "stir_attest = B\ncaller_id = 100\n",
		 "[line main]: only calls that show a telephone number with + "
		 "and country code are signed: caller_id = \"100\" is none"},
		{"who does not sign may have kept the key",
		 "[line main]\nserver = 127.0.0.1\nregister = no\n"
		 "stir_key = /nowhere\n", NULL},
		{"ports the wrong way round",
		 "[phone]\nrtp_port_min = 3000\nrtp_port_max = 2000\n",
		 "rtp_port_max"},
	};
	/* clang-format on */
	const struct cfg_table *const tablev[] = {&phone_cfg_table,
	                                          &phone_line_cfg_table};
	struct phone *phone = NULL;
	struct cfg *cfg = NULL;
	char fault[CFG_FAULT_SIZE], path[512];
	int err;

	err = loop_init();
	CHECK_ERR(0, err);
	(void)snprintf(path, sizeof(path), "%s/x.conf", test_dir());

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = write_file(path, rowv[i].text);
		CHECK_ERR(0, err);
		err = cfg_load(&cfg, path, tablev, 2, fault);
		CHECK_ERR(0, err);
		(void)cfg_set(cfg, "phone.bind", "127.0.0.1", fault);
		(void)cfg_set(cfg, "phone.sip_port", "0", fault);
		err = phone_alloc_cfg(&phone, cfg, NULL, NULL, fault);
		if (err ? !rowv[i].fault || !strstr(fault, rowv[i].fault)
		        : rowv[i].fault != NULL)
			CHECK_FAIL("row: %s: %s", rowv[i].why,
			           err ? fault : "not refused");
		err = 0;
		phone = mem_deref(phone);
		cfg = mem_deref(cfg);
	}

out:
	mem_deref(phone);
	mem_deref(cfg);
	loop_close();

	return err;
}
