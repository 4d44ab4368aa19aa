import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { suggest } from "@florenetes/config-file";
import type { VertexCommand } from "./executables.ts";
import { labError } from "./lab-error.ts";
import type { Lab } from "./lab.ts";

/** The link vertices of a command line. */
export interface LinkVertexOptions {
  readonly linkVertex?: VertexCommand;
  readonly linkVertices: Readonly<Record<string, VertexCommand>>;
}

/** Reads the commands that run in place of link-flor, and at portals: `COMMAND`, `PORTAL=COMMAND`. @throws OperatorError `ERR_LAB_USAGE` */
export function parseLinkVertices(texts: readonly string[]): LinkVertexOptions {
  const given = texts.map((text) => {
    const [, portal, command = text] = /^([^\s=/]+)=(.*)$/s.exec(text) ?? [];
    return { portal, command: commandOf(command) };
  });
  const linkVertex = given.findLast(({ portal }) => portal === undefined)?.command;
  const ofPortals = given.flatMap(({ portal, command }) => (portal === undefined ? [] : [[portal, command] as const]));
  return { ...(linkVertex && { linkVertex }), linkVertices: Object.fromEntries(ofPortals) };
}

/** @throws OperatorError `ERR_LAB_PORTALS` when no lab has a portal that was named */
export function requirePortals(labs: readonly Lab[], wanted: readonly string[]): void {
  const known = labs.flatMap(({ mesh }) => mesh.nodes.flatMap(({ portals }) => portals.map(({ name }) => name)));
  const unknown = wanted.find((portal) => !known.includes(portal));
  if (unknown === undefined) return;
  throw labError("ERR_LAB_PORTALS", `no node has a portal "${unknown}"`, suggest(unknown, [...new Set(known)], ""));
}

/** The words of a command. The processes of a lab start in another folder, so names of files get their whole path. */
function commandOf(text: string): string[] {
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length === 0) throw labError("ERR_LAB_USAGE", "--link-vertex names no program", "See meshlab --help.");
  return words.map((word, i) => ((i > 0 || word.includes("/")) && existsSync(word) ? resolve(word) : word));
}
