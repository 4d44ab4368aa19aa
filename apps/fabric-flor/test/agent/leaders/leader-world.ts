/** Hosts, coordinators and their store in virtual time, with the real cores of both sides, and all that may go wrong. */
import { Random, Scheduler } from "@florenetes/simkit";
import { LeaderDesk } from "../../../src/agent/leaders/leader-desk.ts";
import { type GrantAnswer, type GrantAsk, LeaderHost } from "../../../src/agent/leaders/leader-host.ts";
import { keyOfSlot, type LeaderSlot, neededOf } from "../../../src/agent/leaders/leader-slot.ts";
import { LeaderTable, type LeaderVote } from "../../../src/agent/leaders/leader-table.ts";

const SLOT: LeaderSlot = { scope: "cluster", service: "web" };
const KEY = keyOfSlot(SLOT);
const LOOK_MS = 50;
/** An agent that was stopped, or is away, keeps what came meanwhile. */
type Work = () => void;

export interface WorldOptions {
  readonly hosts: number;
  readonly coordinators: number;
  readonly rule: "one" | "majority";
  /** The first coordinator grants all to all, and votes for the last host. */
  readonly isOneCaptured?: boolean;
  /** Whether nothing goes wrong by chance. */
  readonly isCalm?: boolean;
}

/** A process with clocks of its own. */
class Process {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #bootOffset: number;
  readonly #rate: number;
  #suspended = 0;
  /** Undefined: it runs. */
  #stoppedAt: number | undefined;
  #isSuspended = false;
  #backlog: Work[] = [];

  constructor(name: string, scheduler: Scheduler, random: Random) {
    this.name = name;
    this.#scheduler = scheduler;
    // An hour, to either side, and a clock that goes wrong by up to one in a hundred.
    this.#bootOffset = 10_000_000 + random.between(-3_600_000, 3_600_000);
    this.#rate = 1 + random.between(-100, 100) / 10_000;
  }

  get isStopped(): boolean {
    return this.#stoppedAt !== undefined;
  }

  /** The clock that goes on while the machine is suspended. */
  get boot(): number {
    return this.#bootOffset + this.#scheduler.now * this.#rate;
  }

  /** Monotonic. */
  get now(): number {
    const asleep = this.#isSuspended ? this.#scheduler.now - this.#stoppedAt! : 0;
    return (this.#scheduler.now - this.#suspended - asleep) * this.#rate;
  }

  /** Does something now, or once the process runs again. */
  take(work: Work): void {
    if (this.isStopped) this.#backlog.push(work);
    else work();
  }

  stop(isSuspended: boolean): void {
    if (this.isStopped) return;
    this.#stoppedAt = this.#scheduler.now;
    this.#isSuspended = isSuspended;
  }

  go(): void {
    if (this.#stoppedAt === undefined) return;
    if (this.#isSuspended) this.#suspended += this.#scheduler.now - this.#stoppedAt;
    this.#stoppedAt = undefined;
    this.#isSuspended = false;
    for (const work of this.#backlog.splice(0)) work();
  }

  /** All that has come meanwhile is lost. */
  forget(): void {
    this.#backlog = [];
  }
}

class Host {
  readonly process: Process;
  core = new LeaderHost();
  /** Until when the vertex serves, by the clock of the machine. */
  until = 0;
  #number = 0;
  readonly #send: (host: Host, ask: GrantAsk, number: number) => void;
  readonly #ground: Parameters<LeaderHost["follow"]>[0];

  constructor(process: Process, ground: Parameters<LeaderHost["follow"]>[0], send: Host["send"]) {
    this.process = process;
    this.#send = send;
    this.#ground = ground;
    this.core.follow(ground);
  }

  get send(): (host: Host, ask: GrantAsk, number: number) => void {
    return this.#send;
  }

  turn(): void {
    const { boot } = this.process;
    for (let ask = this.core.pollAsk(boot); ask !== undefined; ask = this.core.pollAsk(boot)) {
      const number = ++this.#number;
      this.core.handleSent(number, ask, boot);
      this.#send(this, ask, number);
    }
  }

  handleAnswer(number: number, answers: readonly GrantAnswer[]): void {
    this.core.handleAnswer(number, answers, this.process.boot);
    const until = this.core.until(SLOT, this.process.boot);
    // The vertex takes no grant that is over.
    if (until > this.process.boot) this.until = until;
  }

  restart(): void {
    this.process.forget();
    this.core = new LeaderHost();
    this.core.follow(this.#ground);
  }

  /** Whether a byte could pass: the vertex looks at this clock before each turn. */
  get isServing(): boolean {
    return this.process.boot < this.until;
  }
}

class Coordinator {
  readonly process: Process;
  readonly isCaptured: boolean;
  table!: LeaderTable;
  desk!: LeaderDesk;
  /** Entries that were read. */
  read = 0;
  readonly #world: LeaderWorld;
  readonly #answers = new Map<number, (answers: readonly GrantAnswer[]) => void>();
  #number = 0;

  constructor(process: Process, world: LeaderWorld, isCaptured: boolean) {
    this.process = process;
    this.isCaptured = isCaptured;
    this.#world = world;
    this.restart();
  }

  restart(): void {
    const { hosts, needed } = this.#world;
    this.process.forget();
    this.read = 0;
    this.#answers.clear();
    this.table = new LeaderTable(
      () => "listed",
      () => needed,
    );
    const groundOf = (): readonly string[] => hosts.map(({ process }) => process.name);
    const options = { node: this.process.name, table: this.table, groundOf, needed: () => needed, isAged: () => false };
    this.desk = new LeaderDesk(options, this.process.now);
  }

  handleAsk(host: string, ask: GrantAsk, answer: (answers: readonly GrantAnswer[]) => void): void {
    if (this.isCaptured) {
      this.#world.append(undefined, {
        slot: KEY,
        epoch: this.#world.log.length + 1,
        host: this.#world.lastHost,
        issuer: this.process.name,
        issued: 0,
      });
      return answer(ask.services.map(() => ({ outcome: "granted", leader: host })));
    }
    const number = ++this.#number;
    this.#answers.set(number, answer);
    this.desk.handleAsk({ number, host, services: ask.services });
    this.turn();
  }

  turn(): void {
    const { desk } = this;
    for (let order = desk.pollOrder(); order !== undefined; order = desk.pollOrder()) {
      if (order.kind === "look") this.#look(desk);
      else {
        const vote = { slot: KEY, epoch: order.epoch, host: order.host, issuer: this.process.name, issued: 0 };
        const expected = this.read;
        this.#world.later(() => {
          if (this.#world.hasMajority) this.#world.append(expected, vote);
          this.#world.later(() =>
            this.process.take(() => {
              if (this.desk !== desk) return;
              desk.handleNamed();
              this.turn();
            }),
          );
        });
      }
    }
    for (let told = desk.pollAnswer(); told !== undefined; told = desk.pollAnswer()) {
      const answer = this.#answers.get(told.number);
      this.#answers.delete(told.number);
      answer?.(told.answers);
    }
  }

  /** The store answers with what it has at some moment between question and answer; both may take long. */
  #look(desk: LeaderDesk): void {
    this.#world.later(() => {
      const isCurrent = this.#world.hasMajority;
      const entries = [...this.#world.log];
      this.#world.later(() =>
        this.process.take(() => {
          if (this.desk !== desk) return;
          if (isCurrent)
            for (; this.read < entries.length; this.read++)
              this.table.handleVote(entries[this.read]!, this.process.now);
          desk.handleLooked(isCurrent, this.process.now);
          this.turn();
        }),
      );
    });
  }
}

export class LeaderWorld {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly needed: number;
  readonly log: LeaderVote[] = [];
  readonly hosts: Host[] = [];
  readonly coordinators: Coordinator[] = [];
  hasMajority = true;
  /** Pairs of a host and a coordinator that do not hear each other. */
  readonly cut = new Set<string>();
  readonly served = new Set<string>();
  isCalm: boolean;

  constructor(seed: number, options: WorldOptions) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler({ stepsMax: 20_000_000 });
    this.isCalm = options.isCalm ?? false;
    this.needed = neededOf(options.rule, options.coordinators);
    const names = Array.from({ length: options.coordinators }, (_, index) => `c${index}`);
    const ground = { services: [SLOT], coordinators: names, needed: this.needed };
    for (let index = 0; index < options.hosts; index++) {
      const process = new Process(`h${index}`, this.scheduler, this.random);
      this.hosts.push(new Host(process, ground, (host, ask, number) => this.#ask(host, ask, number)));
    }
    for (const [index, name] of names.entries()) {
      const process = new Process(name, this.scheduler, this.random);
      this.coordinators.push(new Coordinator(process, this, options.isOneCaptured === true && index === 0));
    }
    this.#tick();
  }

  get lastHost(): string {
    return this.hosts.at(-1)!.process.name;
  }

  /** Names of the hosts that could pass a byte now. */
  serving(): string[] {
    return this.hosts.filter(({ isServing }) => isServing).map(({ process }) => process.name);
  }

  /** A transaction of the store. @param expected How many entries it has to have; undefined: as many as it has */
  append(expected: number | undefined, vote: LeaderVote): void {
    if (expected === undefined || expected === this.log.length) this.log.push(vote);
  }

  /** Soon, or a good deal later. */
  later(work: Work): void {
    const slow = !this.isCalm && this.random.chance(0.03);
    this.scheduler.after(slow ? this.random.between(300, 4_000) : this.random.between(1, 40), work);
  }

  /** Runs on, and looks at each step that at most one host serves. @returns The first two that served at once; undefined: there were none */
  run(ms: number): string[] | undefined {
    const end = this.scheduler.now + ms;
    while (this.scheduler.now < end) {
      this.scheduler.runUntil(Math.min(end, this.scheduler.now + 10));
      const serving = this.serving();
      if (serving.length > 1) return serving;
      for (const name of serving) this.served.add(name);
    }
    return undefined;
  }

  /** Runs until a host serves; returns how long that took, or undefined after a minute. */
  untilServed(but?: string): number | undefined {
    const from = this.scheduler.now;
    while (this.scheduler.now < from + 60_000) {
      if (this.run(10) !== undefined) return undefined;
      if (this.serving().some((name) => name !== but)) return this.scheduler.now - from;
    }
    return undefined;
  }

  /** Something goes wrong, or is good again. */
  disturb(): void {
    const { random } = this;
    const process = random.pick([...this.hosts, ...this.coordinators]).process;
    switch (random.below(8)) {
      case 0:
        return process.stop(false);
      case 1:
        return process.stop(true);
      case 2:
      case 3:
        return process.go();
      case 4:
        return void this.cut.add(
          `${random.pick(this.hosts).process.name} ${random.pick(this.coordinators).process.name}`,
        );
      case 5:
        return this.cut.clear();
      case 6:
        this.hasMajority = random.chance(0.7);
        return undefined;
      default:
        return random.pick([...this.hosts, ...this.coordinators.filter(({ isCaptured }) => !isCaptured)]).restart();
    }
  }

  heal(): void {
    this.isCalm = true;
    this.hasMajority = true;
    this.cut.clear();
    for (const { process } of [...this.hosts, ...this.coordinators]) process.go();
  }

  #tick(): void {
    for (const host of this.hosts) if (!host.process.isStopped) host.turn();
    this.scheduler.after(LOOK_MS, () => this.#tick());
  }

  #ask(host: Host, ask: GrantAsk, number: number): void {
    const coordinator = this.coordinators.find(({ process }) => process.name === ask.to)!;
    const isLost = (): boolean =>
      this.cut.has(`${host.process.name} ${ask.to}`) || (!this.isCalm && this.random.chance(0.05));
    const { core } = host;
    this.later(() => {
      if (isLost()) return;
      coordinator.process.take(() =>
        coordinator.handleAsk(host.process.name, ask, (answers) =>
          this.later(() => {
            if (isLost()) return;
            host.process.take(() => {
              if (host.core === core) host.handleAnswer(number, answers);
            });
          }),
        ),
      );
    });
  }
}
