export { contentHash, type Entry, type HeldEntry, isObjectName, type ShardRef, sizeOf } from "./entry.ts";
export { BLOB_ERRORS, type BlobErrorCode } from "./errors.ts";
export { HolderError } from "./holder-error.ts";
export { ASKED_SHARDS_MAX, NOTE_MAX, PIECE_SIZE_MAX, SHARD_SIZE_MAX } from "./limits.ts";
export { partsOf, type ShardPart } from "./parts.ts";
export { isPieceName, type Piece, pieceCursor, type ToldPiece, toldPiece } from "./pieces.ts";
export { majorityOf, placeOf } from "./placement.ts";
export type { Answer, HolderDoor, HolderRefusal, HolderState, HolderTalk, Question, TalkName } from "./requests.ts";
export {
  type CollectionHolder,
  type CollectionId,
  type CollectionTerms,
  labelOf,
  type ToldCollections,
  toldCollections,
} from "./terms.ts";
