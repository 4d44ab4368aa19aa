/** Alice and bob on a, each with a tunnel to the service `web` on b, which echoes: for tests of certificates and lists. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Lab, openLab } from "@florenetes/meshlab";

export type EchoUser = "alice" | "bob";

interface EchoMeshOptions {
  /** Further nodes that call b, as a does. */
  readonly neighbours?: readonly string[];
  /** The users that have a tunnel, and so a connection that is kept. Default: both. */
  readonly users?: readonly EchoUser[];
  /** Settings of all nodes' link-flor. */
  readonly linkFlor?: Readonly<Record<string, unknown>>;
  /** The environment of all processes. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class EchoMesh {
  readonly lab: Lab;
  readonly #echo: Server;

  private constructor(lab: Lab, echo: Server) {
    this.lab = lab;
    this.#echo = echo;
  }

  /** Makes the files of the mesh, and starts no process yet. */
  static async open(
    cluster: string,
    { neighbours = [], users = ["alice", "bob"], linkFlor = {}, environment = {} }: EchoMeshOptions = {},
  ): Promise<EchoMesh> {
    const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const target = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const callers = ["a", ...neighbours];
    const mesh = {
      cluster,
      settings: { "link-flor": { ...linkFlor } },
      nodes: Object.fromEntries([...callers, "b"].map((name) => [name, {}])),
      links: callers.map((name) => ({ between: [name, "b"] as [string, string] })),
      services: { web: { node: "b", target, allow: ["user/alice", "user/bob"] } },
      tunnels: users.map((name) => ({
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: `user/${name}`,
        service: "web",
        path: ["a", "b"],
      })),
    };
    return new EchoMesh(await openLab(mesh, { environment }), echo);
  }

  dial(user: EchoUser): Socket {
    const { listen } = this.lab.tunnels.find(({ as }) => as === `user/${user}`)!;
    return connect(Number(new URL(listen).port), "127.0.0.1").on("error", () => undefined);
  }

  /** Says "hello" on a new connection of a user, and returns what `say` returns. */
  async ask(user: EchoUser): Promise<string> {
    const socket = this.dial(user);
    const heard = await say(socket);
    socket.destroy();
    return heard;
  }

  async close(): Promise<void> {
    await this.lab.down();
    this.#echo.close();
  }
}

/** Says "hello", and returns the answer: the same word, or the code of the error that the connection ends with, or "closed". */
export function say(socket: Socket): Promise<string> {
  return new Promise((done) => {
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.once("close", () => done("closed"));
    socket.once("data", (data) => done(String(data)));
    socket.write("hello");
  });
}
