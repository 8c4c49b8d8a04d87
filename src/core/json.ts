// Json: what snapshots, events and control messages carry. Nothing in it holds a function, a secret or a live object.

/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
