/** What a node is called. */
export function nameOf(node: number): string {
  return `n${node}`;
}

/** Where a node's endpoint is. */
export function addressOf(node: number): string {
  return `10.0.${node >> 8}.${node & 0xff}`;
}

/** Which node is there. */
export function nodeAt(address: string): number {
  const [, , high, low] = address.split(".").map(Number);
  return high! * 256 + low!;
}
