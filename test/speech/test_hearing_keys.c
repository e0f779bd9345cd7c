/*
 * test/speech/test_hearing_keys.c - credentials of services: signatures,
 * tokens, refusals; what a service is asked for
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fakes/fake.h"
#include "harness.h"
#include "net_rig.h"
#include "speech/nls_token.h"
#include "speech/sign.h"
#include "speech_tests.h"

enum {
	LIFE_S = 3600,
	TOKEN_EARLY_S = 600,
};

/* The vendors' published examples. */
int test_sign_vectors(void)
{
	static const char query[] =
		"AccessKeyId=my_access_key_id&Action=CreateToken&Format=JSON&"
		"RegionId=cn-shanghai&SignatureMethod=HMAC-SHA1&SignatureNonce="
		"b924c8c3-6d03-4c5d-ad36-d984d3116788&SignatureVersion=1.0&"
		"Timestamp=2019-04-18T08%3A32%3A31Z&Version=2019-02-28";
	char signature[SIGN_SIZE], date[SIGN_DATE_SIZE];
	int err;

	err = sign_alibaba(signature, "my_access_key_secret", "GET", query);
	CHECK_ERR(0, err);
	CHECK_STR("hHq4yNsPitlfDJ2L0nQPdugdEzM=", signature);
	err = sign_alibaba(signature, "my_access_key_secret", "POST", query);
	CHECK_ERR(0, err);
	CHECK_STR("X4/yeE8FUchC5Wv7AZJybEuDWzw=", signature);

	CHECK_STR("Wed, 10 Jul 2019 07:35:43 GMT",
	          sign_date(date, 1562744143000));
	err = sign_iflytek(signature, "secretxxxxxxxx2df7900c09xxxxxxxx",
	                   "iat-api.xfyun.cn", date, "/v2/iat");
	CHECK_ERR(0, err);
	CHECK_STR("Hp3Ty4ZkSBmL8jKyOLpQiv9Sr5nvmeYEH7WsL/ZO2Jg=", signature);

	err = sign_rtasr(signature, "d9f4aa7ea6d94faca62cd88a28fd5234",
	                 "595f23df", 1512041814);
	CHECK_ERR(0, err);
	CHECK_STR("IrrzsJeOFk1NGfJHW6SkHUoN9CU=", signature);

out:
	return err;
}

static const struct {
	const char *sentence;
	const char *kind;
	const char *key, *value; /* what is wrong */
	enum fake_fault fault;
	const char *why;
} refusalv[] = {
	/* clang-format off */
	{"Deepgram: a wrong key", "deepgram", "key", "wrong-key",
	 FAKE_GOOD, "refuses the key"},
	{"Deepgram: no such interface", "deepgram", "url", "ws:/v2",
	 FAKE_GOOD, "check the url"},
	{"Deepgram: its own error", "deepgram", NULL, NULL,
	 FAKE_ERROR, "no more for **********"},
	{"Deepgram: the quota", "deepgram", NULL, NULL,
	 FAKE_QUOTA, "quota is used up"},
	{"NLS: a wrong access key", "nls", "key", "wrong-key",
	 FAKE_GOOD, "no token: refuses the key"},
	{"NLS: a wrong secret", "nls", "secret", "wrong-secret",
	 FAKE_GOOD, "no token: refuses the key"},
	{"NLS: tokens are made nowhere", "nls", "token_url",
	 "http://127.0.0.1:1/", FAKE_GOOD, "no token: "},
	{"NLS: a wrong application", "nls", "app", "app-2",
	 FAKE_GOOD, "refuses the key (code 40020105"},
	{"NLS: the quota", "nls", NULL, NULL,
	 FAKE_ERROR, "its quota is used up (code 40000005"},
	{"iat: a wrong key", "iflytek-iat", "key", "wrong-key",
	 FAKE_GOOD, "refuses the key"},
	{"iat: a wrong secret", "iflytek-iat", "secret", "wrong-half",
	 FAKE_GOOD, "refuses the key"},
	{"iat: a wrong application", "iflytek-iat", "app", "app-2",
	 FAKE_GOOD, "refuses the key (code 10313"},
	{"iat: the quota", "iflytek-iat", NULL, NULL,
	 FAKE_ERROR, "its quota is used up (code 11201"},
	{"rtasr: a wrong key", "iflytek-rtasr", "key", "wrong-key",
	 FAKE_GOOD, "refuses the key (code 10105"},
	{"rtasr: the quota", "iflytek-rtasr", NULL, NULL,
	 FAKE_ERROR, "its quota is used up (code 11200"},
	{"JSON: a wrong key", "jsonws", "key", "wrong-key",
	 FAKE_GOOD, "refuses the key"},
	{"nobody is there", "deepgram", "url", "ws://127.0.0.1:1/",
	 FAKE_GOOD, "cannot connect to 127.0.0.1:1"},
	{"no such host", "deepgram", "url", "ws://host.invalid/",
	 FAKE_GOOD, "there is no host called host.invalid"},
	/* clang-format on */
};

/* Each in its own words, and never with the key in them. */
int test_hearing_refuses(void)
{
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(refusalv); i++) {
		struct net_heard heard;
		char url[64];
		const char *value = refusalv[i].value;

		err = net_open(&rig, refusalv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, NULL, NULL);
		CHECK_ERR(0, err);
		if (value && !strncmp(value, "ws:/v", 5)) {
			(void)snprintf(url, sizeof(url), "ws://127.0.0.1:%u%s",
			               fake_port(rig.fakev[0]), value + 3);
			value = url;
		}
		if (value)
			err = net_set(&rig, "first", refusalv[i].key, value);
		CHECK_ERR(0, err);
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], refusalv[i].fault, 2, 0);

		rig.lang = "zh";
		err = net_say(&rig, &heard, 0, 1500);
		CHECK_ERR(0, err);
		if (!heard.err || !strstr(heard.why, refusalv[i].why) ||
		    strstr(heard.why, "s3cret") ||
		    strstr(heard.why, "wrong-") || strstr(heard.why, "token-"))
			CHECK_FAIL("row %zu: %s: wanted \"%s\", got \"%s\"", i,
			           refusalv[i].sentence, refusalv[i].why,
			           heard.why);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* One request for however many connections, until its time is over. */
int test_hearing_token(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "nls", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "spares", "5");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first");
	CHECK_ERR(0, err);

	asr_prepare(rig.asr, &(struct asr_prm){.lang = "zh", .rate_hz = 8000});
	CHECK(net_wait(&rig, &fake_seen(rig.fakev[0])->connections, 5));
	CHECK_U64(5, fake_seen(rig.fakev[0])->connections);
	CHECK_U64(1, fake_seen(rig.fakev[0])->tokens);
	err = net_say(&rig, &heard, 0, 300);
	CHECK_ERR(0, err);
	CHECK_STR(net_textv[0], heard.text);
	CHECK_U64(1, fake_seen(rig.fakev[0])->tokens);

	/* Expired before its time, and not within a second: the phrase is not
	 * lost. */
	net_run_ms(&rig, 1100);
	fake_expire(rig.fakev[0]);
	err = net_say(&rig, &heard, 1, 300);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[1], heard.text);
	CHECK_U64(2, fake_seen(rig.fakev[0])->tokens);

	CHECK_STR("", fake_complaint(rig.fakev[0]));

out:
	net_close(&rig);
	return err;
}

/* Ten minutes before its end another one is made; until then one does for all
 * phrases. */
int test_hearing_token_ends(void)
{
	static const struct {
		unsigned text;
		int64_t later_s;
		unsigned tokens;
	} rowv[] = {
		{0, 0, 1},
		{1, LIFE_S - TOKEN_EARLY_S - 60, 1},
		{2, LIFE_S - TOKEN_EARLY_S + 1, 2},
		{3, LIFE_S, 2},
	};
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "nls", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "spares", "0");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first");
	CHECK_ERR(0, err);
	fake_set_token_life(rig.fakev[0], LIFE_S);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		clock_shift(rowv[i].later_s * 1000);
		err = net_say(&rig, &heard, rowv[i].text, 300);
		CHECK_ERR(0, err);
		CHECK_STR(net_textv[rowv[i].text], heard.text);
		CHECK_U64(rowv[i].tokens, fake_seen(rig.fakev[0])->tokens);
	}

	/* One that is over before it comes, as where our clock is wrong: used
	 * once, and not asked for again and again. */
	fake_set_token_life(rig.fakev[0], 1);
	clock_shift(2 * LIFE_S * 1000);
	err = net_say(&rig, &heard, 0, 300);
	CHECK_ERR(0, err);
	CHECK_STR(net_textv[0], heard.text);
	CHECK_U64(3, fake_seen(rig.fakev[0])->tokens);
	CHECK_STR("", fake_complaint(rig.fakev[0]));

out:
	clock_shift(0);
	net_close(&rig);
	return err;
}

/* Gets one, whose number is told. */
static int token_number(struct net_rig *rig, struct nls_token *token,
                        unsigned *numberp)
{
	const char *text = "";
	int err;

	*numberp = 0;
	while ((err = nls_token_get(token, &text)) == EINPROGRESS)
		net_run_ms(rig, 10);
	if (!err && sscanf(text, "token-%u", numberp) != 1)
		err = EPROTO;

	return err;
}

/* Of two phrases whose token was refused the second may be told when there is
 * another one already: that is not thrown away. */
int test_token_refused_late(void)
{
	struct service *service = NULL;
	struct nls_token *token = NULL;
	struct net_rig rig;
	uint64_t got_ms;
	unsigned number;
	int err;

	err = net_open(&rig, "nls", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, NULL, NULL);
	CHECK_ERR(0, err);
	err = service_alloc(&service, rig.cfg, "first", NULL, rig.pool,
	                    rig.fault);
	CHECK_ERR(0, err);
	err = nls_token_alloc(&token, service, rig.http);
	CHECK_ERR(0, err);

	CHECK_ERR(0, token_number(&rig, token, &number));
	CHECK_U64(1, number);
	got_ms = clock_ms();
	net_run_ms(&rig, 1100);
	CHECK(nls_token_refused(token, got_ms));
	CHECK_ERR(0, token_number(&rig, token, &number));
	CHECK_U64(2, number);

	net_run_ms(&rig, 1100);
	CHECK(nls_token_refused(token, got_ms));
	CHECK_ERR(0, token_number(&rig, token, &number));
	CHECK_U64(2, number);
	CHECK(nls_token_refused(token, clock_ms()));
	CHECK_ERR(0, token_number(&rig, token, &number));
	CHECK_U64(3, number);

out:
	mem_deref(token);
	mem_deref(service);
	net_close(&rig);
	return err;
}

/* Language, hot words and the service's own options arrive. */
int test_hearing_asks(void)
{
	static const struct {
		const char *kind, *lang, *hot_word, *options;
		const char *wantedv[4];
	} rowv[] = {
		/* clang-format off */
		{"deepgram", "ru-RU", "Газпром, тариф", "",
		 {"language=ru&", "sample_rate=8000",
		  "&keyterm=%D0%93%D0%B0", "&keyterm=%D1%82%D0%B0"}},
		{"deepgram", "pt-BR", NULL, "{\"endpointing\":300,"
		 "\"smart_format\":true,\"model\":\"nova-2\"}",
		 {"language=pt-BR", "endpointing=300", "smart_format=true",
		  "model=nova-2"}},
		{"funasr", "zh", "阿里巴巴", "{\"itn\":false}",
		 {"\"hotwords\":\"阿里巴巴\"", "\"itn\":false",
		  "\"audio_fs\":16000"}},
		{"nls", "zh", NULL, "{\"vocabulary_id\":\"v1\"}",
		 {"\"vocabulary_id\":\"v1\"", "\"sample_rate\":8000",
		  "\"enable_words\":true"}},
		{"iflytek-iat", "en-US", NULL, "{\"accent\":\"none\"}",
		 {"\"language\":\"en_us\"", "\"accent\":\"none\"",
		  "rate=8000", "\"app_id\":\"app-1\""}},
		{"iflytek-iat", "zh-CN", NULL, "",
		 {"\"language\":\"zh_cn\"", "\"dwa\":\"wpgs\""}},
		{"iflytek-rtasr", "en", NULL, "{\"pd\":\"finance\"}",
		 {"lang=en", "pd=finance", "appid=app-1"}},
		{"vosk", "en", NULL, "",
		 {"\"sample_rate\":8000", "\"words\":true"}},
		/* clang-format on */
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;

		err = net_open(&rig, rowv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, "spares", "0");
		if (!err && *rowv[i].options)
			err = net_set(&rig, "first", "options",
			              rowv[i].options);
		if (!err)
			err = net_asr(&rig, "first");
		CHECK_ERR(0, err);

		rig.lang = rowv[i].lang;
		rig.hot_word = rowv[i].hot_word;
		err = net_say(&rig, &heard, 0, 300);
		CHECK_ERR(0, err);
		CHECK_ERR(0, heard.err);
		for (size_t j = 0; j < 4 && rowv[i].wantedv[j]; j++) {
			const char *asked = fake_seen(rig.fakev[0])->asked;

			if (!strstr(asked, rowv[i].wantedv[j]))
				CHECK_FAIL("row %zu: wanted \"%s\" in \"%s\"",
				           i, rowv[i].wantedv[j], asked);
		}
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* A script's hot words stand in the url: connections are open with them before
 * somebody speaks. */
int test_hearing_words_before(void)
{
	const struct asr_prm prm = {
		.lang = "ru",
		.rate_hz = 8000,
		.hot_word = "тариф",
	};
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "deepgram", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "spares", "1");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first");
	CHECK_ERR(0, err);
	asr_prepare(rig.asr, &prm);
	CHECK(net_wait(&rig, &fake_seen(rig.fakev[0])->connections, 1));
	net_settle(&rig);
	CHECK(strstr(fake_seen(rig.fakev[0])->asked, "keyterm=%D1%82"));

	/* No other connection can be had. */
	fake_set_fault(rig.fakev[0], FAKE_REFUSE, 99, 0);
	rig.lang = prm.lang;
	rig.hot_word = prm.hot_word;
	err = net_say(&rig, &heard, 1, 300);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[1], heard.text);

out:
	net_close(&rig);
	return err;
}

static int key_write(const char *path, const char *key)
{
	FILE *file = fopen(path, "w");
	int n = file ? fprintf(file, "%s\n", key) : -1;

	if (file)
		(void)fclose(file);

	return n > 0 ? 0 : EIO;
}

/* A token that a job of the night writes anew: what the service refuses is
 * read again, and the next phrase is heard. */
int test_key_file_is_read_again(void)
{
	static const char *const kindv[] = {"yandex-v3", "yandex-v1"};
	struct net_rig rig = {.is_open = false};
	struct net_heard heard;
	char path[512], value[530];
	int err = 0;

	(void)snprintf(path, sizeof(path), "%s/token", test_dir());
	(void)snprintf(value, sizeof(value), "file:%s", path);
	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		CHECK_ERR(0, key_write(path, "of-yesterday"));
		err = net_open(&rig, kindv[i], NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, "key", value);
		CHECK_ERR(0, err);
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);

		CHECK_ERR(0, key_write(path, NET_KEY));
		err = net_say(&rig, &heard, 0, 500);
		CHECK_ERR(0, err);
		CHECK_ERR(EACCES, heard.err);
		work_pool_finish(rig.pool);
		mailbox_drain(loop_mailbox());

		err = net_say(&rig, &heard, 1, 500);
		CHECK_ERR(0, err);
		CHECK_STR("", heard.why);
		CHECK_STR(net_textv[1], heard.text);
		net_close(&rig);
	}

out:
	net_close(&rig);
	return err;
}
