/**
 * Certificates of ten minutes on ten nodes for days of virtual time: the issuer is killed again and again, and away for a third of the time, and nobody does anything. Keys, certificates,
 * records and folders are real; the course of a run is that of `flor identity keep`. What happens to connections meanwhile is a test with real processes: `issuer-lives`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSoak } from "@florenetes/simkit";
import { afterAll, expect, test } from "vitest";
import {
  type CertificateAuthority,
  createCa,
  Issuer,
  type IssuedCertificate,
  openCa,
  RenewingFolder,
  renewalTimes,
} from "../src/authority/index.ts";
import { makeKey } from "../src/authority/ca/authority.ts";
import { writeIdentity } from "../src/drivers/identity-folder.ts";
import { type Credentials, readCertificatePem, Revocations } from "../src/index.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LIFE = 10 * MINUTE;
/** The timer of a node runs so often. */
const TIMER = 40 * SECOND;
/** The issuer is there for so long, and then away for half of that. */
const THERE = 150 * SECOND;
const HOURS = isSoak ? 7 * 24 : 1;
const NODES = Array.from({ length: 10 }, (_, index) => `n${index}`);
/** The clock of each node is wrong by some seconds. */
const SKEWS = NODES.map((_, index) => (index - 4.5) * 4 * SECOND);

const base = mkdtempSync(join(tmpdir(), "seven-days-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const start = Date.now();
const dateAt = (now: number): Date => new Date(start + now);

/** The issuer of a cluster, as a process that ends and begins anew: it keeps its folder alone. */
class IssuerLife {
  readonly #folder: string;
  #issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
  #ca: CertificateAuthority;

  constructor(folder: string) {
    this.#folder = folder;
    this.#ca = openCa(folder);
  }

  restart(): void {
    this.#ca = openCa(this.#folder);
    this.#issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
  }

  renew(shown: Credentials, request: string, now: number): IssuedCertificate {
    const { rootPem: trustBundlePem } = this.#ca.authority;
    const revocations = new Revocations({ isRequired: false, graceMs: 0 });
    const wish = { chain: readCertificatePem(shown.certificateChainPem), request };
    const clocks = { wall: dateAt(now), monotonic: now };
    const answer = this.#ca.decide(
      (record) => this.#issuer.handleRequest(wish, { trustBundlePem, revocations, record }, clocks),
      dateAt(now),
    );
    if ("code" in answer) throw new Error(`${answer.code}: ${answer.text}`);
    return answer;
  }
}

/** When each node asks for its next certificate, by its own clock: a run before that only reads the folder, which is left out here. */
const dueAt = new Map<string, Date>();

/** Runs what a node's timer runs. Returns how long the certificate had left that was renewed; undefined: none was due, or the issuer is away. */
function keep(place: string, issuer: IssuerLife | undefined, now: number, skew: number): number | undefined {
  const at = dateAt(now + skew);
  if (at < (dueAt.get(place) ?? at)) return undefined;
  const folder = new RenewingFolder(place, "demo", at);
  const { credentials } = folder;
  dueAt.set(place, renewalTimes(credentials).dueAt);
  if (at < dueAt.get(place)!) return undefined;
  // The request stays where nobody answers it, and is the same at the next run.
  const request = folder.request();
  if (issuer === undefined) return undefined;
  const next = folder.check(issuer.renew(credentials, request, now).certificateChainPem, at);
  folder.install(next);
  folder.settle();
  dueAt.set(place, renewalTimes(next).dueAt);
  return credentials.validUntil.getTime() - dateAt(now).getTime();
}

test(`${HOURS} h of certificates of ten minutes end none of them`, { timeout: 3_600_000 }, async () => {
  const root = createCa(join(base, "ca"), { cluster: "demo" }, dateAt(0));
  const ca = root.makeIntermediate(join(base, "issuer"), {}, dateAt(0));
  const issuer = new IssuerLife(join(base, "issuer"));
  for (const name of NODES) {
    const { pem: privateKeyPem, publicKeyInfo } = makeKey();
    const certified = ca.certify({ kind: "vertex", name, publicKeyInfo, lifeMs: LIFE }, dateAt(0));
    writeIdentity(join(base, name), { ...certified, privateKeyPem });
  }
  const lefts: number[] = [];
  let isThere = true;
  let awayMs = 0;
  for (let now = 0; now < HOURS * 3_600 * SECOND; now += TIMER / 10) {
    // Memory of keys is given back between turns of the process.
    if (now % MINUTE === 0) await nextTurn();
    const wasThere = isThere;
    isThere = now % (1.5 * THERE) < THERE;
    if (isThere && !wasThere) issuer.restart();
    if (!isThere) awayMs += TIMER / 10;
    // Nodes have their turns one after the other.
    const node = (now / (TIMER / 10)) % NODES.length;
    const left = keep(join(base, NODES[node]!), isThere ? issuer : undefined, now, SKEWS[node]!);
    if (left !== undefined) lefts.push(left);
  }
  const least = Math.min(...lefts);
  const lives = (HOURS * 3_600 * SECOND) / LIFE;
  process.stderr.write(
    `${lefts.length} renewals in ${lives} lives of ${NODES.length} nodes; the issuer was away for ${awayMs / MINUTE} min; ${least / SECOND} s of a life were left at the least\n`,
  );
  expect(least).toBeGreaterThan(0);
  expect(awayMs / (HOURS * 3_600 * SECOND)).toBeCloseTo(1 / 3, 1);
  // Each certificate is renewed in the last third of its life.
  expect(lefts.length).toBeGreaterThanOrEqual(lives * NODES.length);
  expect(lefts.length).toBeLessThanOrEqual(1.5 * lives * NODES.length + NODES.length);
});
