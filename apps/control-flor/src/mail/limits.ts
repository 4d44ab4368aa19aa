/** Octets of a letter's body, as agents carry it. */
export const BODY_SIZE_MAX = 15_360;
/** Octets of a record as text: the largest record with all signatures has some 91,000. */
export const TEXT_SIZE_MAX = 98_304;
/** Octets of a text in one answer. */
export const PART_SIZE: number = BODY_SIZE_MAX - 2;
/** Proposals of one answer: with the longest names they fit into it. */
export const LISTED_AT_ONCE = 75;
/** Each other replica is looked at after so long at least, and after twice as long at most, in milliseconds. */
export const LOOK_MS = 30_000;
/** A replica that was not known is looked at within so long. */
export const FIRST_LOOK_MS = 1_000;
/** Changes of this replica are told after so long, in one, … */
export const NEWS_PAUSE_MS = 100;
/** … and the next ones so long behind these. */
export const NEWS_APART_MS = 1_000;
/** Another replica whose proposals are said to be others is looked at so often at once, … */
export const NEWS_LOOKS_BURST = 4;
/** … and a second in the long run. */
export const NEWS_LOOKS_PER_SECOND = 0.2;
/** A replica that has too much to do, or to which no way is known, is asked again after so long, … */
export const AGAIN_MS = 5_000;
/** … and one that has sent what is none of its answers. */
export const FAULT_PAUSE_MS = 60_000;
/** Proposals of one look that came to nothing, before the look ends: each costs the agent signatures. */
export const VAIN_A_LOOK_MAX = 16;
/** A copy that came to nothing is pulled again after so long: the agent may know other keys by then, … */
export const VAIN_MS = 600_000;
/** … and one that came too early, or for which there was no room. */
export const FULL_MS = 60_000;
/** Letters under way, to all replicas: an agent carries twice as many for a program. */
export const LETTERS_AT_ONCE = 8;
/** Questions for the audit that another replica may ask at once, and a second in the long run: each looks at all entries. */
export const AUDIT_QUESTIONS_AT_ONCE = 32;
export const AUDIT_QUESTIONS_PER_SECOND = 4;
