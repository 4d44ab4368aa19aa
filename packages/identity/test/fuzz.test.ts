/**
 * The readers, given input that looks almost right. A short run for every day; with FLORENETES_SOAK=<seconds> each test goes on for that
 * long, from a seed of its own. A failure names its seed and holds the input: add that to fuzz/seeds.json.
 */
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { isShownAsIs } from "@florenetes/operator-text";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { signOctets } from "../src/authority/ca/certificate-writer.ts";
import { fingerprintOf } from "../src/certificates/certificate.ts";
import { certificateFacts } from "../src/certificates/inspection.ts";
import { readChain, readTrustBundle } from "../src/certificates/chain.ts";
import { readCertificatePem, writeCertificatePem, writePem } from "../src/certificates/pem.ts";
import { checkCredentials } from "../src/credentials.ts";
import { readPrivateKey, writePrivateKey } from "../src/private-key.ts";
import {
  type Bundle,
  readBundle,
  readBundleText,
  writeBundle,
  writeBundleText,
} from "../src/authority/enrollment/bundle.ts";
import { checkBundle } from "../src/authority/enrollment/bundle-check.ts";
import { readRequest } from "../src/authority/enrollment/request.ts";
import { isSealed, openSealed, seal } from "../src/authority/sealing/sealing.ts";
import { IdentityError } from "../src/errors.ts";
import { SEALING_COST_MIN } from "../src/limits.ts";
import { verifyPeer } from "../src/peer.ts";
import {
  formatPrincipal,
  formatShortPrincipal,
  parseClusterUri,
  parsePrincipal,
  parseShortPrincipal,
  PRINCIPAL_KINDS,
} from "../src/principal.ts";
import { readRevocationList } from "../src/revocation/revocation-list.ts";
import { partsOf, signed } from "./altered-der.ts";
import { ca, leaf, type Made, now } from "./certificates.ts";
import { chains, pemTexts, structures, uris } from "./fuzz/corpus.ts";
import { mutated, mutatedText } from "./fuzz/mutation.ts";
import { Random } from "./fuzz/random.ts";

const seconds = Number(process.env["FLORENETES_SOAK"] ?? 0);
const seed = seconds > 0 ? Date.now() % 2 ** 32 : 1;
const timeout = (seconds + 60) * 1000;
const longestMs = 500;
const memoryMax = 300_000_000;

const root = ca("demo");
const key = writePrivateKey(generateKeyPairSync("ed25519").privateKey);
const expected = { cluster: "demo", kinds: PRINCIPAL_KINDS };

/** Runs a trial with many inputs, with a quarter of them outside a soak. Its result says nothing; it must end soon, and throw only IdentityErrors. */
function fuzz<Input>(all: number, make: (random: Random) => Input, trial: (input: Input) => void): void {
  const count = runs(all, all / 4);
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  const memoryBefore = process.memoryUsage().rss;
  for (let run = 0; run < count || performance.now() < end; run++) {
    const input = make(random);
    const before = process.cpuUsage();
    const problem = problemOf(() => trial(input));
    const { user, system } = process.cpuUsage(before);
    const isSlow = user + system > longestMs * 1000;
    if (problem === undefined && !isSlow) continue;
    throw new Error(`seed ${seed}, run ${run}, ${isSlow ? "slow" : "wrong"}: ${show(input)}`, { cause: problem });
  }
  expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(memoryMax);
}

function problemOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof IdentityError)) return error;
    return unshownOf(error.message);
  }
}

/** Finds a text of a certificate that is too long for terminals, or that has characters which cannot be seen. */
function unshownOf(...texts: readonly string[]): Error | undefined {
  const text = texts.find((each) => !isShownAsIs(each, 2000));
  return text === undefined
    ? undefined
    : new Error(`${text.length} characters, or some that are not seen: ${JSON.stringify(text)}`);
}

/** Shows the facts of a certificate. */
function showFacts(der: Uint8Array): void {
  const { uris, subject, issuer } = certificateFacts(der);
  const problem = unshownOf(...uris, subject, issuer);
  if (problem !== undefined) throw problem;
}

/** Does each of the steps, whatever the others throw, and then throws the first error that should not have been thrown. */
function attempt(...steps: readonly (() => unknown)[]): void {
  for (const step of steps) {
    const problem = problemOf(() => void step());
    if (problem !== undefined) throw problem;
  }
}

function show(input: unknown): string {
  return JSON.stringify(input, (_, value: unknown) =>
    typeof value === "object" && value !== null && "data" in value
      ? Buffer.from(value.data as number[]).toString("base64")
      : value,
  );
}

test("a certificate, a request or a list that was changed", { timeout }, () => {
  fuzz(
    1000,
    (random) => mutated(random.pick(structures), structures, random),
    (der) => {
      attempt(
        () => showFacts(der),
        () => readTrustBundle(writeCertificatePem(der)),
        () => readRevocationList(der),
        () => readRequest(writePem("CERTIFICATE REQUEST", der)),
        () => checkCredentials({ key, chain: writeCertificatePem(der), trust: writeCertificatePem(root.der) }, {}, now),
      );
    },
  );
});

test("a chain of which some certificates were changed, left out, doubled", { timeout }, () => {
  fuzz(
    300,
    (random) => {
      const { chain, roots } = random.pick(chains);
      const change = (der: Uint8Array): Uint8Array[] => {
        const other = random.pick(structures);
        return random.pick([[der], [der], [mutated(der, structures, random)], [], [der, der], [other, der]]);
      };
      return { chain: chain.flatMap(change), roots: roots.flatMap(change) };
    },
    ({ chain, roots }) => {
      attempt(
        () => verifyPeer(chain, { ...expected, trustBundlePem: writeCertificatePem(...roots) }, now),
        () => readChain(readCertificatePem(writeCertificatePem(...chain))),
      );
    },
  );
});

test("a certificate that the CA signed after it was changed: what is taken, openssl takes too", { timeout }, () => {
  const trustBundlePem = writeCertificatePem(root.der);
  const rootKey = new X509Certificate(root.der).publicKey;
  const { body, algorithm } = partsOf(leaf(root, "spiffe://demo/vertex/a").der);
  let taken = 0;
  fuzz(
    600,
    (random) => mutated(Buffer.from(body, "hex"), structures, random),
    (newBody) => {
      const der = signed(newBody.toString("hex"), algorithm, root.key);
      const { principal } = verifyPeer([der], { ...expected, trustBundlePem }, now);
      taken++;
      const other = new X509Certificate(der);
      expect(other.verify(rootKey)).toBe(true);
      expect(other.ca).toBe(false);
      expect(other.subjectAltName?.split(", ").filter((name) => name.startsWith("URI:"))).toEqual([
        `URI:${formatPrincipal(principal)}`,
      ]);
      expect([other.validFromDate <= now, now <= other.validToDate]).toEqual([true, true]);
    },
  );
  expect(taken).toBeGreaterThan(0);
});

test("a PEM file that was changed", { timeout }, () => {
  const keys = [key, writePrivateKey(root.key), ...pemTexts];
  fuzz(
    1000,
    (random) => mutatedText(random.pick(keys), pemTexts, random),
    (text) => {
      attempt(
        () => readCertificatePem(text),
        () => readPrivateKey(text),
        () => readTrustBundle(text),
      );
    },
  );
});

test("a bundle of which parts were changed, which its CA signed all the same", { timeout }, () => {
  const whole = bundleOf(root);
  const expected = { principals: [], signers: [whole.signer], keys: [Buffer.from(key)] };
  let taken = 0;
  fuzz(
    400,
    (random) => {
      const change = (der: Uint8Array): Uint8Array[] => {
        const other = random.pick(structures);
        return random.pick([[der], [der], [der], [mutated(der, structures, random)], [], [der, der], [other, der]]);
      };
      return {
        ...whole,
        chain: whole.chain.flatMap(change),
        roots: random.pick([whole.roots, whole.roots.flatMap(change)]),
        revocationLists: random.pick([[], [mutated(random.pick(structures), structures, random)]]),
        privateKey: random.pick([whole.privateKey, undefined, mutated(whole.privateKey!, structures, random)]),
      };
    },
    (bundle) => {
      const octets = writeBundle(bundle, (octets) => signOctets(root.key, octets));
      const { credentials } = checkBundle(readBundle(octets), expected, now);
      taken++;
      expect(formatPrincipal(credentials.principal)).toBe("spiffe://demo/vertex/a");
    },
  );
  expect(taken).toBeGreaterThan(0);
});

test("a bundle that was changed, as octets or text, sealed or not", { timeout }, () => {
  const octets = writeBundle(bundleOf(root), (octets) => signOctets(root.key, octets));
  const texts = [writeBundleText(octets), seal(octets, "horse", "BUNDLE", SEALING_COST_MIN)];
  fuzz(
    600,
    (random) => ({ octets: mutated(octets, structures, random), text: mutatedText(random.pick(texts), texts, random) }),
    ({ octets, text }) => {
      attempt(
        () => readBundle(octets),
        () => readBundle(readBundleText(text)),
        () => isSealed(text, "BUNDLE") && openSealed(text, "horse", "BUNDLE"),
      );
    },
  );
});

/** An invitation by a CA. */
function bundleOf(authority: Made): Bundle {
  const made = leaf(authority, "spiffe://demo/vertex/a");
  return {
    principal: { cluster: "demo", kind: "vertex", name: "a" },
    madeAt: now,
    expiresAt: new Date(now.getTime() + 1000),
    signer: fingerprintOf(authority.der),
    chain: [made.der],
    roots: [authority.der],
    revocationLists: [],
    privateKey: made.key.export({ type: "pkcs8", format: "der" }),
  };
}

test("a principal that was changed has one spelling, or none", { timeout }, () => {
  fuzz(
    5000,
    (random) => mutatedText(random.pick(uris), uris, random),
    (text) => {
      attempt(
        () => expect(formatPrincipal(parsePrincipal(text))).toBe(text),
        () => expect(formatShortPrincipal(parseShortPrincipal(text, "demo"))).toBe(text),
        () => expect(`spiffe://${parseClusterUri(text)}`).toBe(text),
      );
    },
  );
});
