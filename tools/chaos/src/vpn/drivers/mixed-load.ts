import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { programArguments, type VpnProcesses, WORLD } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import type { Stage } from "../../drivers/stage.ts";
import type { Judgement } from "../../verdict.ts";
import { ANSWER_MS_MAX, DOWNLOADS } from "../limits.ts";
import { type BothEnds, carriedIn, judgeMixedLoad, judgeOneDownload, type Shard } from "../shards.ts";
import { CLIENT, WEB_PORT } from "../terrain.ts";
import { AS_USER } from "../user.ts";

/** More than comes in the time: downloads are ended. */
const SIZE = 999_999_999;
/** A port whose packets are interactive (docs/operate/vpn-flor.md, "Classes"). */
const INTERACTIVE_PORT = 22;
const FULL_MS = 5_000;
const LOOK_MS = 500;
/** The share of packets that are in another class at most, once all downloads have become bulk. */
const BEFORE_BULK_MAX = 0.001;

interface Status {
  readonly up: { readonly shards: readonly Shard[] };
  readonly egress: { readonly shards: readonly Shard[] };
}

/** Leads downloads, requests and questions for names through the VPN at once, and sees in which shards they go. Nothing else may be at work. @throws Error */
export class MixedLoad {
  readonly #stage: Stage;
  readonly #vpn: VpnProcesses;
  readonly #exit: string;
  /** Whether the world has a resolver. */
  readonly #hasNames: boolean;

  constructor(stage: Stage, vpn: VpnProcesses, exit: string, hasNames: boolean) {
    this.#stage = stage;
    this.#vpn = vpn;
    this.#exit = exit;
    this.#hasNames = hasNames;
  }

  /** Judges one download, and then all at once. */
  async judge(): Promise<readonly Judgement[]> {
    const meshlab = [process.execPath, ...programArguments("meshlab")];
    const service = ["demo-service", WORLD.v4, String(INTERACTIVE_PORT), "w"];
    await this.#stage.serve(INTERACTIVE_PORT, [...meshlab, ...service]);
    const one = await this.#underDownloads(1, () => sleep(LOOK_MS));
    const programs: Record<string, readonly string[]> = {
      interactive: ["curl", "--silent", "--max-time", "5", `http://${WORLD.v4}:${INTERACTIVE_PORT}/`],
      ...(this.#hasNames && { dns: ["dig", "+short", `@${WORLD.v4}`, "n.vpn.test"] }),
    };
    const answers = Object.fromEntries(Object.keys(programs).map((name) => [name, 0]));
    const mixed = await this.#underDownloads(DOWNLOADS, async () => {
      const until = now() + FULL_MS;
      const asking = Object.entries(programs).map(([name, argv]) => this.#ask(until, argv, () => answers[name]!++));
      await Promise.all(asking);
    });
    return [judgeOneDownload(one.full), judgeMixedLoad({ ...mixed, answers })];
  }

  /** Does something while downloads go on that have become bulk. */
  async #underDownloads(
    count: number,
    work: () => Promise<unknown>,
  ): Promise<Record<"whole" | "full", { readonly before: BothEnds; readonly after: BothEnds }>> {
    const url = `http://${WORLD.v4}:${WEB_PORT}/bytes/${SIZE}`;
    const argv = [...AS_USER, "curl", "--silent", "--output", "/dev/null", url];
    const before = await this.#untilRest();
    const downloads = Array.from({ length: count }, () => this.#stage.lab.spawn(CLIENT, argv, { stdio: "ignore" }));
    const begun = await this.#untilBulk(downloads);
    await work();
    const done = await this.#look();
    for (const each of downloads) each.kill("SIGKILL");
    return { whole: { before, after: await this.#untilRest() }, full: { before: begun, after: done } };
  }

  async #ask(until: number, argv: readonly string[], onAnswer: () => void): Promise<void> {
    while (now() < until) {
      const { code, stdout } = await this.#stage.lab.exec(CLIENT, [...AS_USER, ...argv]);
      if (code === 0 && stdout !== "") onAnswer();
    }
  }

  /** Waits until hardly anything but bulk is carried any more. */
  async #untilBulk(downloads: readonly ChildProcess[]): Promise<BothEnds> {
    const deadline = now() + ANSWER_MS_MAX;
    let before = await this.#look();
    for (;;) {
      await sleep(LOOK_MS);
      const after = await this.#look();
      const [all, bulk] = [carriedIn({ before, after }).sent, carriedIn({ before, after }, "bulk").sent];
      if (bulk > 0 && all - bulk <= BEFORE_BULK_MAX * all) return after;
      if (now() > deadline || downloads.some(({ exitCode }) => exitCode !== null))
        throw new Error(`downloads do not become bulk: ${bulk} of ${all} packets are`);
      before = after;
    }
  }

  /** Waits until nothing is under way. */
  async #untilRest(): Promise<BothEnds> {
    const deadline = now() + ANSWER_MS_MAX;
    let before = await this.#look();
    for (;;) {
      await sleep(LOOK_MS);
      const after = await this.#look();
      if (isDeepStrictEqual(after, before)) return after;
      if (now() > deadline) throw new Error("packets do not come to rest");
      before = after;
    }
  }

  async #look(): Promise<BothEnds> {
    const [client, exit] = await Promise.all([CLIENT, this.#exit].map((node) => this.#vpn.status(node)));
    return { client: (client as Status).up.shards, exit: (exit as Status).egress.shards };
  }
}
