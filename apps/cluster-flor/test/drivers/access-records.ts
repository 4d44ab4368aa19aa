import type { AccessRecord } from "../../src/transport/access-records.ts";

/** The record of a connection that was over after a second. */
export function accessRecord(stream: number | null, of: Partial<AccessRecord> = {}): AccessRecord {
  return {
    kind: "stream",
    side: "originator",
    principal: "user/alice",
    service: "web",
    tunnel: "tcp://127.0.0.1:18080",
    path: "to-d",
    class: "interactive",
    ms: 1_000,
    sent: 1,
    received: 2,
    refused: false,
    end: "DONE",
    connection: stream === null ? null : "0123456789abcdef",
    stream,
    ...of,
  };
}
