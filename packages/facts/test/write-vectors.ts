/**
 * Writes the cases down, for other implementations; the octets are the same each time:
 *
 *     node --conditions=@florenetes/source test/write-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { vectorsFile, vectorsText } from "./vectors.ts";

writeFileSync(vectorsFile, vectorsText());
