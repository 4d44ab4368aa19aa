/** Questions over one link that are answered, at once and in a second. Each costs a key agreement, up to half a millisecond. */
export const ANSWERS_BURST = 128;
export const ANSWERS_PER_SECOND = 16;
/** Answers over one link that say of a label that it means nothing, or leads where the question may not go: so many at once, and in a
 *  second. While there is none left, no label is explained to that link, whether it means something or not. */
export const MISSES_BURST = 16;
export const MISSES_PER_SECOND = 1;
/** How much an answer, or a miss, counts in addition for each in-link of the vertices on its way: so a single asker over two links has four
 *  fifths of both, and over 15 links two ninths: 28 at once, which is what a trace may ask of a vertex. An asker that comes when a flood has
 *  used all that it may finds room for at least one question up to some 12 links, and for three up to 8. */
export const ORIGIN_SHARE = 0.25;
/** Bytes of a question's mesh packet, where the path carries them. */
export const QUESTION_PACKET_SIZE = 1_280;
/** Largest question that finds out whether a link carries what it says. */
export const QUESTION_PACKET_SIZE_MAX = 16_384;
/** Bytes of a name in an answer. */
export const TOLD_NAME_SIZE_MAX = 255;
/** Code points of the words in an answer that say why a link is not up: the signature has room behind them. */
export const REASON_LENGTH_MAX = 160;
/** Traces that run at once. */
export const TRACES_MAX = 8;
/** Questions to each hop: at most, and by default. */
export const ROUNDS_MAX = 64;
export const ROUNDS = 3;
/** Bytes of a part of a certificate chain, and how many parts one may have: all chains that are accepted. */
export const CHAIN_PART_SIZE = 1_024;
export const CHAIN_PARTS_MAX = 17;
/** Chains that one trace looks at, and parts of chains that it asks for: a path has 16 vertices at the most. */
export const CHAINS_MAX = 32;
export const PART_QUESTIONS_MAX = 256;
/** Answers that wait for one chain. */
export const WAITING_FOR_CHAIN_MAX = 32;
/** A part that has not come is asked for again after so long, and at most so often. */
export const PART_MS = 300;
export const PART_ROUNDS = 3;
/** The time between two rounds. */
export const ROUND_MS = 200;
/** How long an answer is waited for. */
export const ANSWER_MS = 1_000;
/** How long the service is waited for. */
export const SERVICE_MS = 3_000;
