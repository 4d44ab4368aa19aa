/** The library that writes certificates reads beside the product what that takes. A soak takes a seed of its own. */
import { expect, test } from "vitest";
import { type Certificate, readCertificate } from "../src/certificates/certificate.ts";
import { readName } from "../src/certificates/distinguished-name.ts";
import { DerReader, DerTag } from "../src/certificates/der-reader.ts";
import { readExtensions } from "../src/certificates/extensions.ts";
import { formatIdentifier } from "../src/certificates/object-identifiers.ts";
import { IdentityError } from "../src/errors.ts";
import { structures } from "./fuzz/corpus.ts";
import { mutated } from "./fuzz/mutation.ts";
import { Random } from "./fuzz/random.ts";
import { readByLibrary } from "./library-reading.ts";

const seconds = Number(process.env["FLORENETES_SOAK"] ?? 0);
const seed = seconds > 0 ? Date.now() % 2 ** 32 : 1;
const CHANGED = 1_200;

/** Undefined: it is refused. */
function read(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

/** The product's reading of all that the library tells, too. */
function readingOf(certificate: Certificate): object {
  const told = Object.entries(certificate).filter(([key]) => !OWN_JUDGEMENT.has(key));
  const issuerTexts = readName(certificate.issuer).map(({ type, text }) => `${type}=${text}`);
  return { ...Object.fromEntries(told), issuerTexts, extensions: extensionsOf(certificate.signed) };
}

const OWN_JUDGEMENT: ReadonlySet<string> = new Set(["der", "keyAlgorithm", "signatureAlgorithm", "unevaluated"]);

function extensionsOf(signed: Uint8Array): (readonly [string, boolean])[] {
  const body = new DerReader(signed).enter(DerTag.sequence, "the body");
  for (let tag = body.peek(); tag !== undefined; tag = body.peek()) {
    if (tag === DerTag.context3)
      return readExtensions(body.enter(tag, "extensions")).map(({ id, isCritical }) => [id, isCritical]);
    body.readContent(tag, "a part");
  }
  return [];
}

/** Octets as hex, so that views and buffers are equal. */
function plain(reading: object): object {
  const entries = Object.entries(reading).map(([key, value]) => [
    key,
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as unknown),
  ]);
  return Object.fromEntries(entries) as object;
}

function identifiersIn(reader: DerReader): string[] {
  const ids: string[] = [];
  for (let tag = reader.peek(); tag !== undefined; tag = reader.peek()) {
    if ((tag & 0x20) !== 0) ids.push(...identifiersIn(reader.enter(tag, "a part")));
    else {
      const content = reader.readContent(tag, "a part");
      if (tag === DerTag.identifier) ids.push(formatIdentifier(content));
    }
  }
  return ids;
}

/** Two things that the library does not read: numbers of identifiers beyond 2⁵³, and names of other kinds than URIs where they are broken. */
function isBeyondLibrary(certificate: Certificate, error: IdentityError): boolean {
  const ids = [...identifiersIn(new DerReader(certificate.der)), ...(certificate.extendedKeyUsage ?? [])];
  return ids.some((id) => /\d{16}/.test(id)) || error.message.includes(": 2.5.29.17 ");
}

/** Whether both have read it, to the same. */
function isReadByBoth(der: Uint8Array): boolean {
  const certificate = read(der);
  if (certificate === undefined) return false;
  try {
    const library = plain(readByLibrary(der)) as { issuerTexts: readonly string[] };
    const ours = plain(readingOf(certificate)) as { issuerTexts: readonly string[] };
    expect({ ...ours, issuerTexts: [] }).toEqual({ ...library, issuerTexts: [] });
    // The library tells the octets of a value that is no string with their head.
    for (const [at, text] of ours.issuerTexts.entries())
      if (!/=[\da-f]*$/.test(text)) expect(library.issuerTexts[at]).toBe(text);
    return true;
  } catch (error) {
    if (!(error instanceof IdentityError && isBeyondLibrary(certificate, error))) throw error;
    return false;
  }
}

test("the library reads the certificates of the vectors in the same way", () => {
  expect(structures.filter(isReadByBoth).length).toBeGreaterThan(structures.length / 2);
});

test("and certificates that were changed", { timeout: (seconds + 60) * 1000 }, () => {
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  let count = 0;
  for (let run = 0; run < CHANGED || performance.now() < end; run++) {
    const der = mutated(random.pick(structures), structures, random);
    try {
      if (isReadByBoth(der)) count++;
    } catch (cause) {
      throw new Error(`seed ${seed}, run ${run}: ${der.toString("hex")}`, { cause });
    }
  }
  expect(count).toBeGreaterThan(CHANGED / 50);
});
