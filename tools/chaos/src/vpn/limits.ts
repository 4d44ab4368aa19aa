/** How soon behind a takeover a connection behind NAT has to be reset, that does not rest. */
export const RESET_MS_MAX = 3_000;
/** The time at which TCP sends again for the first time, on a busy machine; then twice as late each time (RFC 6298, 5.5). */
export const RETRANSMISSION_MS = 1_000;
/** How soon an exit has to be left whose world is silent: it finds out within 8 s (docs/operate/vpn-flor.md). */
export const LEAVE_MS_MAX = 12_000;
/** How long it may take until the world answers for the first time. */
export const ANSWER_MS_MAX = 240_000;
/** Downloads at once of the mixed load. */
export const DOWNLOADS = 8;
/** The share of packets that may be of a class that no program has then: a connection may rest, and begin anew. */
export const OTHERS_MAX = 0.01;
/** The shortest wait for an exit behind a fault that is told. */
export const TOLD_MS_MIN = 2_000;
