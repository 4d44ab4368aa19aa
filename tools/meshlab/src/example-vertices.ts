import { fileURLToPath } from "node:url";
import type { VertexCommand } from "./executables.ts";

/** Debian's Python, since Debian's packages are for that one. */
export const PYTHON: readonly [string, ...string[]] = ["/usr/bin/python3", "-B"];

/** The example of a link vertex over TLS and TCP. */
export const LINK_TLS: VertexCommand = [...PYTHON, example("link_tls.py")];

/** The example of a link vertex over serial lines. */
export const LINK_SERIAL: VertexCommand = [...PYTHON, example("link_serial.py")];

function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/link-vertex-python/${name}`, import.meta.url));
}
