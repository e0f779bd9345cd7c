/*
 * speech/voice_flite.c - English voices inside the process: CMU Flite
 *
 * Nothing says that flite's C library may run twice at a time, so it does
 * not: the voices object has one queue for it. A voice takes its settings as
 * features that stay with it, so every sentence sets all of them.
 */
#include <assert.h>
#include <flite/flite.h>
#include <flite/flite_version.h>
#include <math.h>
#include <strings.h>
#include "base/mem.h"
#include "speech/voice.h"

/* No header of flite declares them. */
cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_kal16(const char *voxdir);
cst_voice *register_cmu_us_awb(const char *voxdir);
cst_voice *register_cmu_us_rms(const char *voxdir);

static const struct {
	const char *name;
	cst_voice *(*make)(const char *voxdir);
} modelv[] = {
	{"slt", register_cmu_us_slt},     /* a woman; the default */
	{"rms", register_cmu_us_rms},     /* a man */
	{"awb", register_cmu_us_awb},     /* a Scotsman */
	{"kal16", register_cmu_us_kal16}, /* a machine, and fast */
};

static const char *const namev[] = {"slt", "rms", "awb", "kal16", NULL};

/* Made at first use and kept for the life of the process, as flite does. */
static cst_voice *voicev[ARRAY_COUNT(modelv)];
static bool is_ready;

static bool flite_can(const char *lang, const char *voice)
{
	if (strncasecmp(lang, "en", 2) || (lang[2] && lang[2] != '-'))
		return false;
	if (!voice[0])
		return true;

	for (size_t i = 0; namev[i]; i++) {
		if (!strcmp(namev[i], voice))
			return true;
	}

	return false;
}

static cst_voice *voice_of(const char *name)
{
	size_t i = 0;

	if (!is_ready) {
		(void)flite_init();
		is_ready = true;
	}

	while (name[0] && strcmp(modelv[i].name, name)) {
		i++;
		assert(i < ARRAY_COUNT(modelv));
	}
	if (!voicev[i])
		voicev[i] = modelv[i].make(NULL);

	return voicev[i];
}

/* 1 to 100 around 50 as half to double. */
static float factor(int setting)
{
	return setting ? exp2f((float)(setting - 50) / 50.0F) : 1.0F;
}

static int flite_say(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
                     const struct voice_prm *prm, char fault[CFG_FAULT_SIZE])
{
	cst_voice *voice;
	cst_wave *wave;
	int16_t *pcm;
	size_t count;

	voice = voice_of(prm->name);
	feat_set_float(voice->features, "duration_stretch",
	               1.0F / factor(prm->speechrate));
	feat_set_float(voice->features, "f0_shift", factor(prm->pitchrate));

	wave = flite_text_to_wave(prm->text, voice);
	if (!wave) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "flite could not speak this text");
		return EPROTO;
	}

	count = wave->num_samples > 0 ? (size_t)wave->num_samples : 0;
	pcm = mem_zalloc((count + 1) * sizeof(*pcm), NULL);
	if (pcm) {
		memcpy(pcm, wave->samples, count * sizeof(*pcm));
		*pcmp = pcm;
		*countp = count;
		*rate_hzp = (uint32_t)wave->sample_rate;
	}
	delete_wave(wave);

	return pcm ? 0 : ENOMEM;
}

static const char *flite_missing(void)
{
	return NULL; /* linked */
}

static const char *const *flite_list(void)
{
	return namev;
}

const struct voice_ops voice_flite = {
	.name = "flite",
	.version = "flite " FLITE_PROJECT_VERSION,
	.missing = flite_missing,
	.can = flite_can,
	.say = flite_say,
	.list = flite_list,
};
