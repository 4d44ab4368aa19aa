import { copyIdOf } from "@florenetes/facts";

const PREFIX = "auto.";
const NAME_LENGTH_MAX = 63;
const HASH_LENGTH = 32;

/** The name of the agent's link to a node: names have 63 characters at most, so that a long one stands by its hash. */
export function linkNameOf(peer: string): string {
  const name = `${PREFIX}${peer}`;
  return name.length <= NAME_LENGTH_MAX ? name : `${PREFIX}${copyIdOf(Buffer.from(peer)).slice(0, HASH_LENGTH)}`;
}
