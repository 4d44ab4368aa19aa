/** A coordinator in the hands of an attacker: nodes write to it as to any other, and it answers with whatever records it likes, signed by its key. */
import { randomBytes } from "node:crypto";
import { recordIdOf, signPayload, writePayload } from "@florenetes/facts";
import type { SigningKey } from "@florenetes/facts/authoring";
import {
  type Beacon,
  Conduct,
  type Mail,
  Offer,
  Outcome,
  PostOffice,
  readRoutesLetter,
  VerificationTurns,
  writeRoutesAnswer,
} from "@florenetes/feed";
import { now } from "../clock.ts";
import { eventually } from "../eventually.ts";
import { type RobbedMesh, StolenAgent } from "./stolen-agent.ts";

export interface ForgedRecord {
  readonly kind: "lease" | "permits";
  readonly subject: string;
  readonly scope?: string;
  /** The node that it says has issued it; default: the coordinator. */
  readonly issuer?: string;
  readonly body: object;
  /** Milliseconds from now to when it was issued, and to its end. */
  readonly issuedIn?: number;
  readonly endsIn?: number;
  readonly isVoid?: true;
  /** The key of that issuer, where the attacker has it; default: the coordinator's own. */
  readonly key?: SigningKey;
  /** Default: above all epochs before. */
  readonly epoch?: number;
  /** The signature is wrong. */
  readonly isBroken?: true;
}

export interface SignedForgery {
  readonly id: string;
  readonly octets: Uint8Array;
}

const TURN_MS = 20;
const LIFE_MS = 600_000;

export class CapturedCoordinator implements AsyncDisposable {
  readonly agent: StolenAgent;
  /** The words of nodes about records, by their ids: `taken`, or the reason against them. */
  readonly said: Map<string, string> = new Map();
  readonly #office: PostOffice;
  readonly #conducts = new Map<string, Conduct>();
  readonly #turns = new VerificationTurns();
  /** The letter of each node that waits for its answer. */
  readonly #letters = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #epoch = Date.now();

  private constructor(agent: StolenAgent, office: PostOffice, served: ReadonlySet<string>) {
    this.agent = agent;
    this.#office = office;
    office.own.offers = Offer["route-coordinator"];
    for (const peer of served) office.handleServed(peer, time());
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
  }

  /** Takes the place of the agent of a node that has the role, and reads at its neighbours. */
  static async take(mesh: RobbedMesh, node: string, neighbours: readonly string[]): Promise<CapturedCoordinator> {
    const served = new Set<string>();
    let coordinator: CapturedCoordinator | undefined;
    const agent = await StolenAgent.take(mesh, node, {
      onPost: (message, peer) => coordinator?.handlePost(message, peer),
      onServed: (peer) => {
        served.add(peer);
        coordinator?.handleServed(peer);
      },
    });
    const { cluster, key } = agent;
    const office = new PostOffice({
      cluster,
      node,
      key,
      randomBytes,
      believed: () => undefined,
      standing: () => "node",
    });
    coordinator = new CapturedCoordinator(agent, office, served);
    for (const peer of neighbours) await agent.readAt(peer);
    return coordinator;
  }

  /** Whether a letter of a node waits for its answer. */
  isWrittenBy(node: string): boolean {
    return this.#letters.has(node);
  }

  /** Waits until letters of these nodes wait for answers. @throws Error when one does not write */
  async untilWrittenBy(...nodes: readonly string[]): Promise<void> {
    const have = async (): Promise<boolean> => nodes.every((node) => this.isWrittenBy(node));
    if (!(await eventually(have))) throw new Error(`not all of ${nodes.join(", ")} write to ${this.agent.node}`);
  }

  sign({
    kind,
    subject,
    scope = "cluster",
    issuer = this.agent.node,
    body,
    isVoid,
    key = this.agent.key,
    epoch = ++this.#epoch,
    isBroken,
    ...times
  }: ForgedRecord): SignedForgery {
    const wall = Date.now();
    const issued = wall + (times.issuedIn ?? 0);
    const slot = { kind, scope, subject, authority: "route", issuer };
    const life = { epoch, generation: 0, issued, expires: wall + (times.endsIn ?? LIFE_MS) };
    const said = { ...slot, ...life, body: { ...body }, ...(isVoid && { void: true as const }) };
    const payload = writePayload({ cluster: this.agent.cluster, ...said });
    const octets = signPayload(payload, [key]);
    // The signature is at the end.
    if (isBroken) octets[octets.length - 1]! ^= 1;
    return { id: recordIdOf(payload), octets };
  }

  /** Gives a node records in the answer to its letter. @returns its word about each of them; undefined: it has said nothing */
  async give(
    node: string,
    records: readonly SignedForgery[],
    withinMs: number = SAID_MS_MAX,
  ): Promise<readonly (string | undefined)[]> {
    await this.untilWrittenBy(node);
    const number = this.#letters.get(node)!;
    this.#letters.delete(node);
    const body = writeRoutesAnswer({ records: records.map(({ octets }) => octets), hasMore: false, asks: [] });
    this.#office.answer(number, { outcome: Outcome.answered, body }, time());
    await eventually(async () => records.every(({ id }) => this.said.has(id)), withinMs);
    return records.map(({ id }) => this.said.get(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.agent[Symbol.asyncDispose]();
  }

  /** A neighbour reads here from now on. */
  handleServed(peer: string): void {
    this.#office.handleUnserved(peer);
    this.#office.handleServed(peer, time());
  }

  /** Takes a beacon or mail that a neighbour has brought. */
  handlePost(message: Beacon | Mail, peer: string): void {
    let conduct = this.#conducts.get(peer);
    if (conduct === undefined) this.#conducts.set(peer, (conduct = new Conduct(this.#turns, now())));
    this.#office.handle(message, peer, conduct, time());
    this.#turn();
  }

  #turn(): void {
    this.#office.handleTimeout(time());
    for (let event = this.#office.pollEvent(); event !== undefined; event = this.#office.pollEvent()) {
      if (event.kind !== "letter") continue;
      const { node, body } = event.letter;
      this.#letters.set(node, event.number);
      this.#office.park(event.number);
      for (const { id, outcome } of readRoutesLetter(body)?.acknowledged ?? []) this.said.set(id, outcome);
    }
    for (let peer = this.#office.pollReady(); peer !== undefined; peer = this.#office.pollReady())
      for (let next = this.#office.next(peer, now()); next !== undefined; next = this.#office.next(peer, now()))
        this.agent.write(peer, next);
  }
}

const SAID_MS_MAX = 60_000;

function time(): { readonly now: number; readonly wall: number } {
  return { now: now(), wall: Date.now() };
}
