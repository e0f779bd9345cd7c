/*
 * bench/peer_sipp.c - SIPp doing the nearest thing to a robot's calls
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "crowd_child.h"
#include "peer_sipp.h"

extern char **environ;

enum {
	PATH_SIZE = 512,
	PER_S = 200,
	SETTLE_US = 2000000,
	RUN_US = 4000000,
};

#define HEAD(method, cseq)                                                     \
	method " sip:crowd@[remote_ip]:[remote_port] SIP/2.0\n"                \
	       "Via: SIP/2.0/[transport] [local_ip]:[local_port];"             \
	       "branch=[branch]\n"                                             \
	       "From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]\n"  \
	       "To: <sip:crowd@[remote_ip]:[remote_port]>[peer_tag_param]\n"   \
	       "Call-ID: [call_id]\nCSeq: " cseq "\n"                          \
	       "Contact: <sip:sipp@[local_ip]:[local_port]>\n"                 \
	       "Max-Forwards: 70\n"

static const char scenario[] =
	"<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario>\n"
	"<send retrans=\"500\"><![CDATA[\n" HEAD(
		"INVITE",
		"1 INVITE") "Content-Type: application/sdp\nContent-Length: "
			    "[len]\n\n"
			    "v=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 "
			    "[media_ip]\nt=0 0\n"
			    "m=audio [media_port] RTP/AVP 8\n]]></send>\n"
			    "<recv response=\"200\"/>\n"
			    "<send><![CDATA[\n" HEAD(
				    "ACK",
				    "1 ACK") "Content-Length: 0\n\n]]></send>\n"
					     "<pause "
					     "milliseconds=\"60000\"/>\n</"
					     "scenario>\n";

struct peer {
	char dir[PATH_SIZE], scenario[PATH_SIZE + 32], phrase[PATH_SIZE + 32];
	struct crowd_child *crowd;
	pid_t pid;
};

static int file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

static int folder_make(struct peer *peer)
{
	const char *tmp = getenv("TMPDIR");
	int err;

	(void)snprintf(peer->dir, sizeof(peer->dir),
	               "%.300s/dialwright-sipp-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(peer->dir))
		return errno;
	(void)snprintf(peer->scenario, sizeof(peer->scenario), "%s/uac.xml",
	               peer->dir);
	(void)snprintf(peer->phrase, sizeof(peer->phrase), "%s/phrase",
	               peer->dir);
	err = file_write(peer->scenario, scenario);
	if (!err)
		err = file_write(peer->phrase, "nobody speaks");

	return err;
}

static void heard_handler(const char *what, const char *id, uint64_t us,
                          void *arg)
{
	(void)what;
	(void)id;
	(void)us;
	(void)arg;
}

static int start(struct peer *peer, unsigned n)
{
	char server[32], count[16], rate[16];
	const char *const argv[] = {
		"sipp",      server,      "-sf", peer->scenario,
		"-m",        count,       "-l",  count,
		"-r",        rate,        "-i",  "127.0.0.1",
		"-mi",       "127.0.0.1", "-mp", "26000",
		"-rtp_echo", "-nostdin",  NULL};
	posix_spawn_file_actions_t actions;
	int err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u",
	               crowd_child_port(peer->crowd));
	(void)snprintf(count, sizeof(count), "%u", n);
	(void)snprintf(rate, sizeof(rate), "%d", PER_S);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
	                                       O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null",
	                                       O_WRONLY, 0);
	err = posix_spawnp(&peer->pid, "sipp", &actions, NULL,
	                   (char *const *)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);

	return err;
}

/* Of the process so far. */
static double cpu_us(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file,
	           "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
	           "%lu %lu",
	           &user, &system) != 2)
		user = system = 0;
	(void)fclose(file);

	return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static int measure(struct peer *peer, unsigned n, double *core_pctp)
{
	double before_us;

	clock_wait_until_us(clock_us() + n * UINT64_C(1000000) / PER_S +
	                    SETTLE_US);
	before_us = cpu_us(peer->pid);
	clock_wait_until_us(clock_us() + RUN_US);
	*core_pctp = 100.0 * (cpu_us(peer->pid) - before_us) / RUN_US / n;

	return *core_pctp > 0 ? 0 : EPROTO;
}

int peer_sipp_measure(unsigned n, double *core_pctp)
{
	struct peer peer = {.pid = 0};
	int err;

	err = loop_init();
	if (!err)
		err = folder_make(&peer);
	if (!err)
		err = crowd_child_start(&peer.crowd, peer.phrase, "silent",
		                        heard_handler, NULL);
	if (!err)
		err = start(&peer, n);
	if (!err) {
		err = measure(&peer, n, core_pctp);
		(void)kill(peer.pid, SIGKILL);
		(void)waitpid(peer.pid, NULL, 0);
	}

	mem_deref(peer.crowd);
	(void)unlink(peer.scenario);
	(void)unlink(peer.phrase);
	(void)rmdir(peer.dir);
	loop_close();

	return err;
}
