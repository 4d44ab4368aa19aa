/** How soon behind a takeover a connection behind NAT has to be reset, that does not rest. */
export const RESET_MS_MAX = 3_000;
/** How soon an exit has to be left whose world is silent: it finds out within 8 s (docs/operate/vpn-flor.md). */
export const LEAVE_MS_MAX = 12_000;
/** How long it may take until the world answers for the first time. */
export const ANSWER_MS_MAX = 240_000;
