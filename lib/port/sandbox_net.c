/* The network's layer: loopback, and what leads out of a network namespace that has nothing else: doors of the proxy. */
#include "port/proxy.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int loopback_up(char what[PROC_WHAT_MAX])
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), done;

	if (fd < 0)
		return errno == EAFNOSUPPORT ? 0 : layer_failed(what, "loopback");
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	done = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return done < 0 ? layer_failed(what, "loopback") : 0;
}

int net_enter(const struct cell *c, char what[PROC_WHAT_MAX])
{
	if (!c->own_net)
		return 0;
	if (loopback_up(what) < 0)
		return -1;
	if (c->way.wire >= 0 && proxy_offer(&c->way) < 0)
		return layer_failed(what, "the network's proxy");
	return 0;
}
