import { join } from "node:path";
import { postgresPrograms, startPostgres } from "@florenetes/workloads";
import type { Stage } from "../drivers/stage.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 5432, listen: 18_101 };
/** Each transaction adds an amount in three tables, and notes it in a fourth. The four sums are equal, however a connection ends. */
const BALANCES =
  "select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers), " +
  "(select sum(bbalance) from pgbench_branches), (select coalesce(sum(delta), 0) from pgbench_history)";
const CLIENTS = 2;
/** Transactions that each client makes in one run of pgbench. */
const TRANSACTIONS = 40;
const PAUSE_MS = 300;
/** Rows of branches: with a single row, transactions would wait for each other. */
const SCALE = 2;

/** Runs PostgreSQL's own benchmark, and checks the sums of its tables and the number of its transactions. */
export const postgres: Workload = {
  name: "pgbench",
  needs: ["setpriv", "unshare", join(postgresPrograms, "postgres"), join(postgresPrograms, "pgbench")],
  packages: ["postgresql"],
  ends: ["a", "d"],
  unit: "transactions",
  routes: [{ service: "postgres", target: atPort(ports.target), listen: atPort(ports.listen), way: "lower" }],
  async prepare(stage) {
    await startPostgres(stage, ports.target, join(stage.folder, "postgres-socket"));
    const local = ["-h", "127.0.0.1", "-p", String(ports.target), "-U", "postgres"];
    const init = ["--initialize", "--init-steps=dtGp", `--scale=${SCALE}`, "--quiet", "postgres"];
    await stage.prepare(join(postgresPrograms, "pgbench"), ...local, ...init);
  },
  begin(stage, witness) {
    const through = ["-h", "127.0.0.1", "-p", String(ports.listen), "-U", "postgres", "--no-vacuum"];
    const run = ["--client", String(CLIENTS), "--transactions", String(TRANSACTIONS), "postgres"];
    let committed = 0;
    const work = stage.repeat(PAUSE_MS, async () => {
      const output = await stage.attempt(witness, "a", [join(postgresPrograms, "pgbench"), ...through, ...run]);
      const count = Number(/actually processed: (\d+)/.exec(output ?? "")?.[1] ?? 0);
      if (output !== undefined && count !== CLIENTS * TRANSACTIONS)
        witness.wrong(`pgbench says that it made ${count} of ${CLIENTS * TRANSACTIONS} transactions`);
      committed += count;
      witness.right(count);
    });
    const check = async (): Promise<void> => {
      await work;
      const sums = new Set((await ask(stage, BALANCES)).split("|"));
      if (sums.size > 1) witness.wrong(`the sums of the four tables differ: ${[...sums].join(", ")}`);
      const noted = Number(await ask(stage, "select count(*) from pgbench_history"));
      if (noted < committed) witness.wrong(`of ${committed} transactions that were committed, ${noted} are there`);
    };
    return { finished: check() };
  },
};

/** Asks the server itself, without the mesh. */
async function ask(stage: Stage, query: string): Promise<string> {
  const local = ["-h", "127.0.0.1", "-p", String(ports.target), "-U", "postgres", "-d", "postgres"];
  const answer = await stage.prepare(join(postgresPrograms, "psql"), ...local, "-XAtq", "-c", query);
  return answer.trim();
}
