import { bodyOf, type Fact, readFact, signPayload, writePayload } from "@florenetes/facts";
import { type Acknowledgement, type Answer, Outcome, readRoutesLetter, writeRoutesAnswer } from "@florenetes/feed";
import type { SimNode } from "../simulated-nodes.ts";

const MINUTE = 60_000;

/** A desk of a coordinator that gives what a test says, and notes what it is told. */
export class ScriptedCoordinator {
  readonly node: SimNode;
  /** Reports and other records, by the nodes that have sent them. */
  readonly told = new Map<string, Fact[]>();
  readonly acknowledged: (Acknowledgement & { readonly node: string })[] = [];
  /** Letters are not answered, and beacons go on. */
  isSilent = false;
  /** Told of a node whose newest report asks for leases, and whose report before did not. */
  onAsked: (node: string) => void = () => {};
  readonly #open = new Map<string, number>();
  readonly #due = new Map<string, Uint8Array[]>();
  #epoch = 0;

  constructor(node: SimNode) {
    this.node = node;
    const { agent } = node;
    agent.mail.register("routes", {
      role: "route-coordinator",
      answerMs: 50_000,
      onLetter: ({ number, node: sender, body }, at) => {
        const letter = readRoutesLetter(body)!;
        if (this.isSilent) return "later";
        for (const octets of letter.records) {
          const fact = readFact(octets, "demo") as Fact;
          if (isAsking(fact) && !isAsking(this.reportsOf(sender).at(-1))) this.onAsked(sender);
          this.told.set(sender, [...(this.told.get(sender) ?? []), fact]);
        }
        this.acknowledged.push(...letter.acknowledged.map((each) => ({ ...each, node: sender })));
        const before = this.#open.get(sender);
        if (before !== undefined) agent.mail.answer(before, this.#answer([]), at);
        this.#open.delete(sender);
        const due = this.#due.get(sender) ?? [];
        this.#due.delete(sender);
        if (due.length > 0 || letter.wait === 0) return this.#answer(due);
        this.#open.set(sender, number);
        return "parked";
      },
      onDone: (done, at) => agent.routes.handleDone(done, at),
    });
  }

  /** The kinds of records that a node has told, and its newest report. */
  kindsOf(node: string): ReadonlySet<string> {
    return new Set(this.told.get(node)?.map(({ kind }) => kind));
  }

  reportsOf(node: string): readonly Fact[] {
    return (this.told.get(node) ?? []).filter(({ kind }) => kind === "report");
  }

  give(node: string, ...records: readonly Uint8Array[]): void {
    const number = this.#open.get(node);
    if (number === undefined) {
      this.#due.set(node, [...(this.#due.get(node) ?? []), ...records]);
      return;
    }
    this.#open.delete(node);
    this.node.do((agent) => agent.mail.answer(number, this.#answer(records), this.node.at));
  }

  lease(origin: string, host: string, routes: readonly object[], more: object = {}, share?: number): Uint8Array {
    const full = routes.map((route) => ({ mtu: 1_400, cost: 1, why: [], ...route }));
    const body = { classes: ["reliable"], rate: 1_000, ...(share !== undefined && { share }), routes: full };
    return this.#record("lease", `${origin}/web/${host}`, body, more);
  }

  permits(relay: string, pairs: readonly (readonly number[])[], more: object = {}): Uint8Array {
    return this.#record("permits", relay, { sets: [{ classes: ["reliable"], pairs }] }, more);
  }

  /** Permits of one pair for several shares, each with a rate; 0: without one. */
  sharedPermits(relay: string, pair: readonly number[], rates: ReadonlyMap<number, number>): Uint8Array {
    const sets = [...rates].map(([share, rate]) => ({
      classes: ["reliable"],
      ...(share !== 0 && { share }),
      pairs: [[...pair, rate]],
    }));
    return this.#record("permits", relay, { sets }, {});
  }

  #record(kind: string, about: string, body: object, more: object): Uint8Array {
    const { name, key, at } = this.node;
    const life = { epoch: ++this.#epoch, generation: 1, issued: at.wall, expires: at.wall + 10 * MINUTE };
    const slot = { kind, scope: "cluster", subject: `${about}/${name}`, authority: "route", issuer: name };
    return signPayload(writePayload({ cluster: "demo", ...slot, ...life, body: body as never, ...more }), [key]);
  }

  #answer(records: readonly Uint8Array[]): Answer {
    return { outcome: Outcome.answered, body: writeRoutesAnswer({ records, hasMore: false, asks: [] }) };
  }
}

function isAsking(report: Fact | undefined): boolean {
  return report !== undefined && (bodyOf(report, "report")?.uses.length ?? 0) > 0;
}
