/** The numbers in docs/operate/identity.md and issuer.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
const kibibytes = (bytes: number): string => `${bytes / 1024} KiB`;

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readPage("identity.md");

function readPage(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../../docs/operate", name), "utf8").replaceAll(/\s+/g, " ");
}

test.each([
  `| root | ${limits.CA_DAYS} days | 1 to ${limits.DAYS_MAX} |`,
  `| vertex, service | ${limits.VERTEX_DAYS} days |`,
  `| vertex, service | ${limits.SERVICE_DAYS} days |`,
  `| user | ${limits.USER_DAYS} days |`,
  `(${limits.INVITE_DAYS} days for invitations, ${limits.ANSWER_DAYS} for answers, or \`--bundle-days\`)`,
  `A list is valid for ${limits.LIST_DAYS} days the first time`,
  `a number (cRLNumber, at most ${limits.LIST_NUMBER_SIZE_MAX} octets)`,
  `Limits: ${mebibytes(limits.LIST_FILE_SIZE_MAX)} for a file, ${limits.LISTS_MAX} blocks in it, ${n(limits.LIST_ENTRIES_MAX)} entries in a list.`,
  `is positive and has at most ${limits.SERIAL_OCTETS_MAX} octets`,
  `over at most ${limits.CHAIN_LENGTH_MAX - 1} intermediate CAs`,
  `Limits: ${limits.CHAIN_LENGTH_MAX} certificates and ${kibibytes(limits.CHAIN_SIZE_MAX)} in a chain, ${limits.TRUST_ROOTS_MAX} roots in a bundle, ${kibibytes(limits.CERTIFICATE_SIZE_MAX)} for one certificate, ${limits.EXTENSIONS_MAX} extensions and ${limits.ELEMENTS_MAX} elements of DER in it, ${limits.OBJECT_IDENTIFIER_SIZE_MAX} octets for an object identifier, ${mebibytes(limits.FILE_SIZE_MAX)} for one file.`,
  `length of the payload, big endian; at most ${mebibytes(limits.BUNDLE_SIZE_MAX)} |`,
  `certificates in DER, the leaf first: 1 to ${limits.CHAIN_LENGTH_MAX} |`,
  `the signer's among them: 1 to ${limits.TRUST_ROOTS_MAX} |`,
  `X.509 CRLs in DER: at most ${limits.LISTS_MAX} |`,
  `log2 of scrypt's N (${limits.SEALING_COST_MIN} to ${limits.SEALING_COST_MAX}; we write ${limits.SEALING_COST})`,
])("docs/operate/identity.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each([
  `A principal gets ${limits.RENEWALS_AT_ONCE} certificates at once and then ${limits.RENEWALS_PER_LIFE} in each life;`,
  `all together ${n(limits.RENEWALS_OF_ALL_AT_ONCE)} at once and then one each second.`,
  `| \`life\` | \`${limits.RENEWED_LIFE_MS / limits.DAY_MS}d\` | For how long certificates are issued, from ${limits.RENEWED_LIFE_MS_MIN / 60_000} min to ${limits.RENEWED_LIFE_MS_MAX / limits.DAY_MS} days;`,
  `A certificate's key that asks without waiting gets an answer with lists ${limits.RENEWALS_AT_ONCE} times at once and then once a minute.`,
  `is valid for ${limits.INTERMEDIATE_DAYS} days`,
  `The certificate has ended by the issuer's clock, no more than ${limits.ENDED_SHOWN_MS / limits.DAY_MS} days ago`,
  `another certificate of [the same key](#after-the-end), for ${limits.ENDED_SHOWN_MS / limits.DAY_MS} days`,
  `those that ended within the last ${limits.ENDED_SHOWN_MS / limits.DAY_MS} days`,
  `The principal had at most ${limits.ENDED_RENEWALS_EACH_MAX - 1} others in the last hour in this way, and the key at most ${limits.ENDED_RENEWALS_OF_KEY_MAX - 1} in the last ${limits.ENDED_RENEWALS_OF_KEY_MS / limits.DAY_MS} days.`,
])("docs/operate/issuer.md or identity.md says: %s", (sentence) => {
  expect(readPage("issuer.md") + page).toContain(sentence);
  expect([limits.RENEWAL_OF_ALL_MS, limits.LISTS_ASKED_MS]).toEqual([1_000, 60_000]);
  expect(limits.ENDED_RENEWALS_MS).toBe(3_600_000);
});

test("docs/operate/security.md says what whoever holds an ended key gets", () => {
  const { ENDED_RENEWALS_EACH_MAX: each, ENDED_RENEWALS_OF_KEY_MAX: ofKey, ENDED_RENEWALS_OF_KEY_MS: weekMs } = limits;
  const sentence = `He gets at most ${each} certificates in an hour, and ${ofKey} in ${weekMs / limits.DAY_MS} days,`;
  expect(readPage("security.md")).toContain(sentence);
});
