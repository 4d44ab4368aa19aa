/**
 * A node's book and registry over weeks of virtual time: records of one service by ever other keys, voids, thieves' epochs, roots that take keys
 * away, old records offered again, restarts, hosts that come and go, or are full. A model of its own says what must never be.
 */
import { Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import type { Fact } from "../../src/fact.ts";
import { Registry, serviceSlot } from "../../src/registry/registry.ts";
import type { Choice } from "../../src/registry/used-service.ts";
import { bookOf, changesOf, Rows, toldBy } from "../book/books.ts";
import { factOf } from "../held.ts";
import { type TestKey, testKey } from "../keys.ts";
import { DAY, listOf, MINUTE, NOW, root, rootBody, service } from "../records.ts";

const people = ["k1", "k2", "k3", "k4", "k5"].map(testKey);
const hosts = ["b", "c", "d"];
const web = serviceSlot("cluster", "web");
const LIFE = 30 * DAY;

class World {
  readonly random: Random;
  readonly rows = new Rows();
  readonly everSigned: { readonly octets: Buffer; readonly fact: Fact }[] = [];
  readonly down = new Set<string>();
  readonly full = new Set<string>();
  /** Ids of records that a void one has taken back. */
  readonly takenBack = new Set<string>();
  now: number = NOW;
  listed: TestKey[] = people.slice(0, 3);
  former: { key: TestKey; until: number }[] = [];
  version = 1;
  /** Steps at which the host in use was full. */
  whileFull = 0;
  marks = new Map<string, "active" | "fallback">();
  book: FactBook;
  registry: Registry;
  readonly #first: Fact;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.#first = factOf(root(this.#body(0), { issued: NOW - DAY }));
    this.book = bookOf([], { root: this.#first });
    this.registry = this.#newRegistry();
  }

  step(): void {
    const { random } = this;
    const before = this.registry.stateOf(web)!.path;
    const choice = random.below(20);
    if (choice < 7) this.#sign();
    else if (choice < 10 && this.everSigned.length > 0) this.#offer(random.pick(this.everSigned).octets);
    else if (choice < 15) this.#prove();
    else if (choice < 16) this.#rotate();
    else if (choice < 17) this.#restart();
    else if (choice < 18) this.#toggle();
    else this.now += random.pick([MINUTE, 30 * MINUTE, DAY / 2, 5 * DAY]);
    this.#follow();
    const after = this.registry.stateOf(web)!.path;
    this.#check();
    this.#checkFull(before);
    if (before !== undefined && choice >= 17 && after === undefined) expect(this.#lives(before)).toBe(false);
    // A restart forgets proofs: there is no path until a host has proven itself again.
    if (before === undefined || after === undefined || before.record.id === after.record.id) return;
    const isNewer = after.record.epoch > before.record.epoch || after.record.issued >= before.record.issued;
    if (this.#lives(before)) expect(isNewer).toBe(true);
  }

  #sign(): void {
    const { random } = this;
    const signers = people.filter(() => random.chance(0.5));
    const isVoid = random.chance(0.2);
    const highest = Math.max(0, ...this.book.in(web).map(({ epoch }) => epoch));
    const epoch = random.chance(0.02) ? 2 ** 53 - 1 : Math.min(2 ** 53 - 1, highest + random.below(3)) || 1;
    const life = isVoid ? LIFE : random.pick([DAY, 10 * DAY, LIFE]);
    const members = { epoch, issued: this.now, expires: this.now + life, generation: random.below(3) };
    const body = { hosts: hosts.filter(() => random.chance(0.7)).map((node) => ({ node, priority: 1, weight: 1 })) };
    this.#offer(isVoid ? service({ ...members, void: true, body: {} }, {}, signers) : service(members, body, signers));
  }

  #offer(octets: Buffer): void {
    const fact = factOf(octets);
    this.everSigned.push({ octets, fact });
    const judgement = this.book.offer(octets, this.now);
    if (!judgement.isAccepted) return;
    expect(this.#hasQuorum(fact)).toBe(true);
    expect(this.takenBack).not.toContain(fact.id);
    if (fact.void !== true) return;
    for (const { fact: older } of this.everSigned) {
      if (older.void !== true && older.epoch <= fact.epoch && older.issued <= fact.issued) this.takenBack.add(older.id);
    }
  }

  #prove(): void {
    const { next, path } = this.registry.stateOf(web)!;
    const choice = this.random.chance(0.8) ? (next ?? path) : path;
    if (choice === undefined) return;
    const verdict = this.random.pick(["proven", "proven", "unproven", "wrong-identity"] as const);
    const { active } = this.registry.stateOf(web)!;
    this.registry.handleProof(web, choice.record.id, choice.host, verdict, this.now);
    if (verdict !== "proven" && choice.record.id !== active?.id) {
      // A candidate that fails takes nobody's place.
      const { active: then } = this.registry.stateOf(web)!;
      if (active !== undefined && then !== undefined) expect(then.id).toBe(active.id);
    }
    this.#proofs.set(`${choice.record.id} ${choice.host}`, verdict === "proven");
    if (verdict === "proven") this.#everProven.add(choice.record.id);
  }

  readonly #proofs = new Map<string, boolean>();
  readonly #everProven = new Set<string>();

  #rotate(): void {
    const { random } = this;
    const grace = random.pick([0, 3_600]);
    const issued = this.now;
    const until = issued + grace * 1_000;
    const before = this.listed;
    const first = random.below(people.length);
    const listed = [...people.slice(first), ...people.slice(0, first)].slice(0, 3);
    this.listed = listed;
    const life = { issued, expires: issued + 300 * DAY };
    this.version++;
    expect(this.book.offer(root(this.#body(grace), { epoch: this.version, ...life }), this.now).isAccepted).toBe(true);
    const old = this.former.map((former) => ({ ...former, until: Math.min(former.until, until) }));
    const left = before.map((key) => ({ key, until }));
    this.former = [...old, ...left].filter(({ key, until }) => !listed.includes(key) && until > issued);
    this.registry.refresh(this.now);
  }

  #restart(): void {
    this.#save();
    this.book = bookOf([], { root: this.#first });
    this.book.use(this.marks.keys());
    for (const row of this.rows.all) this.book.restore(row, this.now);
    expect(this.book.authority.version).toBe(this.version);
    this.registry = this.#newRegistry();
    this.#proofs.clear();
  }

  #toggle(): void {
    const [host, set] = [this.random.pick(hosts), this.random.pick([this.down, this.full])];
    if (!set.delete(host)) set.add(host);
  }

  /** The owner's part: turns, events, and what is to be kept. */
  #follow(): void {
    for (let turn = 0; turn < 100 && this.book.nextTimeout() <= this.now; turn++) this.book.handleTimeout(this.now);
    toldBy(this.book);
    this.registry.handleTimeout(this.now);
    while (this.registry.pollEvent() !== undefined);
    this.#save();
  }

  #save(): void {
    this.marks = this.registry.marks();
    this.book.use(this.marks.keys());
    this.rows.write(changesOf(this.book));
  }

  #check(): void {
    const { candidate, active, fallbacks, path } = this.registry.stateOf(web)!;
    const inForce = this.book.inForce("service", "cluster", "web", this.now);
    for (const fact of [candidate, active, ...fallbacks, inForce].filter((fact) => fact !== undefined)) {
      expect(this.#hasQuorum(fact)).toBe(true);
      expect(this.now).toBeLessThan(fact.expires);
      expect(this.takenBack).not.toContain(fact.id);
    }
    if (path !== undefined) {
      expect([active?.id, ...fallbacks.map(({ id }) => id)]).toContain(path.record.id);
      expect([this.down.has(path.host), this.#proofs.get(`${path.record.id} ${path.host}`)]).toEqual([false, true]);
    }
    for (const fact of [active, ...fallbacks].filter((fact) => fact !== undefined)) {
      expect(this.#everProven).toContain(fact.id);
    }
    expect(fallbacks.length).toBeLessThanOrEqual(2);
    expect(this.book.size).toBeLessThan(8 + this.version);
  }

  /** A full host is used where no other one is proven, and then nobody moves to another full one. */
  #checkFull(before: Choice | undefined): void {
    const { candidate, active, fallbacks, path } = this.registry.stateOf(web)!;
    const inUse = new Set([candidate, active, ...fallbacks].map((fact) => fact?.id));
    // A record that is taken up again later has its hosts proven anew.
    for (const key of this.#proofs.keys()) if (!inUse.has(key.split(" ")[0])) this.#proofs.delete(key);
    if (path === undefined || !this.full.has(path.host)) return;
    this.whileFull++;
    const usable = hosts.filter((host) => this.#lives({ record: path.record, host }));
    expect(usable.filter((host) => !this.full.has(host))).toEqual([]);
    if (before?.record.id === path.record.id && usable.includes(before.host)) expect(path.host).toBe(before.host);
  }

  #lives({ record, host }: { readonly record: Fact; readonly host: string }): boolean {
    return (
      this.#hasQuorum(record) &&
      this.now < record.expires &&
      !this.takenBack.has(record.id) &&
      !this.down.has(host) &&
      this.#proofs.get(`${record.id} ${host}`) === true
    );
  }

  #hasQuorum({ envelope }: Fact): boolean {
    const counting = [...this.listed, ...this.former.filter(({ until }) => this.now < until).map(({ key }) => key)];
    const ids = new Set(counting.map(({ keyId }) => keyId));
    return envelope.signatures.filter(({ keyId }) => ids.has(keyId)).length >= 2;
  }

  #body(grace: number): ReturnType<typeof rootBody> {
    return rootBody({
      grace,
      authorities: { root: rootBody().authorities.root, control: listOf(this.listed, 2) },
    });
  }

  #newRegistry(): Registry {
    const registry = new Registry({
      node: "alpha",
      recordsOf: (slot) => this.book.in(slot),
      canReach: (host) => !this.down.has(host),
      isFull: (host) => this.full.has(host),
      marks: this.marks,
    });
    registry.use([web], this.now);
    return registry;
  }
}

test("nothing is used without a quorum of today, no older record replaces a live one, and what is void stays void", () => {
  let [used, whileFull] = [0, 0];
  for (let seed = 1; seed <= runs(400, 15); seed++) {
    const world = new World(seed);
    try {
      for (let step = 0; step < 150; step++) {
        world.step();
        if (world.registry.stateOf(web)!.path !== undefined) used++;
      }
      whileFull += world.whileFull;
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  expect(used).toBeGreaterThan(100);
  expect(whileFull).toBeGreaterThan(20);
});
