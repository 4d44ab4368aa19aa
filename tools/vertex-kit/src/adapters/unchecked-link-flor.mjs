/**
 * Loaded with `--import` into link-flor, it has it present whatever identity it is given, as its peers are to refuse it:
 *
 *     node --import ./tools/vertex-kit/src/adapters/unchecked-link-flor.mjs apps/link-flor/dist/main.js run --config FILE
 *
 * Its clock stands in the middle of the certificate's time, where that is over or has not begun, and a user or a service may be a vertex.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** The lines of packages/identity by which a process refuses an identity, its own or a peer's, of another principal than it expects. */
const CHECK = "checkExpectation(verified.principal, expected);";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const source = Buffer.from(loaded.source ?? "").toString();
    return source.includes(CHECK) ? { ...loaded, source: source.replaceAll(CHECK, "") } : loaded;
  },
});

const config = readFileSync(process.argv[process.argv.indexOf("--config") + 1], "utf8");
const [, folder] = /identity: "([^"]+)"/.exec(config);
const { validFromDate, validToDate } = new X509Certificate(readFileSync(`${folder}/chain.pem`));
const TrueDate = Date;
const isValid = validFromDate.getTime() <= TrueDate.now() && TrueDate.now() < validToDate.getTime();
if (!isValid) {
  const shift = (validFromDate.getTime() + validToDate.getTime()) / 2 - TrueDate.now();
  const now = () => TrueDate.now() + shift;
  globalThis.Date = class extends TrueDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now()] : parts));
    }

    static now() {
      return now();
    }
  };
}
