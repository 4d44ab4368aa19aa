/**
 * Makes link-flor present any identity that it is given, so that its peers have to refuse it. Loaded with `--import`:
 *
 *     node --import ./tools/vertex-kit/src/adapters/unchecked-link-flor.mjs apps/link-flor/dist/main.js run --config FILE
 *
 * If the certificate's time is over or has not begun, the process's clock is moved to its middle. A user or a service may be a vertex.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { editProgram } from "./edited-program.mjs";

/** The lines of packages/identity that refuse an identity, a process's own or a peer's, of another principal than expected. */
const CHECK = "checkExpectation(verified.principal, expected);";

editProgram((program) => program.replaceAll(CHECK, ""));

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
