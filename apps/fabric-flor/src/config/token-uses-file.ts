/** The file in which a program keeps whom it has let in by which token: without it, it could let in more than a token is for. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile, replaceFile } from "@florenetes/identity/authority";
import { OperatorError } from "@florenetes/operator-text";
import { z } from "zod";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";

/** The state as it is kept: by the subjects of tokens. */
export type KeptUses = Readonly<
  Record<
    string,
    {
      /** When it may be forgotten, in milliseconds since 1970. */
      readonly until: number;
      /** Keys of nodes by their names. */
      readonly nodes: Readonly<Record<string, string>>;
    }
  >
>;

const FILE = "tokens.json";
/** 256 nodes of each of some hundred tokens. */
const SIZE_MAX = 8_388_608;

const form = z.strictObject({
  cluster: z.string(),
  tokens: z.record(z.string(), z.strictObject({ until: z.number(), nodes: z.record(z.string(), z.string()) })),
});

export class TokenUsesFile {
  readonly #path: string;
  readonly #cluster: string;

  /** @param state The state folder */
  constructor(state: string, cluster: string) {
    this.#path = join(state, FILE);
    this.#cluster = cluster;
  }

  /** @throws OperatorError `ERR_FABRIC_TOKEN_USES` where a file is there that is none of this cluster, and those of files that cannot be read */
  read(): KeptUses {
    if (!existsSync(this.#path)) return {};
    const read = form.safeParse(parse(readTextFile(this.#path, SIZE_MAX).text));
    if (read.success && read.data.cluster === this.#cluster) return read.data.tokens;
    const code: FabricConfigErrorCode = "ERR_FABRIC_TOKEN_USES";
    const advice =
      "Put an intact copy there; without one, have the root name another key for this program, and move the file away.";
    throw new OperatorError(code, "it does not say whom this program has let in by which token", {
      advice,
      where: { file: this.#path },
    });
  }

  /** Keeps the state: it is on the disk once this has returned. Throws an operator's error. */
  keep(tokens: KeptUses): void {
    replaceFile(this.#path, `${JSON.stringify({ cluster: this.#cluster, tokens })}\n`, 0o600);
  }
}

/** Finds what keeps the file in a state folder from being used; undefined when nothing does, or there is none yet. */
export function checkTokenUses(state: string, cluster: string): OperatorFault | undefined {
  return operatorFault(() => new TokenUsesFile(state, cluster).read());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
