/*
 * base/httpc_public.c - keeps a request out of private networks
 */
#include <sys/socket.h>
#include "base/address.h"
#include "base/httpc_public.h"
#include "base/mem.h"
#include <re_sa.h>

static curl_socket_t open_handler(void *arg, curlsocktype purpose,
                                  struct curl_sockaddr *address)
{
	bool *is_privatep = arg;

	(void)purpose;

	if (address_is_public(&address->addr))
		return socket(address->family, address->socktype,
		              address->protocol);

	*is_privatep = true;

	return CURL_SOCKET_BAD;
}

static int reuse_handler(void *arg, char *ip, char *local_ip, int port,
                         int local_port)
{
	bool *is_privatep = arg;
	struct sa sa;

	(void)local_ip;
	(void)local_port;

	if (!sa_set_str(&sa, ip, (uint16_t)port) && address_is_public(&sa.u.sa))
		return CURL_PREREQFUNC_OK;

	*is_privatep = true;

	return CURL_PREREQFUNC_ABORT;
}

void httpc_public_set(CURL *easy, bool *is_privatep)
{
	(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_handler);
	(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, is_privatep);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, reuse_handler);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, is_privatep);
}
