/*
 * proxy_seal: the proxy reads what hostile programs send, so that it keeps no right that it can do without.
 */
#ifndef PORT_PROXY_SEAL_H
#define PORT_PROXY_SEAL_H

/*
 * From here on this process can read what a resolver of names reads, and use the network and the descriptors it has; no other file
 * can be opened, none written or run. No other process looks into it. What the kernel does not give is left out.
 */
void proxy_seal(void);

#endif
