/** Writes numbers and texts as native/ does in events. */
export class EventWriter {
  readonly bytes: number[] = [];

  int(value: number, size: number): this {
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.bytes.push(Math.floor(value / 2 ** shift) % 256);
    return this;
  }

  flag(isSet: boolean): this {
    return this.int(isSet ? 1 : 0, 1);
  }

  double(value: number): this {
    this.bytes.push(...new Uint8Array(new Float64Array([value]).buffer).toReversed());
    return this;
  }

  blob(bytes: Uint8Array): this {
    this.int(bytes.length, 4).bytes.push(...bytes);
    return this;
  }

  text(text: string): this {
    return this.blob(new TextEncoder().encode(text));
  }

  address({ host, port }: { readonly host: string; readonly port: number }): this {
    return this.int(port, 2).text(host);
  }
}
