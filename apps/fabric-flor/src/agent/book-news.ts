import type { BookEvent } from "@florenetes/facts";
import type { AgentNews } from "./agent-orders.ts";
import { formatDuration } from "@florenetes/operator-text";

/** The news that people want to have of an event of the book; undefined: none. */
export function newsOfBook(event: BookEvent): AgentNews | undefined {
  switch (event.kind) {
    case "root": {
      const text = "the next root descriptor is in force";
      return { level: "info", code: "ROOT_TAKEN", about: { version: event.fact.epoch }, text };
    }
    case "root-waits": {
      const { epoch: version, id } = event.fact;
      const text = `the recovery keys have signed the next root: it is in force after ${formatDuration(event.leftMs)} in which this node runs. If that is not wanted, have the root quorum sign another version ${version} before`;
      return { level: "warn", code: "ROOT_WAITS", about: { version, id }, text };
    }
    case "root-waits-no-more": {
      const { epoch: version, id } = event.fact;
      const text = "another root was taken in the place of the one that waited";
      return { level: "info", code: "ROOT_WAITS_NO_MORE", about: { version, id }, text };
    }
    case "equivocation": {
      const { kind, scope, subject, epoch } = event.fact;
      const text = "its signers have signed two payloads of one epoch: both are held, and count as one that is newer";
      return { level: "warn", code: "RECORD_EQUIVOCAL", about: { kind, scope, subject, epoch }, text };
    }
    case "row-refused": {
      const { id, reason } = event;
      const text = "a stored record does not hold any more";
      return { level: "warn", code: "ROW_REFUSED", about: { id, reason }, text };
    }
    case "ended": {
      const { kind, scope, subject, epoch } = event.fact;
      if (event.why === "ended" || kind === "announce") return undefined;
      const about = { kind, scope, subject, epoch, why: event.why };
      return { level: "warn", code: "RECORD_FELL", about, text: "a record is in force no more before its end" };
    }
    default:
      return undefined;
  }
}
