/** The name of a node. */
export function nameOf(node: number): string {
  return `n${node}`;
}

/** The address of a link vertex's endpoint: `portal` tells the link vertices of a node apart. */
export function hostOf(node: number, portal: number): string {
  return `10.${portal}.${node >> 8}.${node & 0xff}`;
}
