/**
 * A bundle brings a principal all that its identity needs from the CA: its certificate, the roots to trust, the newest
 * revocation lists, and, when the CA made the key, the key. It is one octet string, or one armored block of text:
 *
 *      0         1 … 4              5 …
 *     ┌─────────┬──────────────────┬───────────┬────────────────────────────────────────────┐
 *     │ version │ payload's length │  payload  │ signature on "FLORENETES BUNDLE", a zero    │
 *     │         │ (big endian)     │  (JSON)   │ octet, version and payload                  │
 *     └─────────┴──────────────────┴───────────┴────────────────────────────────────────────┘
 *
 * The signature is by the key of one of the roots in the bundle, which the payload names. The payload has one spelling:
 * these members in this order, and no white space.
 */
import { isArmored, readArmor, writeArmor } from "@florenetes/operator-text";
import { type Certificate, fingerprintOf, isSignatureOf, readCertificate } from "../../certificates/certificate.ts";
import { IdentityError } from "../../errors.ts";
import { BUNDLE_SIZE_MAX, CHAIN_LENGTH_MAX, LISTS_MAX, TRUST_ROOTS_MAX } from "../../limits.ts";
import { formatPrincipal, parsePrincipal, type Principal } from "../../principal.ts";

export interface Bundle {
  readonly principal: Principal;
  readonly madeAt: Date;
  /** The bundle cannot be installed after this time, whatever the certificate says. */
  readonly expiresAt: Date;
  /** Fingerprint (SHA-256 of the certificate, lower-case hex) of the root whose key signed the bundle. */
  readonly signer: string;
  /** Certificates in DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** Root certificates in DER, the signer's among them. */
  readonly roots: readonly Uint8Array[];
  /** X.509 CRLs in DER. */
  readonly revocationLists: readonly Uint8Array[];
  /** PKCS #8 in DER; undefined when the requester holds the key. */
  readonly privateKey: Uint8Array | undefined;
}

const label = "FLORENETES BUNDLE";
const VERSION = 1;
const HEADER_LENGTH = 5;

/** The octets of a bundle; `sign` makes the signer's signature: Ed25519, or ECDSA with SHA-256 in DER. */
export function writeBundle(bundle: Bundle, sign: (octets: Uint8Array) => Uint8Array): Buffer<ArrayBuffer> {
  const payload = Buffer.from(writePayload(bundle));
  const header = Buffer.alloc(HEADER_LENGTH);
  header[0] = VERSION;
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload, sign(toBeSigned(payload))]);
}

/** The octets as text, for a bundle that is not sealed. */
export function writeBundleText(octets: Uint8Array): string {
  return writeArmor(label, octets);
}

/** Says whether a text is meant to be a bundle that is not sealed. */
export function isBundleText(text: string): boolean {
  return isArmored(label, text);
}

/** The octets of what `writeBundleText` made. Throws ERR_IDENTITY_BUNDLE_BROKEN. */
export function readBundleText(text: string): Buffer<ArrayBuffer> {
  const octets = readArmor(label, text);
  if (octets === undefined) throw broken("it is not one whole block of text");
  return octets;
}

/**
 * Reads a bundle, and checks the signature of the root that the bundle names. `checkBundle` says whether that root is
 * trusted, and whether the content is in order. Throws ERR_IDENTITY_BUNDLE_BROKEN, _VERSION or _BUNDLE_SIGNATURE.
 */
export function readBundle(octets: Uint8Array): Bundle {
  const { payload, signature } = splitBundle(Buffer.from(octets));
  const bundle = readPayload(payload.toString("utf8"));
  // A payload that was read has to be the one that is written for its content: so nothing was overlooked, and nothing has two
  // readings.
  if (!Buffer.from(writePayload(bundle)).equals(payload)) throw broken("its payload is not in the one form");
  const root = bundle.roots.find((der) => fingerprintOf(der) === bundle.signer);
  if (root === undefined) throw broken("the root that signed it is not among its roots");
  if (!isSignatureOf(readRoot(root), toBeSigned(payload), signature)) {
    throw new IdentityError("ERR_IDENTITY_BUNDLE_SIGNATURE", "the signature on the bundle is not its CA's");
  }
  return bundle;
}

function splitBundle(octets: Buffer): { readonly payload: Buffer; readonly signature: Buffer } {
  if (octets.length < HEADER_LENGTH) throw broken("it is cut off");
  if (octets[0] !== VERSION) {
    const message = `it is a bundle of version ${octets[0]}, and this is version ${VERSION}`;
    throw new IdentityError("ERR_IDENTITY_VERSION", message);
  }
  const length = octets.readUInt32BE(1);
  if (length > BUNDLE_SIZE_MAX || octets.length > HEADER_LENGTH + length + SIGNATURE_SIZE_MAX) {
    throw broken("it is longer than it says, or than any bundle");
  }
  if (octets.length <= HEADER_LENGTH + length) throw broken("it is cut off");
  return {
    payload: octets.subarray(HEADER_LENGTH, HEADER_LENGTH + length),
    signature: octets.subarray(HEADER_LENGTH + length),
  };
}

/** Octets of a signature: ECDSA on P-256 in DER has at most 72, Ed25519 has 64. */
const SIGNATURE_SIZE_MAX = 72;

function readRoot(der: Uint8Array): Certificate {
  try {
    return readCertificate(der);
  } catch (cause) {
    throw broken("the certificate of the root that signed it cannot be read", cause);
  }
}

/** The words in front keep the octets from being taken for anything else that a CA signs: DER structures begin with 0x30. */
function toBeSigned(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${label}\0`), Buffer.of(VERSION), payload]);
}

function writePayload(bundle: Bundle): string {
  const { chain, roots, revocationLists, privateKey } = bundle;
  return JSON.stringify({
    principal: formatPrincipal(bundle.principal),
    madeAt: bundle.madeAt.toISOString(),
    expiresAt: bundle.expiresAt.toISOString(),
    signer: bundle.signer,
    chain: chain.map(toBase64),
    roots: roots.map(toBase64),
    revocationLists: revocationLists.map(toBase64),
    privateKey: privateKey === undefined ? null : toBase64(privateKey),
  });
}

function readPayload(text: string): Bundle {
  const found = parseObject(text);
  const madeAt = readTime(found["madeAt"], "madeAt");
  const expiresAt = readTime(found["expiresAt"], "expiresAt");
  if (expiresAt <= madeAt) throw broken("it ends before it begins");
  return {
    principal: readPrincipal(readText(found["principal"], "principal")),
    madeAt,
    expiresAt,
    signer: readText(found["signer"], "signer"),
    chain: readList(found["chain"], "chain", 1, CHAIN_LENGTH_MAX),
    roots: readList(found["roots"], "roots", 1, TRUST_ROOTS_MAX),
    revocationLists: readList(found["revocationLists"], "revocationLists", 0, LISTS_MAX),
    privateKey: found["privateKey"] === null ? undefined : fromBase64(found["privateKey"], "privateKey"),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The cause is left out: it could quote the key.
    throw broken("its payload is not JSON");
  }
  if (typeof value !== "object" || value === null) throw broken("its payload is not an object");
  return value as Readonly<Record<string, unknown>>;
}

function readPrincipal(uri: string): Principal {
  try {
    return parsePrincipal(uri);
  } catch (cause) {
    throw broken("principal is none", cause);
  }
}

function readText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw broken(`${what} is not a text`);
}

function readTime(value: unknown, what: string): Date {
  const time = new Date(readText(value, what));
  if (Number.isNaN(time.getTime())) throw broken(`${what} is not a time`);
  return time;
}

function readList(value: unknown, what: string, min: number, max: number): Uint8Array[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    throw broken(`${what} is not a list of ${min} to ${max}`);
  }
  return value.map((item: unknown) => fromBase64(item, what));
}

/** Takes other spellings of the same octets, too: the comparison of the whole payload refuses them. */
function fromBase64(value: unknown, what: string): Uint8Array {
  const octets = Buffer.from(readText(value, what), "base64");
  if (octets.length === 0) throw broken(`${what} has an empty part`);
  return new Uint8Array(octets);
}

function toBase64(octets: Uint8Array): string {
  return Buffer.from(octets).toString("base64");
}

function broken(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_BUNDLE_BROKEN", `broken bundle: ${message}`, { cause });
}
