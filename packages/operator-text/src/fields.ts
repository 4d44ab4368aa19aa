/** Lines of a name and a value, the values aligned. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[], indent = ""): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`).join("\n");
}
