/*
 * speech/voice_at.c - who speaks for a script that names the address of its
 * voice (`tts.url`)
 *
 * Where services are stands in the configuration alone, so an address asks for
 * the service that is configured there. One that nobody has is not asked.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "base/text.h"
#include "speech/voice_parts.h"

/* The query may hold what is different for each text. */
static size_t path_len(const struct url *url)
{
	return strcspn(url->path, "?");
}

static bool is_same(const struct url *a, const struct url *b)
{
	return a->is_secure == b->is_secure && a->port == b->port &&
	       !strcasecmp(a->host, b->host) && path_len(a) == path_len(b) &&
	       !strncmp(a->path, b->path, path_len(a));
}

bool voice_at(const struct voices *voices, const char *text, size_t *ip)
{
	struct url url;

	if (!text || !*text || url_parse(&url, text))
		return false;

	for (size_t i = 0; i < voices->providerc; i++) {
		const struct speaking_engine *engine =
			voices->providerv[i].engine;

		if (engine && is_same(&speaking_service(engine)->url, &url)) {
			*ip = i;
			return true;
		}
	}

	return false;
}

void voice_at_warn(struct voices *voices, const char *text)
{
	char authority[URL_HOST_SIZE + 16] = "an address that is none";
	struct url url;
	size_t i;

	if (!text || !*text || voices->has_missed || voice_at(voices, text, &i))
		return;

	voices->has_missed = true;
	if (!url_parse(&url, text))
		(void)url_authority(&url, authority, sizeof(authority));
	log_warning("speech",
	            "a script wants the voice at %s: no service of "
	            "voice.voices is there, the configured ones speak",
	            authority);
}

const char *voices_service_at(const struct cfg *cfg, const char *text)
{
	const char *names = voice_names(cfg), *name;
	struct url url, other;

	if (!text || !*text || url_parse(&url, text))
		return NULL;

	names += *names == '*';
	for (size_t i = 0; (name = cfg_name(cfg, "service", i)); i++) {
		const char *at = cfg_named_text(cfg, "service", name, "url");

		if (text_is_listed(names, name) && !url_parse(&other, at) &&
		    is_same(&other, &url))
			return name;
	}

	return NULL;
}

static void asked_add(char *text, size_t size, const char *name)
{
	size_t n = strlen(text);

	if (!text_is_listed(text, name))
		(void)snprintf(text + n, size - n, "%s%s", n ? ", " : "", name);
}

/* Those of this machine have a voice for most languages. */
static bool may_speak(const struct cfg *cfg, const char *name, const char *lang)
{
	return !service_kind(cfg, name) ||
	       service_speaks(cfg_named_text(cfg, "service", name, "lang"),
	                      lang);
}

void voices_asked(char *text, size_t size, const struct cfg *cfg,
                  const struct voice_prm *prm)
{
	const char *first = voices_service_at(cfg, prm->url);
	const char *names = voice_names(cfg);

	*text = '\0';
	if (first && may_speak(cfg, first, prm->lang))
		asked_add(text, size, first);

	names += *names == '*';
	while (*names) {
		char name[VOICE_NAME_SIZE];
		size_t n = strcspn(names, ", ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, names);
		names += n;
		names += strspn(names, ", ");
		if (voice_behind(prm->name, name)) {
			(void)snprintf(text, size, "%s", name);
			return;
		}
		if (may_speak(cfg, name, prm->lang))
			asked_add(text, size, name);
	}
}
