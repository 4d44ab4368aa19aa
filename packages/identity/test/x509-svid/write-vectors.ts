/**
 * Writes the examples down, for other implementations, with new keys each time:
 *
 *     node --conditions=@florenetes/source test/x509-svid/write-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { examples } from "./examples.ts";
import { vectorsFile, vectorsOf } from "./vectors.ts";

writeFileSync(vectorsFile, vectorsOf(examples));
