/**
 * Writes the messages and conversations down, for other implementations; the octets are the same each time:
 *
 *     node --conditions=@florenetes/source test/write-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { mailFile, mailText } from "./mail-vectors.ts";
import { messagesFile, messagesText, streamsFile, streamsText } from "./vectors.ts";

writeFileSync(mailFile, mailText());
writeFileSync(messagesFile, messagesText());
writeFileSync(streamsFile, streamsText());
