/** A process that holds revocation lists, as far as tests need one: its folders, and the events that it was told. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import {
  checkRevocations,
  HeldIdentity,
  type RevocationEvent,
  type RevocationsReport,
  writeCertificatePem,
} from "../../src/index.ts";
import { HeldRevocations, type HeldRevocationsOptions } from "../../src/revocation/drivers/held-revocations.ts";
import { readCertificate } from "../../src/certificates/certificate.ts";
import { anyListOf, formatListNumbers } from "../../src/revocation/list-numbers.ts";
import { LIST_POLL_MS, LIST_SETTLED_MS } from "../../src/limits.ts";
import { ca, leaf, type Made, type Wish } from "../certificates.ts";
import { listPem, type ListWish, revocationList } from "../revocation-lists.ts";

export const today: number = Date.now();
export const second = 1000;
export const hour = 3_600_000;
/** Validity around the present time. */
export const era: Wish = { notBefore: new Date(today - 1000 * hour), notAfter: new Date(today + 1000 * hour) };
export const root: Made = ca("demo", era);
export const other: Made = ca("demo", era);

/** A file with a list of the root that names 70. */
export function listOf(number: number, wish: ListWish = {}, issuer: Made = root): string {
  const times = { thisUpdate: new Date(today - hour), nextUpdate: new Date(today + 100 * hour) };
  return listPem(revocationList(issuer, { number: BigInt(number), serials: ["70"], ...times, ...wish }));
}

/** Replaces a file in one step, as a careful operator does. */
export function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Waits long enough for a change to be seen twice, if there were one. */
export function aWhile(): Promise<unknown> {
  return delay(LIST_SETTLED_MS + 3 * LIST_POLL_MS);
}

export class ListLab implements AsyncDisposable {
  readonly base: string = mkdtempSync(join(tmpdir(), "florenetes-lists-"));
  readonly folder: string = this.makeIdentity("a");
  /** `crl.pem` of the identity. */
  readonly file: string = join(this.folder, "crl.pem");
  state: string = join(this.base, "state", "revocation", "demo");
  identity: HeldIdentity = new HeldIdentity(this.folder, {});
  readonly events: RevocationEvent[] = [];
  /** How often the process was told that the lists in force have changed. */
  changes = 0;
  readonly #opened: HeldRevocations[] = [];

  /** A folder of an identity whose certificate the CA issued. */
  makeIdentity(name: string, issuer: Made = root): string {
    const made = leaf(issuer, `spiffe://demo/service/${name}`, era);
    const path = join(this.base, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "key.pem"), made.key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(join(path, "chain.pem"), writeCertificatePem(made.der));
    writeFileSync(join(path, "trust.pem"), writeCertificatePem(issuer.der));
    // The folder is as `flor` makes one while the CA has made no list.
    writeFileSync(join(path, "crl-numbers"), formatListNumbers(anyListOf([readCertificate(issuer.der)])));
    return path;
  }

  async open(options: Partial<HeldRevocationsOptions> = {}): Promise<HeldRevocations> {
    const held = await HeldRevocations.open({
      ...this.#options,
      wallClock: () => new Date(),
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    held.watch(() => this.changes++);
    this.#opened.push(held);
    return held;
  }

  check(options: Partial<Parameters<typeof checkRevocations>[0]> = {}): Promise<RevocationsReport> {
    return checkRevocations({ ...this.#options, ...options });
  }

  get #options() {
    const policy = { isRequired: false, graceMs: hour };
    const expiryWarningMs = 30 * 24 * hour;
    return { cluster: "demo", identities: [this.identity], stateFolder: this.state, policy, expiryWarningMs };
  }

  /** The error with which the lists do not open. */
  async refusal(): Promise<unknown> {
    try {
      await this.open();
      return "it opened";
    } catch (error) {
      return error;
    }
  }

  get codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  /** File names in the state folder, with # for the issuer. */
  get kept(): string[] {
    if (!existsSync(this.state)) return [];
    return readdirSync(this.state).map((name) => name.replace(/^[0-9a-f]{64}/, "#"));
  }

  untilCode(code: RevocationEvent["code"]): Promise<void> {
    return expect.poll(() => this.codes, { timeout: 60_000, interval: 10 }).toContain(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of this.#opened) held.close();
    // A list that is still being kept would make its folder again: the reload waits for it.
    for (const held of this.#opened) await held.reload();
    rmSync(this.base, { recursive: true, force: true });
  }
}

export function numbersOf(held: HeldRevocations): string[] {
  return held.status().lists.map(({ number }) => number);
}

export function untilNumber(held: HeldRevocations, number: number): Promise<void> {
  return expect.poll(() => numbersOf(held), { timeout: 60_000, interval: 10 }).toEqual([String(number)]);
}
