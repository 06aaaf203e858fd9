import { assert } from "../../../util/assert.ts";

/** A table as it is made today, and those it has come from. */
export interface TableShape {
  /** What stands after the name in CREATE TABLE. */
  readonly is: string;
  /** Tables that earlier versions have made, each with what of such a row goes into today's. */
  readonly was?: readonly { readonly table: string; readonly is: string; readonly select: string }[];
}

type SqlValue = ArrayBuffer | string | number | null;
type Rows = Record<string, SqlValue>;

/** As much of `SqlStorage` as is needed here. */
export interface TableSql {
  exec<Row extends Rows>(query: string, ...bindings: SqlValue[]): SqlRows<Row>;
}
export interface SqlRows<Row> {
  toArray(): Row[];
  one(): Row;
}

/**
 * Tables that are each made when something is first written to them: an object that keeps little costs little. So there is
 * no version of the whole; the text that SQLite keeps of a table says which shape it has, and what stands in one of an
 * earlier shape moves when the object starts. Synchronous: called in a constructor, it needs no `blockConcurrencyWhile`.
 */
export class Tables<Name extends string> {
  readonly #sql: TableSql;
  readonly #shapes: Readonly<Record<Name, TableShape>>;
  readonly #made = new Set<string>();

  constructor(sql: TableSql, shapes: Readonly<Record<Name, TableShape>>) {
    this.#sql = sql;
    this.#shapes = shapes;
    const found = sql.exec<{ name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'table'").toArray();
    const earlier = found.filter(({ name, sql: text }) => !this.#isOfToday(name, text));
    for (const { name, sql: text } of earlier) this.#move(name, spaced(text));
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
    this.#sql.exec(textOf(table, this.#shapes[table].is));
    this.#made.add(table);
  }

  /** None where the table was never made. */
  read<Row extends Rows>(table: Name, query: string, ...bindings: SqlValue[]): Row[] {
    return this.has(table) ? this.#sql.exec<Row>(query, ...bindings).toArray() : [];
  }

  /** Changes or removes what is there. */
  change(table: Name, statement: string, ...bindings: SqlValue[]): void {
    if (this.has(table)) this.#sql.exec(statement, ...bindings);
  }

  /** Adds something. */
  write<Row extends Rows>(table: Name, statement: string, ...bindings: SqlValue[]): SqlRows<Row> {
    this.make(table);
    return this.#sql.exec<Row>(statement, ...bindings);
  }

  /** Also of a table that is none of ours. */
  #isOfToday(name: string, text: string): boolean {
    const ours = isOneOf(this.#shapes, name);
    if (ours && spaced(text) === textOf(name, this.#shapes[name].is)) this.#made.add(name);
    return this.#made.has(name) || (!ours && !this.#shapeList().some(([, { was = [] }]) => was.some(({ table }) => table === name)));
  }

  #move(before: string, text: string): void {
    for (const [table, { was = [] }] of this.#shapeList()) {
      const earlier = was.find((each) => each.table === before && textOf(before, each.is) === text);
      if (earlier === undefined) continue;
      this.#sql.exec(`ALTER TABLE ${before} RENAME TO ${before}_before`);
      this.make(table);
      this.#sql.exec(`INSERT INTO ${table} SELECT ${earlier.select} FROM ${before}_before`);
      this.#sql.exec(`DROP TABLE ${before}_before`);
      return;
    }
    assert(false, `this code does not know the table ${text}`);
  }

  #shapeList(): [Name, TableShape][] {
    return Object.entries(this.#shapes) as [Name, TableShape][];
  }
}

const isOneOf = <Name extends string>(shapes: Readonly<Record<Name, TableShape>>, name: string): name is Name => Object.hasOwn(shapes, name);
const textOf = (table: string, is: string): string => `CREATE TABLE ${table} ${spaced(is)}`;
const spaced = (text: string): string => text.replace(/\s+/g, " ");
