/**
 * Loaded with `--import` into a process of the node FLORENETES_SHIFTED_NODE, it lets that process believe that it is another day:
 * an identity that is out of date for everybody else is good for it. TLS asks the system, and is not deceived.
 */
const days = Number(process.env["FLORENETES_SHIFTED_DAYS"]);

if (process.env["FLORENETES_NODE"] === process.env["FLORENETES_SHIFTED_NODE"]) {
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
