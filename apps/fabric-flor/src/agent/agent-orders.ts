import type { FileChanges } from "@florenetes/facts";
import type { SignerRule } from "../config/schema.ts";
import type { DoorRequest } from "./door/door-sync.ts";
import type { FeedOrder } from "./feeds/feed-orders.ts";
import type { KeptRow } from "./kept-row.ts";
import type { LeaderOrder } from "./leaders/leader-orders.ts";
import type { LogOrder } from "./log/log-orders.ts";
import type { LetterOrder } from "./mail/letter-orders.ts";
import type { KeptPapers } from "./plan/host-papers.ts";
import type { KeptRoutes } from "./routes/kept-routes.ts";
import type { OrderWork } from "./orders/order-work.ts";
import type { ProgramOrder } from "./programs/program-orders.ts";
import type { ReleaseOrder } from "./releases/release-orders.ts";

/** An order to the owner of an agent. */
export type AgentOrder =
  | { readonly kind: "ask"; readonly request: DoorRequest }
  | Exclude<FeedOrder, { readonly kind: "told" }>
  /** Write all of it, in this order; a failed write is tried again before any other. */
  | { readonly kind: "store"; readonly changes: FileChanges }
  /** Keep what is known of hosts over a restart, in the place of what was kept. */
  | { readonly kind: "keep"; readonly papers: Readonly<Record<string, KeptPapers>> }
  /** Keep leases and permits over a restart, in the place of those that were kept. */
  | { readonly kind: "keep-routes"; readonly routes: KeptRoutes }
  /** Keep these rows of a coordinator over a restart, each in the place of that before it of its name. */
  | { readonly kind: "keep-leases"; readonly rows: readonly KeptRow[] }
  /** Keep these rows of usage over a restart, likewise. */
  | { readonly kind: "keep-usage"; readonly rows: readonly KeptRow[] }
  /** Keep these rows of outcomes of orders over a restart, likewise. */
  | { readonly kind: "keep-outcomes"; readonly rows: readonly KeptRow[] }
  | { readonly kind: "order"; readonly work: OrderWork }
  /** Keep these rows of endpoints by which links were up, likewise. */
  | { readonly kind: "keep-links"; readonly rows: readonly KeptRow[] }
  | { readonly kind: "log"; readonly order: LogOrder }
  | { readonly kind: "leaders"; readonly order: LeaderOrder }
  | { readonly kind: "letters"; readonly order: LetterOrder }
  /** An order of a rule of the program's key. */
  | { readonly kind: "program"; readonly rule: SignerRule; readonly order: ProgramOrder }
  | { readonly kind: "release"; readonly order: ReleaseOrder }
  | { readonly kind: "tell"; readonly news: AgentNews };

/** Something that people want to know, with a stable code. */
export interface AgentNews {
  readonly level: "info" | "warn" | "error";
  readonly code: AgentNewsCode;
  /** Names of what it is about. */
  readonly about: Readonly<Record<string, string | number>>;
  readonly text: string;
}

/** The codes of the log, with their rows in docs/operate/fabric.md. */
export type AgentNewsCode =
  | "ROOT_TAKEN"
  | "ROOT_WAITS"
  | "ROOT_WAITS_NO_MORE"
  | "RECORD_FELL"
  | "RECORD_EQUIVOCAL"
  | "ROW_REFUSED"
  | "SERVICE_ACTIVE"
  | "HOST_NOT_PROVEN"
  | "FEED_MUTED"
  | "FEED_FAILED"
  | "DOOR_AWAY"
  | "DOOR_BACK"
  | "OVERLAY_REFUSED"
  | "RECORD_EXPIRES_SOON"
  | "RECORD_EXPIRED"
  | "RECORD_WARNING_OVER"
  | "CLOCK_SET"
  | "CLOCK_WRONG"
  | "CLOCK_RIGHT"
  | "NODE_JOINED"
  | "JOIN_REFUSED"
  | "LOG_PROBLEM"
  | "LOG_WHOLE"
  | "LOG_FORKED"
  | "LOG_STALE"
  | "LOG_FRESH"
  | "LOG_DIFFERS"
  | "LOG_AGREES"
  | "LOG_CHECKPOINT_UNUSED"
  | "LOG_NOT_SIGNED"
  | "LOG_ENTRY_REFUSED"
  | "MAIL_UNANSWERED"
  | "MAIL_ANSWERED"
  | "LEADER_NAMED"
  | "LEADER_STORE_AWAY"
  | "LEADER_STORE_BACK"
  | "PAPERS_REFUSED"
  | "LINKS_REFUSED"
  | "NOBODY_ANSWERS"
  | "ANSWERED_AGAIN"
  | "LEASE_TAKEN"
  | "LEASE_HELD"
  | "LEASE_OVER"
  | "LEASE_REFUSED"
  | "PERMITS_REFUSED"
  | "RELAY_AVOIDED"
  | "USAGE_CLAIMED"
  | "RELEASE_FETCHED"
  | "RELEASE_NOT_FETCHED"
  | "RELEASE_TAKEN"
  | "RELEASE_BACK"
  | "RELEASE_REFUSED"
  | "RELEASE_UNANSWERED"
  | "RELEASE_INCOMPATIBLE"
  | "RELEASE_RAISED"
  | "ORDER_TAKEN"
  | "ORDER_DONE"
  | "ORDER_NOT_DONE"
  | "ORDER_MARKS_LOST"
  | "MISUSE_SLOWED"
  | "MISUSE_OVER";
