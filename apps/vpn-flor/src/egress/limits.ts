/** Addresses that are tried for a principal, as others may have them, before it is refused. */
export const ADDRESS_TRIES = 64;
/** How often the machine is looked at anew, in milliseconds: its own addresses, which no client may reach, and what it has refused. */
export const LOOK_MS = 10_000;
/** Packets of a client a second of which it is told that they are not let through (RFC 4443, 2.4(f)). */
export const REFUSALS_PER_SECOND = 10;
/** The MTU of the egress' device, as networks have it. A packet that is larger than a piece of the mesh goes to its client in several. */
export const DEVICE_MTU = 1_500;
/** The time from one round of probes of the world to the next, in milliseconds; an answer that comes later than that is none. */
export const PROBE_ROUND_MS = 2_000;
/** Rounds in a row without an answer behind which the world is silent: 8 s at most behind its last answer. */
export const ROUNDS_SILENT = 3;
/** Rounds in a row with an answer behind which a world that was silent is back. */
export const ROUNDS_BACK = 2;
