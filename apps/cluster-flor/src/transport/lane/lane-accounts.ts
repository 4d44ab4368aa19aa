import type { NativeAccountFigures } from "@florenetes/data-plane";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/**
 * The accounts of whatever the data thread carries, by the numbers that it counts under: services and tunnels have those of the config, and
 * behind the tunnels come the accounts of streams and flows that this process opens. Whoever opens them has few: each is kept.
 */
export class LaneAccounts {
  readonly #services: readonly EndAccounts[];
  /** Those of tunnels, and of this process. */
  readonly #originated: EndAccounts[];
  readonly #numbers: Map<StreamAccount, number>;

  constructor(tunnels: readonly EndAccounts[], services: readonly EndAccounts[]) {
    this.#services = services;
    this.#originated = [...tunnels];
    this.#numbers = new Map(tunnels.map(({ streams }, number) => [streams, number]));
  }

  /** The number of accounts for what this process opens; the first time they get one. */
  numberOf(accounts: EndAccounts): number {
    const number = this.#numbers.get(accounts.streams) ?? this.#originated.length;
    this.#numbers.set(accounts.streams, number);
    const { streams, flows = this.#originated[number]?.flows } = accounts;
    this.#originated[number] = { streams, flows };
    return number;
  }

  /** Undefined where nobody has that number. */
  of(number: number, isService: boolean): EndAccounts | undefined {
    return (isService ? this.#services : this.#originated)[number];
  }

  /** Has the accounts know what the thread has counted. */
  update(all: readonly NativeAccountFigures[]): void {
    for (const figures of all) {
      const { tunnel, service } = figures;
      const accounts = this.of((service ?? tunnel)!, service !== undefined);
      accounts?.streams.handleLaneFigures(figures);
      accounts?.flows?.handleLaneFigures(figures.flows);
    }
  }
}
