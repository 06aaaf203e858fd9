import { assert } from "../../../util/assert.ts";

/** A table as it is made today, and as earlier versions have made it. */
export interface TableShape {
  /** What stands after the name in CREATE TABLE. */
  readonly is: string;
  /** Shapes it had before, each with what of such a row goes into today's. */
  readonly was?: readonly { readonly is: string; readonly select: string }[];
}

type Rows = Record<string, SqlStorageValue>;

/**
 * Tables that are each made when something is first written to them: an object that keeps little costs little. So there is
 * no version of the whole; the text that SQLite keeps of a table says which shape it has, and one of an earlier shape is
 * rewritten when the object starts. Synchronous: called in a constructor, it needs no `blockConcurrencyWhile`.
 */
export class Tables<Name extends string> {
  readonly #sql: SqlStorage;
  readonly #shapes: Readonly<Record<Name, TableShape>>;
  readonly #made = new Set<string>();

  constructor(sql: SqlStorage, shapes: Readonly<Record<Name, TableShape>>) {
    this.#sql = sql;
    this.#shapes = shapes;
    const found = sql.exec<{ name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'table'").toArray();
    for (const { name, sql: text } of found) {
      if (!isOneOf(shapes, name)) continue;
      this.#renew(name, spaced(text));
      this.#made.add(name);
    }
  }

  /** Whether anything was ever written. */
  get some(): boolean {
    return this.#made.size > 0;
  }

  has(table: Name): boolean {
    return this.#made.has(table);
  }

  make(table: Name): void {
    if (this.#made.has(table)) return;
    this.#sql.exec(textOf(table, this.#shapes[table]));
    this.#made.add(table);
  }

  /** None where the table was never made. */
  read<Row extends Rows>(table: Name, query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.has(table) ? this.#sql.exec<Row>(query, ...bindings).toArray() : [];
  }

  /** Changes or removes what is there. */
  change(table: Name, statement: string, ...bindings: SqlStorageValue[]): void {
    if (this.has(table)) this.#sql.exec(statement, ...bindings);
  }

  /** Adds something. */
  write<Row extends Rows>(table: Name, statement: string, ...bindings: SqlStorageValue[]): SqlStorageCursor<Row> {
    this.make(table);
    return this.#sql.exec<Row>(statement, ...bindings);
  }

  #renew(table: Name, text: string): void {
    const shape = this.#shapes[table];
    if (text === textOf(table, shape)) return;
    const earlier = shape.was?.find((was) => text === textOf(table, was));
    assert(earlier !== undefined, `this code does not know the table ${text}`);
    this.#sql.exec(`ALTER TABLE ${table} RENAME TO ${table}_before`);
    this.#sql.exec(textOf(table, shape));
    this.#sql.exec(`INSERT INTO ${table} SELECT ${earlier.select} FROM ${table}_before`);
    this.#sql.exec(`DROP TABLE ${table}_before`);
  }
}

const isOneOf = <Name extends string>(shapes: Readonly<Record<Name, TableShape>>, name: string): name is Name => Object.hasOwn(shapes, name);
const textOf = (table: string, { is }: Pick<TableShape, "is">): string => `CREATE TABLE ${table} ${spaced(is)}`;
const spaced = (text: string): string => text.replace(/\s+/g, " ");
