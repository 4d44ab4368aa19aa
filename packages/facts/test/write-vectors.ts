/**
 * Writes the cases down, for other implementations; the octets are the same each time:
 *
 *     node --conditions=@florenetes/source test/write-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { joinVectorsFile, joinVectorsText } from "./joins/joins.ts";
import { logVectorsFile, logVectorsText } from "./log/vectors.ts";
import { vectorsFile, vectorsText } from "./vectors.ts";

writeFileSync(vectorsFile, vectorsText());
writeFileSync(logVectorsFile, logVectorsText());
writeFileSync(joinVectorsFile, joinVectorsText());
