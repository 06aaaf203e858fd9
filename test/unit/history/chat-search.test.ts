import { chatSearchContract } from "../../contract/chat-search.ts";
import { sqliteD1 } from "../../support/sqlite-d1.ts";

chatSearchContract(async () => sqliteD1());
