import { returnWords, wordsOf, writeHeader } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkMesh, parseMeshObject, parseNodeConfig, renderMesh } from "../src/index.ts";
import { Network } from "../src/rollout/network.ts";
import { randomMesh } from "./random-mesh.ts";
import { seeded } from "./seeded.ts";

describe("what is rendered", () => {
  test("every path delivers to its service, and the answer retraces it", () => {
    const meshes = runs(200, 50);
    let delivered = 0;
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const { mesh } = parseMeshObject(input);
        expect(checkMesh(mesh)).toEqual([]);
        const configs = renderMesh(mesh, seeded()).nodes.map(({ name, clusterFlor }) =>
          parseNodeConfig(clusterFlor, `/${name}.yaml`),
        );
        const network = new Network();
        for (const config of configs) network.set(config.vertex, config);
        for (const { vertex, paths } of configs) {
          for (const [name, path] of Object.entries(paths)) {
            const there = new Uint8Array(12 + 4 * path.labels.length);
            writeHeader(there, 0, 1, 2, wordsOf(path.labels));
            const arrival = network.send(there, vertex, path.link);
            const service = mesh.services.find((service) => name.startsWith(`${service.name}.`))!;
            expect(arrival).toMatchObject({ node: service.node, end: `service ${service.name}` });

            const words = returnWords(there, 0);
            const back = new Uint8Array(12 + 4 * words.length);
            writeHeader(back, 0, 1, 2, words);
            const answer = network.send(back, arrival.node, arrival.inLink);
            expect(answer).toMatchObject({ node: vertex, end: "connection" });
            expect(network.try(vertex, name)).toMatchObject({ node: service.node, end: `service ${service.name}` });
            delivered++;
          }
        }
      }),
      { numRuns: meshes },
    );
    expect(delivered).toBeGreaterThan(2.5 * meshes);
  });

  test("each link has one originator with an endpoint and one acceptor without", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const files = renderMesh(parseMeshObject(input).mesh, seeded()).nodes.map(({ name, clusterFlor }) =>
          parseNodeConfig(clusterFlor, `/${name}.yaml`),
        );
        const ends = files.flatMap((file) =>
          Object.values(file.links).map((link) => ({
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
      { numRuns: runs(50, 20) },
    );
  });
});
