import unsafe from "workerd:unsafe";
import { databaseOf, refuse } from "./database.ts";
import { arm, channelEnds, endChannel, lateMark, mark } from "./mark.ts";

Object.assign(globalThis, { labMark: mark, labLateMark: lateMark, labChannelEnds: channelEnds, labDatabase: databaseOf });

/** What the lab may ask of a test build, over HTTP; undefined for what is the product's. */
export async function door(request: Request): Promise<Response | undefined> {
  const { pathname, searchParams } = new URL(request.url);
  switch (pathname) {
    case "/lab/mark":
      arm(searchParams.get("name") ?? "", Number(searchParams.get("nth")));
      break;
    case "/lab/database":
      refuse(searchParams.get("refuses") === "yes");
      break;
    case "/lab/hibernate":
      await unsafe.evictAllDurableObjects({ webSockets: "hibernate" });
      break;
    case "/lab/abort":
      await unsafe.abortAllDurableObjects();
      break;
    case "/lab/end-channel":
      endChannel();
      break;
    default:
      return undefined;
  }
  return new Response(null, { status: 204 });
}
