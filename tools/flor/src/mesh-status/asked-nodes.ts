import { setTimeout as sleep } from "node:timers/promises";
import type { MeshNode } from "@florenetes/mesh-file";
import { formatDuration } from "@florenetes/process-kit";
import { forNodes } from "../node-commands.ts";
import { ASKED_AT_ONCE_MAX } from "./limits.ts";
import { silentNode } from "./node-answer.ts";
import type { NodeAnswer } from "./node-facts.ts";

/** The nodes of a mesh, which are asked again and again. A node that is slow to answer delays no other. */
export class AskedNodes {
  readonly #nodes: readonly MeshNode[];
  readonly #ask: (node: MeshNode) => Promise<NodeAnswer>;
  readonly #answers = new Map<string, NodeAnswer>();
  /** The times at which the nodes were asked that have not answered. */
  readonly #askedAt = new Map<string, number>();
  #all: Promise<unknown> = Promise.resolve();

  constructor(nodes: readonly MeshNode[], ask: (node: MeshNode) => Promise<NodeAnswer>) {
    this.#nodes = nodes;
    this.#ask = ask;
  }

  /** Asks all nodes that have answered the question before, or were not asked yet. */
  askAgain(): void {
    const idle = this.#nodes.filter(({ name }) => !this.#askedAt.has(name));
    for (const { name } of idle) this.#askedAt.set(name, performance.now());
    const asking = forNodes(idle, (node) => this.#askOne(node), ASKED_AT_ONCE_MAX);
    this.#all = Promise.all([this.#all, asking]);
  }

  /** Waits until all nodes have answered, but no longer than `ms`. Rejects when a question could not be asked at all. */
  async settle(ms: number = Number.POSITIVE_INFINITY): Promise<void> {
    if (ms === Number.POSITIVE_INFINITY) return void (await this.#all);
    const isOver = new AbortController();
    const time = sleep(ms, undefined, { signal: isOver.signal }).catch(() => undefined);
    await Promise.race([this.#all, time]).finally(() => isOver.abort());
  }

  /** Names of nodes that were asked and have not answered. */
  get missing(): readonly string[] {
    return [...this.#askedAt.keys()];
  }

  /** The answers by the nodes' names. A node that has yet to answer counts as silent, even if it answered before. */
  answers(): ReadonlyMap<string, NodeAnswer> {
    const now = performance.now();
    const waiting = [...this.#askedAt].map(([name, at]) => {
      return [name, silentNode(`it has not answered for ${formatDuration(now - at)}, and is waited for`)] as const;
    });
    return new Map([...this.#answers, ...waiting]);
  }

  async #askOne(node: MeshNode): Promise<void> {
    this.#answers.set(node.name, await this.#ask(node));
    this.#askedAt.delete(node.name);
  }
}
