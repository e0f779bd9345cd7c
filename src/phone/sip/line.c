/*
 * phone/sip/line.c - a line: its server, its state, which calls are its
 */
#include <assert.h>
#include "phone/sip/line.h"
#include "base/log.h"
#include "base/number.h"

enum {
	HOST_MAX = 253, /* a DNS name */
};

static void probe_clear(struct line_probe *probe)
{
	tmr_cancel(&probe->tmr);
	probe->req = mem_deref(probe->req);
	probe->digest = mem_deref(probe->digest);
	dialog_clear(&probe->dialog);
}

static void line_destructor(void *arg)
{
	struct phone_line *line = arg;

	list_unlink(&line->le);
	registration_clear(&line->registration);
	probe_clear(&line->probe);
	mem_deref((void *)line->prm.name);
	mem_deref((void *)line->prm.server);
	mem_deref((void *)line->prm.user);
	mem_deref((void *)line->prm.password);
	mem_deref((void *)line->prm.caller_id);
	mem_deref((void *)line->prm.codecs);
	mem_deref(line->prm.identity);
	mem_deref(line->host);
	mem_deref(line->domain);
	mem_deref(line->server_uri);
	mem_deref(line->next_hop);
}

static int text_own(const char **textp)
{
	char *copy = NULL;
	int err;

	if (!*textp || !**textp) {
		*textp = NULL;
		return 0;
	}

	err = str_dup(&copy, *textp);
	*textp = err ? NULL : copy;

	return err;
}

static int texts_own(struct phone_line_prm *prm)
{
	const char **const textv[] = {&prm->name,      &prm->server,
	                              &prm->user,      &prm->password,
	                              &prm->caller_id, &prm->codecs};
	int err = 0;

	/* All are taken over, whatever fails, so that the destructor never
	 * meets a text of the caller's. */
	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		int e = err ? (*textv[i] = NULL, 0) : text_own(textv[i]);

		if (e)
			err = e;
	}

	return err;
}

static bool is_host(const struct pl *host)
{
	if (!host->l || host->l > HOST_MAX)
		return false;

	for (size_t i = 0; i < host->l; i++) {
		const char c = host->p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || strchr(".-:_", c)))
			return false;
	}

	return true;
}

/* libre's resolver asks name servers only and knows no hosts file. */
static int host_set(struct phone_line *line, const struct pl *host)
{
	if (!pl_strcasecmp(host, "localhost"))
		return str_dup(&line->host, "127.0.0.1");

	return pl_strdup(&line->host, host);
}

static int server_set(struct phone_line *line)
{
	const char *transport = ua_transport_name(line->prm.transport);
	struct pl all, host, port;
	char port_text[8] = "";
	bool is_v6;
	int err;

	pl_set_str(&all, line->prm.server);
	if (uri_decode_hostport(&all, &host, &port) || !is_host(&host))
		return EINVAL;
	if (pl_isset(&port)) {
		if (!pl_u32(&port) || pl_u32(&port) > UINT16_MAX)
			return EINVAL;
		(void)re_snprintf(port_text, sizeof(port_text), ":%u",
		                  pl_u32(&port));
	}

	err = host_set(line, &host);
	if (err)
		return err;

	is_v6 = strchr(line->host, ':') != NULL;
	err = re_sdprintf(&line->domain, is_v6 ? "[%s]" : "%s", line->host);
	if (err)
		return err;
	err = re_sdprintf(&line->server_uri, "sip:%s%s", line->domain,
	                  port_text);
	if (err)
		return err;
	err = re_sdprintf(&line->next_hop, "%s;transport=%s", line->server_uri,
	                  transport);
	if (err)
		return err;

	/* Fails for names: they are learned from the first request. */
	(void)sa_set_str(&line->server_addr, line->host, 0);

	return 0;
}

static bool texts_are_safe(const struct phone_line_prm *prm)
{
	if (!prm->name || !prm->server)
		return false;
	if (prm->user && !number_is_dialable(prm->user))
		return false;
	if (prm->caller_id && !number_is_dialable(prm->caller_id))
		return false;

	return !prm->has_registration || prm->user;
}

struct phone_line *phone_line_find(const struct phone *phone, const char *name)
{
	for (struct le *le = list_head(&phone->linel); le; le = le->next) {
		struct phone_line *line = le->data;

		if (!name || !strcmp(line->prm.name, name))
			return line;
	}

	return NULL;
}

const struct phone_line_prm *phone_line_prm(const struct phone_line *line)
{
	return &line->prm;
}

enum phone_line_state phone_line_state(const struct phone_line *line,
                                       const char **reasonp)
{
	const bool is_ready = line->state == PHONE_LINE_READY;

	if (reasonp)
		*reasonp = is_ready && *line->trust.words ? line->trust.words
		                                          : line->words;

	return line->state;
}

bool line_is_server(const struct phone_line *line, const struct sa *addr)
{
	return sa_isset(&line->server_addr, SA_ADDR) &&
	       sa_cmp(&line->server_addr, addr, SA_ADDR);
}

void line_path_seen(struct phone_line *line, const struct dialog *dialog,
                    const struct sa *dst)
{
	if (!strcmp(dialog->next_hop, line->next_hop))
		line->server_addr = *dst;
}

struct phone_line *line_match(struct phone *phone, const struct sip_msg *msg)
{
	struct phone_line *by_source = NULL, *by_user = NULL;

	for (struct le *le = list_head(&phone->linel); le; le = le->next) {
		struct phone_line *line = le->data;
		const bool is_source = line_is_server(line, &msg->src);
		const bool is_user = line->prm.has_registration &&
		                     !pl_strcmp(&msg->uri.user, line->prm.user);

		if (is_source && is_user)
			return line;
		if (is_source && !by_source)
			by_source = line;
		if (is_user && !by_user)
			by_user = line;
	}

	return by_source ? by_source : by_user;
}

int line_write_contact(const struct phone_line *line, struct mbuf *mb,
                       const struct request_path *path)
{
	const char *user = line && line->prm.user ? line->prm.user : NULL;

	return mbuf_printf(mb, "Contact: <sip:%s@%J%s>",
	                   user ? user : "dialwright", &path->self,
	                   sip_transp_param(path->transport));
}

/* --- asking whether the server answers ---------------------------------- */

void line_words(char words[LINE_WORDS_SIZE], const struct phone_line *line,
                int err, const struct sip_msg *msg)
{
	const char *remedy = "ask your provider what that means";
	const char *user = line->prm.user ? line->prm.user : "(none)";

	if (err) {
		(void)re_snprintf(words, LINE_WORDS_SIZE,
		                  "line %s: server %s does not answer (%m): "
		                  "check server, transport and firewall",
		                  line->prm.name, line->prm.server, err);
		return;
	}

	switch (msg->scode) {
	case 401:
	case 407:
		remedy = "the password is not accepted, check user and "
			 "password";
		break;
	case 403:
		remedy = "check user and password with your provider";
		break;
	case 404:
		remedy = "the server does not know this user, check user";
		break;
	case 503:
		remedy = "the server is overloaded or in maintenance";
		break;
	default:
		break;
	}

	(void)re_snprintf(words, LINE_WORDS_SIZE,
	                  "line %s: %u %r for user %s: %s", line->prm.name,
	                  msg->scode, &msg->reason, user, remedy);
}

void line_probe_tell(struct phone_line *line, int err, const char *words)
{
	struct line_probe *probe = &line->probe;
	void (*done)(int err, const char *words, void *arg) = probe->done;

	probe_clear(probe);
	probe->done = NULL;
	if (done)
		done(err, words, probe->arg);
}

static void probe_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct phone_line *line = arg;
	char words[LINE_WORDS_SIZE];

	if (msg && msg->scode < 200)
		return;

	line_words(words, line, err, msg);
	if (!err && (msg->scode == 401 || msg->scode == 403 ||
	             msg->scode == 407 || msg->scode == 503))
		err = EACCES;
	if (!err)
		(void)re_snprintf(words, sizeof(words),
		                  "line %s: server %s answers", line->prm.name,
		                  line->prm.server);

	line_probe_tell(line, err, words);
}

static void probe_timeout(void *arg)
{
	struct phone_line *line = arg;
	char words[LINE_WORDS_SIZE];

	line_words(words, line, ETIMEDOUT, NULL);
	line_probe_tell(line, ETIMEDOUT, words);
}

static int probe_write(struct mbuf *mb, const struct request_path *path,
                       void *arg)
{
	const struct phone_line *line = arg;
	int err = line_write_contact(line, mb, path);

	if (err)
		return err;
	err = mbuf_write_str(mb, "\r\nAccept: application/sdp\r\n");

	return err ? err : request_write_body(mb, NULL, NULL);
}

static int options_send(struct phone_line *line)
{
	struct line_probe *probe = &line->probe;
	const struct dialog_prm dialog_prm = {
		.local = line->server_uri,
		.remote = line->server_uri,
		.target = line->server_uri,
		.next_hop = line->next_hop,
		.transport = ua_transport_name(line->prm.transport),
	};
	const struct request_prm prm = {
		.method = "OPTIONS",
		.phone = line->phone,
		.line = line,
		.dialog = &probe->dialog,
		.digest = NULL,
		.write = probe_write,
		.answer = probe_answer,
		.arg = line,
	};
	int err = dialog_open(&probe->dialog, &dialog_prm);

	return err ? err : request_send(&probe->req, &prm);
}

int phone_line_probe(struct phone_line *line,
                     void (*done)(int err, const char *words, void *arg),
                     void *arg)
{
	int err;

	assert(line && done);

	if (line->probe.done)
		return EBUSY;

	probe_clear(&line->probe);
	line->probe.done = done;
	line->probe.arg = arg;
	err = line->prm.has_registration ? registration_again(line)
	                                 : options_send(line);
	if (err) {
		probe_clear(&line->probe);
		line->probe.done = NULL;
		return err;
	}
	tmr_start(&line->probe.tmr, LINE_PROBE_MS, probe_timeout, line);

	return 0;
}

/* --- opening ------------------------------------------------------------- */

int phone_line_add(struct phone_line **linep, struct phone *phone,
                   const struct phone_line_prm *prm)
{
	struct phone_line *line;
	int err;

	assert(linep && phone && prm);

	line = mem_zalloc(sizeof(*line), line_destructor);
	if (!line)
		return ENOMEM;

	tmr_init(&line->registration.tmr);
	tmr_init(&line->probe.tmr);
	line->phone = phone;
	line->prm = *prm;
	(void)mem_ref(line->prm.identity);
	err = texts_own(&line->prm);
	if (err)
		goto out;

	if (!texts_are_safe(&line->prm) ||
	    phone_line_find(phone, line->prm.name)) {
		err = EINVAL;
		goto out;
	}

	err = server_set(line);
	if (err)
		goto out;
	err = codec_list(line->codecv, &line->codecc, line->prm.codecs);
	if (err)
		goto out;

	if (line->prm.transport == PHONE_TLS) {
		char fault[CFG_FAULT_SIZE];

		err = ua_need_tls(phone, fault);
		if (err) {
			log_error("phone", "line %s: %s", line->prm.name,
			          fault);
			goto out;
		}
	}

	if (line->prm.has_registration) {
		err = registration_start(line);
		if (err)
			goto out;
	}

	list_append(&phone->linel, &line->le, line);

	/* A server with a name: the answer teaches us the address by which
	 * its calls are known. That it fails is told when it is used. */
	if (!line->prm.has_registration &&
	    !sa_isset(&line->server_addr, SA_ADDR))
		(void)options_send(line);

out:
	if (err)
		mem_deref(line);
	else
		*linep = line;

	return err;
}
