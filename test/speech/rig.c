/*
 * test/speech/rig.c - a loop without a loop: mailbox, workers, configuration
 */
#include <math.h>
#include <poll.h>
#include "base/mem.h"
#include "rig.h"

enum {
	MAIL_MAX = 20000,
	WAIT_MS = 30000,
	SLICE_MS = 100,
};

int rig_open(struct rig *rig)
{
	static const struct cfg_table *const tablev[] = {
		&asr_sphinx_cfg_table,
		&voice_cfg_table,
	};
	int err;

	*rig = (struct rig){0};
	err = mailbox_alloc(&rig->home, MAIL_MAX);
	if (err)
		return err;
	err = work_pool_alloc(&rig->pool, 2, rig->home);
	if (err)
		return err;

	return cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev),
	                rig->fault);
}

void rig_close(struct rig *rig)
{
	mem_deref(rig->asr);
	mem_deref(rig->voices);
	if (rig->pool) {
		/* An answer may start another job. */
		for (int i = 0; i < 3; i++) {
			work_pool_finish(rig->pool);
			mailbox_drain(rig->home);
		}
	}
	mem_deref(rig->pool);
	mem_deref(rig->home);
	mem_deref(rig->cfg);
}

bool rig_wait(struct rig *rig, const unsigned *count, unsigned n)
{
	struct pollfd pfd = {.fd = mailbox_fd(rig->home), .events = POLLIN};

	for (int ms = 0; *count < n && ms < WAIT_MS; ms += SLICE_MS) {
		(void)poll(&pfd, 1, SLICE_MS);
		mailbox_drain(rig->home);
	}

	return *count == n;
}

struct said {
	struct rig *rig;
	struct voice_sound *sound;
	unsigned count;
};

static void said_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct said *said = arg;

	said->sound = mem_ref(sound);
	(void)snprintf(said->rig->fault, CFG_FAULT_SIZE, "%s",
	               fault ? fault : "");
	said->count++;
}

int rig_say(struct voice_sound **soundp, struct rig *rig, const char *name,
            const char *text)
{
	const struct voice_prm prm = {.text = text, .lang = "en", .name = name};
	struct said said = {.rig = rig};
	struct voice_request *req;
	int err;

	err = voices_get(&req, rig->voices, &prm, RIG_LINE_HZ, said_handler,
	                 &said);
	if (err)
		return err;

	if (!rig_wait(rig, &said.count, 1))
		err = ETIMEDOUT;
	mem_deref(req);
	*soundp = said.sound;

	return err;
}

/* G.711 mu-law in the small: 8 segments of 16 steps each. */
static int16_t mu_law(int16_t x)
{
	int sign = x < 0 ? -1 : 1;
	int level = sign * x + 132, step = 8;

	if (level > 32635)
		level = 32635;
	while (level >> 5 >= step)
		step *= 2;

	return (int16_t)(sign * (level / step * step + step / 2 - 132));
}

void rig_telephone(int16_t *pcm, size_t count)
{
	double low = 0, last = 0;

	/* One pole at 300 Hz from below; above, 8 kHz end at 4 kHz anyway. */
	for (size_t i = 0; i < count; i++) {
		double x = pcm[i];

		low = 0.81 * (low + x - last);
		last = x;
		pcm[i] = mu_law((int16_t)lrint(fmax(-32000, fmin(32000, low))));
	}
}
