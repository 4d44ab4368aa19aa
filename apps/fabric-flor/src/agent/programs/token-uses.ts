/** Which nodes a program has let in by which token. It is on the disk before anything is signed: so the program lets in no more than the token is for, also after a crash. Pure. */

import type { KeptUses } from "../../config/token-uses-file.ts";

interface Use {
  until: number;
  readonly nodes: Map<string, string>;
}

const NOBODY: ReadonlyMap<string, string> = new Map();

export class TokenUses {
  readonly #uses: Map<string, Use>;

  constructor(kept: KeptUses) {
    const uses = Object.entries(kept).map(([subject, { until, nodes }]): [string, Use] => {
      return [subject, { until, nodes: new Map(Object.entries(nodes)) }];
    });
    this.#uses = new Map(uses);
  }

  /** The nodes that a token has let in: keys by names. */
  of(subject: string): ReadonlyMap<string, string> {
    return this.#uses.get(subject)?.nodes ?? NOBODY;
  }

  /** Whether any token has let in another key under a name. */
  hasOther(node: string, key: string): boolean {
    for (const { nodes } of this.#uses.values()) if ((nodes.get(node) ?? key) !== key) return true;
    return false;
  }

  add(subject: string, node: string, key: string, until: number): void {
    const use = this.#uses.get(subject) ?? { until, nodes: new Map<string, string>() };
    use.until = Math.max(use.until, until);
    use.nodes.set(node, key);
    this.#uses.set(subject, use);
  }

  /** Lets go of tokens that ended long ago, and says what is to be kept. */
  kept(now: number): KeptUses {
    for (const [subject, { until }] of this.#uses) if (now >= until) this.#uses.delete(subject);
    return Object.fromEntries(
      [...this.#uses].map(([subject, { until, nodes }]) => [subject, { until, nodes: Object.fromEntries(nodes) }]),
    );
  }
}
