import { LINK_NONE, LabelTable, LabelVerdict, returnWords, wordsOf, writeHeader } from "@florenetes/labels";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkMesh, parseMeshObject, renderMesh } from "../src/index.ts";
import { randomMesh } from "./random-mesh.ts";
import { seeded } from "./seeded.ts";

interface ClusterYaml {
  vertex: string;
  links?: Record<string, { peer: string; tag?: string; label: number; role: string; endpoint?: string }>;
  transit?: [string, string][];
  "cross-connects"?: { from: LinkLabel; to: LinkLabel }[];
  "lsp-ends"?: LinkLabel[];
  services?: Record<string, { label: number }>;
  paths?: Record<string, { link?: string; labels: number[] }>;
}

interface LinkLabel {
  link: string;
  label: number;
}

/** The rendered nodes as vertices that pass packets to each other, with nothing but what their files say. */
class RenderedNetwork {
  readonly vertices = new Map<
    string,
    { config: ClusterYaml; table: LabelTable; links: string[]; services: string[] }
  >();

  constructor(files: readonly string[]) {
    for (const file of files) {
      const config = parse(file) as ClusterYaml;
      const links = Object.keys(config.links ?? {});
      const at = ({ link, label }: LinkLabel): { link: number; label: number } => ({
        link: links.indexOf(link),
        label,
      });
      const table = new LabelTable({
        links: Object.entries(config.links ?? {}).map(([name, { label }]) => ({ name, label })),
        transit: (config.transit ?? []).map(([a, b]) => [links.indexOf(a), links.indexOf(b)]),
        crossConnects: (config["cross-connects"] ?? []).map(({ from, to }) => ({ from: at(from), to: at(to) })),
        lspEnds: (config["lsp-ends"] ?? []).map(at),
        services: Object.entries(config.services ?? {}).map(([name, { label }]) => ({ name, label })),
      });
      const services = Object.keys(config.services ?? {});
      this.vertices.set(config.vertex, { config, table, links, services });
    }
  }

  /** Where a packet that leaves `vertex` on `link` comes to its end. */
  send(
    packet: Uint8Array,
    vertex: string,
    link: string | undefined,
  ): { vertex: string; inLink: string | undefined; got: string } {
    let here = vertex;
    let inLink = link;
    if (link !== undefined) ({ here, inLink } = this.#cross(vertex, link));
    for (let step = 0; step < 64; step++) {
      const { table, links, services } = this.vertices.get(here)!;
      const verdict = table.process(packet, 0, packet.length, inLink === undefined ? LINK_NONE : links.indexOf(inLink));
      if (verdict === LabelVerdict.deliverToService) return { vertex: here, inLink, got: services[table.service]! };
      if (verdict === LabelVerdict.deliverToConnection) return { vertex: here, inLink, got: "connection" };
      if (verdict === LabelVerdict.drop) return { vertex: here, inLink, got: `drop ${table.dropCause}` };
      ({ here, inLink } = this.#cross(here, links[table.outLink]!));
    }
    return { vertex: here, inLink, got: "no end" };
  }

  #cross(from: string, link: string): { here: string; inLink: string } {
    const { peer, tag } = this.vertices.get(from)!.config.links![link]!;
    return { here: peer, inLink: tag === undefined ? from : `${from}.${tag}` };
  }
}

describe("what is rendered", () => {
  test("every path delivers to its service, and the answer retraces it", () => {
    let delivered = 0;
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const { mesh } = parseMeshObject(input);
        expect(checkMesh(mesh)).toEqual([]);
        const network = new RenderedNetwork(renderMesh(mesh, seeded()).nodes.map((node) => node.clusterFlor));
        for (const [origin, { config }] of network.vertices) {
          for (const [name, path] of Object.entries(config.paths ?? {})) {
            const there = new Uint8Array(12 + 4 * path.labels.length);
            writeHeader(there, 0, 1, 2, wordsOf(path.labels));
            const arrival = network.send(there, origin, path.link);
            const service = mesh.services.find((service) => name.startsWith(`${service.name}.`))!;
            expect(arrival).toMatchObject({ vertex: service.node, got: service.name });

            const words = returnWords(there, 0);
            const back = new Uint8Array(12 + 4 * words.length);
            writeHeader(back, 0, 1, 2, words);
            expect(network.send(back, arrival.vertex, arrival.inLink)).toMatchObject({
              vertex: origin,
              got: "connection",
            });
            delivered++;
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(delivered).toBeGreaterThan(500);
  });

  test("each link has one originator with an endpoint and one acceptor without", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const files = renderMesh(parseMeshObject(input).mesh, seeded()).nodes.map(
          (node) => parse(node.clusterFlor) as ClusterYaml,
        );
        const ends = files.flatMap((file) =>
          Object.values(file.links ?? {}).map((link) => ({
            ...link,
            key: [...[file.vertex, link.peer].sort(), link.tag ?? "0"].join(" "),
          })),
        );
        for (const end of ends) {
          const roles = ends.filter((other) => other.key === end.key).map((other) => other.role);
          expect(roles.sort()).toEqual(["acceptor", "originator"]);
          expect(end.endpoint === undefined).toBe(end.role === "acceptor");
        }
      }),
      { numRuns: 50 },
    );
  });
});
