/** Where this module is; undefined where a script cannot tell. */
export const home = import.meta.url;
