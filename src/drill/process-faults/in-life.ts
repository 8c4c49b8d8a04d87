// Faults inside a Node program, put in from outside by its inspector. Each ends by itself, in the program, whatever becomes of the drill.
import { checkTimeToLive, type Heal, inForce } from '../in-force.ts'
import { insideLife } from './inspector.ts'

/** An error that nobody catches. */
export async function throwUncaught(pid: number): Promise<void> {
  await insideLife(pid, `setTimeout(() => { throw new Error('Thrown by a drill, and caught by nobody') }, 5)`)
}

/** A rejection that nobody handles. */
export async function rejectUnhandled(pid: number): Promise<void> {
  await insideLife(pid, `setTimeout(() => void Promise.reject(new Error('Rejected by a drill, and handled by nobody')), 5)`)
}

/** for(;;) on the main thread, for `forMs` at most. */
export async function blockLoop(pid: number, forMs: number): Promise<void> {
  checkTimeToLive('for(;;)', forMs)
  await insideLife(pid, `setTimeout(() => { const end = performance.now() + ${forMs}; for (; performance.now() < end; ); }, 60)`)
}

/** Keeps memory, `mbPerSecond` of it, until there is none left, or it is healed. */
export async function leak(pid: number, forMs: number, mbPerSecond = 100): Promise<Heal> {
  checkTimeToLive('leak', forMs)
  await insideLife(
    pid,
    `const kept = []; const end = performance.now() + ${forMs}
     const grow = () => {
       if (globalThis[Symbol.for('selfheal.drill.leak')] !== kept || performance.now() > end) return void (kept.length = 0)
       for (let i = 0; i < ${Math.ceil(mbPerSecond * 0.1 * 1024)}; i++) kept.push(new Array(128).fill(i))
       setTimeout(grow, 100)
     }
     globalThis[Symbol.for('selfheal.drill.leak')] = kept; grow()`,
  )
  return inForce({
    says: `a leak in ${pid}`,
    forMs,
    heal: () => healed(pid, `globalThis[Symbol.for('selfheal.drill.leak')] = undefined`),
  })
}

/** Its wall clock is `byMs` off: Date alone; what is monotonic stays as it is, as when a machine's clock is set. */
export async function stepClock(pid: number, byMs: number, forMs: number): Promise<Heal> {
  checkTimeToLive('a stepped clock', forMs)
  await insideLife(
    pid,
    `const key = Symbol.for('selfheal.drill.date'); const real = globalThis[key] ?? Date
     globalThis[key] = real
     class Stepped extends real {
       constructor(...a) { if (a.length === 0) super(real.now() + ${byMs}); else super(...a) }
       static now() { return real.now() + ${byMs} }
     }
     globalThis.Date = Stepped
     setTimeout(() => { if (globalThis.Date === Stepped) globalThis.Date = real }, ${forMs}).unref()`,
  )
  return inForce({
    says: `the clock of ${pid} is off by ${byMs} ms`,
    forMs,
    heal: () => healed(pid, `const real = globalThis[Symbol.for('selfheal.drill.date')]; if (real) globalThis.Date = real`),
  })
}

/** A life that has ended meanwhile took its fault with it. */
async function healed(pid: number, code: string): Promise<void> {
  try {
    process.kill(pid, 0)
  } catch {
    return
  }
  await insideLife(pid, code).catch(() => {})
}
