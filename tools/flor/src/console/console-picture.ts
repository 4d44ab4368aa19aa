import type { ConsolePicture, PictureTable } from "@florenetes/console";
import type { Mesh } from "@florenetes/mesh-file";
import { linkName } from "../mesh-status/link-rows.ts";
import { type MeshPicture, meshVerdict } from "../mesh-status/mesh-picture.ts";
import { isGoodState, MESH_TABLES, pictureTables } from "../mesh-status/picture-text.ts";
import { FIGURE_TABLES, NOMINAL } from "./figure-tables.ts";

/** The number of tables of a picture. */
export const CONSOLE_TABLES: number = MESH_TABLES + FIGURE_TABLES;

/** The picture of a mesh for the console: its nodes and links are those of the mesh file, whatever nodes tell. */
export function consolePicture(mesh: Mesh, picture: MeshPicture, figures: readonly PictureTable[]): ConsolePicture {
  const states = new Map(picture.links.map(({ link, state }) => [link, state]));
  return {
    isWhole: picture.isWhole,
    verdict: meshVerdict(picture),
    map: {
      nodes: picture.nodes.map(({ node, state }) => ({ name: node, state })),
      links: mesh.links.map((link) => {
        const name = linkName(link);
        return { name, between: link.between, state: states.get(name) ?? "unknown" };
      }),
    },
    tables: [...pictureTables(picture), ...figures],
    isGoodState: (state) => isGoodState(state) || state === NOMINAL,
  };
}
