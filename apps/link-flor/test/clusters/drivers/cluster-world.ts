import { OperatorError } from "@florenetes/operator-text";
import { ConfigTransactions, type EventFields, type Logger } from "@florenetes/process-kit";
import { Life, Scheduler } from "@florenetes/simkit";
import type { ProcessTime } from "@florenetes/scheduling";
import { linkConfigUse } from "../../../src/clusters/drivers/link-config-use.ts";
import { ServedClusters } from "../../../src/clusters/drivers/served-clusters.ts";
import type { ConfigPlan } from "../../../src/config/config-changes.ts";
import type { ClusterPortalConfig, LinkFlorConfig } from "../../../src/config/link-config.ts";
import { parseLinkConfig } from "../../../src/config/link-config-file.ts";
import type { ServedPortal } from "../../../src/portal/served-portal.ts";

/** A machine in virtual time; a test can take its addresses and identities away. */
export class ClusterWorld {
  readonly scheduler = new Scheduler({ start: 0 });
  readonly #life = new Life(this.scheduler);
  readonly time: ProcessTime = { now: () => this.scheduler.now, wallClock: () => new Date(0), wakeUps: this.#life };
  /** The ports and identity folders that are missing. */
  readonly missing = new Set<string | number>();
  /** The ports that portals have. */
  readonly bound = new Set<number>();
  /** All that portals did, such as `open demo`. */
  readonly done: string[] = [];
  readonly logged: EventFields[] = [];
  readonly log: Logger = this.#logger({});
  readonly clusters: ServedClusters = new ServedClusters({
    open: (config) => this.#open(config),
    time: this.time,
    log: this.log,
  });
  /** The text in the config file. */
  text = "";

  async start(text: string): Promise<ConfigTransactions<LinkFlorConfig, ConfigPlan>> {
    this.text = text;
    const { clusters, time, log } = this;
    const file = "/etc/link.yaml";
    const config = parseLinkConfig(text, file);
    await clusters.add(config.clusters);
    const load = (): Promise<LinkFlorConfig> => new Promise((done) => done(parseLinkConfig(this.text, file)));
    const use = linkConfigUse(clusters);
    return new ConfigTransactions({ file, config, load, parse: parseLinkConfig, use, time, log });
  }

  /** Lets time pass, and does what becomes due. */
  async pass(ms: number): Promise<void> {
    for (const end = this.scheduler.now + ms; this.scheduler.now < end;) {
      this.scheduler.runFor(Math.min(250, end - this.scheduler.now));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }

  get served(): string[] {
    return this.clusters.listening.toSorted();
  }

  #logger(fields: object): Logger {
    const note = (event: EventFields): void => void this.logged.push({ ...fields, ...event });
    return { debug: note, info: note, warn: note, error: note, child: (more) => this.#logger({ ...fields, ...more }) };
  }

  async #open(config: ClusterPortalConfig): Promise<ServedPortal> {
    this.done.push(`open ${config.cluster}`);
    await Promise.resolve();
    this.#judge(config);
    if (this.bound.has(config.listen.port)) throw missing(config.listen.port);
    this.bound.add(config.listen.port);
    return this.#portal(config);
  }

  #judge({ identity, listen }: ClusterPortalConfig): void {
    for (const need of [identity, listen.port]) if (this.missing.has(need)) throw missing(need);
  }

  #portal(first: ClusterPortalConfig): ServedPortal {
    let config = first;
    const { cluster } = first;
    const note = (what: string): void => void this.done.push(`${what} ${cluster}`);
    return {
      listening: `${cluster} ${first.listen.port}`,
      status: () => ({ cluster }) as ReturnType<ServedPortal["status"]>,
      loads: () => ({}),
      isQuiet: false,
      linksUp: () => ({ up: 0, wanted: 0 }),
      reload: () => {
        note("reload");
        return Promise.resolve([]);
      },
      change: (next) => {
        note("change");
        return new Promise((done) => {
          this.#judge(next);
          const isSame = nameOf(next) === nameOf(config);
          if (isSame) config = next;
          done(isSame);
        });
      },
      close: () => {
        note("close");
        this.bound.delete(config.listen.port);
        return Promise.resolve();
      },
    };
  }
}

/** The name of a vertex: the names of its folders begin with it. */
function nameOf({ identity }: ClusterPortalConfig): string {
  return identity.split("-")[0]!;
}

function missing(what: string | number): OperatorError {
  return new OperatorError("ERR_TEST_MISSING", `${what} cannot be had`, { advice: "Bring it." });
}

/** A config with these clusters: the lines of each, by its name. */
export function configText(clusters: Readonly<Record<string, string>>, head = ""): string {
  const sections = Object.entries(clusters).map(
    ([name, lines]) =>
      `  ${name}: { bind: /run/${name}.l, connect: /run/${name}.c, identity: /etc/${name}/vertex, ${lines} }\n`,
  );
  return `state: /var\nadmin: /run/admin.sock\n${head}clusters:\n${sections.join("")}`;
}

/** The config line for the port that a cluster listens on. */
export function at(port: number): string {
  return `listen: "udp://0.0.0.0:${port}"`;
}
