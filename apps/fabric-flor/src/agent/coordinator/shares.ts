/**
 * The shares of a coordinator: for each hour and organization a number that looks random, by which relays tell packets of different organizations apart, and know nothing more of
 * them. The next hour has others, so that nobody follows an organization by its number. Pure.
 */
import { createHmac } from "node:crypto";
import { SHARE_MAX, SHARES_TOLD_MAX } from "@florenetes/facts";
import { HOUR_MS } from "@florenetes/usage";
import { z } from "zod";
import { SHARED_MAX, SHARE_TRIES_MAX } from "./limits.ts";

/** Organizations of an hour that are remembered: those beyond the ones with a share of their own, too, as they have one of theirs. */
const ASKED_MAX = SHARES_TOLD_MAX / 2;
/** Hours behind the present one of which the numbers are remembered. */
const FORMER_HOURS = 2;

export interface SharesOptions {
  /** Octets of the secret behind the numbers, drawn anew. */
  readonly makeSecret: () => Uint8Array;
  /** Shares of leases that are still used, those of former hours, too. */
  readonly used: () => ReadonlySet<number>;
}

const numbers = z.array(z.tuple([z.string(), z.int().min(1).max(SHARE_MAX)])).max(ASKED_MAX);

const form = z.object({
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  hour: z.int().nonnegative(),
  numbers,
  // A life of an earlier version has kept none.
  former: z.object({ hour: z.int(), numbers }).optional(),
});

export class Shares {
  readonly #options: SharesOptions;
  #secret: string | undefined;
  /** Hours since 1970. */
  #hour = -1;
  /** Organizations with a share of their own in this hour. */
  readonly #numbers = new Map<string, number>();
  /** Numbers of the hours before, the last one first. */
  #former: readonly { readonly hour: number; readonly numbers: ReadonlyMap<string, number> }[] = [];
  #isKept = true;

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /**
   * The share of an organization, 1 to 4,095. Of those that ask in one hour the first 64 have one of their own each, and all others one of theirs.
   *
   * @param wall Milliseconds since 1970
   */
  shareOf(organization: string, wall: number): number {
    const hour = Math.floor(wall / HOUR_MS);
    this.#turn(hour);
    const known = this.#numbers.get(organization);
    if (known !== undefined) return known;
    const isShared = this.#numbers.size >= SHARED_MAX;
    const share = isShared
      ? [...this.#numbers.values()][this.#draw(organization, 0) % SHARED_MAX]!
      : this.#free(organization);
    if (this.#numbers.size < ASKED_MAX) this.#numbers.set(organization, share);
    this.#isKept = false;
    return share;
  }

  /** The shares that packets of an hour may have had: those of the hour itself, and of the one before. None where that is long ago, or was not asked for. */
  toldOf(hour: number, wall: number): readonly (readonly [share: number, organization: string])[] {
    this.#turn(Math.floor(wall / HOUR_MS));
    const all = [{ hour: this.#hour, numbers: this.#numbers }, ...this.#former];
    const told = new Map<string, readonly [number, string]>();
    for (const { hour: of, numbers: found } of all)
      if (of === hour || of === hour - 1)
        for (const [organization, share] of found) told.set(`${share} ${organization}`, [share, organization]);
    return [...told.values()];
  }

  #turn(hour: number): void {
    if (hour === this.#hour) return;
    this.#former = [{ hour: this.#hour, numbers: new Map(this.#numbers) }, ...this.#former].slice(0, FORMER_HOURS);
    this.#hour = hour;
    this.#numbers.clear();
  }

  /** The state that is to be kept over a restart, as text; undefined: it is as it was kept last. */
  pollKept(): string | undefined {
    if (this.#isKept) return undefined;
    this.#isKept = true;
    const [last] = this.#former;
    const former = last === undefined ? undefined : { hour: last.hour, numbers: [...last.numbers] };
    return JSON.stringify({ secret: this.#secret, hour: this.#hour, numbers: [...this.#numbers], former });
  }

  /** Takes the state of a life before. What is not in order is passed over: all shares are others then. */
  restore(text: string): void {
    const { data } = form.safeParse(parsed(text));
    if (data === undefined) return;
    [this.#secret, this.#hour] = [data.secret, data.hour];
    for (const [organization, share] of data.numbers) this.#numbers.set(organization, share);
    if (data.former !== undefined) this.#former = [{ ...data.former, numbers: new Map(data.former.numbers) }];
  }

  /** A number that nobody else has, where one is found. */
  #free(organization: string): number {
    // Packets of the last hour are still to be told from those of this one.
    const former = this.#former[0]?.numbers.values() ?? [];
    const taken = new Set([...this.#options.used(), ...this.#numbers.values(), ...former]);
    for (let turn = 0; turn < SHARE_TRIES_MAX; turn++) {
      const share = 1 + (this.#draw(organization, turn) % SHARE_MAX);
      if (!taken.has(share)) return share;
    }
    return 1 + (this.#draw(organization, 0) % SHARE_MAX);
  }

  #draw(organization: string, turn: number): number {
    this.#secret ??= Buffer.from(this.#options.makeSecret()).toString("hex");
    const words = `FLORENETES SHARE\0${this.#hour}\0${organization}\0${turn}`;
    return createHmac("sha256", Buffer.from(this.#secret, "hex")).update(words).digest().readUInt32BE();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
