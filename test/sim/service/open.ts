/** A run that ends badly, and what is not mended: a debt. Whoever pays it moves the seed to `seeds.ts`; a test says so where one is paid by the way. */
export interface Open {
  readonly seed: number;
  readonly rule: string;
  readonly title: string;
}

export const OPEN: readonly Open[] = [];
