// What a program's room tells. Numbers are milliseconds and bytes; nothing here holds a secret: no environment, no command line.
import type { Json } from '../core/index.ts'

declare module '../core/events.ts' {
  interface EventMap {
    'program.port_held': { readonly port: string; readonly by: 'name' | 'hand_up' }
    'program.started': { readonly generation: number; readonly pid: number }
    'program.ready': { readonly generation: number; readonly pid: number; readonly bootMs: number; readonly by: string }
    'program.listens_elsewhere': { readonly generation: number; readonly port: string; readonly held: readonly string[] }
    'program.uncaught': { readonly generation: number; readonly pid: number; readonly error: Json }
    'program.hung': {
      readonly generation: number
      readonly pid: number
      readonly forMs: number
      readonly stack: readonly string[] | null
      readonly stopped: boolean
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
    }
  }
}
