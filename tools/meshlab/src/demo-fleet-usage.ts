/** The end of an hour in the demo of a fleet: nodes tell what they have carried when an hour is over, and nobody watches a demo for so long. */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";
import { programArguments } from "./executables.ts";
import { untilTrue } from "./demo-fleet-looks.ts";
import { AGENTS_CLOCK, FAKETIME } from "./demo-fleet-machines.ts";
import type { FabricLab } from "./fabric-lab.ts";
import type { Lab } from "./lab.ts";

const HOUR_S = 3_600;
/** The hour ends so long behind the start of the demo, by the clocks of agents: within the life of a lease. */
const BEFORE_END_S = 300;
/** Receipts go out within ten minutes behind the end of an hour, and are added up five minutes later. */
const RECEIPTS_S = 600;
const SUMS_S = 960;
/** Counts are read as soon as an hour is over. */
const READ_S = 5;

const observed = z.object({
  usage: z.object({ observer: z.object({ outcomes: z.record(z.string(), z.number()) }).nullable() }),
});
const used = z.object({ usage: z.array(z.object({ organization: z.string().nullable() })) });

/** The clock that all agents of a lab have, which runs ahead of the machine's. */
export class AgentsClock {
  readonly #lab: Lab;
  readonly #endsAt: number;
  #ahead: number;

  private constructor(lab: Lab) {
    this.#lab = lab;
    const now = Math.floor(Date.now() / 1_000);
    this.#endsAt = HOUR_S * (Math.floor((now + BEFORE_END_S) / HOUR_S) + 1);
    this.#ahead = this.#endsAt - BEFORE_END_S - now;
    this.#write();
  }

  /** Makes the clock before agents start; undefined: this machine lacks the library. */
  static prepare(lab: Lab): AgentsClock | undefined {
    return existsSync(FAKETIME) ? new AgentsClock(lab) : undefined;
  }

  /** Ends the hour, and waits until observers have added up what these organizations used. @returns what `flor fabric usage` prints */
  async endHour(fabric: FabricLab, { observers, reader, organizations }: UsageReaders): Promise<string> {
    this.#ahead += Math.max(0, Math.ceil(this.#leftS()) - 1);
    this.#write();
    await untilTrue("the hour is over", async () => this.#leftS() < -READ_S);
    this.#ahead += RECEIPTS_S;
    this.#write();
    // Each node sends a receipt, and the coordinator says whose the shares were.
    const all = fabric.nodeNames.length + 1;
    await untilTrue("observers have the receipts of all nodes", async () => {
      const taken = await Promise.all(observers.map((node) => receiptsAt(fabric, node)));
      return taken.every((count) => count >= all);
    });
    this.#ahead += SUMS_S - RECEIPTS_S;
    this.#write();
    await untilTrue("observers have added up the hour", async () => {
      const { usage } = used.parse(await requestAdmin(fabric.adminOf(reader), "/usage"));
      return organizations.every((name) => usage.some(({ organization }) => organization === name));
    });
    const flor = [process.execPath, ...programArguments("flor"), "fabric", "usage", "--agent", fabric.adminOf(reader)];
    return (await this.#lab.exec(reader, flor)).stdout.trimEnd();
  }

  #leftS(): number {
    return this.#endsAt - this.#ahead - Date.now() / 1_000;
  }

  /** Agents look at the file each second. */
  #write(): void {
    const file = join(this.#lab.folder, AGENTS_CLOCK);
    writeFileSync(`${file}.next`, `+${this.#ahead}\n`);
    renameSync(`${file}.next`, file);
  }
}

export interface UsageReaders {
  readonly observers: readonly string[];
  /** The node whose agent is asked. */
  readonly reader: string;
  readonly organizations: readonly string[];
}

async function receiptsAt(fabric: FabricLab, node: string): Promise<number> {
  return observed.parse(await fabric.status(node)).usage.observer?.outcomes["taken"] ?? 0;
}
