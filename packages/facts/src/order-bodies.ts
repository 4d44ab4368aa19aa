/** The bodies of what people order a node to do when nobody can log in to it, and of what became of that. docs/operate/orders.md has what they mean. */
import { z } from "zod";
import { hashField } from "./fields.ts";
import { CODE_LENGTH_MAX, OUTCOME_REPORT_MAX, OUTCOME_TEXT_MAX } from "./limits.ts";

/** The subject is the name of the node. A node carries out each record once, and nothing but these actions. */
export interface OrderBody {
  readonly action: (typeof ORDER_ACTIONS)[number];
}

/**
 * `refetch`: has neighbours tell all records anew, and fetches its release once more. `back`: goes back to the packages before the last update. `rejoin`: gives up the links that it
 * has made, and comes in over seeds and hubs as a new node does. `restart`: has its programs started anew. `report`: says how it is.
 */
export const ORDER_ACTIONS = ["refetch", "back", "rejoin", "restart", "report"] as const;

/** A node's word about the last order that it has taken. */
export interface OutcomeBody {
  /** The id of the order. */
  readonly order: string;
  readonly action: (typeof ORDER_ACTIONS)[number];
  readonly state: (typeof OUTCOME_STATES)[number];
  /** Code of what has kept it from being done; undefined: nothing has. */
  readonly code?: string | undefined;
  /** A sentence for people, in ASCII. */
  readonly text: string;
  /** A report in JSON and ASCII, where the order asks for one. */
  readonly report?: string | undefined;
}

/** `begun`: another program is at it. */
export const OUTCOME_STATES = ["begun", "done", "refused", "failed"] as const;

const CODE = /^[A-Z][A-Z_]*$/;
/** ASCII alone: all readers count its characters alike, and none of it moves a cursor. */
const PRINTED = /^[ -~]*$/;
const action = z.enum(ORDER_ACTIONS);

export const orderBody: z.ZodType<OrderBody> = z.strictObject({ action });

export const outcomeBody: z.ZodType<OutcomeBody> = z.strictObject({
  order: hashField,
  action,
  state: z.enum(OUTCOME_STATES),
  code: z.string().max(CODE_LENGTH_MAX).regex(CODE).optional(),
  text: z.string().max(OUTCOME_TEXT_MAX).regex(PRINTED),
  report: z.string().max(OUTCOME_REPORT_MAX).regex(PRINTED).optional(),
});
