/** What a task's `dataset_path: owner/name` means on this machine. The caller has one; this package only asks. */

export interface CatalogEntry {
  /** Absolute. */
  readonly folder: string;
  /** Split -> its files, relative to `folder`, in order. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

export interface DataCatalog {
  /**
   * @param path `dataset_path` @param name `dataset_name`, null where the task names no configuration
   * @param revision of the data set's repository, null where the task leaves it open
   * @returns null: nobody says where this data set is. @throws UserError where what is said about it is wrong.
   */
  find(path: string, name: string | null, revision: string | null): CatalogEntry | null;
  /**
   * What a pattern of data_files stands for: files in order, relative to the workspace as the pattern is.
   * @throws UserError where there is too much to look through.
   */
  expand(pattern: string): readonly string[];
}

/** Knows no data set and no folder: for tasks whose YAML names its files. */
export const EMPTY_CATALOG: DataCatalog = { find: () => null, expand: () => [] };
