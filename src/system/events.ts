// What the composition root tells of itself.
declare module '../core/events.ts' {
  interface EventMap {
    'system.started': { readonly version: string; readonly pid: number; readonly programs: readonly string[] }
    'system.stopping': { readonly why: string }
    'system.stopped': { readonly reason: string }
  }
}

export {}
