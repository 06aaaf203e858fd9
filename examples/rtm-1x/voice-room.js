/** A room whose seats are attributes of its channel and whose gifts are its messages. Everything here is RTM 1.x. */
// biome-ignore lint/correctness/noUnusedVariables: the page calls it.
function voiceRoom(AgoraRTM) {
  const form = (id) => document.getElementById(id);
  const field = (id, name) => form(id).elements.namedItem(name).value;
  const show = (id, text) => {
    document.getElementById(id).textContent = text;
  };
  const log = (line) => {
    const entry = document.createElement("div");
    entry.textContent = line;
    document.getElementById("log").append(entry);
  };
  const attempt = (id, run) =>
    form(id).addEventListener("submit", (event) => {
      event.preventDefault();
      run().catch((error) => log(`error ${error.code} in ${id}: ${error.message}`));
    });

  const SEATS = ["1", "2", "3", "4"];
  const tellAll = { enableNotificationToChannelMembers: true };
  let client;
  let room;

  const read = async () => {
    const attributes = await client.getChannelAttributes(room.channelId);
    return (key) => attributes[key]?.value;
  };
  const update = (attributes) => client.addOrUpdateChannelAttributes(room.channelId, attributes, tellAll);

  function draw(attributes) {
    show("host", attributes.host?.value ?? "(none)");
    const seat = (number) => `${number}: ${attributes[`seat:${number}`]?.value ?? "free"}${attributes[`muted:${number}`] === undefined ? "" : " (muted)"}`;
    show("seats", SEATS.map(seat).join(", "));
  }

  const drawMembers = async () => show("members", (await room.getMembers()).sort().join(", "));

  function receive({ text }, memberId) {
    const { gift, to } = JSON.parse(text);
    log(`${memberId} gives ${to}: ${gift}`);
  }

  async function standUp() {
    const value = await read();
    const mine = SEATS.filter((number) => value(`seat:${number}`) === field("enter", "uid"));
    const keys = mine.flatMap((number) => [`seat:${number}`, `muted:${number}`]);
    if (keys.length > 0) await client.deleteChannelAttributesByKeys(room.channelId, keys, tellAll);
  }

  attempt("enter", async () => {
    AgoraRTM.setParameter("WIGWAG_URL", field("enter", "url"));
    client = AgoraRTM.createInstance(field("enter", "appId"));
    await client.login({ uid: field("enter", "uid"), token: field("enter", "token") });
    room = client.createChannel(field("enter", "room"));
    room.on("AttributesUpdated", draw);
    room.on("ChannelMessage", receive);
    room.on("MemberJoined", drawMembers);
    room.on("MemberLeft", drawMembers);
    await room.join();
    const value = await read();
    if (value("host") === undefined) await update({ host: field("enter", "uid") });
    draw(await client.getChannelAttributes(room.channelId));
    await drawMembers();
  });

  attempt("take", async () => {
    const number = field("take", "seat");
    const value = await read();
    const holder = value(`seat:${number}`);
    if (holder !== undefined) return log(`seat ${number} is ${holder}'s`);
    if (SEATS.includes(number)) await update({ [`seat:${number}`]: field("enter", "uid") });
  });

  attempt("stand-up", standUp);

  attempt("mute", async () => {
    const value = await read();
    if (value("host") !== field("enter", "uid")) return log("only the host mutes");
    const number = field("mute", "seat");
    if (value(`seat:${number}`) === undefined) return log(`nobody on seat ${number}`);
    await update({ [`muted:${number}`]: "yes" });
  });

  attempt("give", async () => {
    const [gift, to] = [field("give", "gift"), field("give", "to")];
    await room.sendMessage({ text: JSON.stringify({ gift, to }) });
    log(`I give ${to}: ${gift}`);
  });

  attempt("leave", async () => {
    await standUp();
    await client.logout();
    log("gone");
  });
}
