/** Clusters of one process: each has sockets of its own in the data thread (`SOCKETS_MAX` of native/io), which looks through them. */
export const CLUSTERS_MAX = 256;

/** Bounds of `dead-after`. Below, a busy machine would flap its links; above, nobody waits. */
export const DEAD_AFTER_MS_MIN = 300;
export const DEAD_AFTER_MS_MAX = 60_000;
export const DEAD_AFTER_MS_DEFAULT = 1_000;

/** Bounds of `udp-payload-max`: what every link must carry, and what the engine can make. */
export const UDP_PAYLOAD_MAX_MIN = 1_200;
export const UDP_PAYLOAD_MAX_MAX = 16_383;
