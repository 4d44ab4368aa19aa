/** An issuer in this process, with its CAs, and identities of a node at parts of their lives. */
import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer as listenOn } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrincipalKind, writeIdentity } from "@florenetes/identity";
import { type CertificateAuthority, createCa, makeKey } from "@florenetes/identity/authority";
import { type AdminServer, createLogger } from "@florenetes/process-kit";
import { afterEach, beforeEach } from "vitest";
import type { IssuerConfig } from "../src/issuer/issuer-config.ts";
import { RunningIssuer } from "../src/issuer/running-issuer.ts";
import { flor, type Run } from "./run-flor.ts";

const log = createLogger({ name: "test", level: "error" });
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Parts of a life that have passed: before two thirds, after the latest lot, and after five sixths. */
export const EARLY = 0.6;
export const DUE = 0.8;
export const OVERDUE = 0.9;

export let root: CertificateAuthority;
export let ca: CertificateAuthority;
export let port: number;
/** The addresses of all issuers, as nodes have them in their config. */
let addresses: string[];
let folder: string;
export const open: (Disposable | AsyncDisposable | AdminServer)[] = [];
export const place = (name: string): string => join(folder, name);

/** Makes and removes what each test of a file needs; to be called at its top. */
export function useIssuerFolder(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "flor-issuer-"));
    const before = new Date(Date.now() - 2 * DAY);
    root = createCa(place("ca"), { cluster: "demo" }, before);
    ca = root.makeIntermediate(place("issuer-ca"), {}, before);
    mkdirSync(place("trust"), { mode: 0o700 });
    copyFileSync(place("ca/ca.pem"), place("trust/trust.pem"));
    port = await freePort();
    addresses = [addressAt(port)];
  });

  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) {
      if (Symbol.asyncDispose in each) await each[Symbol.asyncDispose]();
      else each[Symbol.dispose]();
    }
    rmSync(folder, { recursive: true, force: true });
  });
}

async function freePort(): Promise<number> {
  const server = listenOn().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: found } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return found;
}

/** @param agent The admin socket of the fabric's agent; undefined: it asks none */
export function startIssuer(agent?: string): Promise<RunningIssuer> {
  return run(ca, "state", port, agent);
}

/** Starts another issuer with a CA of its own, which nodes ask before the one of `startIssuer`. */
export async function startFirstIssuer(agent?: string): Promise<CertificateAuthority> {
  const other = root.makeIntermediate(place("first-ca"), {}, new Date(Date.now() - 2 * DAY));
  const at = await freePort();
  addresses.unshift(addressAt(at));
  await run(other, "first-state", at, agent);
  return other;
}

async function run(
  by: CertificateAuthority,
  state: string,
  at: number,
  agent: string | undefined,
): Promise<RunningIssuer> {
  const config: IssuerConfig = {
    cluster: "demo",
    ca: by.folder,
    trust: place("trust"),
    state: place(state),
    listen: { host: "127.0.0.1", port: at },
    agent,
    lifeMs: HOUR,
    isListRequired: false,
    listGraceMs: DAY,
    warningMs: DAY,
  };
  const issuer = await RunningIssuer.open(config, by, log);
  open.push(issuer);
  return issuer;
}

const addressAt = (at: number): string => `tcp://127.0.0.1:${at}`;

/** An identity at a part of its life. */
export function identity(principal: string, passed: number, by: CertificateAuthority = ca, lifeMs = HOUR): string {
  const [kind, name] = principal.split("/") as [PrincipalKind, string];
  const { pem, publicKeyInfo } = makeKey();
  const made = by.certify({ kind, name, publicKeyInfo, lifeMs }, new Date(Date.now() - passed * lifeMs));
  const target = place(`ids/${principal}`);
  rmSync(target, { recursive: true, force: true });
  writeIdentity(target, { ...made, privateKeyPem: pem });
  return target;
}

export async function keep(...folders: readonly string[]): Promise<Run> {
  const identities = folders.map((each) => ({ folder: each, control: place("control.sock") }));
  const config = { cluster: "demo", issuer: addresses, identities };
  writeFileSync(place("keep.yaml"), JSON.stringify(config));
  return flor("identity", "keep", "--config", place("keep.yaml"));
}

/** The identity's files, to the byte. */
export function contents(target: string): Record<string, string> {
  const names = readdirSync(target).filter((name) => name.endsWith(".pem"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(target, name), "utf8")]));
}

/** The public key of a private one, as certificates have it. */
export function publicKeyOf(pem: Buffer): Buffer {
  return createPublicKey(pem).export({ type: "spki", format: "der" });
}
