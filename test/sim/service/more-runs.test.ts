import { describe } from "vitest";
import { itHolds } from "./runs.ts";

describe("the service and its clients, whatever happens to them, once more", () => itHolds(1, 2));
