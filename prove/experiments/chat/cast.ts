export const CHATTERS: readonly string[] = ["ann", "bob", "cy"];
/** Each user has a device in each of so many processes. */
export const DEVICES = 3;

/** In these lives of its process a device is installed anew: under another name, and with nothing of what it had. A user may have ten. */
const INSTALLED_IN: readonly number[] = [1, 3, 6];

/** Named by where it is, and by the life in which it was installed. */
export const deviceIn = (process: number, life: number): string => `d${process}-${INSTALLED_IN.findLast((first) => first <= life) ?? 1}`;
