/** The only requests a SettingsObject answers. Anything else, `/do/call/destroy` before all, is not for anybody. */
export const SETTINGS_READ = "/do/call/read";
export const SETTINGS_WRITE = "/do/call/write";
