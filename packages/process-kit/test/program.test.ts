import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "florenetes-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = ["--conditions=@florenetes/source", fileURLToPath(new URL("./fixtures/program.ts", import.meta.url))];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function execute(...parameters: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...parameters], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

let files = 0;

function config(text: string): string {
  const file = join(folder, `${files++}.yaml`);
  writeFileSync(file, text);
  return file;
}

/** Starts the program and waits for its first line. */
async function start(text: string): Promise<{ child: ChildProcess; file: string; firstLine: string }> {
  const file = config(text);
  const child = spawn(process.execPath, [...program, "run", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return { child, file, firstLine: chunk.toString() };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<unknown[]> {
  child.kill(signal);
  return await once(child, "exit");
}

const admin = join(folder, "admin.sock");

describe("a program's end", () => {
  test.each([
    ["an operator's error", "refuse", 2, /^error: it broke \[ERR_TEST_ONE\]\n {4}Mend it.\n$/],
    ["an exit code of its own", "code", 1, /^$/],
    ["a mistake of its own", "bug", 70, /^internal error: TypeError: my own mistake\n {4}at /],
    ["a rejection that nobody handles", "rejection", 70, /^internal error: TypeError: nobody looks\n/],
  ])("by %s", (_, act, code, err) => {
    const outcome = execute("run", "--config", config(`admin: ${admin}\nact: ${act}\n`));
    expect(outcome).toMatchObject({ code, out: "" });
    expect(outcome.err).toMatch(err);
  });

  test("by a config that cannot be used", () => {
    const file = config("admin: x\nacct: serve\n");
    expect(execute("run", "--config", file)).toEqual({
      code: 2,
      out: "",
      err: `${file}:2:1: acct: unknown key "acct" [ERR_CONFIG_UNKNOWN_KEY]\n    Did you mean "act"?\n`,
    });
  });

  test.each([
    { what: "no command", parameters: [], code: 2, err: /Usage: demo-flor/ },
    {
      what: "an unknown command",
      parameters: ["rum"],
      code: 2,
      err: /^error: unknown command 'rum' \[ERR_USAGE\]\n    Did you mean run\?\n$/,
    },
    { what: "no config", parameters: ["run"], code: 2, err: /required option '-c, --config <file>'/ },
    { what: "a senseless pause", parameters: ["status", "-a", admin, "-w", "soon"], code: 2, err: /ERR_USAGE/ },
    { what: "a question for help", parameters: ["--help"], code: 0, err: /^$/ },
  ])("by $what", ({ parameters, code, err }) => {
    const outcome = execute(...parameters);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(err);
  });

  test("by what check finds, before anything is begun", () => {
    const outcome = execute("run", "--config", config(`admin: ${admin}\nbroken: true\n`));
    expect(outcome).toMatchObject({ code: 2, out: "" });
    expect(outcome.err).toMatch(/ERR_TEST_ONE[^]*ERR_TEST_TWO/);
  });

  test("by itself, when nobody reads its log, which costs no memory either", async () => {
    const file = config(`admin: ${admin}\nact: flood\n`);
    // The pipe of stdout is left full.
    const child = spawn(process.execPath, [...program, "run", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
    const exit = once(child, "exit");
    const [chunk] = (await once(child.stderr, "data")) as [Buffer];
    expect(Number(/^rss (\d+)/.exec(chunk.toString())?.[1])).toBeLessThan(200_000_000);
    expect(await exit).toEqual([0, null]);
  });

  test("by a second signal, when the first takes too long", async () => {
    const { child } = await start(`admin: ${admin}\nact: stuck\n`);
    child.kill("SIGTERM");
    await once(child.stdout!, "data");
    expect(await stop(child)).toEqual([null, "SIGTERM"]);
  });
});

describe("check", () => {
  test("prints ok, what only may go wrong, and what else it found", () => {
    expect(execute("check", "--config", config(`admin: ${admin}\nact: stuck\n`))).toEqual({
      code: 0,
      out: "ok\n",
      err: "warning: error: it broke [ERR_TEST_WARNING]\n    Mend it.\nnote: it was \\u{1b}[1mlooked at\n",
    });
  });

  test("warns of a folder that the other process of the node makes, which a start only notes", () => {
    const file = config(`admin: ${admin}\nact: early\n`);
    expect(execute("check", "--config", file).err).toMatch(
      /^warning: error: it broke \[ERR_SOCKET_DIRECTORY_MISSING\]/,
    );
    const err = "note: it broke yet: the other process of this node makes it\n";
    expect(execute("run", "--config", file)).toEqual({ code: 0, out: "", err });
  });

  test("prints all that is wrong", () => {
    const { code, out, err } = execute("check", "--config", config(`admin: ${admin}\nbroken: true\n`));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/ERR_TEST_ONE[^]*ERR_TEST_TWO/);
  });
});

describe("a running program", () => {
  test("logs, shows its status by config or socket, and closes at a signal", async () => {
    const { child, file, firstLine } = await start(`admin: ${admin}\n`);
    const err = once(child.stderr!, "data");
    try {
      expect(JSON.parse(firstLine)).toMatchObject({
        level: "info",
        name: "demo-flor",
        code: "READY",
        link: "a",
        msg: "ready",
        time: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect(execute("status", "--config", file)).toEqual({ code: 0, out: "rendered 1.0\n", err: "" });
      expect(execute("status", "--admin", admin, "--json")).toEqual({
        code: 0,
        out: '{"beat":1,"findings":[]}\n',
        err: "",
      });
      expect(execute("reload", "--config", file)).toEqual({ code: 0, out: "ok\n", err: "" });
      expect(execute("log-level", "transport", "debug", "--config", file)).toEqual({ code: 0, out: "ok\n", err: "" });
      expect(execute("log-level", "transport", "loud", "--config", file)).toMatchObject({ code: 2, out: "" });
      expect(execute("run", "--config", file)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/ERR_SOCKET_IN_USE/),
      });
      await watchTwice();
    } finally {
      child.kill("SIGINT");
    }
    expect(String(((await err) as [Buffer])[0])).toBe("got SIGINT\n");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(execute("status", "--config", file)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/ERR_ADMIN_NOT_RUNNING/),
    });
  });

  test("that hangs for good is ended by its watchdog", async () => {
    const { child } = await start(`admin: ${admin}\nact: hang\n`);
    let err = "";
    child.stderr!.on("data", (chunk: Buffer) => (err += chunk.toString()));
    // At its exit there may be more to read.
    expect(await once(child, "close")).toEqual([70, null]);
    expect(err).toMatch(/^error: demo-flor has stood still for 10 s and is ended \[ERR_WATCHDOG\]\n {4}Its supervisor/);
  }, 120_000);

  test("of another kind is not taken for this one", async () => {
    const { child } = await start(`admin: ${admin}\nact: stranger\n`);
    try {
      expect(execute("status", "-a", admin)).toMatchObject({
        code: 3,
        err: expect.stringMatching(/it shows no status of a demo-flor \[ERR_ADMIN_ANSWER\]/),
      });
      expect(execute("status", "-a", admin, "--json")).toMatchObject({ code: 3, out: '{"bpm":1}\n' });
      expect(execute("reload", "-s", `${admin}-control`)).toMatchObject({
        code: 3,
        err: expect.stringMatching(/ERR_ADMIN_ANSWER/),
      });
    } finally {
      await stop(child);
    }
  });

  test("that is not as it should be makes `status` fail, in every form", async () => {
    const { child } = await start(`admin: ${admin}\nact: ill\n`);
    try {
      expect(execute("status", "-a", admin)).toEqual({ code: 1, out: "rendered 0.0\n", err: "" });
      expect(execute("status", "-a", admin, "--json")).toMatchObject({ code: 1, err: "" });
      expect(execute("status", "-a", admin, "--quiet")).toEqual({ code: 1, out: "", err: "" });
    } finally {
      await stop(child);
    }
  });

  test("is found without a path when it is the only one that runs here, and has its own name in ps", async () => {
    const nodes = mkdtempSync(join(folder, "node-"));
    const places = ["one", "two"].map((name) => join(nodes, name));
    for (const place of places) mkdirSync(place);
    const [one, two] = places.map((place) => join(place, "admin.sock")) as [string, string];
    const options = {
      encoding: "utf8",
      env: { ...process.env, DEMO_ADMIN_SOCKETS: join(nodes, "*", "admin.sock") },
    } as const;
    const ask = (...words: string[]): string => {
      const { stdout, stderr } = spawnSync(process.execPath, [...program, ...words], options);
      return `${stdout}${stderr}`;
    };
    expect(ask("status")).toMatch(
      /nothing that this user can see runs at .*\[ERR_ADMIN_NOT_RUNNING\]\n {4}Name the process by/,
    );
    const { child } = await start(`admin: ${one}\n`);
    try {
      expect(readFileSync(`/proc/${child.pid}/comm`, "utf8")).toBe("demo-flor\n");
      // A file that a killed process left does not count as a second process.
      writeFileSync(two, "");
      expect(ask("status", "--json")).toMatch(/^\{"beat":/);
      rmSync(two);
      const other = await start(`admin: ${two}\n`);
      try {
        expect(ask("status")).toContain(`several run here: ${one}, ${two} [ERR_USAGE]`);
      } finally {
        await stop(other.child);
      }
    } finally {
      await stop(child);
    }
  });

  test("says what it refused of all that it read again", async () => {
    const { child, file } = await start(`admin: ${admin}\nact: picky\n`);
    try {
      const text = String.raw`/etc/demo/key.pem:3: refused: it broke\u{1b}[2J [ERR_TEST_ONE]`;
      const advice = "What was in use before stays in use. Mend it, and reload once more.";
      expect(execute("reload", "--config", file)).toEqual({ code: 2, out: "", err: `${text}\n    ${advice}\n` });
      const { code, out } = execute("reload", "--config", file, "--json");
      expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 2, ok: false, refused: [{ line: 3 }] });
    } finally {
      await stop(child);
    }
    expect(execute("reload", "--config", file)).toMatchObject({ code: 3, out: "" });
  });

  test("says what has changed and what is down, and of a dry run what would change", async () => {
    const { child, file } = await start(`admin: ${admin}\nact: poor\n`);
    try {
      const out = "link a: added\n" + String.raw`link b: changed - it is\u{1b}[2J renewed` + "\n";
      const err = "link a is down, and tried again: the port is taken [ERR_TEST_TWO]\n";
      expect(execute("reload", "--config", file)).toEqual({ code: 1, out, err });
      expect(execute("reload", "--config", file, "--dry-run")).toEqual({ code: 0, out: `${out}ok\n`, err: "" });
      expect(execute("check", "--config", file)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/ERR_TEST_PART/),
      });
    } finally {
      await stop(child);
    }
  });

  test("shows what others have said, and no terminal obeys it", async () => {
    const said = "\u202E\r\n\u001B[2J\u0085\u{E0041}";
    const shown = String.raw`\u{202e}\u{d}\u{a}\u{1b}[2J\u{85}\u{e0041}`;
    const { child, file, firstLine } = await start(`admin: ${admin}\nact: quote\n`);
    try {
      const [pretty] = (await once(child.stderr!, "data")) as [Buffer];
      // The lines of an error's stack stay lines; line ends in the message do not.
      expect(stripVTControlCharacters(pretty.toString())).not.toMatch(/[^ -~\n]/);
      expect(pretty.toString().split(shown).length).toBeGreaterThanOrEqual(4);
      expect(firstLine).toMatch(/^[ -~]*\n$/);
      expect(JSON.parse(firstLine)).toMatchObject({ msg: said, said, list: [{ said }], err: { message: said } });
      // Programs get the text in a harmless form, too: as escapes of JSON.
      for (const json of [await answerOf(admin), execute("status", "--config", file, "--json").out]) {
        expect(json).toMatch(/^[ -~]*\n$/);
        expect(JSON.parse(json)).toEqual({ beat: 1, findings: [], said });
      }
      const lines = String.raw`rendered 1.0\u{202e}\u{d}` + "\n" + String.raw`\u{1b}[2J\u{85}\u{e0041}` + "\n";
      expect(execute("status", "--config", file).out).toBe(lines);
    } finally {
      await stop(child);
    }
  });

  async function watchTwice(): Promise<void> {
    const watch = spawn(process.execPath, [...program, "status", "-a", admin, "--json", "--watch", "0.1"]);
    for (let line = 0; line < 2; line++) {
      expect(String(((await once(watch.stdout, "data")) as [Buffer])[0])).toBe('{"beat":1,"findings":[]}\n');
    }
    await stop(watch);
  }
});

/** The body that the admin socket answers with at `/status`. */
async function answerOf(socketPath: string): Promise<string> {
  const [response] = (await once(get({ socketPath, path: "/status" }), "response")) as [IncomingMessage];
  return (await response.setEncoding("utf8").toArray()).join("");
}
