/**
 * Loaded with `--import` into all processes of a lab, it lets processes of a node believe that it is another day, if that node's folder said so when
 * they started (`shiftClock`): an identity that is out of date for all other nodes is good for them. TLS asks the system, and is not deceived.
 */
import { readFileSync } from "node:fs";

const days = readDays();
if (days !== 0) {
  const TrueDate = Date;
  const now = () => TrueDate.now() + days * 86_400_000;
  globalThis.Date = class extends TrueDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now()] : parts));
    }

    static now() {
      return now();
    }
  };
}

function readDays() {
  try {
    return Number(readFileSync(`${process.env["FLORENETES_LAB"]}/${process.env["FLORENETES_NODE"]}/shifted-days`));
  } catch {
    return 0;
  }
}
