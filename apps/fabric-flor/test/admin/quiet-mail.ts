import type { MailStatus } from "../../src/admin/mail-status.ts";

/** The mail of an agent that hears no control node. */
export const QUIET_MAIL: MailStatus = {
  reads: [],
  readers: [],
  isUnanswered: false,
  waiting: 0,
  sent: 0,
  answered: 0,
  unanswered: 0,
  read: 0,
  replied: 0,
  forwarded: 0,
  returned: 0,
  lost: 0,
  held: 0,
  remembered: 0,
  refused: {},
  beacons: {},
};
