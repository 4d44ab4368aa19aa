import { DropCause, Operation } from "@florenetes/forwarding";
import type { EventFields, RateLimitedLog } from "@florenetes/process-kit";
import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { LinkConfig } from "../config/cluster-config.ts";
import type { Slots } from "../config/slot-map.ts";
import type { Forwarder } from "./forwarder.ts";

/** How often the counts are looked at. */
const LOOK_MS = 5_000;
/** The log tells of the same label again after so long at the earliest. */
const PAUSE_MS = 60_000;

export interface DropWatchOptions {
  readonly time: ProcessTime;
  readonly log: RateLimitedLog;
  /** The links of the config that runs. */
  readonly links: () => Slots<Pick<LinkConfig, "name" | "peer">>;
  /** Knows what was dropped until now, by the data thread as well. */
  readonly forwarder: () => Pick<Forwarder, "dropsOf" | "table">;
}

/** An in-link's drops of one cause, as they were when the log told of them last. */
interface Told {
  readonly packets: number;
  readonly label: number;
  readonly at: number;
}

/**
 * Logs whose packets are dropped for what stands in a config: a label that means nothing here, or a pair of links that packets may not
 * cross. Counts are looked at each 5 s; the packet path has no part in it.
 */
export class DropWatch {
  readonly #options: DropWatchOptions;
  readonly #timer: WakeUpTimer;
  /** By in-link and cause. */
  readonly #told = new Map<string, Told>();

  constructor(options: DropWatchOptions) {
    const { time } = options;
    this.#options = options;
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
    this.#timer.set(nextRound(time.now(), LOOK_MS));
  }

  close(): void {
    this.#timer.close();
  }

  #handleTimeout(): void {
    const now = this.#options.time.now();
    this.#look(now);
    this.#timer.set(nextRound(now, LOOK_MS));
  }

  #look(now: number): void {
    const forwarder = this.#options.forwarder();
    const links = this.#options.links();
    for (const key of this.#told.keys()) if (!links.has(Number.parseInt(key, 10))) this.#told.delete(key);
    for (const [link, { name, peer }] of links) {
      const { packets, labels } = forwarder.dropsOf(link);
      const lead = { code: "PACKETS_DROPPED", link: name, peer } as const;
      const unknown = DropCause.unknownLabel;
      if (this.#isNews(link, unknown, packets[unknown]!, labels[unknown]!, now)) {
        const label = labels[unknown]!;
        const text = `packets from ${peer} over link ${name} are dropped: label ${label} means nothing here. It is wrong in the config of whoever sent them, or missing in this one`;
        this.#tell({ ...lead, cause: "unknownLabel", label, packets: packets[unknown]! }, text, name);
      }
      const denied = DropCause.transitDenied;
      if (this.#isNews(link, denied, packets[denied]!, labels[denied]!, now)) {
        const label = labels[denied]!;
        const out = this.#linkBehind(forwarder, link, label);
        const text = `packets from ${peer} to ${out.peer} are dropped: this vertex's config has no transit between links ${name} and ${out.name}`;
        this.#tell(
          { ...lead, cause: "transitDenied", outLink: out.name, label, packets: packets[denied]! },
          text,
          name,
        );
      }
    }
  }

  /** Whether more packets were dropped than the log has told, by another label or after a while. */
  #isNews(link: number, cause: number, packets: number, label: number, now: number): boolean {
    const key = `${link} ${cause}`;
    const told = this.#told.get(key);
    if (packets <= (told?.packets ?? 0)) return false;
    if (told !== undefined && told.label === label && now - told.at < PAUSE_MS) return false;
    this.#told.set(key, { packets, label, at: now });
    return true;
  }

  #tell(event: EventFields & { readonly cause: string }, text: string, link: string): void {
    this.#options.log.warn(event, text, link, event.cause);
  }

  /** The link to which a label leads; the config may have changed since the packets came. */
  #linkBehind({ table }: Pick<Forwarder, "table">, inLink: number, label: number): Pick<LinkConfig, "name" | "peer"> {
    const row = table.rowOf(inLink, label);
    const { operation, target } = row === -1 ? { operation: undefined, target: -1 } : table.entry(row);
    const out = operation === Operation.pop ? this.#options.links().get(target) : undefined;
    return out ?? { name: `of label ${label}`, peer: `label ${label}` };
  }
}
