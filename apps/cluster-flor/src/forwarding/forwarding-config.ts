import type { RunningConfig } from "../config/running-config.ts";
import type { Slots } from "../config/slot-map.ts";
import type { LinkOutput, LocalDelivery, QuestionTaker } from "./interfaces.ts";
import type { OfferedTable } from "./offered-table.ts";

/** The part of the config that forwarding works by. */
export type ForwardingConfig = Pick<
  RunningConfig,
  "links" | "transit" | "permits" | "transitLimit" | "crossConnects" | "lspEnds" | "services"
>;

/** A forwarder has its config, and its ports to the rest of the vertex. */
export interface ForwarderOptions {
  readonly config: ForwardingConfig;
  readonly output: LinkOutput;
  readonly delivery: LocalDelivery;
  readonly questions?: QuestionTaker;
  /** Runs something once the turn of the event loop is over. */
  readonly afterTurn: (action: () => void) => void;
  /** Monotonic milliseconds, read once for each frame. */
  readonly now: () => number;
  /** 32 random bits. */
  readonly seed: number;
  /** More labels were guessed over a link than `GUESSES` permit. */
  readonly onGuessing: (inLink: number) => void;
  /** The table that the link vertex of each portal is offered. */
  readonly offered?: Slots<OfferedTable>;
}
