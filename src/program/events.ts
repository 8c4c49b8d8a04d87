// What a program's room tells. Numbers are milliseconds and bytes; nothing here holds a secret: no environment, no command line.
import type { Json } from '../core/index.ts'

declare module '../core/events.ts' {
  interface EventMap {
    'program.port_held': { readonly port: string; readonly by: 'name' | 'hand_up' | 'service_manager' }
    'program.started': { readonly generation: number; readonly pid: number }
    'program.ready': { readonly generation: number; readonly pid: number; readonly bootMs: number; readonly by: string }
    'program.spare_ready': { readonly pid: number }
    'program.spare_lost': { readonly why: string }
    /** Another process has it, and the life goes on without any. */
    'program.port_refused': { readonly generation: number; readonly port: string; readonly says: string }
    'program.listens_elsewhere': {
      readonly generation: number
      readonly port: string
      readonly held: readonly string[]
      readonly says?: string
    }
    /** `drains`: its request (`route`) got what `answered` says, the life finishes the others and is replaced. Else it ends with it. */
    'program.uncaught': {
      readonly generation: number
      readonly pid: number
      readonly error: Json
      readonly drains: boolean
      /** '500', 'cut' (its answer had begun) or 'none': it belongs to no request we know. */
      readonly answered?: string
      readonly route?: string
      /** It goes on: this route has taken other lives, and a new one would not help. */
      readonly stays?: boolean
    }
    'program.hung': {
      readonly generation: number
      readonly pid: number
      readonly forMs: number
      readonly stack: readonly string[] | null
      readonly stopped: boolean
      /** The request begun last of those in flight. */
      readonly route?: string
      /** Without a stack: what the kernel shows of the thread. */
      readonly inKernel?: string
    }
    /** Its main thread stood still, shorter than the hang time, and goes on. Told once a minute at most. `stack`: where, innermost first; empty where native code never looked up. */
    'program.blocked': {
      readonly generation: number
      readonly pid: number
      readonly forMs: number
      readonly stack: readonly string[]
      /** The request begun last of those in flight. */
      readonly route?: string
    }
    /** In two samples. `by` memory: resident; heap: near V8's own limit. */
    'program.memory_over': {
      readonly generation: number
      readonly pid: number
      readonly by: 'memory' | 'heap'
      readonly bytes: number
      readonly limit: number
    }
    'program.exited': {
      readonly generation: number
      readonly pid: number
      readonly reason: string
      readonly what?: string
      readonly code?: number
      readonly signal?: string
      readonly aliveMs: number
      readonly tail: string
      /** After an uncaught error it finished what it had. */
      readonly drained?: boolean
      /** What was not done when its time to finish was up: answered 503, and broken off. */
      readonly unfinished?: { readonly refused: number; readonly broken: number }
    }
  }
}
