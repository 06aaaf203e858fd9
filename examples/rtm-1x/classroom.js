/** A class whose topic and raised hands are attributes of its channel. Everything here is RTM 1.x. */
// biome-ignore lint/correctness/noUnusedVariables: the page calls it.
function classroom(AgoraRTM) {
  const field = (name) => document.getElementById("enter").elements.namedItem(name).value;
  const show = (id, text) => {
    document.getElementById(id).textContent = text;
  };
  const HAND = "hand:";
  const tellAll = { enableNotificationToChannelMembers: true };
  let client;
  let room;

  function draw(attributes) {
    show("topic", attributes.topic === undefined ? "(none)" : `${attributes.topic.value} (by ${attributes.topic.lastUpdateUserId})`);
    const hands = Object.keys(attributes).filter((key) => key.startsWith(HAND));
    show("hands", hands.map((key) => key.slice(HAND.length)).join(", "));
  }

  document.getElementById("enter").addEventListener("submit", async (event) => {
    event.preventDefault();
    AgoraRTM.setParameter("WIGWAG_URL", field("url"));
    client = AgoraRTM.createInstance(field("appId"));
    try {
      await client.login({ uid: field("uid"), token: field("token") });
      await client.setLocalUserAttributes({ role: field("role") });
      room = client.createChannel(field("room"));
      room.on("AttributesUpdated", draw);
      room.on("MemberCountUpdated", (count) => show("count", String(count)));
      await room.join();
      draw(await client.getChannelAttributes(room.channelId));
      show("state", "in the room");
    } catch (error) {
      show("state", `error ${error.code}: ${error.message}`);
    }
  });

  document.getElementById("set-topic").addEventListener("submit", async (event) => {
    event.preventDefault();
    const topic = document.getElementById("set-topic").elements.namedItem("topic").value;
    await client.addOrUpdateChannelAttributes(room.channelId, { topic }, tellAll);
  });

  document.getElementById("raise").addEventListener("click", async () => {
    await client.addOrUpdateChannelAttributes(room.channelId, { [HAND + field("uid")]: "up" }, tellAll);
  });

  document.getElementById("lower").addEventListener("click", async () => {
    await client.deleteChannelAttributesByKeys(room.channelId, [HAND + field("uid")], tellAll);
  });

  document.getElementById("roles").addEventListener("click", async () => {
    const members = await room.getMembers();
    const roles = await Promise.all(members.map(async (member) => `${member}: ${(await client.getUserAttributesByKeys(member, ["role"])).role}`));
    show("members", roles.join(", "));
  });
}
