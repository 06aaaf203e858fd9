/** Tokens made with agora-access-token 2.0.4 and agora-token 2.0.6, for the app and certificate of support.ts. */
export const VECTORS_006 = [
  {
    name: "alice",
    text: "0060a1b2c3d4e5f60718293a4b5c6d7e8f9IACrnrAO8KB3NlrqFikSYe4TXY0UDOTMYC0EbhwDHV/Gu0e8jicAAAAAEAABAAAAryg3VgEA6AOvKDdW",
    userId: "alice",
    salt: 1,
    expiresAtSeconds: 1_446_455_471,
    privileges: new Map([[1000, 1_446_455_471]]),
    channelCrc: 663_665_735,
    signature: "ab9eb00ef0a077365aea16291261ee135d8d140ce4cc602d046e1c031d5fc6bb",
    message: "01000000af2837560100e803af283756",
  },
  {
    name: "a privilege time of 0",
    text: "0060a1b2c3d4e5f60718293a4b5c6d7e8f9IAAf14FSQKUhpKtsq26OjYXHGwn/cs4d6Zqjb4KzMkqp0XO4Bn0AAAAAEAAVzVsHgEJVZQEA6AMAAAAA",
    userId: "user-42",
    salt: 123_456_789,
    expiresAtSeconds: 1_700_086_400,
    privileges: new Map([[1000, 0]]),
    channelCrc: 2_097_592_435,
    signature: "1fd7815240a521a4ab6cab6e8e8d85c71b09ff72ce1de99aa36f82b3324aa9d1",
    message: "15cd5b07804255650100e80300000000",
  },
  {
    name: "UTF-8 and the largest salt",
    text: "0060a1b2c3d4e5f60718293a4b5c6d7e8f9IAD/rkS181YUM5O+vWagj2cyGGPxeCVlex9oj2PB7PylU06ew0QAAAAAEAD/////gNjbcAEA6ANwyttw",
    userId: "Zoë 测试",
    salt: 4_294_967_295,
    expiresAtSeconds: 1_893_456_000,
    privileges: new Map([[1000, 1_893_452_400]]),
    channelCrc: 1_153_670_734,
    signature: "ffae44b5f356143393bebd66a08f67321863f17825657b1f688f63c1ecfca553",
    message: "ffffffff80d8db700100e80370cadb70",
  },
] as const;

export const VECTORS_007 = [
  {
    name: "RTM",
    text: "007eJxTYAiqu/hF1XlHyERmw7Xtk62+VkwR4XOM1Cg4zG36/da1HxMVGAwSDZOMko1TTFJN08wMzA0tjCyNE02STJPNUsxTLdIsGT4GpwrwMTAwMoAwEwMjAyMDiM/KkJiTmZwKAMWiHEo=",
    userId: "alice",
    service: "rtm",
    token: {
      appId: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
      issuedAtSeconds: 1_700_000_000,
      expireSeconds: 3600,
      salt: 1,
      services: [{ type: 2, privileges: new Map([[1, 3600]]), userId: "alice" }],
    },
    signature: "527ed1f42543b854910331ad87933af57894140e41592870c30b35f7dad6f891",
  },
  {
    name: "RTC and RTM",
    text: "007eJxTYLD9m/h61/d4u9hHs/8uOxP1wCCRyWBd4AyDlWazHxjL11QrMBgkGiYZJRunmKSappkZmBtaGFkaJ5okmSabpZinWqRZMnwMTm0IZGT4/+ArKxMDIwMLAyMDiM8EJpnBJAuYZGUoys/PNWRnKC1OLdI1MQKphqiFCwEAS48psQ==",
    userId: "user-42",
    service: "rtm",
    token: {
      appId: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
      issuedAtSeconds: 1_700_000_000,
      expireSeconds: 86_400,
      salt: 99_999_999,
      services: [
        {
          type: 1,
          privileges: new Map([
            [1, 86_400],
            [2, 86_400],
            [3, 86_400],
            [4, 86_400],
          ]),
          channel: "room1",
          uid: "user-42",
        },
        { type: 2, privileges: new Map([[1, 86_400]]), userId: "user-42" },
      ],
    },
    signature: "3dfd61ebbaf75f3e5de29bfda6cc5ae030610230ae519830a9369be0331f7c7b",
  },
  {
    name: "RTM2 with permissions",
    text: "007eJxTYNg+K/TAy6LpxZHpd133Fef8/DDJ+pMAZ3L77I2Oe5dkqwkrMBgkGiYZJRunmKSappkZmBtaGFkaJ5okmSabpZinWqRZNty4XRDBxMDgl7iHgZGBg4GRgZEBxOdmiMo/vFrh2dbuF+unMjEwMEAwK0NRfn6uIYQyAimGirCAdTIyMDMk5ScBAPKWLCw=",
    userId: "Zoë 测试",
    service: "rtm2",
    token: {
      appId: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
      issuedAtSeconds: 1_893_456_000,
      expireSeconds: 600,
      salt: 12_345_678,
      services: [
        {
          type: 8,
          privileges: new Map([[1, 600]]),
          userId: "Zoë 测试",
          permissions: [
            { resource: 0, access: 0, names: ["room1", "room2"] },
            { resource: 0, access: 1, names: ["room1"] },
            { resource: 4, access: 1, names: ["bob"] },
          ],
        },
      ],
    },
    signature: "b79a55c0e97297735967dd45be736cf9f0923bf2100963879bb141bda46b2613",
  },
] as const;
