import { type NativeQlogFolder, openDataPlane } from "@florenetes/data-plane";

/** The logs of packets of all native connections of a process: a file for each, which a thread of the add-on writes. */
export class QlogFiles implements Disposable {
  readonly folder: string;
  /** For those who make connections. */
  readonly native: NativeQlogFolder;

  private constructor(folder: string, native: NativeQlogFolder) {
    this.folder = folder;
    this.native = native;
  }

  /** Undefined where the add-on is not built. The folder must be there, and nobody else may write to it. */
  static open(folder: string): QlogFiles | undefined {
    const plane = openDataPlane();
    if (plane.kind === "absent") return undefined;
    return new QlogFiles(folder, new plane.addon.NativeQlogFolder(folder));
  }

  status(): { readonly folder: string; readonly files: number; readonly bytesLost: number } {
    return { folder: this.folder, ...this.native.counts() };
  }

  /** Waits until what connections have told is written; what they tell later is lost. */
  [Symbol.dispose](): void {
    this.native.close();
  }
}
