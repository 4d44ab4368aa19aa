import { rmSync, writeFileSync } from "node:fs";
import { PortClaims } from "@florenetes/meshlab";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import type { LinkWish } from "@florenetes/portal-api";
import { START_MS_MAX } from "../limits.ts";
import { NotJudged } from "../judgement.ts";
import { ClusterSide, type ToldState } from "./cluster-side.ts";
import { Medium } from "./medium.ts";
import { CLUSTER, giveIdentity, Place } from "../bench/place.ts";
import { SetClock } from "../bench/set-clock.ts";
import { addNode, type AddressForms, configOf, configText, type NodeFiles, type Settings } from "./node-files.ts";
import { type VertexCommand, VertexProcess } from "../bench/vertex-process.ts";

/** The link vertex that is put on a bench. */
export interface Subject {
  readonly command: VertexCommand;
  /** A program that speaks the same link protocol and presents any identity that it is given; undefined: there is none. */
  readonly unchecked: VertexCommand | undefined;
  readonly forms: AddressForms;
  readonly settings: Settings;
  /** Whether the link vertex proves identities, if it behaves so. False: requirements for identities are not judged. */
  readonly hasCredentials: boolean;
  /** The rate of the medium in bits per second, if it is slow. */
  readonly rate?: number | undefined;
}

/** The wait for a link that must not come up, as a multiple of the time that a good link takes. */
const HONEST_TIMES = 3;

/** A link between the two vertices that is up, with the state that each side was told. */
export interface BenchLink {
  readonly tag: string;
  readonly a: ToldState;
  readonly b: ToldState;
}

/**
 * The link vertex that is judged runs as two processes, and a played cluster vertex is beside each of them:
 *
 *     cluster side a ── FlorIO ── link vertex a ──── the link ──── link vertex b ── FlorIO ── cluster side b
 */
export class LinkBench implements AsyncDisposable {
  readonly place: Place;
  readonly medium: Medium;
  readonly a: ClusterSide;
  readonly b: ClusterSide;
  readonly #files: ReadonlyMap<ClusterSide, NodeFiles>;
  readonly #claims: PortClaims;
  readonly #subject: Subject;
  /** Further processes of checks. */
  readonly #others: VertexProcess[] = [];
  /** The clock of a process, until that ends. */
  #clock: SetClock | undefined;
  #tags = 0;
  /** Whether identities, lists or configs have been changed. */
  #isChanged = true;

  private constructor(
    place: Place,
    claims: PortClaims,
    subject: Subject,
    medium: Medium,
    sides: readonly [ClusterSide, NodeFiles][],
  ) {
    this.place = place;
    this.medium = medium;
    this.#claims = claims;
    this.#subject = subject;
    this.#files = new Map(sides);
    [this.a, this.b] = sides.map(([side]) => side) as [ClusterSide, ClusterSide];
  }

  static async open(subject: Subject): Promise<LinkBench> {
    const place = new Place();
    const claims = new PortClaims();
    const medium = new Medium(subject.rate);
    const sides: [ClusterSide, NodeFiles][] = [];
    for (const name of ["a", "b"]) {
      const files = addNode(place, name, await claims.claimAny("udp", "127.0.0.1"), subject.forms, subject.settings);
      const vertex = new VertexProcess(subject.command, files.folder, files.config);
      const paths = { bind: files.clusterSocket, connect: files.linkSocket };
      sides.push([new ClusterSide(name, CLUSTER, vertex, paths, files.identity, medium), files]);
    }
    return new LinkBench(place, claims, subject, medium, sides);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of this.sides) side.closeSocket();
    for (const vertex of [...this.#others, ...this.sides.map((side) => side.vertex)])
      if ((await vertex.stop()) === undefined) await vertex.kill();
    this.#clock?.[Symbol.dispose]();
    this.#claims[Symbol.dispose]();
    this.place[Symbol.dispose]();
  }

  get sides(): readonly ClusterSide[] {
    return [...this.#files.keys()];
  }

  files(side: ClusterSide): NodeFiles {
    return this.#files.get(side)!;
  }

  /** The other side of the link. */
  peerOf(side: ClusterSide): ClusterSide {
    return side === this.a ? this.b : this.a;
  }

  /** Makes both processes run with their original files, and both sides begin another life. */
  async restore(): Promise<void> {
    if (this.#isChanged) await this.#reset();
    for (const side of this.sides) {
      side.vertex.go();
      if (!side.vertex.isRunning) side.vertex.start();
      side.begin();
    }
    for (const side of this.sides) await side.until("its FlorIO socket", () => side.isConnected, START_MS_MAX);
  }

  /** Has the files of both processes made anew after this check. */
  willReset(): void {
    this.#isChanged = true;
  }

  /** Changes files of a side while its process does not run, and starts it. @param isUnchecked runs the program that presents any identity */
  async change(side: ClusterSide, change: (files: NodeFiles) => void, isUnchecked = false): Promise<void> {
    const { unchecked, command } = this.#subject;
    if (isUnchecked && unchecked === undefined)
      throw new NotJudged("no program presents such an identity: see --unchecked");
    this.willReset();
    if ((await side.vertex.stop()) === undefined) await side.vertex.kill();
    change(this.files(side));
    side.vertex.start(isUnchecked ? unchecked : command);
    side.begin();
  }

  /** Starts a side's process anew with a wall clock that is `offset` seconds ahead and can be set. @throws NotJudged */
  async giveClock(side: ClusterSide, offset: number): Promise<SetClock> {
    const clock = new SetClock(side.vertex, this.place.newFolder("clock"), offset);
    this.willReset();
    if ((await side.vertex.stop()) === undefined) await side.vertex.kill();
    side.vertex.start(clock.commandOf(this.#subject.command));
    side.begin();
    this.#clock = clock;
    return clock;
  }

  /** Gives a side's vertex another name, or another cluster, from its next start on. */
  rename(side: ClusterSide, name: string, cluster: string = CLUSTER): void {
    this.willReset();
    const files = this.files(side);
    writeFileSync(files.config, configText(configOf({ ...files, name }, cluster)));
    side.cluster = cluster;
  }

  /** Makes the files of another cluster on a side's node. */
  async secondCluster(side: ClusterSide): Promise<NodeFiles> {
    const port = await this.#claims.claimAny("udp", "127.0.0.1");
    const { forms, settings } = this.#subject;
    const files = { ...addNode(this.place, `${side.name}-second`, port, forms, settings), name: side.name };
    giveIdentity(files.identity, this.place.otherCa("second").issue({ kind: "vertex", name: side.name }));
    return files;
  }

  emptyState(side: ClusterSide): void {
    this.place.emptyFolder(this.files(side).state);
  }

  /** Issues an identity of a vertex of this cluster. */
  issue(name: string): IssuedIdentity {
    return this.place.ca.issue({ kind: "vertex", name });
  }

  /** Revokes a certificate. @returns the CA's new list */
  revoke(serial: string): string {
    return this.place.ca.revoke([{ serial }]).list.pem;
  }

  /** Whether the link vertex proves its identity. If not, its cluster vertex says which vertex it is. */
  async hasCredentials(): Promise<boolean> {
    if (!this.#subject.hasCredentials) return false;
    const { body } = await this.a.ask(this.a.attachBody({ vertex: "nobody" }), { attachment: 0 });
    return body.kind === "error" || (body.kind === "attach-answer" && body.principal === this.a.name);
  }

  /** Another process, with a side's config or another one. @param folder the folder in which it runs */
  anotherVertex(
    side: ClusterSide,
    config: string = this.files(side).config,
    folder: string = this.files(side).folder,
  ): VertexProcess {
    const vertex = new VertexProcess(this.#subject.command, folder, config);
    this.#others.push(vertex);
    return vertex;
  }

  /** A tag that no link of this bench has had. */
  newTag(): string {
    return `k${++this.#tags}`;
  }

  /** The wish of a side for a link to the other side. */
  wish(side: ClusterSide, tag: string, role: LinkWish["role"] = side === this.a ? "originator" : "acceptor"): LinkWish {
    const peer = this.peerOf(side);
    return { peer: peer.name, tag, role, endpoint: role === "originator" ? this.files(peer).endpoint : "" };
  }

  /** Attaches both sides. */
  async attach(): Promise<void> {
    await Promise.all(this.sides.map((side) => side.attach()));
  }

  /** Makes a link, and waits until it is up. A side that is not attached attaches first. */
  async link(): Promise<BenchLink> {
    const tag = this.newTag();
    for (const side of this.sides) if (side.attachment === 0) await side.attach();
    for (const side of this.sides.toReversed()) await side.ask({ kind: "open-link", wish: this.wish(side, tag) });
    return this.untilUp(tag);
  }

  /**
   * Makes a good link, and returns how long to wait for a link that must not come up: longer than `ms`, by as much as the machine is slow at
   * present.
   */
  async refusalMs(ms: number): Promise<number> {
    const start = performance.now();
    await this.link();
    return ms + HONEST_TIMES * (performance.now() - start) + this.medium.linkMs;
  }

  async untilUp(tag: string): Promise<BenchLink> {
    return { tag, a: await this.a.untilState(tag, "up"), b: await this.b.untilState(tag, "up") };
  }

  async #reset(): Promise<void> {
    for (const side of this.sides) if ((await side.vertex.stop()) === undefined) await side.vertex.kill();
    this.#clock?.[Symbol.dispose]();
    this.#clock = undefined;
    for (const [side, files] of this.#files) {
      rmSync(files.identity, { recursive: true, force: true });
      giveIdentity(files.identity, this.issue(side.name));
      this.emptyState(side);
      side.cluster = CLUSTER;
      writeFileSync(files.config, configText(configOf(files)));
    }
    this.#isChanged = false;
  }
}
