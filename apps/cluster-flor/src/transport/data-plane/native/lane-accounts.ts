import type { NativeAccountFigures } from "@florenetes/data-plane";
import type { EndAccounts } from "../../datagrams/end-accounts.ts";
import type { StreamAccount } from "../../streams/stream-account.ts";

/** Numbers of accounts of this process begin here; numbers of tunnels are smaller. */
export const OWN_ACCOUNTS_MIN: number = 2 ** 31;
const OWN_ACCOUNTS_END: number = 2 ** 32;

/**
 * The accounts of everything that the data thread carries, by the numbers under which the thread counts: services and
 * tunnels have their numbers of the config; accounts of streams and flows that this process opens have numbers from
 * `OWN_ACCOUNTS_MIN` on.
 */
export class LaneAccounts {
  readonly #services = new Map<number, EndAccounts>();
  /** Accounts of tunnels, and of this process. */
  readonly #originated = new Map<number, EndAccounts>();
  readonly #numbers = new Map<StreamAccount, number>();
  /** How long workloads of these accounts wait, as the thread was last told. */
  readonly #waits = new Map<number, number>();
  #next = OWN_ACCOUNTS_MIN;

  /** @param accounts Undefined: the service is removed. */
  setService(number: number, accounts: EndAccounts | undefined): void {
    if (accounts === undefined) this.#services.delete(number);
    else this.#services.set(number, accounts);
  }

  setTunnel(number: number, accounts: EndAccounts): void {
    this.#numbers.set(accounts.streams, number);
    this.#originated.set(number, accounts);
  }

  /** The number of accounts for streams and flows that this process opens; the first call draws one. */
  numberOf({ streams, flows: own }: EndAccounts): number {
    const number = this.#numbers.get(streams) ?? this.#takeNumber();
    this.#numbers.set(streams, number);
    const flows = own ?? this.#originated.get(number)?.flows;
    this.#originated.set(number, { streams, flows });
    return number;
  }

  /** The tunnel is removed, or no more streams are counted by that account. Returns the account's number, if it had one. */
  forget({ streams }: EndAccounts): number | undefined {
    const number = this.#numbers.get(streams);
    if (number === undefined) return undefined;
    this.#numbers.delete(streams);
    this.#originated.delete(number);
    this.#waits.delete(number);
    return number;
  }

  /** Notes how long workloads of an account wait. False: the thread knows this already. */
  noteWait(number: number, ms: number): boolean {
    const isNews = this.#waits.get(number) !== ms;
    this.#waits.set(number, ms);
    return isNews;
  }

  /** Undefined when no account has that number. */
  of(number: number, isService: boolean): EndAccounts | undefined {
    return (isService ? this.#services : this.#originated).get(number);
  }

  /** With two billion numbers, none comes again so soon that one account would be taken for another. */
  #takeNumber(): number {
    const number = this.#next;
    this.#next = number + 1 < OWN_ACCOUNTS_END ? number + 1 : OWN_ACCOUNTS_MIN;
    return this.#originated.has(number) ? this.#takeNumber() : number;
  }

  /** Passes the thread's counts to the accounts. */
  update(all: readonly NativeAccountFigures[]): void {
    for (const figures of all) {
      const accounts = this.of(figures.number, figures.isService);
      accounts?.streams.handleLaneFigures(figures);
      accounts?.flows?.handleLaneFigures(figures.flows);
    }
  }
}
