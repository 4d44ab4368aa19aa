/** Events and figures of data threads, as they come: native/declaration says what they have. */
import { ByteReader } from "./byte-reader.ts";
import {
  type NativeClusterEvent,
  type NativeClusterFigures,
  type NativeLaneEvent,
  type NativeLaneFigures,
  readNativeClusterEvent,
  readNativeClusterFigures,
  readNativeLaneEvent,
  readNativeLaneFigures,
} from "./generated/told.ts";

/**
 * Reads events of cluster-flor's thread until there are no more, or until one makes no sense (false); bytes in them are views. Nothing
 * throws but `handleEvent`.
 */
export function readClusterEvents(batch: Uint8Array, handleEvent: (event: NativeClusterEvent) => void): boolean {
  return readEvents(batch, readNativeClusterEvent, handleEvent);
}

/** Reads events of link-flor's thread, as `readClusterEvents` does. */
export function readLaneEvents(batch: Uint8Array, handleEvent: (event: NativeLaneEvent) => void): boolean {
  return readEvents(batch, readNativeLaneEvent, handleEvent);
}

/** Reads what `figures` of the thread returns. */
export function readClusterFigures(figures: Uint8Array | null): NativeClusterFigures | null {
  return figures && readNativeClusterFigures(new ByteReader(figures));
}

/** Reads what `figures` of the thread returns. */
export function readLaneFigures(figures: Uint8Array | null): NativeLaneFigures | null {
  return figures && readNativeLaneFigures(new ByteReader(figures));
}

function readEvents<Event>(
  batch: Uint8Array,
  readEvent: (reader: ByteReader) => Event | undefined,
  handleEvent: (event: Event) => void,
): boolean {
  const reader = new ByteReader(batch);
  while (!reader.isAtEnd) {
    const event = readEvent(reader);
    if (event === undefined || reader.isBroken) return false;
    handleEvent(event);
  }
  return true;
}
