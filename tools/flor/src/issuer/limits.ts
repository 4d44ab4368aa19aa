/** Octets of a request: a chain, which has at most 16 KiB in DER, and a certificate request. */
export const REQUEST_SIZE_MAX = 65_536;
/** Octets of an answer: a chain has at most 16 KiB in DER. */
export const ANSWER_SIZE_MAX = 65_536;
/** Octets of a file of lists that is told, as `LIST_FILE_SIZE_MAX` of identities has it, and of an answer with two of them. */
export const LISTS_SIZE_MAX = 16_777_216;
export const LISTS_ANSWER_SIZE_MAX: number = 2.25 * LISTS_SIZE_MAX;
/** Connections of nodes at a time, besides those on which a question about lists waits. */
export const NODES_AT_ONCE = 256;
/** Questions about lists that wait at a time, at 130 KB of memory each. */
export const HELD_MAX = 2_048;
/** For how long such a question waits: longer than the pause between two answers with lists (`LISTS_ASKED_MS`). */
export const HELD_MS = 90_000;
/** For how long the answer of the fabric's agent about a node counts, and nodes of which one is known at a time. */
export const NODE_KNOWN_MS = 1_000;
export const NODES_KNOWN_MAX = 1_024;
/** For how long a node may take for its handshake, and then for its request. */
export const NODE_MS_MAX = 10_000;
/** For how long a node waits for an issuer. */
export const ISSUER_MS_MAX = 20_000;
/** How often an issuer looks whether its own certificate has to be made anew, or its CA ends soon. */
export const ISSUER_LOOK_MS = 1_000;
