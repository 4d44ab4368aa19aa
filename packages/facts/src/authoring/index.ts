export { AUTHORING_ERRORS, authoringError, type AuthoringErrorCode } from "./authoring-error.ts";
export {
  addSignature,
  addSignatures,
  attachSignature,
  requireRoomFor,
  signedOctetsOf,
} from "./collected-signatures.ts";
export {
  createKeyFolder,
  createPublicKeyFolder,
  isKeyFolder,
  isKeyFolderSealed,
  KEY_FILES,
  KeyFolder,
  type MakeSignature,
  openKeyFolder,
  openPublicKeyFolder,
  readPublicKeyFile,
} from "./drivers/key-folder.ts";
export { askSigner } from "./drivers/signer-command.ts";
export {
  DEFAULT_LIVES_MS,
  type Proposal,
  type ProposalPlace,
  type ProposalTerms,
  proposeRecord,
  proposeVoid,
  readRecord,
  requireRecord,
  type VoidProposal,
} from "./proposal.ts";
export {
  makeSigningKey,
  type PublicKey,
  readPublicKey,
  type SigningKey,
  signingKeyOf,
  writePublicKey,
} from "./signing-key.ts";
export { proposeAgain, type Standing, standingsUnder } from "./resigning.ts";
export { authorityFrom } from "./root-chain.ts";
export { type ProposedKeys, type RootProposal, proposeRoot } from "./root-proposal.ts";
