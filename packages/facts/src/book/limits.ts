// Bounds of what a node holds, whoever signed it and whoever brought it. They are no part of the format: another reader may have others.

/** Records, roots included. */
export const RECORDS_MAX = 50_000;
/** Octets of all records together: 128 MiB. */
export const OCTETS_MAX = 134_217_728;
/** Root descriptors behind the pinned one: at one a week this is twenty years, and 64 MiB at most. */
export const ROOTS_MAX = 1_024;
/** Root descriptors that wait for the end of their time: those who hold recovery keys are to sign one. */
export const WAITING_MAX = 2;
/** Payloads of one slot and epoch: the newest and one more, which is evidence enough. */
export const EQUIVOCAL_MAX = 2;
/** Slots in which one node may issue records: leaders of services, and roles that it passes on. Its announcement is one of them. */
export const ISSUED_SLOTS_MAX = 256;
/** Slots whose signatures are verified, or whose ends are looked at, in one turn of the event loop: some 10 ms. */
export const SLOTS_A_TURN = 50;
/** Cursors that the file keeps: those written last, of some hundred neighbours. */
export const CURSORS_MAX = 1_024;
