/*
 * test/speech/rig.c - a loop without a loop: mailbox, workers, configuration
 */
#include <math.h>
#include <poll.h>
#include "base/clock.h"
#include "base/mem.h"
#include "rig.h"

enum {
	MAIL_MAX = 20000,
	WAIT_MS = 100000, /* a machine may have much else to do */
	SLICE_MS = 100,
};

int rig_open(struct rig *rig)
{
	static const struct cfg_table *const tablev[] = {
		&asr_group_cfg_table,
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
	const uint64_t until_ms = clock_ms() + WAIT_MS;

	while (*count < n && clock_ms() < until_ms) {
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

	err = voices_get(&req, rig->voices, &prm,
	                 rig->say_hz ? rig->say_hz : RIG_LINE_HZ, said_handler,
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
static int16_t mu_law(double sample)
{
	int sign = sample < 0 ? -1 : 1;
	int level = (int)fmin(fabs(sample), 32503) + 132, step = 8;

	while (level / step >= 32)
		step *= 2;

	return (int16_t)(sign * (level / step * step + step / 2 - 132));
}

/* One second-order section (Butterworth) in place. */
static void filter(double *xv, size_t count, double edge_hz, bool is_high)
{
	const double pi = acos(-1), q = sqrt(0.5);
	double w = 2 * pi * edge_hz / RIG_LINE_HZ;
	double alpha = sin(w) / (2 * q), a0 = 1 + alpha;
	double b = (is_high ? 1 + cos(w) : 1 - cos(w)) / 2 / a0;
	double b1 = is_high ? -2 * b : 2 * b;
	double a1 = -2 * cos(w) / a0, a2 = (1 - alpha) / a0;
	double x1 = 0, x2 = 0, y1 = 0, y2 = 0;

	for (size_t i = 0; i < count; i++) {
		double x = xv[i];
		double y = b * x + b1 * x1 + b * x2 - a1 * y1 - a2 * y2;

		x2 = x1;
		x1 = x;
		y2 = y1;
		y1 = y;
		xv[i] = y;
	}
}

int rig_telephone(int16_t *pcm, size_t count)
{
	double *xv;

	xv = mem_zalloc((count + 1) * sizeof(*xv), NULL);
	if (!xv)
		return ENOMEM;

	for (size_t i = 0; i < count; i++)
		xv[i] = pcm[i];
	for (int i = 0; i < 2; i++) {
		filter(xv, count, 300, true);
		filter(xv, count, 3400, false);
	}
	for (size_t i = 0; i < count; i++)
		pcm[i] = mu_law(xv[i]);
	mem_deref(xv);

	return 0;
}
