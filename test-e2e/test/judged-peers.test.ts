/*
 *   this test ══ FlorIO ══ cluster-flor of a       the test is a's link vertex, and asks about certificate chains
 *
 *   a has no services and no tunnels: its cluster-flor judges by a folder of roots and lists alone.
 */
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openFlorioPort } from "@florenetes/florio";
import { readCertificatePem } from "@florenetes/identity";
import { type CertificateAuthority, createCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { decodeMessage, encodeMessage, type PeerQuestion, type PortalBody, PortalServer } from "@florenetes/portal-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";

const TICK_MS = 20;

/** A link vertex that carries nothing, and asks its cluster vertex about peers. */
class AskingVertex implements Disposable {
  /** The newest number that heartbeats of the cluster vertex have told. */
  generation = 0;
  readonly #instance = randomBytes(8).toString("hex");
  readonly #server = new PortalServer({
    cluster: "judged",
    principal: "a",
    instance: { id: this.#instance, startedAt: Date.now() },
    linkMtuMax: 1_420,
  });
  readonly #answers = new Map<number, PortalBody>();
  readonly #timer: NodeJS.Timeout;
  readonly #port: ReturnType<typeof openFlorioPort>;
  #attachment = 0;
  #count = 0;

  /** @param config the text of the cluster vertex's config */
  constructor(config: string) {
    const [, bind, connect] = /bind: (\S+), connect: (\S+) }/.exec(config)!;
    this.#port = openFlorioPort({
      bind: connect!,
      connect: bind!,
      handlers: {
        onData: () => {},
        onControl: (message) => this.#handle(message),
        onConnected: () => this.#server.handleConnected(performance.now()),
        onDisconnected: () => this.#server.handleDisconnected(performance.now()),
        onWritable: () => {},
      },
    });
    this.#timer = setInterval(() => this.#turn(), TICK_MS);
  }

  /** Asks a question again and again until an answer comes. */
  async judge(question: PeerQuestion): Promise<PortalBody> {
    const requestId = ++this.#count;
    const ask = (): PortalBody | undefined => {
      const body = { kind: "judge", question } as const;
      const message = encodeMessage({ instance: this.#instance, attachment: this.#attachment, requestId, body });
      this.#port.sendControl(message);
      return this.#answers.get(requestId);
    };
    await expect.poll(ask, { ...PATIENCE, interval: 100 }).toBeDefined();
    return this.#answers.get(requestId)!;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#port.close();
  }

  #handle(bytes: Uint8Array): void {
    const message = decodeMessage(bytes)!;
    const { attachment, requestId, body } = message;
    if (attachment !== 0) this.#attachment = attachment;
    if (body.kind === "heartbeat") this.generation = body.judgeGeneration ?? 0;
    if (body.kind === "judge-answer" || body.kind === "error") this.#answers.set(requestId, body);
    else this.#server.handleMessage(bytes, performance.now());
    this.#turn();
  }

  #turn(): void {
    this.#server.handleTimeout(performance.now());
    for (let out = this.#server.pollTransmit(); out !== undefined; out = this.#server.pollTransmit()) {
      this.#port.sendControl(out);
    }
  }
}

let lab: Lab;
let ca: CertificateAuthority;
let folder: string;

beforeAll(async () => {
  lab = await openLab({ cluster: "judged", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] });
  folder = join(dirname(lab.configFile("a", "cluster-flor")), "judged");
  mkdirSync(join(folder, "trust"), { recursive: true });
  ca = createCa(join(folder, "ca"), { cluster: "judged" }, new Date());
  cpSync(join(folder, "ca", "ca.pem"), join(folder, "trust", "trust.pem"));
});

afterAll(async () => {
  await lab?.down();
});

function chainOf(by: CertificateAuthority, name: string): Uint8Array[] {
  const path = join(folder, `${name}-${randomBytes(4).toString("hex")}`);
  by.issueInto(path, { kind: "vertex", name }, new Date());
  return readCertificatePem(readFileSync(join(path, "chain.pem"), "utf8"));
}

test("cluster-flor judges peers by its trust folder, and tells when a list has come", async () => {
  const file = lab.configFile("a", "cluster-flor");
  const config = readFileSync(file, "utf8");
  using vertex = new AskingVertex(config);
  lab.start("a", "cluster-flor");
  const chain = chainOf(ca, "b");
  const question = { presenter: "originator", peer: "", chain, isOpen: false } as const;
  await expect.poll(() => vertex.judge(question), PATIENCE).toMatchObject({ kind: "error", code: "NOT_JUDGED" });
  expect(vertex.generation).toBe(0);

  writeFileSync(file, `trust: ${join(folder, "trust")}\n${config}`);
  await lab.kill("a", "cluster-flor");
  lab.start("a", "cluster-flor");
  await expect.poll(() => vertex.generation, PATIENCE).toBeGreaterThan(0);
  const verdict = { kind: "judge-answer", principal: "spiffe://judged/vertex/b", name: "b", code: "" };
  await expect.poll(() => vertex.judge(question), PATIENCE).toMatchObject(verdict);
  expect(await vertex.judge({ ...question, presenter: "acceptor", peer: "c" })).toMatchObject({ code: "WRONG_NAME" });
  const stranger = createCa(join(folder, "other"), { cluster: "judged" }, new Date());
  expect(await vertex.judge({ ...question, chain: chainOf(stranger, "b") })).toMatchObject({ code: "UNTRUSTED" });

  const principal = { cluster: "judged", kind: "vertex", name: "b" } as const;
  const before = vertex.generation;
  writeFileSync(join(folder, "trust", "crl.pem"), ca.revoke([{ principal }], {}, new Date()).list.pem);
  await expect.poll(() => vertex.generation, PATIENCE).toBeGreaterThan(before);
  expect(await vertex.judge({ ...question, isOpen: true })).toMatchObject({
    kind: "judge-answer",
    code: "REVOKED",
    generation: vertex.generation,
  });
  rmSync(folder, { recursive: true });
}, 120_000);
