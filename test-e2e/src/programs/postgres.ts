import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { postgresPrograms, startPostgres } from "@florenetes/workloads";
import { beforeAll, expect, test } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../patience.ts";
import { overTcp, type Ports, type Program } from "./program.ts";

const ports: Ports = { target: 5432, tunnel: 18_001 };
const ROWS = 200_000;
const ROW_BYTES = 17;

/** PostgreSQL's own clients against its server. */
export const postgres: Program = {
  name: "PostgreSQL",
  needs: ["psql", "setpriv", "unshare", join(postgresPrograms, "postgres")],
  services: (folder) => ({
    postgres: overTcp(ports),
    "postgres-socket": {
      target: `unix:${socketPath(folder, "target")}`,
      listen: `unix:${socketPath(folder, "tunnel")}`,
    },
  }),
  bytes: ROWS * ROW_BYTES,
  describe(mesh, bytes) {
    const rowCount = Math.floor(bytes / ROW_BYTES);
    const address = ["-h", "127.0.0.1", "-p", String(ports.tunnel), "-U", "postgres"];
    const format = ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1"];
    const psqlOverTcp = ["psql", ...address, "--dbname=postgres", ...format];
    const pgbench = [join(postgresPrograms, "pgbench"), ...address, "--no-vacuum"];

    beforeAll(async () => {
      await startPostgres(mesh, ports.target, dirname(socketPath(mesh.folder, "target")));
    });

    const ways = [
      { name: "TCP", instead: () => [] },
      // Clients take the socket's folder as the host; the port is in the socket's name.
      {
        name: "unix sockets",
        instead: () => ["-h", dirname(socketPath(mesh.folder, "tunnel")), "-p", String(ports.target)],
      },
    ];
    test.each(ways)("psql asks, and copies rows in and out over $name", async ({ instead }) => {
      const psql = [...psqlOverTcp, ...instead()];
      expect(await mesh.run(psql, { input: "select 6 * 7;" })).toBe("42\n");
      const rows = Array.from({ length: rowCount }, (_, index) => `${index}\trow ${index}\n`).join("");
      await mesh.run(psql, {
        input: `drop table if exists copied;\ncreate table copied (id int primary key, name text);\ncopy copied from stdin;\n${rows}\\.\n`,
      });
      expect(await mesh.run([...psql, "-c", "select count(*), sum(id) from copied"])).toBe(
        `${rowCount}|${(rowCount * (rowCount - 1)) / 2}\n`,
      );
      expect((await mesh.run([...psql, "-c", "copy (select * from copied order by id) to stdout"])) === rows).toBe(
        true,
      );
    });

    test("psql is told of errors, and a query is cancelled over a connection of its own", async () => {
      const { code, stderr } = await mesh.lab.exec("a", [...psqlOverTcp, "-c", "select 1 / 0"], {
        timeoutMs: PATIENCE_MS,
      });
      expect({ code, stderr }).toEqual({ code: 1, stderr: "ERROR:  division by zero\n" });

      const sleeper = mesh.lab.spawn("a", [...psqlOverTcp, "-c", "select pg_sleep(60)"]);
      const complaint = text(sleeper.stderr!);
      const active = "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'";
      await expect.poll(() => mesh.run([...psqlOverTcp, "-c", active]), PATIENCE).toBe("1\n");
      sleeper.kill("SIGINT");
      expect(await complaint).toContain("canceling statement due to user request");
    });

    const share = (most: number, least: number): number =>
      Math.max(least, Math.ceil((most * bytes) / (ROWS * ROW_BYTES)));
    const [each, prepared, connecting] = [share(100, 2), share(20, 2), share(20, 2)];
    const counts = `${(10 * each).toLocaleString("en")} transactions of ten clients, and ${5 * connecting} with a connection each`;
    test(`pgbench: ${counts}; none fails`, async () => {
      // A scale of one would be a queue before the one row that each transaction changes. The server makes the rows itself.
      const scale = `--scale=${share(5, 2)}`;
      await mesh.run([...pgbench, "--initialize", "--init-steps=dtGvp", scale, "--quiet", "postgres"]);
      const runs = [
        { options: ["--client=10", "--jobs=2", `--transactions=${each}`], count: 10 * each },
        { options: ["--client=10", `--transactions=${prepared}`, "--protocol=prepared"], count: 10 * prepared },
        { options: ["--client=5", `--transactions=${connecting}`, "--connect"], count: 5 * connecting },
      ];
      for (const { options, count } of runs) {
        const output = await mesh.run([...pgbench, ...options, "postgres"], { timeoutMs: 100_000 });
        expect(output).toContain(`number of transactions actually processed: ${count}/${count}\n`);
        expect(output).toMatch(/number of failed transactions: 0 /);
      }
    });
  },
};

/** The path of the server's unix socket at one end, by the name that its clients look for. */
function socketPath(folder: string, side: "target" | "tunnel"): string {
  return join(folder, side, `.s.PGSQL.${ports.target}`);
}
