/** How long a grant lasts from when its host has asked for it. cluster-flor takes no longer one. */
export const GRANT_MS = 10_000;
/** A host asks again so long after it has asked: three times within a grant. */
export const RENEW_MS = 3_300;
/** A leader whose letter was not answered asks again so long after it has asked, and a host that does not lead so long after. */
export const ASK_AGAIN_MS = 1_000;
export const ASK_TO_LEAD_MS = 1_500;
/** A leader that has not asked for so long may be followed by another one: it has missed an ask, and all that came behind that. */
export const SILENT_MS = 5_000;
/** A coordinator grants a new leader so long after it has first read who that is: any grant of the former one, which was asked for before, is over. */
export const HANDOVER_MS = 11_000;
/** Hosts that are remembered to have asked, for each service; and services with a leader of one coordinator. */
export const ASKERS_MAX = 64;
export const LEADERS_MAX = 4_096;
/** A vote may be so many epochs above all before it. */
export const EPOCHS_AHEAD_MAX = 1_000;
/** Letters that wait for the store at a coordinator: those beyond are told to ask again. */
export const ASKS_WAITING_MAX = 1_024;
