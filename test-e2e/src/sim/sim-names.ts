/** The name of a node. */
export function nameOf(node: number): string {
  return `n${node}`;
}

/** Where the endpoint of a link vertex is: `portal` tells those of a node apart. */
export function hostOf(node: number, portal: number): string {
  return `10.${portal}.${node >> 8}.${node & 0xff}`;
}
