export { downloadTarget, type DownloadOptions } from "./drivers/download-target.ts";
export { FolderSource } from "./drivers/folder-source.ts";
export { RepositoryReader, type RepositoryReaderOptions } from "./drivers/repository-reader.ts";
export { tufKeyIdOf } from "./metadata-form.ts";
export { REPOSITORY_ERRORS, repositoryError, type RepositoryErrorCode } from "./repository-errors.ts";
export {
  isRepositoryPath,
  type ReadOptions,
  type RepositorySource,
  TARGET_NAME,
  type TargetFile,
  targetPathOf,
} from "./repository-source.ts";
