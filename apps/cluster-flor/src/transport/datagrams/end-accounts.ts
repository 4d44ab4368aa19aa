import type { RateLimitedLog } from "@florenetes/process-kit";
import { StreamAccount } from "../streams/stream-account.ts";
import { FlowAccount } from "./flow-account.ts";

/** The accounts of one tunnel's or one service's workloads. */
export interface EndAccounts {
  readonly streams: StreamAccount;
  /** Undefined for a tunnel or service of streams alone. */
  readonly flows: FlowAccount | undefined;
}

/** @param fields The names of the account in the log; `end` says whether the streams are opened here, or accepted. */
export function openAccounts(
  log: RateLimitedLog,
  fields: Readonly<Record<string, string>>,
  isOfDatagrams: boolean,
  end: "originator" | "acceptor",
): EndAccounts {
  return { streams: new StreamAccount(log, fields, end), flows: isOfDatagrams ? new FlowAccount() : undefined };
}
