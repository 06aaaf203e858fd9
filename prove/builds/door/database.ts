let refuses = false;

export function refuse(now: boolean): void {
  refuses = now;
}

/** The database, or one that refuses everything while the lab says so. */
export const databaseOf = <Database>(db: Database): Database => (refuses ? (REFUSING as Database) : db);

const REFUSING = {
  prepare() {
    throw new Error("D1_ERROR: refused by the lab");
  },
};
