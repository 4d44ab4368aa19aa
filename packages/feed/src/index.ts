export { Budget } from "./budget.ts";
export { FeedCode } from "./codes.ts";
export { Conduct } from "./conduct.ts";
export type { FailedEvent, HelloEvent, ReaderEvent, SourceEvent } from "./feed-events.ts";
export { FeedReader } from "./feed-reader.ts";
export type { FeedCursors, FeedReaderOptions, JudgedAs } from "./feed-reader.ts";
export { FeedSource } from "./feed-source.ts";
export type { FeedSourceOptions } from "./feed-source.ts";
export type { FeedIdentity } from "./greeting.ts";
export { BYTES_BURST, BYTES_PER_SECOND, LOWEST_VERSION, SECTIONS_MAX, VERSION } from "./limits.ts";
export { type ReaderRole, Offer } from "./mail/beacon.ts";
export { type Answer, type Letter, Outcome } from "./mail/letter.ts";
export {
  ACKNOWLEDGED_MAX,
  ASKS_MAX,
  HELD_MAX,
  LED_SERVICES_MAX,
  LETTER_SIZE_MAX,
  MAILS_BURST,
  MAILS_PER_SECOND,
  SHORT_ID_SIZE,
  WAIT_SECONDS_MAX,
  WATCHED_MAX,
} from "./mail/limits.ts";
export {
  ANSWERED_SIZE_MAX,
  fitRecords,
  readPapers,
  readPapersAnswer,
  shortIdOf,
  SHOWN_SIZE_MAX,
  writePapers,
  writePapersAnswer,
} from "./mail/papers.ts";
export {
  readRecordsAnswer,
  readRecordsLetter,
  RECORDS_LETTER_HEAD,
  writeRecordsAnswer,
  writeRecordsLetter,
} from "./mail/records-letter.ts";
export {
  readRoutesAnswer,
  readRoutesLetter,
  roomForRecords,
  ROUTES_LETTER_VERSION,
  writeRoutesAnswer,
  writeRoutesLetter,
} from "./mail/routes-letter.ts";
export type { Acknowledgement, Ask, LeftPair, RoutesAnswer, RoutesLetter } from "./mail/routes-letter.ts";
export { readLeaderAnswer, readLeaderLetter, writeLeaderAnswer, writeLeaderLetter } from "./mail/leader-letter.ts";
export type { MailRefusal, PostEvent, PostOfficeOptions } from "./mail/post-events.ts";
export { PostOffice } from "./mail/post-office.ts";
export type { BeaconVerdict, Believed, MailTime, Reader } from "./mail/readers.ts";
export type { Done } from "./mail/requests.ts";
export { MessageReader } from "./message-reader.ts";
export { writeMessage } from "./message-writer.ts";
export type { Beacon, Cursor, Mail, Message } from "./messages.ts";
export type { FeedBook, FeedRow } from "./offered-rows.ts";
export { isSection } from "./sections.ts";
export { VerificationTurns } from "./verification-turns.ts";
