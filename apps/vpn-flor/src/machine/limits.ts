/** Milliseconds within which a command that looks at the machine or changes it has to end. A busy machine takes tens of milliseconds for one. */
export const COMMAND_MS_MAX = 10_000;
/** Bytes of a command's output: tables of routes that a client's may be among have some thousands of routes, of 150 bytes each. */
export const COMMAND_OUTPUT_BYTES_MAX = 4_194_304;
/** Addresses of clients whose connections are counted at a time, of each version of IP: sixteen times the most clients of an egress, for those that have left. */
export const COUNTED_ADDRESSES_MAX = 65_536;
/**
 * A client that has begun all its connections at once may begin this part of them in each second behind that: 16 of 2,048. A browser opens some hundred at once,
 * and rests; the first 2,048 are free of this rate. A lower one would hardly make a hostile client smaller (`trackedMax`), and would hold up a machine that asks
 * a resolver over the VPN, as each question is a connection.
 */
export const BEGINNINGS_DIVISOR = 128;
/** How long the kernel remembers a TCP connection that was closed, in seconds (nf_conntrack_tcp_timeout_time_wait, as it is by itself). */
export const CLOSED_REMEMBERED_S = 120;
