// What a Node program may say of itself. Without a supervisor it is silence.

/** Tells the supervisor that this program is ready (`ready: 'line'` in its configuration). A no-op when it runs by itself. */
export function ready(): void {
  const key = Symbol.for('selfheal.program.1')
  ;(globalThis as unknown as Record<symbol, { ready(): void } | undefined>)[key]?.ready()
}
