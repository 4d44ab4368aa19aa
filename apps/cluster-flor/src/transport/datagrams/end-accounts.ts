import type { RateLimitedLog } from "@florenetes/process-kit";
import { StreamAccount } from "../streams/stream-account.ts";
import { FlowAccount } from "./flow-account.ts";

/** All that is counted of the workloads of one tunnel or one service. */
export interface EndAccounts {
  readonly streams: StreamAccount;
  /** Undefined where streams are all there is. */
  readonly flows: FlowAccount | undefined;
}

/** @param fields What the log shall name it by; `end` says whether the streams are opened here, or accepted. */
export function openAccounts(
  log: RateLimitedLog,
  fields: Readonly<Record<string, string>>,
  isOfDatagrams: boolean,
  end: "originator" | "acceptor",
): EndAccounts {
  return { streams: new StreamAccount(log, fields, end), flows: isOfDatagrams ? new FlowAccount() : undefined };
}
